"""Whole months of the practice estate, from readings that were recorded once: every due slot is
there exactly once, through holidays, make-up days and two days without Lineguard.

The practice site answers one round; every later round is given the same answers without a network,
at slot times that are stepped as `--at` steps them.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final

import pytest
import pytest_asyncio
from sqlalchemy import select

from checks.catalogue import catalogue
from checks.item import By, Period
from checks.verdict import State
from collectors.readings import Reading
from collectors.visit import Answer, Collector, Contact, Memory, Visit
from inventory.people import Actor, Proof
from lab.embedded.home import PracticeHome
from lab.embedded.site import running, site_of_home
from lineguard.founding import found
from lineguard.wiring import Station
from logbook.verify import verify
from maintenance.calendar import SHANGHAI, CalendarSettings, hours
from maintenance.manual import Entered, ManualDesk, Observation
from maintenance.round_desk import RoundDesk
from maintenance.rounds import run_round
from phrases import say
from store.schema import entry, slot
from tests import practice
from tests.lab.practice import now, take_away_databases
from tests.tiers import SOAK

pytestmark = pytest.mark.asyncio(loop_scope="module")

ONE_DAY: Final = timedelta(days=1)
BUSY: Final = CalendarSettings(
    busy_hours=(hours("09:00-10:00"),), busy_hours_off=(hours("14:00-15:00"),)
)
"""Busy hours that tell a working day from a day off by the hour at which an item is fulfilled."""
WORKING_HOUR, HOLIDAY_HOUR = 9, 14
EVERYTHING_DUE: Final = datetime(2026, 1, 5, WORKING_HOUR, tzinfo=SHANGHAI)
"""The busy hour of a working day on which nothing of its week, month or quarter is done yet."""
ROUNDS: Final = (time(7, 0), time(9, 30), time(14, 30), time(21, 0))
WALKS: Final = (time(8, 30), time(20, 30))
SHIFTS: Final = ("T08:00", "T20:00")
WALKER: Final = Actor(name="李明", proven=True, how=Proof.PIN)

OFF_2026: Final = frozenset(
    {
        *(date(2026, 1, day) for day in (1, 2, 3)),
        *(date(2026, 2, day) for day in range(15, 24)),
        *(date(2026, 4, day) for day in (4, 5, 6)),
        *(date(2026, 5, day) for day in range(1, 6)),
        *(date(2026, 6, day) for day in (19, 20, 21)),
        *(date(2026, 9, day) for day in (25, 26, 27)),
        *(date(2026, 10, day) for day in range(1, 8)),
    }
)
MADE_UP_2026: Final = frozenset(
    {
        date(2026, 1, 4), date(2026, 2, 14), date(2026, 2, 28), date(2026, 5, 9),
        date(2026, 9, 20), date(2026, 10, 10),
    }
)  # fmt: skip
"""State Council, Guo Ban Fa Ming Dian [2025] No. 7, the holidays of 2026: days off, and days of
weekends that are worked."""


@dataclass(frozen=True)
class Months:
    """A stretch of days, and the two days of it on which Lineguard is off."""

    name: str
    first: date
    last: date
    outage: tuple[date, ...]

    def __str__(self) -> str:
        return self.name

    @property
    def days(self) -> tuple[date, ...]:
        return tuple(self.first + n * ONE_DAY for n in range((self.last - self.first).days + 1))


FEBRUARY: Final = Months(
    "Spring Festival", date(2026, 2, 1), date(2026, 2, 28), (date(2026, 2, 18), date(2026, 2, 19))
)
NATIONAL_DAY: Final = Months(
    "National Day", date(2026, 9, 14), date(2026, 10, 13), (date(2026, 9, 30), date(2026, 10, 1))
)
YEAR: Final = Months(
    "the year", date(2026, 1, 1), date(2026, 12, 31), (date(2026, 10, 1), date(2026, 10, 2))
)
STRETCHES: Final = (FEBRUARY, NATIONAL_DAY, YEAR) if SOAK else (FEBRUARY, NATIONAL_DAY)


# --- recorded once, replayed ever after --------------------------------------------------------


@dataclass
class Recording:
    """Keeps every answer by device and question."""

    of: Collector
    kept: dict[str, dict[type[Reading], Answer]] = field(default_factory=dict)

    async def visit(self, device: str, wanted: frozenset[type[Reading]], memory: Memory) -> Visit:
        visit = await self.of.visit(device, wanted, memory)
        self.kept.setdefault(device, {}).update(visit.answers)
        return visit


@dataclass(frozen=True)
class Replay:
    """Gives them back, without a network."""

    kept: Mapping[str, Mapping[type[Reading], Answer]]

    async def visit(self, device: str, wanted: frozenset[type[Reading]], memory: Memory) -> Visit:
        at = now()
        answers = {one: replace(self.kept[device][one], taken_at=at) for one in wanted}
        reached = Contact(reached=True, trouble=None, why=say("{device} answers", device=device))
        return Visit(device=device, started_at=at, ended_at=at, contact=reached, answers=answers)


class NeverCutOff:
    """The reference points of a month without a network."""

    async def cut_off(self) -> bool:
        return False


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def replay(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Replay]:
    root = tmp_path_factory.mktemp("recorded") / "home"
    station = found(root, practice=True, at=now())
    try:
        async with running(site_of_home(PracticeHome(root))):
            desk = station.round_desk()
            recording = Recording(desk.collector)
            await run_round(replace(desk, collector=recording, calendar=BUSY), EVERYTHING_DUE, now)
        yield Replay(recording.kept)
    finally:
        take_away_databases(root)


# --- one simulated stretch ---------------------------------------------------------------------


@dataclass(frozen=True)
class Record:
    """What the home has on record afterwards."""

    slots: Mapping[str, Any]
    bodies: tuple[tuple[str, dict[str, Any]], ...]

    def of(self, *kinds: str) -> Iterator[dict[str, Any]]:
        return (body for kind, body in self.bodies if kind in kinds)

    def closed_by(self) -> Counter[str]:
        """How many entries say what became of each slot."""
        return Counter(str(body["slot"]) for body in self.of("result", "missed"))


def at(day: date, hour: time) -> datetime:
    return datetime.combine(day, hour, SHANGHAI)


def works(day: date) -> bool:
    return day in MADE_UP_2026 or (day.weekday() < 5 and day not in OFF_2026)


async def simulate(root: Path, replay: Replay, months: Months) -> Record:
    station = found(root, practice=True, at=now())
    rounds = replace(
        station.round_desk(), collector=replay, self_check=NeverCutOff(), calendar=BUSY
    )
    walks = replace(station.manual_desk(), calendar=BUSY)
    for day in months.days:
        if day not in months.outage:
            await _one_day(rounds, walks, day)
    found_out = verify(station.store, station.keys.public_keys(), station.evidence)
    assert found_out.valid, str(found_out)
    return _record(station)


async def _one_day(rounds: RoundDesk, walks: ManualDesk, day: date) -> None:
    for hour in sorted((*ROUNDS, *WALKS)):
        if hour in ROUNDS:
            await run_round(rounds, at(day, hour), now)
        else:
            _walk(walks, at(day, hour))


def _walk(desk: ManualDesk, moment: datetime) -> None:
    for item in desk.items:
        if item.period is Period.SHIFT:
            for site in practice.SITES:
                seen = Observation(item=item.id, place=site, state=State.NORMAL)
                told = desk.enter(seen, WALKER, moment)
                assert isinstance(told, Entered) and told.fulfilled, told


def _record(station: Station) -> Record:
    with station.store.read() as tx:
        rows = tx.execute(select(slot)).mappings().all()
        told = tx.execute(select(entry.c.kind, entry.c.body).order_by(entry.c.seq)).all()
    bodies = tuple((row.kind, json.loads(row.body)) for row in told)
    return Record(slots={row["id"]: dict(row) for row in rows}, bodies=bodies)


@pytest_asyncio.fixture(loop_scope="module", scope="module", params=STRETCHES, ids=str)
async def months(
    request: pytest.FixtureRequest, replay: Replay, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Months, Record]:
    stretch: Months = request.param
    root = tmp_path_factory.mktemp("months") / "home"
    return stretch, await simulate(root, replay, stretch)


# --- what must be there ------------------------------------------------------------------------


def names_of(months: Months) -> dict[str, set[str]]:
    """The names of all periods that the days lie in, counted by hand."""
    return {
        "D": {day.isoformat() for day in months.days},
        "S": {f"{day}{shift}" for day in months.days for shift in SHIFTS},
        "W": {f"{day.isocalendar().year}-W{day.isocalendar().week:02d}" for day in months.days},
        "M": {f"{day:%Y-%m}" for day in months.days},
        "Q": {f"{day.year}-Q{(day.month + 2) // 3}" for day in months.days},
    }


async def test_every_due_slot_is_there_exactly_once(months: tuple[Months, Record]) -> None:
    stretch, record = months
    expected = {
        f"{row['id']}/{place}/{name}"
        for row in practice.rows()
        for place in practice.due_on(row)
        for name in names_of(stretch)[row["period"]]
    }
    planned = Counter(name for body in record.of("plan") for name in body["slots"])
    assert set(record.slots) == expected
    assert set(planned) == expected and set(planned.values()) == {1}


async def test_no_slot_has_two_results_and_none_is_closed_without_one(
    months: tuple[Months, Record],
) -> None:
    _, record = months
    closed = {name for name, row in record.slots.items() if row["state"] != "due"}
    assert record.closed_by() == Counter(closed)


ACTS = frozenset({"M43", "M48"})
"""Done by acts that nobody carries out in these months: a drill, a change of passwords."""


async def test_every_machine_slot_outside_the_outage_is_done(
    months: tuple[Months, Record],
) -> None:
    stretch, record = months
    by = {one.id: one.by for one in catalogue()}
    undone = {
        name
        for name, row in record.slots.items()
        if by[row["item"]] is not By.DOCUMENT and row["item"] not in ACTS and row["state"] != "done"
    }
    lost = {day.isoformat() for day in stretch.outage}
    assert {name.rpartition("/")[2][:10] for name in undone} == lost
    daily = practice.slots("DS", by="machine person") * len(lost)
    assert len(undone) == daily


async def test_what_an_outage_left_undone_is_missed_with_its_reason(
    months: tuple[Months, Record],
) -> None:
    stretch, record = months
    lost = tuple(day.isoformat() for day in stretch.outage)
    told = {
        body["slot"]: body
        for body in record.of("missed")
        if body["slot"].rpartition("/")[2].startswith(lost)
    }
    daily = {name for name, row in record.slots.items() if row["period"] in "DS"}
    assert set(told) == {name for name in daily if name.rpartition("/")[2].startswith(lost)}
    assert all(body["why"]["en"] and body["why"]["zh"] for body in told.values())


async def test_busy_hour_items_are_done_in_the_busy_hour_of_that_very_day(
    months: tuple[Months, Record],
) -> None:
    stretch, record = months
    busy = {row["id"] for row in practice.rows() if row["busy_hour"] == "yes"}
    hours_of: dict[date, set[int]] = {}
    for body in record.of("result"):
        item, _, day = str(body["slot"]).split("/")
        if item in busy:
            done = datetime.fromisoformat(body["slot_time"]).astimezone(SHANGHAI)
            hours_of.setdefault(date.fromisoformat(day), set()).add(done.hour)
    assert hours_of == {
        day: {WORKING_HOUR if works(day) else HOLIDAY_HOUR}
        for day in stretch.days
        if day not in stretch.outage
    }


async def test_weeks_months_and_quarters_are_done_at_their_first_round(
    months: tuple[Months, Record],
) -> None:
    stretch, record = months
    rounds = [day for day in stretch.days if day not in stretch.outage]
    names = names_of(stretch)
    first = {
        name: next(day for day in rounds if name in _longer(day))
        for period in "WMQ"
        for name in names[period]
    }
    for body in record.of("result"):
        name = str(body["slot"]).rpartition("/")[2]
        if name in first:
            done = datetime.fromisoformat(body["slot_time"]).astimezone(SHANGHAI)
            assert done.date() == first[name], body["slot"]


def _longer(day: date) -> set[str]:
    """The week, the month and the quarter of a day."""
    one = Months("", day, day, ())
    return set().union(*(names_of(one)[period] for period in "WMQ"))
