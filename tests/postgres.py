"""One real PostgreSQL server per test process, and an empty database for whoever asks."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest

from lab.postgres import PostgresServer, PostgresSettings

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


def _administer(server: PostgresServer, statement: str) -> None:
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute(statement.encode())
