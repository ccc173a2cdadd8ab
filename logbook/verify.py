"""Verifying the logbook of a store: chain, signatures, evidence, and the tables beside it."""

from __future__ import annotations

import sqlite3
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, text

from logbook.chain import Fault, RawRow, as_bytes
from logbook.checkpoints import Checkpoint
from logbook.evidence import EvidenceArchive
from logbook.keys import PublicKey
from logbook.projections import first_disagreement
from logbook.proof import Verification, conclude, evidence_look, examined
from phrases import say
from store.database import UNDECODABLE, Store

ENTRIES: Final = "SELECT seq, at, kind, body, prev, hash FROM entry ORDER BY seq"
CHECKPOINTS: Final = "SELECT seq, body, key_id, signature FROM checkpoint ORDER BY seq"
NOT_TEXT: Final = (
    "SELECT min(seq) FROM entry WHERE typeof(at) <> 'text' OR typeof(kind) <> 'text'"
    " OR typeof(body) <> 'text' OR typeof(prev) <> 'text' OR typeof(hash) <> 'text'"
)
BATCH: Final = 1_000


def verify(
    store: Store,
    keys: Mapping[str, PublicKey],
    evidence: EvidenceArchive | None,
    against: Path | None = None,
) -> Verification:
    """Prove the whole logbook in one consistent view, while others write.

    `evidence` `None` leaves the evidence objects out. `against` is a checkpoint that was kept
    elsewhere: with it a cut tail is found up to that checkpoint. Raises `StoreUnreadable`.
    """
    with store.read() as connection:
        raw = _RawRows(connection)
        checkpoints = [_checkpoint(row) for row in raw(CHECKPOINTS)]
        with closing(raw(ENTRIES)) as rows:
            return conclude(
                rows,
                examined(checkpoints, keys, against),
                None if evidence is None else evidence_look(evidence.get),
                lambda: _beside(connection),
            )


def _beside(connection: Connection) -> Fault | None:
    return _not_text(connection) or first_disagreement(connection)


def _not_text(connection: Connection) -> Fault | None:
    """A text that SQLite was made to keep as a blob: the same bytes, but not what was stored."""
    if connection.dialect.name != "sqlite":
        return None
    seq = connection.execute(text(NOT_TEXT)).scalar()
    if seq is None:
        return None
    return Fault(entry=seq, reason=say("entry {entry} is not stored as text", entry=seq))


class _RawRows:
    """Runs one SELECT on the driver itself; texts come as bytes, undecoded and unchecked."""

    def __init__(self, connection: Connection) -> None:
        self._postgres = connection.dialect.name == "postgresql"
        self._driver: Any = connection.connection.driver_connection

    def __call__(self, statement: str) -> Generator[RawRow, None, None]:
        if self._postgres:
            yield from as_bytes(self._from_postgres(statement))
        else:
            with self._as_bytes():
                yield from self._driver.execute(statement)

    def _from_postgres(self, statement: str) -> Iterator[RawRow]:
        """Through a cursor on the server, so that memory does not grow with the logbook."""
        with self._driver.cursor(name="verify") as cursor:
            cursor.itersize = BATCH
            cursor.execute(statement)
            yield from cursor

    @contextmanager
    def _as_bytes(self) -> Iterator[None]:
        before = self._driver.text_factory
        self._driver.text_factory = bytes
        try:
            yield
        except UnicodeDecodeError as error:  # of the driver's own error text
            raise sqlite3.DatabaseError(UNDECODABLE) from error
        finally:
            self._driver.text_factory = before


def _checkpoint(row: RawRow) -> Checkpoint:
    """A stored checkpoint as it stands; what is not text becomes what no key has signed."""
    seq, *texts = row
    body, key_id, signature = (_decoded(text) for text in texts)
    number = seq if isinstance(seq, int) else 0
    return Checkpoint(seq=number, body=body, key_id=key_id, signature=signature)


def _decoded(stored: object) -> str:
    return stored.decode("utf-8", "replace") if isinstance(stored, bytes) else repr(stored)
