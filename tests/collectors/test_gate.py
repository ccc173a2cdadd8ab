"""While a password is changed nobody else logs in; and nobody waits for another device."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from collectors.gate import DeviceGates
from collectors.readings import HostLoad, Unanswered
from collectors.visitor import Visitor
from tests.collectors.hosts import Remembered, linux, listening, means

HOLD = """
import fcntl, sys
handle = open(sys.argv[1], "a")
fcntl.flock(handle, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
"""


async def test_visits_pass_together_and_a_change_passes_alone(tmp_path: Path) -> None:
    gates = DeviceGates(tmp_path)
    async with gates.open_for("app-1"), gates.open_for("app-1"):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2), gates.closed_for("app-1"):
                pass
        async with gates.closed_for("app-2"):
            pass
    async with gates.closed_for("app-1"):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2), gates.open_for("app-1"):
                pass
    async with gates.open_for("app-1"):
        pass


def _holder(lock: Path) -> subprocess.Popen[str]:
    """Another process that holds it."""
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(lock)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout is not None and holder.stdout.readline() == "held\n"
    return holder


async def test_the_lock_of_a_killed_playbook_is_free_again(tmp_path: Path) -> None:
    gates = DeviceGates(tmp_path)
    lock = gates.worker_lock("app-1")
    with _holder(lock) as holder:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2), gates.no_worker("app-1"):
                pass
        holder.send_signal(signal.SIGKILL)
        holder.wait()
    async with asyncio.timeout(5), gates.no_worker("app-1"):
        pass


async def test_a_visit_waits_until_the_password_is_changed(tmp_path: Path) -> None:
    gates = DeviceGates(tmp_path / "locks")
    async with listening(tmp_path) as host:
        target = linux(host.port)
        visitor = Visitor({target.name: target}, means(tmp_path), 20.0, gates)
        async with gates.closed_for(target.name):
            visit = asyncio.create_task(
                visitor.visit(target.name, frozenset({HostLoad}), Remembered())
            )
            await asyncio.sleep(0)
            assert host.logins == 0
        answer = (await visit).answers[HostLoad]
        assert isinstance(answer, HostLoad)
        assert host.logins == 1


async def test_a_visit_that_waits_too_long_says_so_and_never_logs_in(tmp_path: Path) -> None:
    gates = DeviceGates(tmp_path / "locks")
    async with listening(tmp_path) as host:
        target = linux(host.port)
        visitor = Visitor({target.name: target}, means(tmp_path), 0.3, gates)
        async with gates.closed_for(target.name):
            seen = await visitor.visit(target.name, frozenset({HostLoad}), Remembered())
        assert isinstance(seen.answers[HostLoad], Unanswered)
        assert host.logins == 0
