"""Copying all tables from one store to another, from one consistent state and of either kind.

There is no `pg_dump` wherever this runs, so a PostgreSQL database is kept as what the embedded one
is: a SQLite file with the same tables, which `copy` also brings back.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Table, insert, inspect, select, text

from phrases import say
from store.database import Store, open_store
from store.migrating import migrate, require_current
from store.schema import metadata
from store.trouble import StoreTrouble, explained

BATCH: Final = 1_000


class NotEmpty(StoreTrouble):
    """The store that should take the copy has records of its own."""


def snapshot(store: Store, target: Path) -> None:
    """Write the state of this moment to a new SQLite file, while others read and write."""
    if target.exists():
        raise NotEmpty(say("{file} exists already", file=target.name))
    require_current(store)
    if store.engine.dialect.name == "sqlite":
        _sqlite_snapshot(store, target)
        return
    copied = open_store(f"sqlite:///{target}", target.parent)
    try:
        copy(store, copied)
        _into_one_file(copied)
    finally:
        copied.close()


def copy(source: Store, target: Store) -> None:
    """Copy every row; all of it is in `target` afterwards, or nothing. Raises `NotEmpty` when
    `target` holds records, `StoreTrouble`."""
    migrate(target)
    with source.read() as reading, target.write() as writing:
        for table in metadata.sorted_tables:
            if writing.execute(select(table).limit(1)).first() is not None:
                raise NotEmpty(say("the database {where} holds records", where=target.where))
            _copy_rows(reading, writing, table)
        if writing.dialect.name == "postgresql":
            _continue_numbers(writing)


def _copy_rows(reading: Connection, writing: Connection, table: Table) -> None:
    rows = reading.execute(select(table), execution_options={"yield_per": BATCH})
    for batch in rows.mappings().partitions():
        writing.execute(insert(table), [dict[str, Any](row) for row in batch])


def _continue_numbers(writing: Connection) -> None:
    """Let each serial column go on after the highest number that was copied."""
    for table in metadata.sorted_tables:
        for column in inspect(writing).get_columns(table.name):
            if "nextval" in str(column["default"]):
                name = column["name"]
                writing.execute(
                    text(
                        f"SELECT setval(pg_get_serial_sequence('{table.name}', '{name}'),"  # noqa: S608
                        f" (SELECT coalesce(max({name}), 0) + 1 FROM {table.name}), false)"
                    )
                )


def _sqlite_snapshot(store: Store, target: Path) -> None:
    """By SQLite's own backup: a read transaction, so that one state is copied, page by page."""
    try:
        with (
            store.read() as connection,
            closing(sqlite3.connect(target, isolation_level=None)) as copied,
        ):
            connection.execute(text("SELECT 1 FROM entry LIMIT 1"))  # the state from here on
            driver: Any = connection.connection.driver_connection
            driver.backup(copied)
            copied.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.Error as error:
        raise explained(error, store.where) or error from error


def _into_one_file(store: Store) -> None:
    """Fold the write-ahead log into the file, so that the file alone is the database."""
    store.engine.dispose()
    with closing(sqlite3.connect(store.engine.url.database or "", isolation_level=None)) as only:
        only.execute("PRAGMA journal_mode = DELETE")
