"""One round: plan -> collect -> judge -> record -> raise."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from datetime import datetime
from functools import partial
from typing import Final

from checks.item import Period
from checks.verdict import State
from collectors.visit import Collector
from maintenance.acting import keep_undone, look_once, mark, occasion_of
from maintenance.doubt import Doubt
from maintenance.journal import Journal, Work
from maintenance.looks import Call, Clock, Looked, burst, in_batches, look
from maintenance.results import Results
from maintenance.round_desk import (
    Progress,
    RoundDesk,
    RoundReport,
    RoundStep,
    count,
    quiet,
    step,
)
from maintenance.schedule import EVERY_PERIOD

__all__ = ["Progress", "RoundDesk", "RoundReport", "RoundStep", "quiet", "run_round"]

LOCK: Final = "round"


async def run_round(
    desk: RoundDesk,
    at: datetime,
    clock: Clock,
    progress: Progress = quiet,
    periods: frozenset[Period] = EVERY_PERIOD,
) -> RoundReport:
    """Work every slot that is due at slot time `at`. Raises `store.locks.Held` when another round
    is under way, and `StoreTrouble`; what was recorded until then stays."""
    with desk.store.hold(LOCK):
        journal = Journal(desk, clock)
        work = await asyncio.to_thread(journal.open_round, at, periods)
        results = _results(desk, work, clock)
        doubted = await _collect(desk, work, results, progress)
        if work.calls:
            await asyncio.to_thread(journal.close_round, work, results, doubted)
        return _report(work, results, doubted)


async def _collect(
    desk: RoundDesk, work: Work, results: Results, progress: Progress
) -> list[Looked]:
    """Visit, judge and record. Gives back the looks in which Lineguard itself was cut off."""
    doubt = Doubt(desk.incidents.topology, {call.device.name for call in work.calls})
    collector = burst(desk.collector, desk.estate, work.calls, results.clock)
    visits = (partial(_look, desk, collector, call, work, results.clock) for call in work.calls)
    async with aclosing(in_batches(visits, desk.devices_at_once)) as batches:
        async for batch in batches:
            await _record(results, doubt.believe(batch), work, progress)
    doubted = doubt.release()
    if doubted and await desk.self_check.cut_off():
        await asyncio.to_thread(keep_undone, desk.store, doubted, results.clock())
        return doubted
    await _record(results, doubted, work, progress)
    return []


async def _look(
    desk: RoundDesk, collector: Collector, call: Call, work: Work, clock: Clock
) -> Looked:
    """One look; one that does something is written down before, so that it is done once."""
    occasion = occasion_of(call, work.slots[call.device.name])
    if occasion is None:
        return await look(collector, call, work.memory, clock)
    await asyncio.to_thread(mark, desk.store, call, occasion, clock())
    return await look_once(collector, call, work.memory, clock, occasion)


async def _record(
    results: Results, looked: Sequence[Looked], work: Work, progress: Progress
) -> None:
    """In a thread: the visits under way go on while the disk is waited for."""
    done = results.devices
    stored = await asyncio.to_thread(results.record, looked)
    for number, one in enumerate(looked, done + 1):
        progress(step(number, len(work.calls), one.device.name, stored))


def _results(desk: RoundDesk, work: Work, clock: Clock) -> Results:
    return Results(
        store=desk.store,
        logbook=desk.logbook,
        incidents=desk.incidents,
        clock=clock,
        slots=work.slots,
        slot_time=work.slot_time,
        round_entry=work.round_entry,
        versions=desk.versions,
    )


def _report(work: Work, results: Results, doubted: Sequence[Looked]) -> RoundReport:
    done = [one for one in results.outcomes if one.observed]
    in_doubt = sum(len(work.slots[one.device.name]) for one in doubted)
    waiting = sum(one.waits for one in results.outcomes)
    not_observed = len(results.outcomes) - len(done) - waiting + in_doubt
    return RoundReport(
        slot_time=work.slot_time,
        due=len(done) + not_observed,
        done=len(done),
        normal=count(done, State.NORMAL),
        abnormal=count(done, State.ABNORMAL),
        unknown=count(done, State.UNKNOWN),
        not_applicable=count(done, State.NOT_APPLICABLE),
        not_observed=not_observed,
        not_yet=work.not_yet + waiting,
        by_others=work.by_others,
        missed=work.missed,
        planned=work.planned,
        interrupted=work.interrupted,
        cut_off=bool(doubted),
        verdicts=tuple(record for one in results.outcomes for record in one.records),
        changes=tuple(results.changes),
    )
