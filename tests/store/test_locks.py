"""A lock is held by one, refused to all others, and freed by the system when its holder dies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from store.database import Store, open_store
from store.locks import Held, hold
from tests.tiers import count

ROOT = Path(__file__).parents[2]
HOLDER = """
import sys
from pathlib import Path
from store.database import open_store
with open_store(sys.argv[1], Path(sys.argv[2])).hold("round"):
    print("held", flush=True)
    sys.stdin.read()
"""
FREED_WITHIN_S = 20


def start_holder(url: str, folder: Path) -> subprocess.Popen[str]:
    child = subprocess.Popen(
        [sys.executable, "-c", HOLDER, url, str(folder)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT,
    )  # fmt: skip
    assert child.stdout is not None
    assert child.stdout.readline() == "held\n"
    return child


def end(child: subprocess.Popen[str]) -> None:
    child.send_signal(signal.SIGKILL)
    child.communicate()


def test_a_lock_is_free_again_after_the_block(store: Store) -> None:
    for _ in range(3):
        with store.hold("round"):
            pass


def test_a_lock_is_free_again_after_a_failed_block(store: Store) -> None:
    with pytest.raises(RuntimeError), store.hold("round"):
        raise RuntimeError
    with store.hold("round"):
        pass


def test_a_second_holder_is_refused_at_once_and_told_who_holds_it(store: Store) -> None:
    with store.hold("round"), pytest.raises(Held) as refused, hold(store, "round"):
        pass
    assert refused.value.name == "round"
    assert refused.value.holder.startswith(f"pid {os.getpid()} on ")
    assert str(refused.value).startswith('another run holds the lock "round" (pid ')


def test_locks_of_other_names_are_free(store: Store) -> None:
    with store.hold("round"), store.hold("watch"):
        pass


def test_a_lock_does_not_stop_a_writer(store: Store) -> None:
    with store.hold("round"), store.write():
        pass


@pytest.mark.parametrize("name", ["", "../round", "Round", "a b", "a" * 61])
def test_a_name_that_could_lead_elsewhere_is_refused(store: Store, name: str) -> None:
    with pytest.raises(ValueError, match="not a name for a lock"), store.hold(name):
        pass


def test_a_lock_of_a_killed_process_is_freed_by_the_system(store: Store, store_url: str) -> None:
    for _ in range(count(2, 20)):
        child = start_holder(store_url, store.folder)
        try:
            with pytest.raises(Held) as refused, store.hold("round"):
                pass
            assert refused.value.holder.startswith(f"pid {child.pid} on ")
        finally:
            end(child)
        wait_until_free(store)


def wait_until_free(store: Store) -> None:
    """PostgreSQL learns of the death from the closed connection, a moment later."""
    deadline = time.monotonic() + FREED_WITHIN_S
    while True:
        try:
            with store.hold("round"):
                return
        except Held:
            assert time.monotonic() < deadline, "the lock of a dead process is still held"
            time.sleep(0.01)


def test_stores_in_other_folders_or_databases_share_no_lock(store: Store, tmp_path: Path) -> None:
    other = open_store(f"sqlite:///{tmp_path}/other/lineguard.db", tmp_path / "other")
    with store.hold("round"), other.hold("round"):
        pass
    other.close()
