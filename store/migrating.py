"""Which version a database has, and bringing it to ours. Alembic is imported only to change it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from sqlalchemy import Connection, inspect, text

from phrases import say
from store.database import Store, open_store
from store.trouble import StoreOutdated, StoreUnreadable, closed, foreign

MIGRATIONS: Final = Path(__file__).parent / "migrations"
REVISIONS: Final = ("0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008", "0009")
"""Every step in order; the last is what this program works with. A test holds it to Alembic's."""

VERSION_TABLE: Final = "alembic_version"


def open_current(url: str, folder: Path) -> Store:
    """The store at `url`, proven to exist and to be of our version. Raises `StoreOutdated` for an
    older one, `StoreUnreadable` for anything else."""
    store = open_store(url, folder)
    try:
        require_current(store)
    except BaseException:
        store.close()
        raise
    return store


def require_current(store: Store) -> None:
    """Raises `StoreOutdated` or `StoreUnreadable` unless the database is of our version."""
    revision = revision_of(store)
    if revision != REVISIONS[-1]:
        raise StoreOutdated(
            say(
                "the database {where} is of version {found}, this program needs {needed}: "
                "lineguard upgrade",
                where=store.where,
                found=revision,
                needed=REVISIONS[-1],
            )
        )


def revision_of(store: Store) -> str:
    """The version of a database that is there. Raises `StoreUnreadable` for none of ours."""
    database = store.engine.url.database
    if store.engine.dialect.name == "sqlite" and not Path(database or "").is_file():
        raise closed(store.where)  # connecting would make an empty file
    with store.read() as connection:
        revision = _revision(connection, store.where)
    if revision is None:
        raise foreign(store.where)
    return revision


def migrate(store: Store) -> None:
    """Build the tables in an empty database, or bring an older one to our version; all of it or
    nothing. Raises `StoreUnreadable` for a newer database and for one that is not ours."""
    if store.engine.dialect.name == "sqlite":
        Path(store.engine.url.database or "").parent.mkdir(parents=True, exist_ok=True)
    with store.write() as connection:
        if _revision(connection, store.where) != REVISIONS[-1]:
            _upgrade(connection)


def _revision(connection: Connection, where: str) -> str | None:
    """The database's version, `None` for an empty one. Raises `StoreUnreadable`."""
    tables = inspect(connection).get_table_names()
    if not tables:
        return None
    if VERSION_TABLE not in tables:
        raise foreign(where)
    found = connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalars().all()  # noqa: S608
    if len(found) != 1 or not isinstance(found[0], str):
        raise foreign(where)
    if found[0] not in REVISIONS:
        raise StoreUnreadable(
            say(
                "the database {where} is of version {found}, newer than this program",
                where=where,
                found=found[0][:40],
            )
        )
    return found[0]


def _upgrade(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
