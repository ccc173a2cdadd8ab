"""A migrated store on each kind of database, and a world that tests break."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from store.database import Store, open_store
from store.migrating import migrate
from tests.maintenance.fakes import World
from tests.postgres import postgres_server, postgres_url, store_url

__all__ = ["postgres_server", "postgres_url", "store_url"]


@pytest.fixture
def store(store_url: str, tmp_path: Path) -> Iterator[Store]:
    """A new store with all tables: SQLite, then PostgreSQL."""
    opened = open_store(store_url, tmp_path / "data")
    migrate(opened)
    yield opened
    opened.close()


@pytest.fixture
def world() -> World:
    """Everything is well until a test says otherwise."""
    return World()
