"""Incidents as they are stored: transitions, entries and the tables agree."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from checks.verdict import Severity
from collectors.readings import Trouble
from incidents.desk import IncidentDesk
from incidents.listing import incident_of, incidents, step_json, steps_of
from incidents.model import DAMPING, ChangeKind, Changes, IncidentState, Sighting
from logbook.book import Logbook
from phrases import say
from store.database import Store, open_store
from store.migrating import migrate
from store.schema import incident
from tests.incidents.test_correlate import AT, CHAIN, abnormal, judged, sees, silence, unanswered
from tests.maintenance.fakes import entries, logbook, proven
from tests.postgres import postgres_server, postgres_url, store_url

__all__ = ["postgres_server", "postgres_url", "store_url"]

MINUTE = timedelta(minutes=1)


@pytest.fixture
def store(store_url: str, tmp_path: Path) -> Iterator[Store]:
    opened = open_store(store_url, tmp_path / "data")
    migrate(opened)
    yield opened
    opened.close()


@pytest.fixture
def book(store: Store, tmp_path: Path) -> Logbook:
    return logbook(store, tmp_path)


def observe(book: Logbook, minute: int, *sightings: Sighting) -> Changes:
    with book.store.write() as tx:
        return IncidentDesk(book, CHAIN).observe(tx, sightings, AT + minute * MINUTE, "watch")


def test_an_incident_lives_from_opened_to_resolved_with_every_step_on_record(
    book: Logbook,
) -> None:
    observe(book, 0, sees("fw-1", abnormal("fw-1", "M46")))
    observe(book, 1, sees("fw-1", abnormal("fw-1", "M46", Severity.CRITICAL)))
    observe(book, 2, sees("fw-1", abnormal("fw-1", "M46")))
    observe(book, 3, sees("fw-1", judged("fw-1", "M46")))
    with book.store.read() as tx:
        assert incidents(tx) == ()
        (one,) = incidents(tx, states=None)
        steps = steps_of(tx, one.id)
    assert (one.state, one.severity, one.findings) == (IncidentState.RESOLVED, "critical", 3)
    assert (one.opened_at, one.resolved_at) == (AT, AT + 3 * MINUTE)
    assert [(step.from_state, step.to_state) for step in steps] == [
        (None, "open"), ("open", "open"), ("open", "resolved"),
    ]  # fmt: skip
    assert steps[1].why["en"] == "severity raised from warning to critical: fw-1 M46"
    assert [step.entry for step in steps] == [one["seq"] for one in entries(book.store)]
    assert step_json(steps[2], "en")["why"] == "fw-1 M46"
    assert proven(book) == ""


@pytest.mark.parametrize(("pause", "states"), [(30, ["open"]), (31, ["open", "resolved"])])
def test_the_same_trouble_soon_after_is_the_same_incident_and_later_a_new_one(
    book: Logbook, pause: int, states: list[str]
) -> None:
    for minute, seen in [(0, silence("fw-1")), (1, sees("fw-1")), (1 + pause, silence("fw-1"))]:
        observe(book, minute, seen)
    with book.store.read() as tx:
        assert [str(one.state) for one in incidents(tx, states=None)] == states
        newest = incidents(tx, states=None)[0]
    assert (newest.resolved_at, newest.owner) == (None, None)
    assert proven(book) == ""


def test_what_comes_back_with_a_worse_finding_is_as_grave_as_it_ever_was(book: Logbook) -> None:
    observe(book, 0, sees("fw-1", abnormal("fw-1", "M46", Severity.CRITICAL)))
    observe(book, 1, sees("fw-1", judged("fw-1", "M46")))
    changes = observe(book, 2, sees("fw-1", abnormal("fw-1", "M46")))
    assert [one.kind for one in changes.made] == [ChangeKind.REOPENED]
    with book.store.read() as tx:
        (one,) = incidents(tx)
    assert (one.severity, one.findings) == ("critical", 2)
    assert proven(book) == ""


def flapped(book: Logbook, times: int) -> int:
    """Ill and well by turns until it has come back `times` times; gives the minute it is now."""
    minute = 0
    for turn in range(times + 1):
        observe(book, minute := 2 * turn, silence("fw-1"))
        if turn < times:
            observe(book, minute + 1, sees("fw-1"))
    return minute


def test_what_flaps_ends_only_after_it_was_well_without_a_break(book: Logbook) -> None:
    now = flapped(book, DAMPING.flaps)
    steady = int(DAMPING.calm / MINUTE)
    assert observe(book, now + 1, sees("fw-1")).made == ()
    assert observe(book, now + steady, sees("fw-1")).made == ()
    changes = observe(book, now + steady + 1, sees("fw-1"))
    assert [one.kind for one in changes.made] == [ChangeKind.RESOLVED]
    assert proven(book) == ""


def test_a_flapping_incident_that_is_ill_again_waits_anew(book: Logbook) -> None:
    now = flapped(book, DAMPING.flaps)
    steady = int(DAMPING.calm / MINUTE)
    observe(book, now + 1, sees("fw-1"))
    observe(book, now + 2, silence("fw-1"))
    observe(book, now + 3, sees("fw-1"))
    assert observe(book, now + steady + 1, sees("fw-1")).made == ()
    assert observe(book, now + steady + 3, sees("fw-1")).count(ChangeKind.RESOLVED) == 1


def test_one_turn_less_is_no_flapping(book: Logbook) -> None:
    now = flapped(book, DAMPING.flaps - 1)
    assert observe(book, now + 1, sees("fw-1")).count(ChangeKind.RESOLVED) == 1


def test_a_merged_incident_names_the_one_it_was_merged_into(book: Logbook) -> None:
    observe(book, 0, silence("app-1"))
    changes = observe(book, 1, silence("app-1"), silence("sw-1"))
    assert {one.kind for one in changes.made} == {ChangeKind.OPENED, ChangeKind.MERGED}
    with book.store.read() as tx:
        (root,) = incidents(tx)
        merged = incident_of(tx, 1)
    assert merged is not None and merged.merged_into == root.id
    assert root.suppresses == ("app-1",)
    assert merged.as_json("en")["state"] == "merged"
    assert proven(book) == ""


def test_a_storm_is_stored_in_one_transaction(book: Logbook) -> None:
    storm = [silence(f"lone-{number}") for number in range(300)]
    assert observe(book, 0, *storm).count(ChangeKind.OPENED) == 300
    assert observe(book, 1, *storm).count(ChangeKind.UPDATED) == 300
    assert len(entries(book.store)) == 300
    assert proven(book) == ""


def test_what_was_decided_is_lost_with_the_transaction_that_fails(book: Logbook) -> None:
    with pytest.raises(RuntimeError), book.store.write() as tx:
        IncidentDesk(book, CHAIN).observe(tx, [silence("fw-1")], AT, "watch")
        raise RuntimeError("the disk is full")
    with book.store.read() as tx:
        assert incidents(tx, states=None) == ()
    assert entries(book.store) == []


def test_being_cut_off_is_one_incident_about_ourselves(book: Logbook) -> None:
    desk = IncidentDesk(book, CHAIN)
    with book.store.write() as tx:
        first = desk.cut_off(tx, say("cut off"), AT, "watch")
        second = desk.cut_off(tx, say("cut off"), AT + MINUTE, "watch")
    assert (first.count(ChangeKind.OPENED), second.count(ChangeKind.UPDATED)) == (1, 1)
    with book.store.write() as tx:
        assert desk.connected(tx, AT + 2 * MINUTE, "watch").count(ChangeKind.RESOLVED) == 1
        assert desk.connected(tx, AT + 3 * MINUTE, "watch").made == ()


def test_changes_say_which_incident_stands_for_a_cause(book: Logbook) -> None:
    changes = observe(book, 0, sees("app-1", unanswered("app-1", Trouble.REFUSED)))
    assert changes.live == {"device:app-1:access": 1}
    assert observe(book, 1, sees("app-1", judged("app-1"))).live == {}


def test_the_words_of_an_incident_are_those_that_entries_tell(book: Logbook) -> None:
    observe(book, 0, sees("fw-1", abnormal("fw-1", "M46")))
    worse = abnormal("fw-1", "M46", Severity.CRITICAL)
    said = worse.verdict.sentence.both()
    observe(book, 1, sees("fw-1", worse))
    other = replace(worse, verdict=replace(worse.verdict, sentence=say("cut off")))
    observe(book, 2, sees("fw-1", other))  # counted, but nothing is written down
    with book.store.read() as tx:
        (one,) = incidents(tx)
    assert (one.sentence, one.severity, one.findings) == (said, "critical", 3)
    opened, raised = entries(book.store, "incident")
    assert raised["finding"] == said
    assert {name: opened[name] for name in ("device", "item", "check")} == {
        "device": one.device, "item": one.item, "check": one.check,
    }  # fmt: skip
    assert proven(book) == ""


@pytest.mark.parametrize(
    "forged",
    [
        {"severity": "info"}, {"sentence": '{"en":"all is well","zh":"x"}'}, {"device": "fw-2"},
        {"opened_at": AT - MINUTE}, {"resolved_at": AT}, {"cause": "x"}, {"merged_into": 1},
    ],
)  # fmt: skip
def test_an_incident_that_was_made_to_look_better_is_found(
    book: Logbook, forged: dict[str, object]
) -> None:
    observe(book, 0, sees("fw-1", abnormal("fw-1", "M46")))
    assert proven(book) == ""
    with book.store.write() as tx:
        tx.execute(update(incident).values(**forged))
    assert "incident 1" in proven(book) or "does not stand" in proven(book)
