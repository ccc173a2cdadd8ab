"""Ticks on a real database: everything once, whatever is restarted, and all of it provable."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, select, update

from checks.verdict import Severity
from incidents.clocks import Event
from incidents.clockwork import Clockwork, Ticked
from incidents.desk import IncidentDesk
from incidents.escalation import Post, Reason
from incidents.handling import HandlingDesk, Report, Trouble
from incidents.listing import incident_of, incidents
from incidents.model import Change
from incidents.paging import SENT, WAITING
from incidents.silences import Silence, SilenceDesk, Where
from logbook.book import Logbook
from store.database import open_store
from store.migrating import migrate
from store.schema import clock, page
from store.schema import silence as silence_table
from tests.incidents.test_correlate import AT, CHAIN, abnormal, sees, silence
from tests.incidents.test_escalation import Board
from tests.incidents.test_handling import CHEN, LIU, done
from tests.maintenance.fakes import entries, logbook, proven
from tests.postgres import postgres_server, postgres_url, store_url

__all__ = ["postgres_server", "postgres_url", "store_url"]

MINUTE = timedelta(minutes=1)


@dataclass
class Unwatched:
    """Nobody looked for that long."""

    gone: timedelta = timedelta(0)

    def unobserved(
        self, tx: Connection, device: str, begins: datetime, ends: datetime
    ) -> timedelta:
        return min(self.gone, ends - begins)


@dataclass
class Night:
    """A database, a clock that is set by hand, and desks that are made anew for every call."""

    book: Logbook
    now: datetime = AT
    board: Board = field(default_factory=Board)
    watched: Unwatched = field(default_factory=Unwatched)
    runbooks: dict[str, str] = field(default_factory=dict)

    def tick(self, minutes: float | None = None) -> Ticked:
        if minutes is not None:
            self.now = AT + minutes * MINUTE
        return Clockwork(
            store=self.book.store,
            logbook=self.book,
            roster=self.board,
            observation=self.watched,
            runbooks=self.runbooks,
        ).tick(self.now)

    def reached(self) -> None:
        """Every page that waited was taken by its channel."""
        with self.book.store.write() as tx:
            tx.execute(update(page).where(page.c.state == WAITING).values(state=SENT))

    def sees(self, ill: bool) -> None:
        sighting = silence("fw-1") if ill else sees("fw-1")
        with self.book.store.write() as tx:
            IncidentDesk(self.book, CHAIN).observe(tx, [sighting], self.now, "watch")

    @property
    def hands(self) -> HandlingDesk:
        return HandlingDesk(store=self.book.store, logbook=self.book, clock=lambda: self.now)

    @property
    def silences(self) -> SilenceDesk:
        return SilenceDesk(store=self.book.store, logbook=self.book, clock=lambda: self.now)


@pytest.fixture
def night(store_url: str, tmp_path: Path) -> Iterator[Night]:
    store = open_store(store_url, tmp_path / "data")
    migrate(store)
    yield Night(logbook(store, tmp_path))
    store.close()


def struck(ticked: Ticked) -> list[tuple[str, Event]]:
    return [(one.running.rule.name, one.event) for one in ticked.struck]


def paged(ticked: Ticked) -> list[tuple[str, Reason]]:
    return [(one.person, one.reason) for one in ticked.pages]


def test_a_tick_with_nothing_to_do_writes_nothing(night: Night) -> None:
    assert night.tick().idle
    assert entries(night.book.store) == []


def test_a_night_that_nobody_takes(night: Night) -> None:
    night.sees(ill=True)
    told = [(minute, who) for minute in range(91) for who in paged(night.tick(minute))]
    assert told == [
        (0, ("陈静", Reason.OPENED)),
        (5, ("刘洋", Reason.ESCALATED)),
        (10, ("远程", Reason.ESCALATED)),
        (15, ("赵敏", Reason.ESCALATED)),
        (30, ("孙涛", Reason.ESCALATED)),
        (45, ("陈静", Reason.WARNED)),
        (45, ("赵敏", Reason.WARNED)),
        (61, ("赵敏", Reason.BREACHED)),
        (61, ("孙涛", Reason.BREACHED)),
    ]
    assert proven(night.book) == ""


def test_the_same_tick_twice_decides_nothing_more(night: Night) -> None:
    night.sees(ill=True)
    assert not night.tick(0).idle
    assert night.tick(0).idle
    assert not night.tick(70).idle
    assert night.tick(70).idle


def test_taken_in_time_and_cured_in_time_is_met_and_said_to_who_was_told(night: Night) -> None:
    night.sees(ill=True)
    night.tick(0)
    night.now = AT + 3 * MINUTE
    done(night.hands.acknowledge(1, CHEN))
    assert struck(night.tick(4)) == [("acknowledge", Event.MET)]
    assert paged(night.tick(50)) == [("陈静", Reason.WARNED), ("赵敏", Reason.WARNED)]
    night.reached()
    night.sees(ill=False)
    ticked = night.tick(51)
    assert struck(ticked) == [("cure", Event.MET), ("head_decides", Event.MET)]
    assert paged(ticked) == [("赵敏", Reason.RESOLVED), ("陈静", Reason.RESOLVED)]
    assert night.tick(52).idle
    assert proven(night.book) == ""


def test_whom_nothing_reached_is_not_told_that_it_is_over_but_whoever_has_it_is(
    night: Night,
) -> None:
    night.sees(ill=True)
    night.tick(20)
    done(night.hands.acknowledge(1, LIU))
    night.sees(ill=False)
    assert paged(night.tick(21)) == [("刘洋", Reason.RESOLVED)]


def test_what_waits_for_something_is_taken(night: Night) -> None:
    """Whoever has it wait has it: its first clock is met, and nobody else is told."""
    night.sees(ill=True)
    night.now = AT + 4 * MINUTE
    done(night.hands.hold(1, CHEN, AT + 40 * MINUTE, "等备件"))
    assert struck(night.tick(20)) == [("acknowledge", Event.MET)]
    assert paged(night.tick(21)) == []


def test_page_after_acknowledgement(night: Night) -> None:
    """The scar: once somebody has it, the escalation says nothing more."""
    night.sees(ill=True)
    night.tick(0)
    done(night.hands.acknowledge(1, CHEN))
    assert [one for minute in range(1, 44) for one in paged(night.tick(minute))] == []


def test_what_ran_out_while_lineguard_was_down_fires_at_the_first_tick(night: Night) -> None:
    night.sees(ill=True)
    night.watched.gone = timedelta(hours=30)
    ticked = night.tick(60 * 26)
    assert ("cure", Event.BREACHED) in struck(ticked)
    body = entries(night.book.store, "clock")[0]
    assert body["due_at"] != body["started_at"]
    assert body["unobserved_s"] == 26 * 3600


def test_an_opening_that_began_and_ended_between_two_ticks_has_its_clocks(night: Night) -> None:
    for minute, ill in [(0, True), (1, False), (2, True)]:
        night.now = AT + minute * MINUTE
        night.sees(ill)
    ticked = night.tick(3)
    met = [one for one in ticked.struck if one.event is Event.MET]
    assert {one.running.rule.name for one in met} == {"acknowledge", "cure", "head_decides"}
    assert {one.running.started_at for one in met} == {AT}
    assert paged(ticked) == [("陈静", Reason.REOPENED)]
    assert proven(night.book) == ""


def test_a_hold_that_is_over_gives_the_incident_back_to_its_owner(night: Night) -> None:
    night.sees(ill=True)
    done(night.hands.hold(1, CHEN, AT + 10 * MINUTE, "等备件"))
    assert night.tick(9).resumed == ()
    assert night.tick(10).resumed == (1,)
    assert night.tick(11).resumed == ()
    assert proven(night.book) == ""


def test_an_incident_hands_out_the_runbook_that_the_site_names_for_its_item(night: Night) -> None:
    with night.book.store.write() as tx:
        desk = IncidentDesk(night.book, CHAIN)
        desk.observe(tx, [sees("fw-1", abnormal("fw-1", "S01"), abnormal("fw-1", "M19"))], AT, "x")
    night.runbooks = {"S01": "our-disks"}
    night.tick(0)
    with night.book.store.read() as tx:
        by_item = {one.item: one for one in incidents(tx, runbooks=night.runbooks)}
        texts = [row.text for row in tx.execute(select(page.c.text))]
        plain = incident_of(tx, by_item["S01"].id)
    assert {item: one.runbook for item, one in by_item.items()} == {
        "S01": "our-disks", "M19": "disk-full",
    }  # fmt: skip
    assert any("lineguard runbook run our-disks --incident" in one for one in texts)
    assert plain is not None and plain.runbook is None


def announced(night: Night, begins: float, ends: float) -> Silence:
    made = night.silences.add(
        Where(device="fw-1"), AT + begins * MINUTE, AT + ends * MINUTE, "割接", CHEN
    )
    assert isinstance(made, Silence)
    return made


def test_silence_that_swallows_a_record(night: Night) -> None:
    """The scar: planned work pages nobody, and everything that is found is on record."""
    announced(night, 0, 20)
    night.sees(ill=True)
    assert paged(night.tick(1)) == []
    kinds = [one["kind"] for one in entries(night.book.store)]
    assert kinds == ["silence", "incident"]
    assert paged(night.tick(20)) == [("陈静", Reason.OPENED)]
    assert ("cure", Event.BREACHED) not in struck(night.tick(80))
    assert ("cure", Event.BREACHED) in struck(night.tick(81))
    assert proven(night.book) == ""


def test_work_that_ends_early_ends_the_silence(night: Night) -> None:
    made = announced(night, 0, 60)
    night.sees(ill=True)
    night.now = AT + 5 * MINUTE
    assert isinstance(night.silences.end(made.id, CHEN), Silence)
    assert paged(night.tick(5)) == [("陈静", Reason.OPENED)]
    assert proven(night.book) == ""


@pytest.mark.parametrize(
    ("kind", "clock_name"), [(Trouble.SEAT, "seat"), (Trouble.POWER, "power_cut")]
)
def test_what_a_person_reports_has_the_clock_of_its_kind(
    night: Night, kind: Trouble, clock_name: str
) -> None:
    report = Report(kind=kind, severity=Severity.WARNING, text="x", site="site_primary")
    change = done(night.hands.open(report, CHEN))
    assert isinstance(change, Change)
    fired = [one for minute in range(7) for one in struck(night.tick(minute))]
    assert (clock_name, Event.BREACHED) in fired


def test_a_clock_set_back_a_little_waits_and_one_set_back_a_lot_is_believed(night: Night) -> None:
    night.sees(ill=True)
    night.tick(50)
    assert night.tick(30).idle
    assert night.tick(51).idle
    assert ("cure", Event.BREACHED) in struck(night.tick(61))
    assert night.tick(-60 * 24).idle


@pytest.mark.parametrize("column", [page.c.person, page.c.key, clock.c.name])
def test_a_page_or_a_clock_that_was_changed_is_found(night: Night, column: object) -> None:
    night.sees(ill=True)
    night.tick(50)
    assert proven(night.book) == ""
    table = page if column in tuple(page.c) else clock
    with night.book.store.write() as tx:
        row = tx.execute(select(table).limit(1)).mappings().one()
        own = [one == row[one.key] for one in table.primary_key.columns]
        tx.execute(update(table).where(*own).values({getattr(column, "key", ""): "forged"}))
    assert "is not what entry" in proven(night.book)


def test_the_roster_is_asked_when_somebody_is_to_be_told(night: Night) -> None:
    night.board = Board(posts={Post.SUPERVISOR: ("赵敏",)})
    night.sees(ill=True)
    assert paged(night.tick(0)) == [("赵敏", Reason.ESCALATED)]


def test_the_end_of_a_silence_is_held_to_its_entry(night: Night) -> None:
    made = announced(night, 0, 60)
    assert proven(night.book) == ""
    forged = update(silence_table).values(ended_at=AT + 5 * MINUTE)
    with night.book.store.write() as tx:
        tx.execute(forged.where(silence_table.c.id == made.id))
    assert "does not end as the logbook says" in proven(night.book)
