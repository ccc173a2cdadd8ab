"""Rounds of the console script against the practice site: killed at random moments, and two at
once. Whatever happens, every slot has exactly one result and the chain verifies."""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pytest

from lab.embedded.client import LabClient
from tests.practice import slots
from tests.tiers import count

SCRIPT = Path(sys.executable).with_name("lineguard")
FIRST_DAY = date(2026, 5, 4)
"""Each round of these tests has a day of its own, by the simulated clock of a practice home."""
LIMIT_S = 180
TRIES = 4
SLOTS = slots("D", "machine")
"""Of a day of the practice site."""
SLOW = ("slow-answers", "di-province")
ENVIRONMENT = {"PATH": os.environ["PATH"], "LINEGUARD_LANG": "en", "HOME": "/nonexistent"}


@dataclass(slots=True)
class Practised:
    """A practice home with its site up."""

    root: Path
    days: Iterator[date]

    def a_day(self) -> date:
        """The next unused day: they only go forward, so that none is caught up by another."""
        return next(self.days)

    def start(self, day: date) -> subprocess.Popen[str]:
        """A round at 10:00 of that day, in the busy hour."""
        line = [str(SCRIPT), "round", "run", "--due", "--json", "--home", str(self.root),
                "--at", f"{day.isoformat()}T10:00:00+08:00"]  # fmt: skip
        return subprocess.Popen(
            line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT
        )

    def results_by_slot(self, day: date) -> dict[str, int]:
        """How many result entries each slot of that day has."""
        with closing(sqlite3.connect(self.root / "data" / "lineguard.db")) as database:
            slots = database.execute("SELECT id FROM slot WHERE id LIKE ?", (f"%/{day}",))
            counted = {name: 0 for (name,) in slots}
            for (body,) in database.execute("SELECT body FROM entry WHERE kind = 'result'"):
                slot = json.loads(body)["slot"]
                if slot in counted:
                    counted[slot] += 1
        return counted

    def proven(self) -> bool:
        """Does the logbook verify, evidence and all?"""
        line = [str(SCRIPT), "log", "verify", "--json", "--home", str(self.root)]
        told = subprocess.run(
            line, capture_output=True, text=True, timeout=LIMIT_S, env=ENVIRONMENT, check=False
        )
        valid: bool = json.loads(told.stdout)["valid"]
        return valid and told.returncode == 0


def ends(child: subprocess.Popen[str]) -> int:
    """Its exit status; what it said is read, so that it never waits for a full pipe."""
    child.communicate(timeout=LIMIT_S)
    return child.returncode


@pytest.fixture(scope="module")
def practised(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Practised]:
    root = tmp_path_factory.mktemp("killed") / "home"
    made = subprocess.run(
        [str(SCRIPT), "init", str(root), "--practice"],
        capture_output=True, text=True, timeout=LIMIT_S, env=ENVIRONMENT, check=False,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    site = LabClient(root)
    site.up()
    yield Practised(root, (FIRST_DAY + timedelta(days=n) for n in range(10_000)))
    site.down()


def test_a_round_killed_at_any_moment_is_completed_by_the_next(practised: Practised) -> None:
    """Moments are spread over what an undisturbed round takes; one that was quicker does not
    count, and another day is tried."""
    chance = random.Random(int(os.environ.get("LINEGUARD_SEED", "12345")))  # noqa: S311
    longest = how_long_a_round_runs(practised)
    killed, wanted = 0, count(5, 100)
    for _ in range(TRIES * wanted):
        if killed == wanted:
            break
        day = practised.a_day()
        killed += was_killed_while_running(practised, day, chance.uniform(0.0, longest))
        assert ends(practised.start(day)) in {0, 3}, "what is left is normal, or has no check"
        results = practised.results_by_slot(day)
        assert len(results) == SLOTS
        assert set(results.values()) == {1}, {k: v for k, v in results.items() if v != 1}
        assert practised.proven()
    assert killed == wanted


def how_long_a_round_runs(practised: Practised) -> float:
    """Seconds from taking the lock to the end, of a round that nobody disturbs."""
    first = practised.start(practised.a_day())
    wait_until_it_holds_the_lock(practised.root, first)
    began = time.monotonic()
    assert ends(first) in {0, 3}
    return time.monotonic() - began


def was_killed_while_running(practised: Practised, day: date, after_s: float) -> bool:
    """Kill -9 that long after it took the lock; False when it had come to its end."""
    child = practised.start(day)
    wait_until_it_holds_the_lock(practised.root, child)
    try:
        child.communicate(timeout=after_s)
    except subprocess.TimeoutExpired:
        child.send_signal(signal.SIGKILL)
        child.communicate(timeout=LIMIT_S)
        return child.returncode == -signal.SIGKILL
    return False


def test_of_two_rounds_at_once_one_gives_way_and_no_slot_is_done_twice(
    practised: Practised,
) -> None:
    site = LabClient(practised.root)
    for _ in range(count(5, 50)):
        day = practised.a_day()
        site.break_fault(*SLOW)
        first = practised.start(day)
        try:
            wait_until_it_holds_the_lock(practised.root, first)
            with stopped(first):  # a busy machine may take longer to start than any peer is slow
                second = practised.start(day)
                _, said = second.communicate(timeout=LIMIT_S)
            assert second.returncode == 75
            assert f"pid {first.pid}" in said, "it says who holds the lock"
            assert first.poll() is None, "the first was still held by the slow peer"
        finally:
            site.mend(SLOW[0])
            assert ends(first) == 3
        assert ends(practised.start(day)) in {0, 3}
        results = practised.results_by_slot(day)
        assert len(results) == SLOTS
        assert set(results.values()) == {1}, {k: v for k, v in results.items() if v != 1}
    assert practised.proven()


@contextmanager
def stopped(child: subprocess.Popen[str]) -> Iterator[None]:
    """It does nothing meanwhile, and keeps what it holds."""
    child.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        child.send_signal(signal.SIGCONT)


def wait_until_it_holds_the_lock(root: Path, child: subprocess.Popen[str]) -> None:
    """The lock file names its holder."""
    lock = root / "data" / "locks" / "round.lock"
    until = time.monotonic() + LIMIT_S
    while not (lock.exists() and f"pid {child.pid} " in lock.read_text()):
        assert child.poll() is None, "the round ended before it could be met"
        assert time.monotonic() < until
        time.sleep(0.02)
