"""The tick of the daemon: every minute on the clock, whatever the clock does; and what systemd is
told meanwhile."""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from lineguard.cli.asked import Asked
from lineguard.cli.tick import Work
from lineguard.daemon import Daemon
from lineguard.serving import Supervisor
from lineguard.systemd import JournalFormatter, Notifier, ShanghaiFormatter, notifier
from lineguard.ticking import LONGEST_S, Ticking
from store.locks import Held
from tests.lineguard.homes import AT

LIMIT_S = 60.0


@dataclass
class Hands:
    """Clocks that are set by hand, and ticks that are counted."""

    seconds: float = 0.0
    gone: float = 0.0
    ticks: int = 0
    busy: bool = False
    ticked: asyncio.Event = field(default_factory=asyncio.Event)
    loop: asyncio.AbstractEventLoop | None = None

    def service(self) -> Ticking:
        self.loop = asyncio.get_running_loop()
        return Ticking(
            Asked(),
            once=self.once,
            now=lambda: AT + timedelta(seconds=self.seconds),
            monotonic=lambda: self.gone,
            step_s=0.001,
        )

    def once(self, asked: Asked) -> Work:
        self.ticks += 1
        assert self.loop is not None
        self.loop.call_soon_threadsafe(self.ticked.set)
        if self.busy:
            raise Held("round", "pid 1")
        return Work()

    async def next(self, wall: float, gone: float) -> int:
        """How many ticks there are after the one that these clocks call for."""
        self.ticked.clear()
        self.seconds, self.gone = wall, gone
        await asyncio.wait_for(self.ticked.wait(), LIMIT_S)
        return self.ticks


@pytest.mark.parametrize(
    ("wall", "gone", "due"),
    [
        (59.9, 59.9, False),  # the same minute
        (60, 0.1, True),  # the next one, at once
        (3600, 1, True),  # set forward, or asleep: one tick catches up, as it does all that is due
        (-3600, 59.9, False),  # set back: a minute later by the other clock
        (-3600, 60, True),
    ],
)
async def test_every_minute_whatever_the_clock_does(wall: float, gone: float, due: bool) -> None:
    hands = Hands(seconds=wall, gone=gone)
    assert hands.service().due(AT, 0.0) is due


async def test_the_first_tick_is_at_once_and_the_next_when_its_minute_comes() -> None:
    hands, stop = Hands(), asyncio.Event()
    running = asyncio.create_task(hands.service().run(stop))
    await asyncio.wait_for(hands.ticked.wait(), LIMIT_S)
    assert hands.ticks == 1, "what was missed while nobody ticked waits no longer"
    assert await hands.next(60, 60) == 2
    stop.set()
    await asyncio.wait_for(running, LIMIT_S)


async def test_a_round_that_is_at_it_is_no_death_of_the_tick() -> None:
    hands, stop = Hands(busy=True), asyncio.Event()
    running = asyncio.create_task(hands.service().run(stop))
    await asyncio.wait_for(hands.ticked.wait(), LIMIT_S)
    assert await hands.next(60, 60) == 2
    stop.set()
    await asyncio.wait_for(running, LIMIT_S)


async def test_a_tick_that_never_comes_back_is_not_up_and_systemd_hears_no_more_of_us(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Everything else runs on meanwhile, and would look well."""
    hands, over, told = Hands(), threading.Event(), asyncio.Event()

    class Manager(Notifier):
        def tell(self, state: str) -> None:
            told.set()

    class Nobody:
        async def died(self, service: str, why: object) -> None:
            raise AssertionError(service)

        async def well(self, service: str) -> None:
            return

    def stuck(asked: Asked) -> Work:
        over.wait(LIMIT_S)
        return hands.once(asked)

    ticking, stop = replace(hands.service(), once=stuck), asyncio.Event()
    supervisor = Supervisor((ticking,), Nobody())
    running = asyncio.create_task(supervisor.run(stop))
    daemon = Daemon(supervisor=supervisor, notifier=Manager(watchdog_s=0.003))
    beating = asyncio.create_task(daemon._beat())
    async with asyncio.timeout(LIMIT_S):
        while ticking.under_way.since is None:  # noqa: ASYNC110  (the next turn of the loop)
            await asyncio.sleep(0)
    hands.gone = LONGEST_S
    await asyncio.wait_for(told.wait(), LIMIT_S)
    assert supervisor.standing == {"tick": True}
    hands.gone = LONGEST_S + 1
    async with asyncio.timeout(LIMIT_S):
        while caplog.text.count("hanging: tick") < 2:
            told.clear()
            await asyncio.sleep(0)
    assert (supervisor.standing, told.is_set()) == ({"tick": False}, False)
    over.set()
    await asyncio.wait_for(hands.ticked.wait(), LIMIT_S)
    await asyncio.wait_for(told.wait(), LIMIT_S)
    beating.cancel()
    stop.set()
    await asyncio.wait_for(running, LIMIT_S)


# --- systemd ----------------------------------------------------------------------------------


def test_systemd_is_told_over_its_socket(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(LIMIT_S)
        told = notifier({"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "30000000"})
        assert told.watchdog_s == 30
        told.tell("READY=1")
        assert manager.recv(100) == b"READY=1"


def test_a_manager_that_does_not_listen_never_makes_the_daemon_wait(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        told = notifier({"NOTIFY_SOCKET": str(tmp_path / "notify")})
        for _ in range(2_000):  # more than any queue of the kernel holds
            told.tell("WATCHDOG=1")


def test_elsewhere_nobody_is_told_and_nothing_breaks(tmp_path: Path) -> None:
    assert notifier({}) == Notifier()
    notifier({}).tell("READY=1")
    notifier({"NOTIFY_SOCKET": str(tmp_path / "gone")}).tell("READY=1")


@pytest.mark.parametrize(
    ("usec", "whose", "seconds"),
    [
        ("30000000", "7", 30.0),
        ("30000000", "8", None),
        ("", "7", None),
        ("x", "7", None),
        ("0", "7", None),
    ],
)
def test_the_watchdog_is_ours_only_when_it_is_meant_for_us(
    usec: str, whose: str, seconds: float | None
) -> None:
    assert notifier({"WATCHDOG_USEC": usec, "WATCHDOG_PID": whose}, pid=7).watchdog_s == seconds


@pytest.mark.parametrize(
    ("level", "number"),
    [
        (logging.CRITICAL, 2),
        (logging.ERROR, 3),
        (logging.WARNING, 4),
        (logging.INFO, 6),
        (logging.DEBUG, 7),
    ],
)
def test_a_line_for_the_journal_has_its_priority_and_is_one_line(level: int, number: int) -> None:
    record = logging.LogRecord("x", level, "", 0, "one\n<0>two", None, None)
    assert JournalFormatter("%(message)s").format(record) == f"<{number}>one | <0>two"


def test_a_line_of_the_log_says_shanghais_time_whatever_the_machines_zone() -> None:
    record = logging.LogRecord("x", logging.INFO, __file__, 1, "served", None, None)
    record.created = datetime(2026, 11, 21, 19, 30, 5, tzinfo=UTC).timestamp()
    line = ShanghaiFormatter("%(asctime)s %(message)s").format(record)
    assert line == "2026-11-22 03:30:05.000+08:00 served"
