"""Items that are believed only when they were seen abnormal several times: soft and hard states."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from checks.verdict import Severity, State
from collectors.readings import Trouble
from incidents.desk import IncidentDesk, live_incidents, suspects
from incidents.model import ChangeKind, Sighting, Suspect
from logbook.book import Logbook
from maintenance.timetable import Purpose, Timetable, WatchSettings, calls_due
from store.database import open_store
from store.migrating import migrate
from tests.incidents.test_correlate import AT, CHAIN, abnormal, judged, sees, silence, unanswered
from tests.maintenance.fakes import LOAD, REACH, SPACE, apps, entries, logbook, proven
from tests.postgres import postgres_server, postgres_url, store_url

__all__ = ["postgres_server", "postgres_url", "store_url"]

CAUSE = "item:fw-1:M46:check"
ILL = abnormal("fw-1", "M46")
WELL = judged("fw-1", "M46")


@dataclass
class Chosen:
    """A desk that takes two looks at M46."""

    book: Logbook
    confirm: Mapping[str, int] = field(default_factory=lambda: {"M46": 2})
    now: datetime = AT

    def sees(self, sighting: Sighting) -> list[str]:
        self.now += timedelta(minutes=1)
        desk = IncidentDesk(self.book, CHAIN, confirm=self.confirm)
        with self.book.store.write() as tx:
            return [one.kind.value for one in desk.observe(tx, [sighting], self.now, "watch").made]

    def suspected(self) -> tuple[Suspect, ...]:
        with self.book.store.read() as tx:
            return suspects(tx)


@pytest.fixture
def chosen(store_url: str, tmp_path: Path) -> Iterator[Chosen]:
    store = open_store(store_url, tmp_path / "data")
    migrate(store)
    yield Chosen(logbook(store, tmp_path))
    store.close()


def test_what_is_seen_once_is_suspected_and_nothing_is_said(chosen: Chosen) -> None:
    assert chosen.sees(sees("fw-1", ILL)) == []
    assert chosen.suspected() == (Suspect(cause=CAUSE, device="fw-1", item="M46", seen=1),)
    assert entries(chosen.book.store) == []


@pytest.mark.parametrize("times", [1, 2, 3, 5])
def test_it_is_an_incident_at_the_look_that_the_settings_say(chosen: Chosen, times: int) -> None:
    chosen.confirm = {"M46": times}
    told = [chosen.sees(sees("fw-1", ILL)) for _ in range(times + 1)]
    assert told == [*[[]] * (times - 1), ["opened"], ["updated"]]
    assert chosen.suspected() == ()
    assert proven(chosen.book) == ""


def test_what_was_well_in_between_begins_anew(chosen: Chosen) -> None:
    for judgement in (ILL, WELL, ILL, WELL):
        assert chosen.sees(sees("fw-1", judgement)) == []
    assert chosen.suspected() == ()


@pytest.mark.parametrize(
    "between",
    [
        sees("fw-1", unanswered("fw-1", Trouble.NOT_CONFIGURED, "M46")),
        sees("fw-1", judged("fw-1", "M44")),
        sees("sw-1"),
    ],
)
def test_a_look_that_saw_nothing_of_it_is_no_break(chosen: Chosen, between: Sighting) -> None:
    chosen.sees(sees("fw-1", ILL))
    assert chosen.sees(between) == []
    assert chosen.sees(sees("fw-1", ILL)) == ["opened"]


def test_a_silent_device_is_not_doubted(chosen: Chosen) -> None:
    assert chosen.sees(silence("fw-1", ILL)) == ["opened"]


def test_an_item_that_was_not_chosen_is_an_incident_at_first_sight(chosen: Chosen) -> None:
    assert chosen.sees(sees("fw-1", abnormal("fw-1", "M44"))) == ["opened"]


def test_what_a_person_saw_is_believed_at_once(chosen: Chosen) -> None:
    by_hand = Sighting(device="fw-1", site="site_primary", contact=None, judgements=(ILL,))
    assert chosen.sees(by_hand) == ["opened"]


def test_what_comes_back_is_doubted_again_and_what_is_live_is_not(chosen: Chosen) -> None:
    told = [chosen.sees(sees("fw-1", one)) for one in (ILL, ILL, ILL, WELL, ILL, ILL)]
    assert told == [[], ["opened"], ["updated"], ["resolved"], [], ["reopened"]]
    worse = sees("fw-1", abnormal("fw-1", "M46", Severity.CRITICAL))
    assert chosen.sees(worse) == [ChangeKind.RAISED.value]
    assert proven(chosen.book) == ""


def test_a_setting_that_is_taken_away_leaves_no_suspect_behind(chosen: Chosen) -> None:
    chosen.confirm = {"M46": 5}
    chosen.sees(sees("fw-1", ILL))
    chosen.confirm = {}
    assert chosen.sees(sees("fw-1", ILL)) == ["opened"]
    assert chosen.suspected() == ()
    with chosen.book.store.read() as tx:
        assert [one.cause for one in live_incidents(tx)] == [CAUSE]


@pytest.mark.parametrize("state", [State.NORMAL, State.NOT_APPLICABLE])
def test_not_applicable_clears_as_normal_does(chosen: Chosen, state: State) -> None:
    chosen.sees(sees("fw-1", ILL))
    chosen.sees(sees("fw-1", judged("fw-1", "M46", state)))
    assert chosen.suspected() == ()


def test_the_watch_looks_again_at_what_is_suspected_with_every_look() -> None:
    """The state of an application server is due every five minutes, its reachability each one."""
    estate = apps(2)
    items = {one.id: one for one in (SPACE, LOAD, REACH)}
    looked = {
        (one.name, purpose): AT - timedelta(minutes=1) for one in estate.devices
        for purpose in Purpose
    }  # fmt: skip
    suspect = Suspect(cause="x", device="app-1", item="M19", seen=1)
    calls = calls_due(estate, items, Timetable(looked), (), AT, WatchSettings(), (suspect,))
    asked = {one.call.device.name: [item.id for item in one.call.items] for one in calls}
    assert asked == {"app-1": ["M53", "M19"], "app-2": ["M53"]}
    due = calls_due(estate, items, Timetable(), (), AT, WatchSettings(), (suspect,))
    assert [item.id for item in next(due).call.items].count("M19") == 1
