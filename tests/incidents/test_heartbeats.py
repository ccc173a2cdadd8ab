"""Signs of life: who is late is an incident, until they give one; restarts and clocks that jump
accuse nobody."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from incidents.beats import (
    LONGEST_PAUSE,
    OWN_PING,
    OWN_TICK,
    RESUMED,
    Beat,
    forgotten,
    hearts,
    may_ping,
    pinged,
    resumed,
    ticked,
)
from incidents.desk import IncidentDesk
from incidents.handling import Refusal
from incidents.heartbeats import HeartbeatDesk, beats, put
from incidents.listing import incidents
from logbook.book import Logbook
from store.database import open_store
from store.migrating import migrate
from tests.incidents.test_correlate import AT, CHAIN
from tests.maintenance.fakes import logbook, proven
from tests.postgres import postgres_server, postgres_url, store_url

__all__ = ["postgres_server", "postgres_url", "store_url"]

MINUTE = timedelta(minutes=1)
EVERY = timedelta(minutes=10)
EXPECTED = {"nightly": EVERY}


def known(*made: Beat) -> Mapping[str, Beat]:
    return {one.name: one for one in made}


def running(at: float, since: float, *more: Beat) -> Mapping[str, Beat]:
    """Ticks went on until minute `at`, without a gap from minute `since` on."""
    return known(
        Beat(name=OWN_TICK, at=AT + at * MINUTE), Beat(name=RESUMED, at=AT + since * MINUTE), *more
    )


@pytest.mark.parametrize(("minute", "late"), [(10, False), (10.01, True)])
def test_late_is_who_gave_none_for_the_whole_interval(minute: float, late: bool) -> None:
    beats_ = running(minute, -60, Beat(name="nightly", at=AT))
    (one,) = hearts(EXPECTED, beats_, AT + minute * MINUTE)
    assert one.late(AT + minute * MINUTE) is late


@pytest.mark.parametrize(("minute", "late"), [(10, False), (11, True)])
def test_one_that_was_never_heard_has_its_interval_from_the_first_tick(
    minute: float, late: bool
) -> None:
    (one,) = hearts(EXPECTED, running(minute, 0), AT + minute * MINUTE)
    assert one.last is None
    assert one.late(AT + minute * MINUTE) is late


@pytest.mark.parametrize(
    ("last", "now", "since"),
    [(60, 63, 0), (60, 63.1, 63.1), (60, 59, 0), (60, 58.9, 58.9), (60, 9e5, 9e5)],
)
def test_a_gap_between_ticks_and_a_clock_that_jumped_begin_a_new_count(
    last: float, now: float, since: float
) -> None:
    assert resumed(running(last, 0), AT + now * MINUTE) == AT + since * MINUTE


def test_after_a_long_stop_nobody_is_late_at_once() -> None:
    beats_ = running(0, -60, Beat(name="nightly", at=AT))
    (one,) = hearts(EXPECTED, beats_, AT + 600 * MINUTE)
    assert not one.late(AT + 600 * MINUTE)


def test_a_sign_from_the_future_counts_from_now() -> None:
    beats_ = running(0, -60, Beat(name="nightly", at=AT + 600 * MINUTE))
    (one,) = hearts(EXPECTED, beats_, AT)
    assert one.late_at == AT + EVERY


def test_every_tick_tells_of_itself() -> None:
    assert {one.name: one.at for one in ticked(running(0, -5), AT + MINUTE)} == {
        RESUMED: AT - 5 * MINUTE,
        OWN_TICK: AT + MINUTE,
    }


def test_a_switch_that_does_not_answer_is_called_less_and_less() -> None:
    beats_: Mapping[str, Beat] = {}
    called = []
    for minute in range(60):
        at = AT + minute * MINUTE
        if may_ping(beats_, at):
            called.append(minute)
            beats_ = known(pinged(beats_, at, taken=False))
    assert called == [0, 1, 3, 7, 15, 25, 35, 45, 55]
    assert may_ping(known(pinged(beats_, AT, taken=True)), AT)
    assert may_ping(known(Beat(name=OWN_PING, at=AT + LONGEST_PAUSE, failures=9)), AT)


def test_who_is_not_expected_any_more_is_forgotten() -> None:
    live = ["heartbeat:nightly", "heartbeat:gone", "self:cut-off"]
    assert forgotten(EXPECTED, live) == ("heartbeat:gone",)


# --- stored -----------------------------------------------------------------------------------


@pytest.fixture
def book(store_url: str, tmp_path: Path) -> Iterator[Logbook]:
    store = open_store(store_url, tmp_path / "data")
    migrate(store)
    yield logbook(store, tmp_path)
    store.close()


def desk(book: Logbook, expected: Mapping[str, timedelta] = EXPECTED) -> HeartbeatDesk:
    return HeartbeatDesk(store=book.store, incidents=IncidentDesk(book, CHAIN), expected=expected)


def minute(book: Logbook, number: int) -> list[str]:
    """A tick: what it changed."""
    at = AT + number * MINUTE
    made = desk(book).examine(at)
    with book.store.write() as tx:
        for one in ticked(beats(tx), at):
            put(tx, one)
    return [one.kind.value for one in made]


def live(book: Logbook) -> list[str]:
    with book.store.read() as tx:
        return [one.cause for one in incidents(tx)]


def test_who_is_late_is_an_incident_once_until_the_next_sign(book: Logbook) -> None:
    assert [one for number in range(11) for one in minute(book, number)] == []
    assert minute(book, 11) == ["opened"]
    assert live(book) == ["heartbeat:nightly"]
    assert minute(book, 12) == []
    assert desk(book).beat("nightly", AT + 13 * MINUTE) is None
    assert live(book) == []
    assert [one for number in range(13, 24) for one in minute(book, number)] == []
    assert minute(book, 24) == ["reopened"]
    assert proven(book) == ""


def test_who_is_not_expected_is_refused_and_leaves_nothing(book: Logbook) -> None:
    refusal = desk(book).beat("stranger", AT)
    assert isinstance(refusal, Refusal)
    assert "nobody expects a heartbeat named stranger" in refusal.why.text("en")
    with book.store.read() as tx:
        assert beats(tx) == {}


def test_an_incident_about_somebody_who_is_not_expected_any_more_ends(book: Logbook) -> None:
    for number in range(12):
        minute(book, number)
    assert live(book) == ["heartbeat:nightly"]
    desk(book, {}).examine(AT + 12 * MINUTE)
    assert live(book) == []
