"""A database on a file system that takes no writing: the whole record is read, or nothing is."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text

from store.database import Store, StoreBusy, StoreUnreadable, open_store
from store.frozen import glance, state_of, takes_no_writing
from store.migrating import migrate, open_current
from tests.mounts import read_only

LOOK = "SELECT count(*) FROM look"
PUT = "INSERT INTO look (device, purpose, last_at, outcome) VALUES (?, 'state', 'x', 'x')"


def filled(folder: Path) -> Path:
    """A database with one row, closed as it should be."""
    path = folder / "lineguard.db"
    store = open_store(f"sqlite:///{path}", folder)
    migrate(store)
    store.close()
    put(path, "one")
    return path


def put(path: Path, device: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(PUT, (device,))


@contextmanager
def left_running(path: Path, folder: Path) -> Iterator[Path]:
    """A copy as a crash leaves it: a second row, that only the log beside the file holds."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(PUT, ("two",))
        connection.commit()
        shutil.copytree(path.parent, folder)
    yield folder / path.name


@contextmanager
def opened(path: Path) -> Iterator[Store]:
    store = open_current(f"sqlite:///{path}", path.parent)
    yield store
    store.close()


def rows(store: Store) -> int:
    with store.read() as tx:
        return int(tx.execute(text(LOOK)).scalar_one())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "data"
    made.mkdir()
    return made


def test_a_closed_database_is_read_and_not_written(folder: Path) -> None:
    path = filled(folder)
    with opened(path) as store:
        assert not store.frozen  # the control
    with read_only(folder) as seen, opened(seen / path.name) as store:
        assert store.frozen
        assert rows(store) == 1
        with pytest.raises(StoreUnreadable, match=r"read-only.*remount,rw"), store.write():
            pass
        with pytest.raises(StoreUnreadable, match="read-only"), store.hold("round"):
            pass
        with glance(str(seen / path.name)) as quick:
            assert quick.execute(LOOK).fetchone() == (1,)


def test_what_only_the_log_beside_it_holds_is_read_as_well(folder: Path, tmp_path: Path) -> None:
    with left_running(filled(folder), tmp_path / "crashed") as path:
        with closing(sqlite3.connect(f"file:{path}?immutable=1", uri=True)) as careless:
            assert careless.execute(LOOK).fetchone() == (1,)  # the control
        with read_only(path.parent) as seen, opened(seen / path.name) as store:
            assert rows(store) == 2
            with glance(str(seen / path.name)) as quick:
                assert quick.execute(LOOK).fetchone() == (2,)


def test_without_the_means_to_read_that_log_nothing_is_shown(folder: Path, tmp_path: Path) -> None:
    with left_running(filled(folder), tmp_path / "crashed") as path:
        path.with_name(f"{path.name}-shm").unlink()
        with read_only(path.parent) as seen:
            with pytest.raises(StoreUnreadable, match=r"lineguard.db-wal.*cp -a"):
                open_current(f"sqlite:///{seen / path.name}", seen)
            with (
                pytest.raises(StoreUnreadable, match="cp -a"),
                glance(str(seen / path.name)) as quick,
            ):
                quick.execute(LOOK)


def test_what_was_read_while_somebody_wrote_is_not_believed(folder: Path) -> None:
    path = filled(folder)
    with read_only(folder) as seen, opened(seen / path.name) as store:
        with pytest.raises(StoreBusy, match="changed while it was read"), store.read():
            put(path, "two")
        assert rows(store) == 2


def test_a_path_that_is_not_there_takes_writing_as_far_as_we_know(tmp_path: Path) -> None:
    assert not takes_no_writing(tmp_path / "none")
    assert state_of(str(tmp_path / "none")) == (0, 0, 0)
