"""Months and quarters of the whole schedule: every due slot is there exactly once, whatever
holidays, year ends and outages lie between."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest

from checks.catalogue import catalogue
from checks.item import By, Item, Period
from inventory.model import Estate, Kind, Trait
from maintenance.calendar import SHANGHAI, CalendarSettings, hours
from maintenance.rounds import run_round
from store.database import Store
from tests.inventory.builders import device, estate
from tests.maintenance.fakes import (
    SPACE,
    World,
    apps,
    entries,
    item,
    proven,
    real_clock,
    round_desk,
    slots,
)

ONE_DAY = timedelta(days=1)
ROUNDS_AT = (time(9, 30), time(20, 30))
"""Shanghai: one in the busy hour, one in the night shift."""


def without_checks() -> tuple[Item, ...]:
    """The schedule of the contract; what its checks say is not what is tested here."""
    return tuple(replace(one, checks=()) for one in catalogue())


def one_of_each_kind() -> Estate:
    return estate(
        *(device(f"{kind.value}-1", kind) for kind in Kind),
        device("usm-9", Kind.USM_CTI, traits=(Trait.CLUSTERED,)),
        device("file-9", Kind.FILE_SERVER, traits=(Trait.WINDOWS,), site="site_dr"),
        device("db-9", Kind.DATABASE, traits=(Trait.ORACLE,), site="site_dr"),
    )


def places(one: Item, of: Estate) -> list[str]:
    sites = ["site_dr", "site_primary"]
    return [each.name for each in of.devices if one.applies_to(each)] if one.kinds else sites


def days(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += ONE_DAY


def names_of(period: Period, worked: list[date]) -> set[str]:
    """The periods that these days belong to, told without the calendar under test."""
    if period is Period.SHIFT:
        return {f"{day}T{turn}" for day in worked for turn in ("08:00", "20:00")}
    shapes = {
        Period.DAY: "%Y-%m-%d",
        Period.WEEK: "%G-W%V",
        Period.MONTH: "%Y-%m",
    }
    if period is Period.QUARTER:
        return {f"{day.year}-Q{(day.month - 1) // 3 + 1}" for day in worked}
    return {day.strftime(shapes[period]) for day in worked}


def expected(items: tuple[Item, ...], of: Estate, worked: list[date]) -> set[str]:
    return {
        f"{one.id}/{place}/{name}"
        for one in items
        for place in places(one, of)
        for name in names_of(one.period, worked)
    }


def once_each(store: Store) -> None:
    """Every slot that is over has one entry that ends it, every other one has none."""
    ended = Counter(one["slot"] for one in entries(store, "result", "missed"))
    closed = {name for name, (state, _) in slots(store).items() if state != "due"}
    assert set(ended) == closed
    assert set(ended.values()) == {1}
    planned = Counter(name for one in entries(store, "plan") for name in one["slots"])
    assert set(planned) == set(slots(store))
    assert set(planned.values()) == {1}


async def work(
    store: Store, folder: Path, of: Estate, items: tuple[Item, ...], worked: list[date]
) -> None:
    desk, _ = round_desk(store, folder, World(), of, items)
    for day in worked:
        for at in ROUNDS_AT:
            await run_round(desk, datetime.combine(day, at, SHANGHAI), real_clock)
    assert proven(desk.logbook) == ""


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (date(2026, 2, 9), date(2026, 3, 8)),  # Spring Festival, made-up Saturdays on both sides
        (date(2026, 9, 20), date(2026, 10, 12)),  # National Day, and a new quarter
        (date(2026, 12, 21), date(2027, 1, 10)),  # a year's end inside week 53
    ],
)
async def test_every_due_slot_is_there_once_over_holidays_and_the_ends_of_periods(
    store: Store, tmp_path: Path, first: date, last: date
) -> None:
    of, items, worked = one_of_each_kind(), without_checks(), list(days(first, last))
    await work(store, tmp_path, of, items, worked)
    assert set(slots(store)) == expected(items, of, worked)
    once_each(store)
    ours = {one.id for one in items if one.by is By.MACHINE}
    assert {state for name, (state, _) in slots(store).items() if name.split("/")[0] in ours} == {
        "done"
    }


async def test_an_outage_of_two_days_costs_the_days_and_nothing_longer(
    store: Store, tmp_path: Path
) -> None:
    of, items = one_of_each_kind(), without_checks()
    month = list(days(date(2026, 11, 1), date(2026, 11, 30)))
    out = {date(2026, 11, 15), date(2026, 11, 16)}  # a Sunday and the Monday of another week
    await work(store, tmp_path, of, items, [day for day in month if day not in out])
    assert set(slots(store)) == expected(items, of, month)
    once_each(store)
    ours = {one.id for one in items if one.by is By.MACHINE}
    missed = {
        name
        for name, (state, _) in slots(store).items()
        if state == "missed" and name.split("/")[0] in ours
    }
    daily = tuple(one for one in items if one.period is Period.DAY)
    assert missed == expected(daily, of, sorted(out))


async def test_a_week_that_ended_in_an_outage_is_missed_once(store: Store, tmp_path: Path) -> None:
    """Nobody looked on any of its days: it is planned afterwards, so that it can be missed."""
    weekly = item("M26", None, period=Period.WEEK)
    worked = [date(2026, 11, 8), date(2026, 11, 16)]
    await work(store, tmp_path, apps(1), (SPACE, weekly), worked)
    found = {name: state for name, (state, _) in slots(store).items() if "M26" in name}
    assert found == {
        "M26/app-1/2026-W45": "done",
        "M26/app-1/2026-W46": "missed",
        "M26/app-1/2026-W47": "done",
    }


async def test_a_slot_of_a_person_is_planned_and_missed_but_never_worked_by_a_round(
    store: Store, tmp_path: Path
) -> None:
    walk = replace(catalogue()[-1], id="R3")
    desk, collector = round_desk(store, tmp_path, World(), apps(1), (walk,))
    noon = datetime(2026, 11, 20, 12, tzinfo=SHANGHAI)
    report = await run_round(desk, noon, real_clock)
    assert (report.planned, report.due, report.by_others, report.exit_code) == (2, 0, 1, 0)
    assert collector.visits == [] and entries(store, "round_started") == []
    later = await run_round(desk, noon + timedelta(hours=9), real_clock)
    assert (later.missed, later.by_others, later.exit_code) == (1, 1, 3)
    assert slots(store)["R3/site_primary/2026-11-20T08:00"] == ("missed", None)


async def test_what_was_over_before_the_home_was_founded_is_nobodys_omission(
    store: Store, tmp_path: Path
) -> None:
    walk = replace(catalogue()[-1], id="R3")
    desk, _ = round_desk(store, tmp_path, World(), apps(1), (walk,))
    founded = datetime(2026, 11, 20, 21, tzinfo=SHANGHAI)
    with desk.store.write() as tx:
        desk.logbook.append(tx, "site", {}, founded)
    report = await run_round(desk, founded + timedelta(hours=1), real_clock)
    assert (report.planned, report.missed) == (1, 0)
    assert set(slots(store)) == {"R3/site_primary/2026-11-20T20:00"}


def test_two_shifts_that_begin_together_are_one_turn() -> None:
    from maintenance.calendar import Shift, terms_of

    two = CalendarSettings(
        shifts=(
            Shift(name="甲", hours=hours("08:00-20:00")),
            Shift(name="乙", hours=hours("08:00-18:00")),
        )
    )
    (one,) = terms_of(date(2026, 11, 20), Period.SHIFT, two)
    assert one.name == "2026-11-20T08:00"
