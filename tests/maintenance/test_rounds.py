"""Rounds on a scripted collector: every slot exactly one result, and nothing claimed unseen."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from checks.item import NoLimits, Period
from checks.verdict import Severity, State, Verdict, unknown
from collectors.readings import FileSystems, Trouble
from incidents.listing import incidents
from incidents.model import ChangeKind
from inventory.model import Device
from maintenance.calendar import CalendarSettings
from maintenance.journal import ClockImplausible
from maintenance.rounds import RoundStep, run_round
from phrases import say
from store.database import Store
from store.locks import Held
from store.schema import memory, round_run, slot
from tests.inventory.builders import estate
from tests.maintenance.fakes import (
    BUSY,
    SHANGHAI_NOON,
    SPACE,
    UNBUILT,
    World,
    app,
    apps,
    entries,
    item,
    proven,
    real_clock,
    round_desk,
    slots,
    with_estate,
)
from tests.tiers import count

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


async def test_a_round_plans_before_it_works_and_gives_every_slot_one_result(
    store: Store, tmp_path: Path, world: World
) -> None:
    desk, collector = round_desk(store, tmp_path, world)
    report = await run_round(desk, BUSY, real_clock)
    assert (report.due, report.done, report.normal, report.unknown) == (12, 12, 9, 3)
    assert report.exit_code == 3  # three slots of an item without a check
    kinds = [one["kind"] for one in entries(store)]
    assert kinds == ["plan", "round_started", *["result"] * 12, "round_finished"]
    assert sorted(name for name, _ in collector.visits) == ["app-1", "app-2", "app-3"]
    assert {state for state, _ in slots(store).values()} == {"done"}
    assert proven(desk.logbook) == ""


async def test_a_second_round_finds_nothing_to_do_and_writes_nothing(
    store: Store, tmp_path: Path, world: World
) -> None:
    desk, collector = round_desk(store, tmp_path, world)
    await run_round(desk, BUSY, real_clock)
    before = len(entries(store))
    report = await run_round(desk, BUSY + HOUR / 2, real_clock)
    assert (report.due, report.exit_code) == (0, 0)
    assert len(entries(store)) == before
    assert len(collector.visits) == 3


async def test_entries_carry_the_slot_time_beside_the_real_time(
    store: Store, tmp_path: Path, world: World
) -> None:
    desk, _ = round_desk(store, tmp_path, world, apps(1), (SPACE,))
    await run_round(desk, BUSY, real_clock)
    (result,) = entries(store, "result")
    assert result["slot"] == "M19/app-1/2026-11-20"
    assert result["slot_time"] == "2026-11-20T02:00:00.000000Z"
    assert result["at"] == "2026-11-21T08:00:00.000000Z"
    (verdict,) = result["verdicts"]
    assert (verdict["state"], verdict["measured"]) == ("normal", 40.0)
    assert set(verdict["sentence"]) == {"en", "zh"}
    (evidence,) = verdict["evidence"]
    stored = desk.logbook.evidence.get(evidence["sha256"])
    assert len(stored) == evidence["bytes"] and evidence["protocol"] == "ssh"


@pytest.mark.parametrize(
    ("used", "state", "code"), [(84.0, "normal", 0), (85.0, "abnormal", 1), (95.0, "abnormal", 1)]
)
async def test_an_abnormal_slot_is_done_and_named_with_its_incident(
    store: Store, tmp_path: Path, world: World, used: float, state: str, code: int
) -> None:
    world.disk["app-1"] = used
    desk, _ = round_desk(store, tmp_path, world, apps(1), (SPACE,))
    report = await run_round(desk, BUSY, real_clock)
    assert (report.done, report.exit_code) == (1, code)
    told = report.verdicts[0].as_json("en")
    assert told["state"] == state
    assert (told["incident"] is not None) == (state == "abnormal")
    assert told["slot"] == "M19/app-1/2026-11-20"
    assert told["entry"] == entries(store, "result")[0]["seq"]


async def test_a_busy_hour_slot_waits_for_its_window_and_is_missed_after_the_last(
    store: Store, tmp_path: Path, world: World
) -> None:
    desk, _ = round_desk(store, tmp_path, world)
    noon = await run_round(desk, SHANGHAI_NOON, real_clock)
    assert (noon.done, noon.not_yet, noon.missed) == (9, 3, 0)
    afternoon = SHANGHAI_NOON + 5 * HOUR  # 17:00: the last busy hour has just ended
    late = await run_round(desk, afternoon, real_clock)
    assert (late.done, late.not_yet, late.missed, late.exit_code) == (0, 0, 3, 3)
    assert "no round ran inside it" in entries(store, "missed")[0]["why"]["en"]


async def test_a_busy_hour_slot_is_satisfied_in_the_second_window(
    store: Store, tmp_path: Path, world: World
) -> None:
    desk, _ = round_desk(store, tmp_path, world)
    await run_round(desk, SHANGHAI_NOON, real_clock)
    second = await run_round(desk, SHANGHAI_NOON + 5 * HOUR - MINUTE, real_clock)
    assert (second.done, second.normal, second.exit_code) == (3, 3, 0)


async def test_two_days_of_downtime_are_planned_and_recorded_as_missed(
    store: Store, tmp_path: Path, world: World
) -> None:
    desk, _ = round_desk(store, tmp_path, world, apps(2), (SPACE,))
    await run_round(desk, BUSY, real_clock)
    report = await run_round(desk, BUSY + 3 * DAY, real_clock)
    assert (report.planned, report.missed, report.done) == (6, 4, 2)
    assert report.exit_code == 3
    missed = entries(store, "missed")
    assert [one["period"] for one in missed] == ["2026-11-21"] * 2 + ["2026-11-22"] * 2
    assert "Lineguard was not running" in missed[0]["why"]["en"]
    assert len(slots(store)) == 8
    assert proven(desk.logbook) == ""


@pytest.mark.parametrize(("days", "planned"), [(401, True), (402, False)])
async def test_a_clock_that_leaps_over_a_year_plans_nothing(
    store: Store, tmp_path: Path, world: World, days: int, planned: bool
) -> None:
    """400 days may lie between; more is a wrong clock, and a logbook forgets nothing."""
    desk, _ = round_desk(store, tmp_path, world, apps(1), (SPACE,))
    await run_round(desk, BUSY, real_clock)
    later = BUSY + days * DAY
    if planned:
        assert (await run_round(desk, later, real_clock)).planned == days
        return
    before = len(entries(store, "plan", "missed", "round_started"))
    with pytest.raises(ClockImplausible, match="set the clock right"):
        await run_round(desk, later, real_clock)
    assert len(entries(store, "plan", "missed", "round_started")) == before


async def test_one_round_by_a_wrong_clock_does_not_hide_later_omissions(
    store: Store, tmp_path: Path, world: World
) -> None:
    desk, _ = round_desk(store, tmp_path, world, apps(1), (SPACE,))
    await run_round(desk, BUSY, real_clock)
    await run_round(desk, BUSY + 300 * DAY, real_clock)
    future = set(slots(store))
    await run_round(desk, BUSY + 301 * DAY, real_clock)
    later = await run_round(desk, BUSY + 305 * DAY, real_clock)
    assert (later.planned, later.missed, later.done) == (4, 3, 1)
    assert len(future) == 301


async def test_a_day_that_was_jumped_over_is_planned_when_it_comes(
    store: Store, tmp_path: Path, world: World
) -> None:
    """As after a founding: nothing was planned before the jump, so nothing was between."""
    desk, _ = round_desk(store, tmp_path, world, apps(1), (SPACE,))
    await run_round(desk, BUSY + 300 * DAY, real_clock)
    await run_round(desk, BUSY, real_clock)
    later = await run_round(desk, BUSY + 4 * DAY, real_clock)
    assert (later.planned, later.missed, later.done) == (4, 3, 1)


async def test_days_before_the_home_was_founded_owe_nothing(
    store: Store, tmp_path: Path, world: World
) -> None:
    """A practice home worked a day of the past before its founding; what lies between is no
    omission, what comes after the founding is."""
    desk, _ = round_desk(store, tmp_path, world, apps(2), (SPACE,))
    founded = BUSY + 3 * DAY
    with store.write() as tx:
        desk.logbook.append(tx, "site", {"practice": True}, founded)
    await run_round(desk, BUSY, real_clock)
    first = await run_round(desk, founded, real_clock)
    assert (first.planned, first.missed, first.done) == (2, 0, 2)
    later = await run_round(desk, founded + 2 * DAY, real_clock)
    assert (later.planned, later.missed, later.done) == (4, 2, 2)


async def test_a_slot_that_could_not_be_observed_stays_due_and_is_tried_again(
    store: Store, tmp_path: Path, world: World
) -> None:
    world.trouble["app-1"] = Trouble.GARBLED
    desk, _ = round_desk(store, tmp_path, world, apps(1), (SPACE,))
    report = await run_round(desk, BUSY, real_clock)
    assert (report.due, report.done, report.not_observed, report.exit_code) == (1, 0, 1, 3)
    assert report.verdicts[0].as_json("en")["state"] == "unknown"
    del world.trouble["app-1"]
    again = await run_round(desk, BUSY + HOUR, real_clock)
    assert (again.done, again.normal, again.exit_code) == (1, 1, 0)
    assert [one["kind"] for one in entries(store, "attempt", "result")] == ["attempt", "result"]


@pytest.mark.parametrize("trouble", [Trouble.NOT_CONFIGURED, Trouble.UNSUPPORTED])
async def test_what_no_later_look_would_answer_is_unknown_at_once(
    store: Store, tmp_path: Path, world: World, trouble: Trouble
) -> None:
    world.trouble["app-1"] = trouble
    desk, _ = round_desk(store, tmp_path, world, apps(1), (SPACE,))
    report = await run_round(desk, BUSY, real_clock)
    assert (report.done, report.unknown, report.not_observed) == (1, 1, 0)
    assert report.exit_code == 3


async def test_the_same_fruitless_attempt_is_written_down_once_an_hour(
    store: Store, tmp_path: Path, world: World
) -> None:
    world.trouble["app-1"] = Trouble.TIMED_OUT
    desk, _ = round_desk(store, tmp_path, world, apps(1), (SPACE,))
    for minutes in (0, 15, 30, 45, 60, 75):
        await run_round(desk, BUSY + minutes * MINUTE, real_clock)
    assert len(entries(store, "attempt")) == 2
    world.trouble["app-1"] = Trouble.REFUSED
    await run_round(desk, BUSY + 80 * MINUTE, real_clock)
    assert len(entries(store, "attempt")) == 3


async def test_a_slot_tried_in_vain_all_day_is_missed_for_the_last_reason(
    store: Store, tmp_path: Path, world: World
) -> None:
    world.trouble["app-1"] = Trouble.REFUSED
    desk, _ = round_desk(store, tmp_path, world, apps(1), (SPACE,))
    await run_round(desk, BUSY, real_clock)
    report = await run_round(desk, BUSY + DAY, real_clock)
    assert report.missed == 1
    (missed,) = entries(store, "missed")
    assert "app-1: no use because refused" in missed["why"]["en"]


async def test_a_silent_device_harms_only_itself_and_its_reachability_is_abnormal(
    store: Store, tmp_path: Path, world: World
) -> None:
    world.silent.add("app-2")
    desk, _ = round_desk(store, tmp_path, world)
    report = await run_round(desk, BUSY, real_clock)
    assert (report.normal, report.abnormal, report.not_observed) == (6, 1, 2)
    assert slots(store)["M53/app-2/2026-11-20"] == ("done", "abnormal")
    assert report.incidents(ChangeKind.OPENED) == 1
    with store.read() as tx:
        (one,) = incidents(tx)
    assert one.cause == "device:app-2:unreachable"


async def test_everything_silent_and_no_reference_point_is_not_observed(
    store: Store, tmp_path: Path, world: World
) -> None:
    world.silent |= {"app-1", "app-2", "app-3"}
    world.references_silent = True
    desk, _ = round_desk(store, tmp_path, world)
    report = await run_round(desk, BUSY, real_clock)
    assert report.cut_off and report.exit_code == 3
    assert (report.done, report.not_observed) == (0, 12)
    assert len(entries(store, "not_observed")) == 1 and not entries(store, "result", "attempt")
    with store.read() as tx:
        assert [one.cause for one in incidents(tx)] == ["self:cut-off"]
    world.silent.clear()
    world.references_silent = False
    again = await run_round(desk, BUSY + HOUR / 2, real_clock)
    assert (again.done, again.normal, again.unknown) == (12, 9, 3)
    with store.read() as tx:
        assert incidents(tx) == ()
    assert proven(desk.logbook) == ""


async def test_everything_silent_with_a_reference_point_that_answers_is_the_devices_fault(
    store: Store, tmp_path: Path, world: World
) -> None:
    world.silent |= {"app-1", "app-2", "app-3"}
    desk, _ = round_desk(store, tmp_path, world)
    report = await run_round(desk, BUSY, real_clock)
    assert not report.cut_off
    with store.read() as tx:
        assert len(incidents(tx)) == 3


async def test_an_item_without_a_check_is_no_reason_to_visit_a_device_or_to_blame_it(
    store: Store, tmp_path: Path, world: World
) -> None:
    desk, collector = round_desk(store, tmp_path, world, apps(1), (UNBUILT,))
    report = await run_round(desk, BUSY, real_clock)
    assert (report.done, report.unknown, collector.visits) == (1, 1, [])
    with store.read() as tx:
        assert incidents(tx) == ()


async def test_a_defect_in_reading_one_device_harms_only_that_look(
    store: Store, tmp_path: Path, world: World
) -> None:
    world.defective.add("app-2")
    desk, _ = round_desk(store, tmp_path, world)
    report = await run_round(desk, BUSY, real_clock)
    assert (report.normal, report.not_observed) == (6, 3)


async def test_notes_are_kept_with_the_results_and_handed_to_the_next_look(
    store: Store, tmp_path: Path, world: World
) -> None:
    desk, _ = round_desk(store, tmp_path, world, apps(1), (SPACE,))
    await run_round(desk, BUSY, real_clock)
    await run_round(desk, BUSY + DAY, real_clock)
    with store.read() as tx:
        assert list(tx.execute(select(memory.c.value)).scalars()) == ["2"]


async def test_a_round_that_was_cut_short_is_recorded_by_the_next(
    store: Store, tmp_path: Path, world: World
) -> None:
    desk, collector = round_desk(store, tmp_path, world)
    collector.gate = asyncio.Event()
    running = asyncio.create_task(run_round(desk, BUSY, real_clock))
    await collector.one_began()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    collector.gate = None
    report = await run_round(desk, BUSY, real_clock)
    assert (report.interrupted, report.done) == (1, 12)
    assert len(entries(store, "round_interrupted")) == 1
    with store.read() as tx:
        outcomes = list(tx.execute(select(round_run.c.outcome).order_by(round_run.c.id)).scalars())
    assert outcomes == ["interrupted", "finished"]


async def test_two_rounds_at_once_do_no_slot_twice(
    store: Store, tmp_path: Path, world: World
) -> None:
    desk, collector = round_desk(store, tmp_path, world)
    for number in range(count(5, 50)):
        at = BUSY + number * DAY
        collector.gate = asyncio.Event()
        first = asyncio.create_task(run_round(desk, at, real_clock))
        await collector.one_began()
        with pytest.raises(Held):
            await run_round(desk, at, real_clock)
        collector.gate.set()
        assert (await first).done == 12
        collector.began = asyncio.Queue()
    assert {state for state, _ in slots(store).values()} == {"done"}
    assert proven(desk.logbook) == ""


async def test_a_slot_closed_by_somebody_else_gets_no_second_result(
    store: Store, tmp_path: Path, world: World
) -> None:
    desk, collector = round_desk(store, tmp_path, world, apps(1), (SPACE,))
    collector.gate = asyncio.Event()
    running = asyncio.create_task(run_round(desk, BUSY, real_clock))
    await collector.one_began()
    with store.write() as tx:
        tx.execute(slot.update().values(state="done", result="normal"))
    collector.gate.set()
    assert (await running).done == 0
    assert entries(store, "result") == []


async def test_no_more_devices_are_visited_at_once_than_allowed(
    store: Store, tmp_path: Path, world: World
) -> None:
    desk, collector = round_desk(store, tmp_path, world, apps(70), (SPACE,))
    steps: list[RoundStep] = []
    report = await run_round(desk, BUSY, real_clock, steps.append)
    assert report.done == 70
    assert collector.most_at_once == 32
    assert [one.done for one in steps] == list(range(1, 71))
    assert len({one.device for one in steps}) == 70


async def test_an_item_without_a_check_does_not_hide_how_the_device_is(
    store: Store, tmp_path: Path, world: World
) -> None:
    desk, _ = round_desk(store, tmp_path, world, apps(2), (SPACE, UNBUILT))
    world.disk["app-2"] = 97
    steps: list[RoundStep] = []
    await run_round(desk, BUSY, real_clock, steps.append)
    told = {one.device: (one.state, one.severity, one.unbuilt) for one in steps}
    assert told == {
        "app-1": (State.NORMAL, None, 1),
        "app-2": (State.ABNORMAL, Severity.CRITICAL, 1),
    }


async def test_a_device_that_has_only_items_without_a_check_is_unknown(
    store: Store, tmp_path: Path, world: World
) -> None:
    desk, _ = round_desk(store, tmp_path, world, apps(1), (UNBUILT,))
    steps: list[RoundStep] = []
    await run_round(desk, BUSY, real_clock, steps.append)
    assert [(one.state, one.unbuilt) for one in steps] == [(State.UNKNOWN, 0)]


async def test_a_device_that_left_the_estate_is_missed_not_worked(
    store: Store, tmp_path: Path, world: World
) -> None:
    desk, collector = round_desk(store, tmp_path, world, apps(2), (SPACE,))
    world.trouble["app-2"] = Trouble.TIMED_OUT
    await run_round(desk, BUSY, real_clock)
    smaller = with_estate(desk, estate(app("app-1")))
    report = await run_round(smaller, BUSY + DAY, real_clock)
    assert (report.done, report.missed) == (1, 1)
    assert [name for name, _ in collector.visits].count("app-2") == 1


async def test_without_busy_hours_a_busy_hour_item_may_be_worked_at_any_time(
    store: Store, tmp_path: Path, world: World
) -> None:
    desk, _ = round_desk(store, tmp_path, world, calendar=CalendarSettings(busy_hours=()))
    report = await run_round(desk, SHANGHAI_NOON, real_clock)
    assert (report.done, report.not_yet) == (12, 0)


def _undone(reading: FileSystems, _limits: NoLimits, one: Device) -> Verdict:
    return unknown(say("{device}: not done yet", device=one.name), again=True)


async def test_what_is_not_done_yet_is_said_once_and_stays_due(
    store: Store, tmp_path: Path, world: World
) -> None:
    waits = item("M48", FileSystems, _undone, period=Period.MONTH)
    desk, _ = round_desk(store, tmp_path, world, apps(1), (waits,))
    for hours in range(0, 30, 3):
        report = await run_round(desk, BUSY + hours * HOUR, real_clock)
        assert (report.due, report.not_observed, report.not_yet) == (0, 0, 1)
        assert report.exit_code == 0
    (attempt,) = entries(store, "attempt")
    assert attempt["verdicts"][0]["sentence"]["en"] == "app-1: not done yet"
    assert proven(desk.logbook) == ""
