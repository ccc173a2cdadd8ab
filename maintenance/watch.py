"""Between rounds: cheap looks, often. A device that dies at 03:00 is known at 03:02."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from incidents.model import Change, ChangeKind
from maintenance.doubt import Doubt
from maintenance.looks import Call, Clock, Looked, burst, in_batches, look
from maintenance.memory import Remembered
from maintenance.timetable import Purpose, Timetable, WatchCall, WatchSettings, calls_due
from maintenance.watch_desk import Known, WatchDesk, WatchLedger
from store.trouble import StoreTrouble

__all__ = ["WatchDesk", "WatchReport", "WatchSettings", "run_watch_once", "watch_forever"]

LOCK: Final = "watch"
STARTED: Final = "watch_started"
STOPPED: Final = "watch_stopped"

TICK_S: Final = 1.0
"""Looks are started and recorded in batches of one second: pacing each alone costs some 45 times
the CPU of a burst (docs/measured)."""

CONFIRMATIONS: Final = 32
"""Silent devices that are asked a second time, another way, before they are believed to be gone.
More than so many at once is not one lost packet each."""

PATIENCE: Final = timedelta(seconds=15)
"""How long the daemon waits for another device to vouch that we can see at all."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchReport:
    """What one watch run saw. `behind`: of the silent ones, how many stand behind each silent
    device that explains them. `upcoming`: when the next look for each purpose is due, where none
    was due this time."""

    at: datetime
    looked: int
    reached: int
    silent: int
    cut_off: bool
    changes: tuple[Change, ...]
    behind: Mapping[str, int] = field(default_factory=dict)
    upcoming: Mapping[Purpose, datetime] = field(default_factory=dict)

    def incidents(self, kind: ChangeKind) -> int:
        """How many incidents were opened, updated, resolved, ..."""
        return len({one.incident for one in self.changes if one.kind is kind})


@dataclass(slots=True)
class Confirmations:
    """How many second looks are left."""

    left: int = CONFIRMATIONS

    def take(self) -> bool:
        """One of them, if there is one."""
        self.left -= 1
        return self.left >= 0


@dataclass(frozen=True, slots=True)
class Looking:
    """One burst of looks, with what was known when it began."""

    desk: WatchDesk
    memory: Remembered
    clock: Clock
    confirmations: Confirmations = field(default_factory=Confirmations)

    async def look(self, due: WatchCall) -> Looked:
        """Look, and look again before a device is believed to be gone."""
        looked = await self._look(due.call)
        if looked.silent and due.confirm is not None and self.confirmations.take():
            return await self._look(due.confirm)
        return looked

    async def _look(self, call: Call) -> Looked:
        collector = burst(self.desk.collector, self.desk.estate, [call], self.clock)
        return await look(collector, call, self.memory, self.clock)


async def run_watch_once(
    desk: WatchDesk, at: datetime, clock: Clock, *, everything: bool = False
) -> WatchReport:
    """All looks that are due at `at`, for cron; `everything`: all there are, due or not. Raises
    `store.locks.Held` when the watch runs already, and `StoreTrouble`."""
    with desk.store.hold(LOCK):
        ledger = WatchLedger(desk, clock)
        known = await asyncio.to_thread(ledger.known)
        await asyncio.to_thread(ledger.note_gap, known.timetable, at)
        looking = Looking(desk, known.memory, clock)
        calls = _due(desk, replace(known, timetable=Timetable()) if everything else known, at)
        visits = (partial(looking.look, due) for due in calls)
        doubt = Doubt(desk.incidents.topology, {due.call.device.name for due in calls})
        seen, changes = list[Looked](), list[Change]()
        async with aclosing(in_batches(visits, desk.devices_at_once)) as batches:
            async for batch in batches:
                seen += batch
                changes += await asyncio.to_thread(ledger.record, doubt.believe(batch), at)
        cut_off, settled = await _settle(ledger, doubt, at)
        report = _report(at, seen, cut_off, (*changes, *settled))
        if cut_off:
            return report  # nothing is said about any device
        if calls:
            return replace(report, behind=_behind(desk, seen))
        return replace(
            report, upcoming=known.timetable.upcoming(desk.estate.devices, desk.settings)
        )


async def _settle(
    ledger: WatchLedger, doubt: Doubt, at: datetime
) -> tuple[bool, tuple[Change, ...]]:
    """Ask the reference points about what nobody vouches for: are we cut off?"""
    held = doubt.release()
    if held and await ledger.desk.self_check.cut_off():
        return True, await asyncio.to_thread(ledger.record_cut_off, held, at)
    return False, await asyncio.to_thread(ledger.record, held, at)


def _due(desk: WatchDesk, known: Known, at: datetime) -> tuple[WatchCall, ...]:
    items = {one.id: one for one in desk.items}
    return tuple(
        calls_due(
            desk.estate, items, known.timetable, known.live, at, desk.settings, known.suspects
        )
    )


def _report(
    at: datetime, seen: Sequence[Looked], cut_off: bool, changes: tuple[Change, ...]
) -> WatchReport:
    return WatchReport(
        at=at,
        looked=len(seen),
        reached=sum(one.reached for one in seen),
        silent=sum(one.silent for one in seen),
        cut_off=cut_off,
        changes=changes,
    )


def _behind(desk: WatchDesk, seen: Sequence[Looked]) -> Mapping[str, int]:
    """Of the silent ones, how many stand behind each silent device that explains them."""
    topology = desk.incidents.topology
    silent = frozenset(one.device.name for one in seen if one.silent)
    roots = ((name, topology.root_of(name, silent)) for name in silent)
    return dict(sorted(Counter(root for name, root in roots if root != name).items()))


# --- inside the daemon -----------------------------------------------------------------------


async def watch_forever(desk: WatchDesk, clock: Clock, stop: asyncio.Event) -> None:
    """Watch until `stop` is set; every tick is one batch. A database that is in trouble for a
    while costs the looks of that time, which then stand as not covered. Raises `Held`."""
    with desk.store.hold(LOCK):
        doubt = Doubt(desk.incidents.topology)
        watching = Watching(desk, WatchLedger(desk, clock), clock, doubt)
        await watching.start()
        try:
            while not stop.is_set():
                await watching.tick()
                with suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), TICK_S)
        finally:
            await watching.close()


@dataclass(slots=True)
class Watching:
    """The looks under way between ticks. A device is not called again while it is looked at, so
    that a slow one delays nobody but itself."""

    desk: WatchDesk
    ledger: WatchLedger
    clock: Clock
    doubt: Doubt
    running: dict[str, asyncio.Task[Looked]] = field(default_factory=dict)

    async def start(self) -> None:
        """Say that the watch begins, and since when nobody looked."""
        known = await asyncio.to_thread(self.ledger.known)
        await asyncio.to_thread(self.ledger.note_gap, known.timetable, self.clock())
        settings = self.desk.settings
        body = {
            "observer": self.desk.observer,
            "contact_s": int(settings.contact.total_seconds()),
            "state_s": int(settings.state.total_seconds()),
            "database_s": int(settings.database.total_seconds()),
        }
        await asyncio.to_thread(self.ledger.write, STARTED, body)

    async def tick(self) -> None:
        """Record what ended since the last tick, then start what is due."""
        try:
            await self._record(self.clock())
            await self._begin(self.clock())
        except StoreTrouble as trouble:
            log.error("the watch could not use the database: %s", trouble)

    async def close(self) -> None:
        """Give up what is under way, and say that the watch ends."""
        for task in self.running.values():
            task.cancel()
        await asyncio.gather(*self.running.values(), return_exceptions=True)
        await asyncio.to_thread(self.ledger.write, STOPPED, {"observer": self.desk.observer})

    async def _record(self, at: datetime) -> None:
        ended = [name for name, task in self.running.items() if task.done()]
        believed = self.doubt.believe([self.running.pop(name).result() for name in ended])
        await asyncio.to_thread(self.ledger.record, believed, at)
        waited = max((at - one.ended_at for one in self.doubt.held), default=timedelta())
        if self.doubt.held and (not self.running or waited >= PATIENCE):
            await _settle(self.ledger, self.doubt, at)

    async def _begin(self, at: datetime) -> None:
        known = await asyncio.to_thread(self.ledger.known)
        busy = self.running.keys() | {one.device.name for one in self.doubt.held}
        looking = Looking(self.desk, known.memory, self.clock)
        for due in _due(self.desk, known, at):
            name = due.call.device.name
            if name not in busy and len(self.running) < self.desk.devices_at_once:
                self.running[name] = asyncio.create_task(looking.look(due))
                self.doubt.pending.add(name)
