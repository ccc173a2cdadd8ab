"""The control socket, the lock and the guard of the practice site."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from lab.behaviour import Behaviour
from lab.embedded.control import LINE_LIMIT, SOCKET_NAME, Refusal, ask, packed, unpacked
from lab.embedded.control import serve_control as serve
from lab.embedded.guard import start_guard
from lab.embedded.lock import holder, take
from lab.embedded.reference_point import ReferencePoint
from phrases import say

DEADLINE_S = 10.0


def _eventually(true: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + DEADLINE_S
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


async def _echo(request: dict[str, Any]) -> dict[str, Any]:
    if request.get("do") == "refuse":
        raise Refusal(say("no {what}", what="such thing"))
    return {"heard": request}


@asynccontextmanager
async def _served(folder: Path) -> AsyncIterator[None]:
    server = await serve(folder, _echo)
    try:
        yield
    finally:
        server.close()


async def test_a_request_is_answered(tmp_path: Path) -> None:
    async with _served(tmp_path):
        answer = await asyncio.to_thread(ask, tmp_path, {"do": "状态"})
    assert answer["heard"] == {"do": "状态"}


async def test_only_its_owner_may_speak_to_the_site(tmp_path: Path) -> None:
    async with _served(tmp_path):
        assert stat.S_IMODE((tmp_path / SOCKET_NAME).stat().st_mode) == 0o600


async def test_a_deep_home_is_no_obstacle(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 120) / ("e" * 120)
    deep.mkdir(parents=True)
    async with _served(deep):
        assert (await asyncio.to_thread(ask, deep, {}))["ok"]


async def test_a_socket_file_that_a_killed_site_left_is_replaced(tmp_path: Path) -> None:
    (tmp_path / SOCKET_NAME).touch()
    async with _served(tmp_path):
        assert (await asyncio.to_thread(ask, tmp_path, {}))["ok"]


async def test_a_refusal_comes_back_as_the_same_sentence(tmp_path: Path) -> None:
    async with _served(tmp_path):
        with pytest.raises(Refusal) as caught:
            await asyncio.to_thread(ask, tmp_path, {"do": "refuse"})
    assert caught.value.why == say("no {what}", what="such thing")


def test_a_phrase_within_a_phrase_survives_the_way() -> None:
    phrase = say("{device}: {why}", device="db-1", why=say("{n} sessions", n=3))
    assert unpacked(packed(phrase)) == phrase


def _raw(folder: Path, said: bytes) -> bytes:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(DEADLINE_S)
        connection.connect(str(folder / SOCKET_NAME))
        try:
            connection.sendall(said)
            return connection.recv(65_536)
        except (BrokenPipeError, ConnectionResetError):
            return b""


@pytest.mark.parametrize("said", [b"\n", b"{\n", b"[]\n", b"\xff\xfe\n"])
async def test_what_is_no_request_is_refused(tmp_path: Path, said: bytes) -> None:
    async with _served(tmp_path):
        assert b'"ok": false' in await asyncio.to_thread(_raw, tmp_path, said)


async def test_a_request_without_end_is_cut_off_and_the_next_is_answered(tmp_path: Path) -> None:
    async with _served(tmp_path):
        assert await asyncio.to_thread(_raw, tmp_path, b"x" * (2 * LINE_LIMIT + 1)) == b""
        assert (await asyncio.to_thread(ask, tmp_path, {}))["ok"]


def test_nobody_answers_where_no_site_runs(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        ask(tmp_path, {})


def test_the_lock_has_one_holder_and_tells_who(tmp_path: Path) -> None:
    assert holder(tmp_path) is None
    lock = take(tmp_path)
    assert lock is not None
    assert holder(tmp_path) == os.getpid()
    assert take(tmp_path) is None
    lock.release()
    assert holder(tmp_path) is None


def test_a_number_in_the_file_of_a_dead_holder_is_not_believed(tmp_path: Path) -> None:
    (tmp_path / "lock").write_text("1\n", encoding="ascii")
    assert holder(tmp_path) is None


def _sleeper() -> subprocess.Popen[bytes]:
    """It can be interrupted even where the tests run in the background, with SIGINT ignored."""
    code = "import signal; signal.signal(signal.SIGINT, signal.SIG_DFL); print(flush=True)"
    child = subprocess.Popen(
        [sys.executable, "-c", f"{code}; signal.pause()"], stdout=subprocess.PIPE
    )
    assert child.stdout is not None
    with child.stdout as ready:
        ready.readline()
    return child


def test_a_guard_ends_what_it_watches_when_its_site_dies() -> None:
    sleeper = _sleeper()
    guard = start_guard()
    guard.watch(sleeper.pid)
    assert guard.process.stdin is not None
    guard.process.stdin.close()  # all that the guard sees of a site that was killed
    assert sleeper.wait(DEADLINE_S) in (-signal.SIGINT, 1)
    assert guard.process.wait(DEADLINE_S) == 0


def test_a_guard_that_is_dismissed_ends_nothing() -> None:
    sleeper = _sleeper()
    try:
        guard = start_guard()
        guard.watch(sleeper.pid)
        guard.dismiss()
        guard.dismiss()
        assert sleeper.poll() is None
    finally:
        sleeper.kill()
        sleeper.wait()


async def _takes_connections(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


async def test_a_silent_reference_point_refuses_and_keeps_its_port(free_port: int) -> None:
    behaviour = Behaviour()
    point = ReferencePoint(behaviour)
    await point.start("127.0.0.1", free_port)
    try:
        assert await _takes_connections(free_port)
        behaviour.silent = True
        await point.apply()
        assert not await _takes_connections(free_port)
        with socket.socket() as other, pytest.raises(OSError, match="in use"):
            other.bind(("127.0.0.1", free_port))
        behaviour.silent = False
        await point.apply()
        assert await _takes_connections(free_port)
    finally:
        await point.stop()
    assert not await _takes_connections(free_port)
