"""The tick as a service of the daemon: every minute on the clock, and at once when one was missed.

What a tick does is the same as `lineguard tick` does; both may run beside each other. Whatever was
due while none ran is done by the next. Sleeping goes in short steps, so that after
the clock was set or the machine slept a tick is late by one step at most."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from lineguard import clock
from lineguard.cli.asked import Asked
from lineguard.cli.tick import Work, work
from store.locks import Held

NAME: Final = "tick"
EVERY_S: Final = 60.0
STEP_S: Final = 1.0

LONGEST_S: Final = 600.0
"""A tick that takes longer hangs: its longest parts, delivery and tickets, end within a minute."""

log = logging.getLogger(__name__)


@dataclass(slots=True)
class UnderWay:
    """Since when a tick runs, by the monotonic clock; None while none does."""

    since: float | None = None


@dataclass(frozen=True, slots=True)
class Ticking:
    """Works once a minute. `once` is what a tick does; it runs in a thread."""

    asked: Asked
    once: Callable[[Asked], Work] = work
    now: Callable[[], datetime] = field(default=clock.now)
    monotonic: Callable[[], float] = field(default=time.monotonic)
    step_s: float = STEP_S
    under_way: UnderWay = field(default_factory=UnderWay)

    @property
    def name(self) -> str:
        """As `Service`."""
        return NAME

    async def run(self, stop: asyncio.Event) -> None:
        """As `Service`. Raises what a tick raises."""
        while not stop.is_set():
            minute, began = minute_of(self.now()), self.monotonic()
            self.under_way.since = began
            try:
                _said(await asyncio.to_thread(self.once, self.asked))
            except Held as busy:  # a round closes the same slots, and says so itself
                log.info("tick: %s", busy)
            finally:
                self.under_way.since = None
            while not (stop.is_set() or self.due(minute, began)):
                with suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), self.step_s)

    def hangs(self) -> bool:
        """As `MayHang`."""
        since = self.under_way.since
        return since is not None and self.monotonic() - since > LONGEST_S

    def due(self, minute: datetime, began: float) -> bool:
        """Another minute by the clock, or one that has passed whatever the clock says."""
        return minute_of(self.now()) > minute or self.monotonic() - began >= EVERY_S


def minute_of(at: datetime) -> datetime:
    """The minute that a time is in."""
    return at.replace(second=0, microsecond=0)


def _said(done: Work) -> None:
    """A tick that did something, as one line of the log."""
    if not done.idle:
        clocks = 0 if done.ticked is None else len(done.ticked.struck)
        told = done.ticked
        pages = 0 if told is None else len(told.pages) + len(told.reminders)
        log.info("tick: %d slots missed, %d clocks, %d pages", done.missed, clocks, pages)
