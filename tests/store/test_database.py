"""Transactions and troubles of the store, on both kinds of database."""

from __future__ import annotations

import os
import random
import sqlite3
import threading
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select, text
from sqlalchemy.exc import IntegrityError, InternalError

from collectors.scratch.server import PostgresServer, picked_port
from store.database import Store, open_store, writes
from store.migrating import migrate, open_current
from store.schema import Instant, entry, instant_text
from store.stored import parse_instant
from store.trouble import StoreBusy, StoreUnreadable, explained
from tests.store.test_migrating import one_entry
from tests.tiers import count


def entries(store: Store) -> int:
    with store.read() as connection:
        return connection.execute(select(func.count()).select_from(entry)).scalar_one()


def test_all_of_a_write_is_kept(store: Store) -> None:
    with store.write() as tx:
        assert writes(tx)
        tx.execute(insert(entry), [one_entry(), {**one_entry(), "seq": 2}])
    assert entries(store) == 2


def test_nothing_of_a_failed_write_is_kept(store: Store) -> None:
    with pytest.raises(RuntimeError), store.write() as tx:
        tx.execute(insert(entry), [one_entry()])
        raise RuntimeError
    assert entries(store) == 0


def test_nothing_written_in_a_read_is_kept(store: Store) -> None:
    # SQLite forgets it at the end, PostgreSQL refuses it (SQLSTATE 25006) at once.
    with suppress(InternalError), store.read() as connection:
        connection.execute(insert(entry), [one_entry()])
    assert entries(store) == 0


def test_a_mistake_of_ours_is_not_called_a_trouble_of_the_database(store: Store) -> None:
    with pytest.raises(IntegrityError), store.write() as tx:
        tx.execute(insert(entry), [one_entry()])
        tx.execute(insert(entry), [one_entry()])


def test_a_reader_waits_for_no_writer_and_sees_one_state(store: Store) -> None:
    with store.write() as tx:
        tx.execute(insert(entry), [one_entry()])
        assert entries(store) == 0
        with store.read() as reading:
            counted = select(func.count()).select_from(entry)
            assert not writes(reading)
            assert reading.execute(counted).scalar_one() == 0
            tx.commit()
            assert reading.execute(counted).scalar_one() == 0
    assert entries(store) == 1


def test_a_second_writer_waits_for_the_first(store: Store) -> None:
    started, order = threading.Event(), []

    def second() -> None:
        started.set()
        with store.write() as tx:
            order.append("second")
            assert tx.execute(select(func.count()).select_from(entry)).scalar_one() == 1

    thread = threading.Thread(target=second)
    with store.write() as tx:
        thread.start()
        assert started.wait(10)
        thread.join(0.2)  # long enough for a writer that does not wait to be seen
        tx.execute(insert(entry), [one_entry()])
        order.append("first")
    thread.join(10)
    assert order == ["first", "second"]


def test_a_writer_that_waits_too_long_is_told_that_the_database_is_busy(
    store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("store.database.BUSY_TIMEOUT_MS", 50)
    store = open_store(store_url, tmp_path / "data")
    migrate(store)
    with store.write(), pytest.raises(StoreBusy, match="is busy"), store.write():
        pass
    store.close()


def test_text_comes_back_as_it_was_stored(store: Store) -> None:
    body = '{"名":"守线𠮷😀\\u0000"}'
    with store.write() as tx:
        tx.execute(insert(entry), [{**one_entry(), "body": body}])
    with store.read() as connection:
        assert connection.execute(select(entry.c.body)).scalar_one() == body


def test_a_time_without_a_zone_is_refused() -> None:
    naive = parse_instant("2026-11-21T03:00:00.000000Z").replace(tzinfo=None)
    with pytest.raises(ValueError, match="without a zone"):
        instant_text(naive)
    assert Instant().cache_ok


def test_the_name_of_a_store_holds_no_password(store: Store) -> None:
    assert "tests only" not in store.where
    assert "tests%20only" not in store.where
    assert store.where.endswith(("lineguard.db", store.engine.url.database or "?"))


@pytest.fixture
def damaged(tmp_path: Path) -> Path:
    """A database of some size, closed, so that all of it is in the one file."""
    path = tmp_path / "lineguard.db"
    store = open_store(f"sqlite:///{path}", tmp_path)
    migrate(store)
    with store.write() as tx:
        tx.execute(
            insert(entry),
            [{**one_entry(), "seq": seq, "body": f'"{seq:0900}"'} for seq in range(1, 400)],
        )
    store.close()
    return path


def read_all(path: Path) -> None:
    store = open_current(f"sqlite:///{path}", path.parent)
    try:
        with store.read() as connection:
            for _ in connection.execute(select(entry).order_by(entry.c.seq)):
                pass
    finally:
        store.close()


@pytest.mark.parametrize("length", [0, 1, 50, 99, 100, 4096, 5000, 65_536])
def test_a_database_file_cut_off_anywhere_is_not_readable(damaged: Path, length: int) -> None:
    damaged.write_bytes(damaged.read_bytes()[:length])
    with pytest.raises(StoreUnreadable):
        read_all(damaged)


def test_a_file_that_is_no_database_is_not_readable(damaged: Path) -> None:
    damaged.write_bytes(b"not a database, but long enough to be read as one " * 200)
    with pytest.raises(StoreUnreadable, match="is not readable: damaged, or not a database"):
        read_all(damaged)


def test_a_database_with_overwritten_pages_never_ends_in_a_drivers_error(damaged: Path) -> None:
    whole, chance, found = damaged.read_bytes(), random.Random(7), 0  # noqa: S311
    for _ in range(count(30, 500)):
        at = chance.randrange(0, len(whole) - 512)
        damaged.write_bytes(whole[:at] + chance.randbytes(512) + whole[at + 512 :])
        for beside in damaged.parent.glob("lineguard.db-*"):
            beside.unlink()
        try:
            read_all(damaged)
        except StoreUnreadable:
            found += 1
    assert found > 0


def test_a_server_that_is_not_there_is_said_not_to_answer(tmp_path: Path) -> None:
    store = open_store(f"postgresql://a:secret@127.0.0.1:{picked_port()}/b", tmp_path)
    with pytest.raises(StoreUnreadable, match=r"does not answer") as refused, store.read():
        pass
    assert "secret" not in str(refused.value)
    store.close()


def test_a_wrong_password_is_a_server_that_does_not_answer_us(
    postgres_server: PostgresServer, tmp_path: Path
) -> None:
    store = open_store(postgres_server.url(password="wrong"), tmp_path)
    with pytest.raises(StoreUnreadable), store.read():
        pass
    store.close()


def test_a_session_that_the_server_ends_is_said_in_our_words(
    postgres_url: str, tmp_path: Path
) -> None:
    store = open_store(postgres_url, tmp_path)
    other = open_store(postgres_url, tmp_path)
    with pytest.raises(StoreUnreadable), store.read() as connection:
        pid = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
        with other.write() as tx:
            tx.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
        connection.execute(text("SELECT 1"))
    store.close()
    other.close()


def test_sqlite_keeps_every_commit_through_a_power_cut(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/lineguard.db", tmp_path)
    with store.read() as connection:
        modes = [
            connection.execute(text(f"PRAGMA {name}")).scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        ]
    assert modes == ["wal", 2, 1]  # synchronous 2 is FULL
    assert sqlite3.sqlite_version_info >= (3, 35)
    store.close()


@pytest.mark.parametrize(("free", "said"), [(0, "the disk is full"), (10**9, "fails to read")])
def test_an_error_of_reading_on_a_full_disk_is_a_full_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, said: str
) -> None:
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = sqlite3.SQLITE_IOERR_SHMSIZE
    real = os.statvfs(tmp_path)
    fields = [getattr(real, name) for name in ("f_bsize", "f_frsize", "f_blocks", "f_bfree")]
    room = os.statvfs_result((*fields, free // real.f_frsize, 9, 9, 9, 0, 255))
    monkeypatch.setattr(os, "statvfs", lambda _path: room)
    trouble = explained(error, str(tmp_path / "lineguard.db"))
    assert trouble is not None and said in str(trouble)
