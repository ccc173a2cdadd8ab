"""The logbook: entries are appended in the writer's transaction and never touched again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, text

from logbook.checkpoints import Checkpoint, Note, sign
from logbook.entries import GENESIS, Entry, is_signed, seal
from logbook.evidence import EvidenceArchive
from logbook.keys import SiteKeys
from logbook.soundness import SOUND, damaged
from store.database import Store, writes
from store.schema import checkpoint, entry, instant_text
from store.trouble import StoreUnreadable

Body = Mapping[str, Any]


class LogbookDamaged(StoreUnreadable):
    """Entries are missing or are not those that were signed: nothing is added to such a logbook."""


@dataclass(frozen=True, slots=True)
class Head:
    """The newest entry: its number (0 when there is none) and its hash."""

    seq: int
    hash: str


class Logbook:
    """One chain of entries in one store. `tx` is always a connection inside `store.write()`."""

    def __init__(self, store: Store, evidence: EvidenceArchive, keys: SiteKeys) -> None:
        self.store = store
        self.evidence = evidence
        self.keys = keys

    def append(self, tx: Connection, kind: str, body: Body, at: datetime) -> int:
        """Write one entry and return its number. `at` is the real time of writing (aware).
        Raises `NotCanonical`, `ValueError`."""
        return self.append_many(tx, [(kind, body)], at)[0]

    def append_many(
        self, tx: Connection, records: Sequence[tuple[str, Body]], at: datetime
    ) -> list[int]:
        """Write several entries in order and return their numbers. All evidence that was put is
        durable before the first is written, so no committed entry names what a crash took. Those
        that `is_signed` names are signed at once. Raises `KeyTrouble` as well."""
        if not records:
            return []
        self.evidence.settle()
        entries = _chained(self.head(tx), records, instant_text(at))
        tx.execute(insert(entry), [asdict(new) for new in entries])
        for new in entries:
            if is_signed(new.seq, new.kind):
                self._sign(tx, Head(new.seq, new.hash), at)
        return [new.seq for new in entries]

    def require_sound(self) -> None:
        """Raises `LogbookDamaged` for a logbook that nobody should add to; see
        `logbook.soundness`."""
        with self.store.read() as connection:
            if connection.execute(text(SOUND)).first() is None:
                raise LogbookDamaged(damaged())

    def head(self, tx: Connection) -> Head:
        """The newest entry. It is read inside the writing transaction, which no other writer
        runs beside: so no gap and no fork. Raises `ValueError` outside `store.write()`."""
        if not writes(tx):
            raise ValueError("the logbook is written inside store.write() only")
        return newest(tx)

    def checkpoint(self, tx: Connection, at: datetime) -> Checkpoint | None:
        """Sign the head and store the note; `None` when there is nothing new to sign.
        Raises `KeyTrouble`."""
        head = self.head(tx)
        if head.seq in (0, last_checkpoint(tx)):
            return None
        return self._sign(tx, head, at)

    def _sign(self, tx: Connection, head: Head, at: datetime) -> Checkpoint:
        signed = sign(
            Note(
                origin=tx.execute(select(entry.c.hash).where(entry.c.seq == 1)).scalar_one(),
                seq=head.seq,
                hash=head.hash,
                at=instant_text(at),
                key_id=self.keys.key_id,
            ),
            self.keys,
        )
        tx.execute(insert(checkpoint), [asdict(signed)])
        return signed


def newest(connection: Connection) -> Head:
    """The newest entry as any transaction sees it."""
    row = connection.execute(
        select(entry.c.seq, entry.c.hash).order_by(entry.c.seq.desc()).limit(1)
    ).first()
    return Head(0, GENESIS) if row is None else Head(row.seq, row.hash)


def last_checkpoint(connection: Connection) -> int | None:
    """The entry that the newest checkpoint signs."""
    return connection.execute(
        select(checkpoint.c.seq).order_by(checkpoint.c.seq.desc()).limit(1)
    ).scalar()


def _chained(head: Head, records: Sequence[tuple[str, Body]], at: str) -> list[Entry]:
    entries: list[Entry] = []
    seq, prev = head.seq, head.hash
    for kind, body in records:
        sealed = seal(seq + 1, at, kind, body, prev)
        entries.append(sealed)
        seq, prev = sealed.seq, sealed.hash
    return entries
