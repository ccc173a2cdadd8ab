"""One real PostgreSQL server per test process, and an empty database for whoever asks."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from itertools import count
from pathlib import Path

import psycopg
import pytest

from collectors.scratch.server import PostgresServer, PostgresSettings
from store.database import open_store
from store.migrating import migrate
from store.schema import metadata

__all__ = [
    "migrated_url",
    "postgres_server",
    "postgres_url",
    "postgres_with_tables",
    "sqlite_with_tables",
    "store_url",
]

Factory = pytest.TempPathFactory

_serial = count()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A running server. Its folder can be entered by all: root's server runs as nobody."""
    folder = Path(tempfile.mkdtemp(prefix="lineguard-tests-"))
    folder.chmod(0o755)
    settings = PostgresSettings(password="tests only", fsync=False)
    server = PostgresServer(folder / "data", None, settings)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """The URL of a new, empty database that is dropped after the test."""
    name = f"test_{next(_serial)}"
    _administer(postgres_server, f"CREATE DATABASE {name}")
    yield postgres_server.url(database=name)
    _administer(postgres_server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database: each test that asks for it runs on both kinds."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/data/lineguard.db"
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture(scope="session")
def sqlite_with_tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file without records, to be copied."""
    path = tmp_path_factory.mktemp("template") / "lineguard.db"
    store = open_store(f"sqlite:///{path}", path.parent)
    migrate(store)
    store.close()
    with closing(sqlite3.connect(path, isolation_level=None)) as only:
        only.execute("PRAGMA journal_mode = DELETE")
    return path


@pytest.fixture(scope="session")
def postgres_with_tables(postgres_server: PostgresServer, tmp_path_factory: Factory) -> str:
    """The URL of one migrated database, shared by the tests of this process in turn."""
    _administer(postgres_server, "CREATE DATABASE with_tables")
    url = postgres_server.url(database="with_tables")
    store = open_store(url, tmp_path_factory.mktemp("with_tables"))
    migrate(store)
    store.close()
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def migrated_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database with all tables and no records: each test that asks for it runs on
    both kinds."""
    if request.param == "sqlite":
        path = tmp_path / "data" / "lineguard.db"
        path.parent.mkdir()
        shutil.copyfile(request.getfixturevalue("sqlite_with_tables"), path)
        return f"sqlite:///{path}"
    url: str = request.getfixturevalue("postgres_with_tables")
    tables = ", ".join(f'"{table.name}"' for table in metadata.sorted_tables)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"TRUNCATE {tables} RESTART IDENTITY".encode())
    return url


def _administer(server: PostgresServer, statement: str) -> None:
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute(statement.encode())
