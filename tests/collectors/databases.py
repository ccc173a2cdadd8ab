"""A real PostgreSQL with the practice tables in it, and a device of the estate that is it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from collectors.scratch.server import PostgresServer, PostgresSettings
from collectors.session import Means
from inventory.model import Device, Kind, Postgres, Trait
from lab.embedded.database_world import DatabaseWorld
from tests.collectors.hosts import SecretBox, now
from tests.inventory.builders import device

MONITOR_PASSWORD = "正确 inspect's"
PLACES = 40


@pytest.fixture(scope="session")
def practice_server() -> Iterator[PostgresServer]:
    """A running server of its own: the tests here change its roles and fill its places."""
    folder = Path(tempfile.mkdtemp(prefix="lineguard-tests-"))
    folder.chmod(0o755)
    settings = PostgresSettings(password="tests only", max_connections=PLACES, fsync=False)
    server = PostgresServer(folder / "data", None, settings)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
async def world(practice_server: PostgresServer) -> AsyncIterator[DatabaseWorld]:
    """The healthy practice database."""
    made = DatabaseWorld(practice_server.port, practice_server.settings.password)
    await made.make(MONITOR_PASSWORD)
    try:
        yield made
    finally:
        await made.heal()


def database(port: int, **access: Any) -> Device:  # noqa: ANN401
    """The device `db-1` at that port."""
    reached = {"port": port, "user": "inspect", "secret": "db", "timeout_s": 5.0, **access}
    return device("db-1", Kind.DATABASE, traits=(Trait.POSTGRESQL,), postgres=Postgres(**reached))


def database_means(password: str = MONITOR_PASSWORD) -> Means:
    return Means(secrets=SecretBox({"db": password}), known_hosts=Path("/nonexistent"), clock=now)
