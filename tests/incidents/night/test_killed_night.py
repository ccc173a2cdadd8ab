"""The same night with `kill -9`: the same people are told, no clock is lost, and whoever hears
something twice hears it with the same key."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pytest

from tests.incidents.night.conftest import Outcome, Played
from tests.incidents.night.receivers import Heard
from tests.tiers import SEED, count

ROOT = Path(__file__).parents[3]
KILLS = count(5, 50)
EACH = count(1, 2)
"""Kills in one minute: the second hits whoever makes good what the first one left."""
LONGEST_WAIT_S = 0.4
"""A kill at random comes within this time of the process being up; some come too late."""
LIMIT_S = 120


@dataclass
class Keeper:
    """Keeps a process going: starts it where there is none, and kills it when it is told to."""

    night: Played
    mode: str
    drawn: random.Random = field(default_factory=lambda: random.Random(SEED))  # noqa: S311
    child: subprocess.Popen[str] | None = None
    tried: int = 0
    kills: int = 0

    def minute(self, *, kill: bool = False) -> None:
        """This minute, done; with `kill` by a process that was killed meanwhile."""
        at = self.night.town.now
        told = self.night.town.folder / "clock.new"
        told.write_text(at.isoformat())
        told.replace(told.with_name("clock"))
        done = False
        for _time in range(EACH if kill else 0):
            if not done and self.kills < KILLS:
                done = self._outlived(at)
        while not done:
            done = self._done(at)

    def close(self) -> None:
        if self.child is not None:
            self.child.kill()
            self.child.communicate(timeout=LIMIT_S)
            self.child = None

    def _outlived(self, at: datetime) -> bool:
        """Whether it got through the minute before it was killed: as it spoke to somebody who had
        not answered yet, or at any moment, in turn."""
        child = self._running()
        self.tried += 1
        if self.tried % 2:
            self.night.pockets.meanwhile = child.kill
            done = self._done(at)
        else:
            timer = threading.Timer(self.drawn.uniform(0, LONGEST_WAIT_S), child.kill)
            timer.start()
            done = self._done(at)
            timer.cancel()
            timer.join()
        self.night.pockets.meanwhile = lambda: None
        self.kills += not done
        return done

    def _running(self) -> subprocess.Popen[str]:
        if self.child is None:
            line = [sys.executable, "-P", "-m", "tests.incidents.night.runner", self.mode,
                    str(self.night.town.folder)]  # fmt: skip
            self.child = subprocess.Popen(
                line, stdout=subprocess.PIPE, text=True, cwd=ROOT,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
            )  # fmt: skip
            assert self.child.stdout is not None
            self.child.stdout.readline()
        return self.child

    def _done(self, at: datetime) -> bool:
        """Whether it got through this minute before it ended."""
        child = self._running()
        assert child.stdout is not None
        wanted = f"done {at.isoformat()}"
        if any(line.strip() == wanted for line in iter(child.stdout.readline, "")):
            if self.mode == "tick":
                child.communicate(timeout=LIMIT_S)
                self.child = None
            return True
        child.communicate(timeout=LIMIT_S)
        self.child = None
        return False


def told(heard: Collection[Heard]) -> set[tuple[object, ...]]:
    """Who was told what, with which key, over which channel, in which minute."""
    return {(one.at, one.channel, one.address, one.key, one.taken) for one in heard}


@pytest.mark.parametrize("mode", ["tick", "serve"])
def test_a_night_of_kills(night: Played, calm: Outcome, mode: str) -> None:
    speaking = {one.at for one in calm.heard}
    keeper = Keeper(night, mode)
    chosen = {*keeper.drawn.sample(sorted(speaking), min(len(speaking), 2 * KILLS))}
    for _minute in night.minutes():
        kill = night.town.now in chosen and keeper.kills < KILLS
        if kill or mode == "serve":
            keeper.minute(kill=kill)
        else:
            night.town.minute()
    keeper.close()
    outcome = night.outcome()
    assert keeper.kills == KILLS
    assert told(outcome.heard) == told(calm.heard)
    assert len(outcome.heard) >= len(calm.heard)
    assert outcome.pages == calm.pages
    assert outcome.clocks == calm.clocks
