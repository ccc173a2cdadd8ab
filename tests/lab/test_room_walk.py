"""The room walk at the practice site: `round enter` beside sensors that really answer."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count
from typing import Any

import pytest
import pytest_asyncio

from checks.verdict import State
from incidents.desk import live_incidents
from lab.embedded.home import PracticeHome
from lab.embedded.site import PracticeSite, running, site_of_home
from lineguard.cli.boundary import run
from lineguard.founding import found
from lineguard.wiring import Station
from logbook.verify import verify
from tests.lab.practice import now, take_away_databases
from tests.witness import entered

pytestmark = pytest.mark.asyncio(loop_scope="module")

FIRST = date(2026, 11, 20)


@dataclass
class Place:
    """A home whose site answers in this process; each test walks through it on a day of its own."""

    station: Station
    site: PracticeSite
    days: Iterator[date]


@dataclass
class Walk:
    """The entries of one day."""

    place: Place
    day: date
    capsys: pytest.CaptureFixture[str]

    async def enter(self, item: str, state: State, at: str, place: str = "site_primary") -> Any:  # noqa: ANN401
        """One entry by the command line, as the document that it prints."""
        line = ["round", "enter", item, "--device", place, "--state", str(state)]
        note = ["--note", "seen"] if state is State.ABNORMAL else []
        rest = ["--json", "--quiet", "--lang", "en", "--home", str(self.place.station.home.root)]
        self.capsys.readouterr()
        status = await asyncio.to_thread(run, [*line, "--at", f"{self.day}T{at}", *note, *rest])
        told = self.capsys.readouterr()
        assert status == 0, told.err
        entered(item, state)
        return json.loads(told.out)

    def causes(self) -> list[str]:
        with self.place.station.store.read() as tx:
            return sorted(one.cause for one in live_incidents(tx))


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def place(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Place]:
    root = tmp_path_factory.mktemp("walk") / "home"
    station = found(root, practice=True, at=now())
    try:
        async with running(site_of_home(PracticeHome(root))) as site:
            days = (FIRST + timedelta(days=number) for number in count())
            yield Place(station, site, days)
    finally:
        take_away_databases(root)


@pytest.fixture
def walk(place: Place, capsys: pytest.CaptureFixture[str]) -> Walk:
    return Walk(place, next(place.days), capsys)


async def test_a_walk_through_a_healthy_room_agrees_with_its_sensors(walk: Walk) -> None:
    for item in ("R1", "R2", "R3"):
        told = await walk.enter(item, State.NORMAL, "08:40")
        assert told["beside"]["state"] == "normal"
        assert {one["state"] for one in told["sensors"]} == {"normal"}
        assert all(one["evidence"] for one in told["sensors"])
    assert walk.causes() == []


CONTRADICTIONS = [
    ("ups-on-battery", "R1", "site_primary", "ups-1: the UPS runs on battery, mains are gone"),
    ("ups-bypass", "R1", "site_dr", "ups-dr-1: the UPS is on bypass, nothing protects the load"),
    ("array-disk-failed", "R2", "site_primary", "san-1: disk CTE0.2: health is fault"),
    ("room-34", "R3", "site_primary", "room-1: cold aisle at 34 °C, limit 28 °C"),
]


@pytest.mark.parametrize(("fault", "item", "at_site", "sentence"), CONTRADICTIONS)
async def test_normal_in_a_room_that_is_not_is_one_incident_until_an_entry_agrees(
    walk: Walk, fault: str, item: str, at_site: str, sentence: str
) -> None:
    await walk.place.site.break_fault(fault)
    told = await walk.enter(item, State.NORMAL, "08:40", at_site)
    assert (told["state"], told["fulfilled"]) == ("normal", True)
    assert told["beside"]["state"] == "abnormal"
    assert sentence in told["beside"]["sentence"]
    assert walk.causes() == [f"item:{at_site}:{item}:sensors"]
    seen = await walk.enter(item, State.ABNORMAL, "09:10", at_site)
    assert "the sensors see it as well" in seen["beside"]["sentence"]
    assert walk.causes() == [f"item:{at_site}:{item}:entry"]
    await walk.place.site.mend(fault)
    over = await walk.enter(item, State.NORMAL, "20:30", at_site)
    assert over["beside"]["state"] == "normal"
    assert walk.causes() == []
    book = walk.place.station.logbook
    assert verify(book.store, book.keys.public_keys(), book.evidence).valid


async def test_a_walk_past_sensors_that_say_nothing_is_recorded_all_the_same(walk: Walk) -> None:
    await walk.place.site.break_fault("device-silent", "ups-1")
    told = await walk.enter("R1", State.NORMAL, "08:40")
    assert (told["state"], told["beside"]["state"]) == ("normal", "unknown")
    assert "ups-1 does not answer SNMP" in told["beside"]["sentence"]
    assert walk.causes() == []
    await walk.place.site.mend("device-silent")
