"""The night as it goes when nothing is killed, once for all tests of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import select

from checks.catalogue import limit_names
from inventory.loader import load_estate
from lab.embedded.home import EXAMPLE_ESTATE
from store.schema import clock, page
from tests.incidents.night.receivers import Heard, Pockets, pockets
from tests.incidents.night.script import LAST, SCRIPT, answers
from tests.incidents.night.town import MINUTE, Town, minute_of
from tests.maintenance.fakes import proven

FIRST = minute_of("19:30")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is left of a night: who heard what, and what is on record of pages and clocks."""

    heard: tuple[Heard, ...]
    pages: tuple[tuple[object, ...], ...]
    clocks: tuple[tuple[object, ...], ...]


@dataclass
class Played:
    """A night under way."""

    town: Town
    pockets: Pockets

    def minutes(self) -> Iterator[None]:
        """Every minute, after what happens in it; whoever iterates does the tick."""
        due = list(SCRIPT)
        while self.town.now <= LAST:
            while due and minute_of(due[0][0]) == self.town.now:
                due.pop(0)[1](self.town)
            yield
            self.town.now += MINUTE
        assert due == []

    def outcome(self) -> Outcome:
        assert proven(self.town.book) == ""
        columns = (page.c.key, page.c.person, page.c.reason, page.c.state)
        fired = (clock.c.warned_entry, clock.c.breached_entry, clock.c.stop_entry)
        times = (clock.c.incident, clock.c.name, clock.c.started_at, clock.c.due_at)
        with self.town.store.read() as tx:
            pages = tx.execute(select(*columns).order_by(page.c.key)).all()
            clocks = tx.execute(
                select(*times, clock.c.stopped_at, *(one.is_not(None) for one in fired)).order_by(
                    *times
                )
            ).all()
        return Outcome(
            tuple(self.pockets.heard), tuple(map(tuple, pages)), tuple(map(tuple, clocks))
        )


@pytest.fixture(scope="session")
def depends_on() -> dict[str, tuple[str, ...]]:
    """The practice estate's topology."""
    estate = load_estate(EXAMPLE_ESTATE, None, limit_names=limit_names(), cache=None)
    return {one.name: one.depends_on for one in estate.devices}


def played(folder: Path, depends_on: dict[str, tuple[str, ...]]) -> Iterator[Played]:
    """A night that is about to begin."""
    town: Town
    with pockets(lambda: town.now, answers) as heard:
        town = Town.found(folder, depends_on, {"web": heard.web, "smtp": heard.smtp})
        yield Played(town, heard)
        town.store.close()


@pytest.fixture
def night(tmp_path: Path, depends_on: dict[str, tuple[str, ...]]) -> Iterator[Played]:
    """A night of the test's own."""
    yield from played(tmp_path, depends_on)


@pytest.fixture(scope="session")
def calm(
    tmp_path_factory: pytest.TempPathFactory, depends_on: dict[str, tuple[str, ...]]
) -> Outcome:
    """What comes of the night when no process dies."""
    (found,) = map(_through, played(tmp_path_factory.mktemp("calm"), depends_on))
    return found


def _through(night: Played) -> Outcome:
    """All its minutes, one after the other."""
    for _minute in night.minutes():
        night.town.minute()
    return night.outcome()
