"""What can be wrong with a database, in words for people; never a driver's traceback."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Final

from sqlalchemy.exc import DBAPIError

from phrases import Phrase, say
from store.frozen import LOG, state_of, takes_no_writing

# Result codes of https://www.sqlite.org/rescode.html (the low byte of the extended code).
SQLITE_ERROR: Final = 1  # "no such table", "unsupported file format", and mistakes in SQL
OUR_MISTAKES: Final = ('near "', "unrecognized token", "incomplete input", "ambiguous column")
SQLITE_NO_ROOM: Final = frozenset({10, 14})  # IOERR, CANTOPEN
LEAST_ROOM: Final = 256 * 1024
"""Bytes; SQLite's shared memory alone takes 32 KiB."""
SQLITE_IN_THE_FILES: Final = frozenset({8, 10, 14})  # READONLY, IOERR, CANTOPEN
SHARED: Final = "-shm"
SQLITE_OUR_STATEMENT: Final = frozenset({19, 20, 25})  # CONSTRAINT, MISMATCH, RANGE
UNDECODED: Final = (sqlite3.OperationalError, sqlite3.DatabaseError)

# Class and codes of PostgreSQL's appendix A, "Error Codes".
PG_UNDEFINED_TABLE: Final = "42P01"
PG_UNDEFINED_COLUMN: Final = "42703"
PG_DATA_CORRUPTED: Final = "XX001"
PG_INDEX_CORRUPTED: Final = "XX002"
PG_LOCK_NOT_AVAILABLE: Final = "55P03"
PG_DISK_FULL: Final = "53100"


class StoreTrouble(Exception):
    """The database did not do its work. `phrase` says why, for people."""

    def __init__(self, phrase: Phrase) -> None:
        super().__init__(phrase.text("en"))
        self.phrase = phrase


class StoreUnreadable(StoreTrouble):
    """The database cannot be read: damaged, missing, not ours, or of another version."""


class StoreOutdated(StoreUnreadable):
    """The database was made by an older version; `migrate` brings it up to date."""


class StoreBusy(StoreTrouble):
    """Another writer held the database for too long. Trying again later helps."""


def explained(error: DBAPIError | sqlite3.Error, where: str) -> StoreTrouble | None:
    """What a driver's error says about the database `where`, or `None` when it says nothing
    about the database but about our statement (a violated constraint, a mistake in SQL)."""
    if isinstance(error, sqlite3.Error):
        return _of_sqlite(error, where)
    if isinstance(error.orig, sqlite3.Error):
        return _of_sqlite(error.orig, where)
    return _of_postgres(error, where)


def _of_sqlite(error: sqlite3.Error, where: str) -> StoreTrouble | None:
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:  # Python's own complaint: a text that is not UTF-8, or our wrong use
        return _damaged(where) if type(error) in UNDECODED else None
    code &= 0xFF
    if code in SQLITE_OUR_STATEMENT:
        return None
    if code == SQLITE_ERROR:
        return None if str(error).startswith(OUR_MISTAKES) else foreign(where)
    if code in SQLITE_NO_ROOM and _no_room(where):
        return full(where)
    if code in SQLITE_IN_THE_FILES and takes_no_writing(where):
        return closed(where)
    known = SQLITE_KNOWN.get(code, _damaged)
    return known(where)


def _no_room(where: str) -> bool:
    """Is the file system under the database as good as full? SQLite reports that as an error of
    reading, or of opening, where it could not make room for its shared memory."""
    try:
        room = os.statvfs(Path(where).parent)
    except OSError:
        return False
    return room.f_bavail * room.f_frsize < LEAST_ROOM or room.f_favail == 0 < room.f_files


def _failing(where: str) -> StoreUnreadable:
    return StoreUnreadable(
        say("the disk under {where} fails to read or write; the machine's log says more",
            where=where)
    )  # fmt: skip


def _of_postgres(error: DBAPIError, where: str) -> StoreTrouble | None:
    state = getattr(error.orig, "sqlstate", None)
    if state in (PG_UNDEFINED_TABLE, PG_UNDEFINED_COLUMN):
        return foreign(where)
    if state in (PG_DATA_CORRUPTED, PG_INDEX_CORRUPTED):
        return _damaged(where)
    if state == PG_LOCK_NOT_AVAILABLE:
        return busy(where)
    if state == PG_DISK_FULL:
        return full(where)
    if error.connection_invalidated or (state is None and _is_operational(error)):
        return StoreUnreadable(say("the database server {where} does not answer", where=where))
    return None


def _is_operational(error: DBAPIError) -> bool:
    """True for psycopg's own connection errors, which carry no SQLSTATE."""
    return type(error.orig).__name__ in ("OperationalError", "ConnectionTimeout")


def _damaged(where: str) -> StoreUnreadable:
    return StoreUnreadable(
        say("the database {where} is not readable: damaged, or not a database", where=where)
    )


def closed(where: str) -> StoreUnreadable:
    """The file is not there, or we may not read or write it."""
    if not Path(where).exists() or not takes_no_writing(where):
        return StoreUnreadable(
            say("the database {where} cannot be opened: missing, or no access", where=where)
        )
    if state_of(where)[-1] and not Path(where + SHARED).exists():
        return StoreUnreadable(
            say("the database {where} lies on a file system that is read-only, and what was "
                "recorded last stands in {log}, which cannot be read there. Copy the home "
                "elsewhere (cp -a) and name the copy: --home DIR",
                where=where, log=Path(where + LOG).name)
        )  # fmt: skip
    return unwritable(where)


def unwritable(where: str) -> StoreUnreadable:
    """It lies on a file system that takes no writing; reading goes on."""
    return StoreUnreadable(
        say("the database {where} lies on a file system that is read-only: nothing can be "
            "recorded, reading goes on. The machine's log says why (dmesg); then: "
            "mount -o remount,rw. Records that cannot wait are written on paper and entered later",
            where=where)
    )  # fmt: skip


def changed_meanwhile(where: str) -> StoreBusy:
    """A file that was read as unchanging was written by another way."""
    return StoreBusy(say("the database {where} changed while it was read", where=where))


def foreign(where: str) -> StoreUnreadable:
    """It is a database, but not one of ours."""
    return StoreUnreadable(say("the database {where} is not a Lineguard database", where=where))


def busy(where: str) -> StoreBusy:
    """Another writer did not end in time."""
    return StoreBusy(say("the database {where} is busy: another writer holds it", where=where))


def full(where: str) -> StoreTrouble:
    """Nothing more can be written."""
    return StoreTrouble(
        say("the database {where} cannot grow: the disk is full; nothing half-done was kept. Make "
            "room (df -h), then repeat the command", where=where)
    )  # fmt: skip


SQLITE_KNOWN: Final = {
    5: busy,  # BUSY
    6: busy,  # LOCKED
    8: closed,  # READONLY
    10: _failing,  # IOERR
    13: full,  # FULL
    14: closed,  # CANTOPEN
}
"""What a code says about the database. All others, CORRUPT, NOTADB and TOOBIG among them, come from
a file that is not what SQLite wrote."""
