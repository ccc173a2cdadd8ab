"""Locks between processes: taken without waiting, freed by the system when the holder dies."""

from __future__ import annotations

import fcntl
import os
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, Engine, bindparam, text
from sqlalchemy.exc import DBAPIError

from phrases import Phrase, say
from store.trouble import explained, unwritable

if TYPE_CHECKING:
    from store.database import Store

LOCK_CLASS: Final = 12346  # first key of our PostgreSQL advisory locks; the second is the name's
KEEPALIVE_S: Final = 30  # a server notices after about so long that the holder's machine is gone
NAME: Final = re.compile(r"[a-z][a-z0-9_.-]{0,59}")
HOLDER_BYTES: Final = 200

TRY: Final = text("SELECT pg_try_advisory_lock(:class, hashtext(:name))").bindparams(
    bindparam("class", LOCK_CLASS)
)
FREE: Final = text("SELECT pg_advisory_unlock(:class, hashtext(:name))").bindparams(
    bindparam("class", LOCK_CLASS)
)
HOLDER: Final = text(
    "SELECT a.application_name FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid"
    " WHERE l.locktype = 'advisory' AND l.granted AND l.classid = :class"
    " AND l.objid::bigint = hashtext(:name)::bigint & 4294967295 AND l.objsubid = 2"
    " AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())"
).bindparams(bindparam("class", LOCK_CLASS))


class Held(Exception):
    """Another process holds the lock. `phrase` names it; trying again later helps."""

    def __init__(self, name: str, holder: str) -> None:
        self.name = name
        self.holder = holder
        super().__init__(self.phrase.text("en"))

    @property
    def phrase(self) -> Phrase:
        """One sentence for people."""
        return say(
            'another run holds the lock "{name}" ({holder})',
            name=self.name,
            holder=self.holder or say("holder unknown"),
        )


@contextmanager
def hold(store: Store, name: str) -> Iterator[None]:
    """Hold the lock `name` for the block. Raises `Held` at once when someone else has it, also
    when that is another block of this process."""
    if not NAME.fullmatch(name):
        raise ValueError(f"not a name for a lock: {name!r}")
    if store.engine.dialect.name == "postgresql":
        with _advisory(store, name):
            yield
    else:
        if store.frozen:
            raise unwritable(store.where)
        with _file_lock(store.folder / "locks", name):
            yield


@contextmanager
def _file_lock(folder: Path, name: str) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    # Not inherited by children (PEP 446), so that a child that lives on keeps nothing locked.
    file = os.open(folder / f"{name}.lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(file, HOLDER_BYTES, 0).decode("ascii", "replace").strip()
            raise Held(name, holder) from None
        os.ftruncate(file, 0)
        os.pwrite(file, f"{_myself()}\n".encode("ascii", "replace"), 0)
        yield
        os.ftruncate(file, 0)
    finally:
        os.close(file)


@contextmanager
def _advisory(store: Store, name: str) -> Iterator[None]:
    connection = _lock_connection(store.engine, store.where)
    try:
        if not connection.execute(TRY, {"name": name}).scalar_one():
            holder = connection.execute(HOLDER, {"name": name}).scalar()
            raise Held(name, holder or "")
        try:
            yield
        finally:
            _free(connection, name)
    finally:
        # Closing the session frees the lock as well; a pooled connection would keep it.
        connection.invalidate()
        connection.close()


def _free(connection: Connection, name: str) -> None:
    """Now, because the server notices a closed session late. A session that is lost has freed it
    already, or will when the server notices."""
    try:
        connection.execute(FREE, {"name": name})
    except DBAPIError:
        return


def _lock_connection(engine: Engine, where: str) -> Connection:
    """A session of its own, outside any transaction, that says who it is."""
    try:
        connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        connection.execute(
            text("SELECT set_config('application_name', :who, false)"), {"who": _myself()}
        )
        connection.execute(text(f"SET tcp_keepalives_idle = {KEEPALIVE_S}"))
    except DBAPIError as error:
        raise explained(error, where) or error from error
    return connection


def _myself() -> str:
    """Who holds it: process number and machine, at most 63 bytes (PostgreSQL's limit)."""
    return f"pid {os.getpid()} on {socket.gethostname()}"[:63]
