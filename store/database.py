"""Opening a database and working in it: short transactions, one writer at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url

BUSY_TIMEOUT_MS: Final = 30_000


class StoreUnreadable(Exception):
    """The database cannot be read: damaged, missing, not ours, or of another version."""


@dataclass(frozen=True, slots=True)
class Store:
    """One database. `write()` is a transaction that no other writer runs beside; `read()` sees
    one consistent state."""

    engine: Engine
    folder: Path
    """Where lock files and other local state of this store live."""

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """All of the block is committed, or none of it."""
        with self.engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(12345)"))
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A consistent view; nothing written in it is kept."""
        with self.engine.connect() as connection:
            yield connection
            connection.rollback()

    def close(self) -> None:
        """Give back every connection."""
        self.engine.dispose()


def open_store(url: str, folder: Path) -> Store:
    """The store at a SQLAlchemy URL: `sqlite:///...` or `postgresql://...` (psycopg 3)."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "postgresql":
        return Store(create_engine(parsed.set(drivername="postgresql+psycopg")), folder)
    engine = create_engine(parsed)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_immediate)
    return Store(engine, folder)


def _prepare_sqlite(connection: Any, _record: object) -> None:  # noqa: ANN401
    connection.isolation_level = None  # SQLAlchemy's "begin" event opens the transaction
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
    cursor.close()


def _begin_immediate(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
