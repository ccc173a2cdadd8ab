"""Opening a database and working in it: short transactions, one writer at a time."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, ExceptionContext, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry

from store.frozen import open_frozen, state_of, takes_no_writing
from store.locks import hold
from store.trouble import (
    StoreBusy,
    StoreOutdated,
    StoreTrouble,
    StoreUnreadable,
    changed_meanwhile,
    explained,
    unwritable,
)

__all__ = [
    "Store",
    "StoreBusy",
    "StoreOutdated",
    "StoreTrouble",
    "StoreUnreadable",
    "open_store",
    "writes",
]

BUSY_TIMEOUT_MS: Final = 30_000
UNDECODABLE: Final = "the database holds a text that is not UTF-8"
CONNECT_TIMEOUT_S: Final = 10
WRITES: Final = "lineguard_writes"  # the execution option that marks a writing transaction
STATE: Final = "lineguard_state"  # where a connection to a frozen database keeps how it was found
WRITER_LOCK: Final = 12345  # PostgreSQL advisory lock: one writer at a time, as on SQLite


@dataclass(frozen=True, slots=True)
class Store:
    """One database. `write()` is a transaction that no other writer runs beside; `read()` sees
    one consistent state and waits for nobody."""

    engine: Engine
    folder: Path
    """Where lock files and other local state of this store live."""

    @property
    def where(self) -> str:
        """The database as people may see it: a path, or a URL without its password."""
        url = self.engine.url
        if url.get_backend_name() == "sqlite":
            return url.database or ":memory:"
        return url.set(drivername="postgresql").render_as_string(hide_password=True)

    @property
    def frozen(self) -> bool:
        """Does its file lie where nothing can be written? Reading goes on, see `store.frozen`."""
        sqlite = self.engine.dialect.name == "sqlite"
        return sqlite and takes_no_writing(self.engine.url.database or "")

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """All of the block is committed, or none of it. Raises `StoreTrouble`."""
        if self.frozen:
            raise unwritable(self.where)
        with self._transaction({WRITES: True}) as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text(f"SET LOCAL lock_timeout = {BUSY_TIMEOUT_MS}"))
                connection.execute(text(f"SELECT pg_advisory_xact_lock({WRITER_LOCK})"))
            yield connection
            connection.commit()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A consistent view; nothing written in it is kept. Raises `StoreTrouble`, at the end too:
        what was read of a frozen file that changed meanwhile is not to be believed."""
        options: dict[str, Any] = {}
        if self.engine.dialect.name == "postgresql":
            options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        with self._transaction(options) as connection:
            yield connection
            connection.rollback()
            if connection.info.get(STATE, here := state_of(self.where)) != here:
                connection.invalidate()
                raise changed_meanwhile(self.where)

    def hold(self, name: str) -> AbstractContextManager[None]:
        """The lock `name` of this store; see `store.locks.hold`."""
        return hold(self, name)

    def close(self) -> None:
        """Give back every connection."""
        self.engine.dispose()

    @contextmanager
    def _transaction(self, options: dict[str, Any]) -> Iterator[Connection]:
        """A connection that rolls back unless the block commits; driver errors in our words."""
        try:
            with _connected(self.engine) as connection:
                connection.execution_options(**options).begin()  # now, not at the first statement
                yield connection
        except (DBAPIError, sqlite3.Error) as error:
            trouble = explained(error, self.where)
            if trouble is None:
                raise
            raise trouble from error


def writes(connection: Connection) -> bool:
    """Is this a transaction of `Store.write()`?"""
    return bool(connection.get_execution_options().get(WRITES))


def open_store(url: str, folder: Path) -> Store:
    """The store at a SQLAlchemy URL: `sqlite:///...` or `postgresql://...` (psycopg 3).

    Nothing is connected yet. `store.migrating.migrate` builds or updates the tables,
    `store.migrating.open_current` opens a store that must exist already.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "postgresql":
        engine = create_engine(
            parsed.set(drivername="postgresql+psycopg"),
            connect_args={"connect_timeout": CONNECT_TIMEOUT_S},
        )
        return Store(engine, folder)
    engine = create_engine(parsed)
    event.listen(engine, "do_connect", _connect_frozen)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin)
    event.listen(engine, "handle_error", _undecodable)
    return Store(engine, folder)


@contextmanager
def _connected(engine: Engine) -> Iterator[Connection]:
    try:
        connection = engine.connect()
    except UnicodeDecodeError as error:
        raise sqlite3.DatabaseError(UNDECODABLE) from error
    with connection:
        yield connection


def _undecodable(context: ExceptionContext) -> None:
    """Python's driver fails on the text of an error that quotes a damaged schema."""
    if isinstance(context.original_exception, UnicodeDecodeError):
        raise sqlite3.DatabaseError(UNDECODABLE) from context.original_exception


def _connect_frozen(
    _dialect: object, record: ConnectionPoolEntry, where: Sequence[str], how: Mapping[str, Any]
) -> sqlite3.Connection | None:
    """Where nothing can be written, another way in; `None` leaves it to SQLAlchemy."""
    if not where or not takes_no_writing(where[0]):
        return None
    record.info[STATE] = state_of(where[0])
    return open_frozen(where[0], **how)


def _prepare_sqlite(connection: Any, record: ConnectionPoolEntry) -> None:  # noqa: ANN401
    connection.isolation_level = None  # SQLAlchemy's "begin" event opens the transaction
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
    if STATE not in record.info:
        cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _begin(connection: Connection) -> None:
    """A writer takes the write lock at once: a late upgrade from reading can fail with "busy"
    without waiting (https://www.sqlite.org/lang_transaction.html)."""
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes(connection) else "BEGIN")
