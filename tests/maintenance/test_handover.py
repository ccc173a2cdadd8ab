"""The handover of a shift: from facts, signed by two persons, never changed afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, update

from checks.verdict import Severity
from incidents.handling import HandlingDesk, Refusal, Report, Trouble
from inventory.model import Role
from inventory.people import Actor
from logbook.book import Logbook
from maintenance.calendar import CalendarSettings
from maintenance.handover import Draft, HandoverDesk, Side, turn_of
from maintenance.matters import Matter, MatterDesk
from store.database import open_store
from store.migrating import migrate
from store.schema import handover, handover_signature, matter, slot
from tests.incidents.test_handling import CHEN, LIU, actor
from tests.maintenance.fakes import logbook, proven
from tests.postgres import postgres_server, postgres_url, store_url

__all__ = ["postgres_server", "postgres_url", "store_url"]

EVENING = datetime(2026, 11, 20, 11, 50, tzinfo=UTC)
"""19:50 in Shanghai: ten minutes before the day shift ends."""


@dataclass
class Bench:
    """Desks with a clock that is set by hand."""

    book: Logbook
    now: datetime = EVENING
    calendar: CalendarSettings = field(default_factory=CalendarSettings)

    @property
    def desk(self) -> HandoverDesk:
        return HandoverDesk(
            store=self.book.store, logbook=self.book, clock=lambda: self.now,
            calendar=self.calendar,
        )  # fmt: skip

    @property
    def matters(self) -> MatterDesk:
        return MatterDesk(store=self.book.store, logbook=self.book, clock=lambda: self.now)

    def fault(self) -> None:
        report = Report(kind=Trouble.FAULT, severity=Severity.WARNING, text="话机无声",
                        site="site_primary")  # fmt: skip
        desk = HandlingDesk(store=self.book.store, logbook=self.book, clock=lambda: self.now)
        desk.open(report, CHEN)
        desk.acknowledge(1, CHEN)

    def draft(self, by: Actor = CHEN) -> Draft:
        made = self.desk.draft(by)
        assert isinstance(made, Draft), made
        return made

    def facts(self) -> Any:  # noqa: ANN401
        return self.draft().facts


@pytest.fixture
def bench(store_url: str, tmp_path: Path) -> Iterator[Bench]:
    store = open_store(store_url, tmp_path / "data")
    migrate(store)
    yield Bench(logbook(store, tmp_path))
    store.close()


def refusal(told: object) -> str:
    assert isinstance(told, Refusal), told
    return told.why.text("en")


@pytest.mark.parametrize(
    ("at", "shift"),
    [
        (datetime(2026, 11, 20, 11, 59, tzinfo=UTC), "白班"),
        (datetime(2026, 11, 20, 12, 0, tzinfo=UTC), "白班"),
        (datetime(2026, 11, 20, 12, 59, tzinfo=UTC), "白班"),
        (datetime(2026, 11, 20, 13, 0, tzinfo=UTC), "夜班"),
        (datetime(2026, 11, 21, 0, 59, tzinfo=UTC), "夜班"),
        (datetime(2026, 11, 21, 1, 0, tzinfo=UTC), "白班"),
    ],
)
def test_in_the_first_hour_it_is_the_handover_of_the_shift_before(at: datetime, shift: str) -> None:
    turn = turn_of(at, CalendarSettings())
    assert turn is not None
    assert turn.shift.name == shift


def test_a_draft_tells_the_faults_and_who_has_them(bench: Bench) -> None:
    bench.fault()
    told = bench.facts()
    assert [one["incident"] for one in told["faults"]] == [1]
    assert [(one["incident"], one["owner"]) for one in told["open"]] == [(1, "陈静")]
    assert (told["shift_name"], told["matters"]) == ("白班", [])
    assert proven(bench.book) == ""


def test_a_fault_of_another_shift_is_told_only_while_it_is_open(bench: Bench) -> None:
    bench.fault()
    bench.now += timedelta(hours=12)
    told = bench.facts()
    assert (told["faults"], [one["incident"] for one in told["open"]]) == ([], [1])


def test_work_that_was_missed_or_is_not_done_stands_in_it(bench: Bench) -> None:
    row = {
        "device": "app-1", "site": "site_primary", "period": "D", "busy_hour": False,
        "opens": EVENING - timedelta(hours=9), "plan_entry": 1,
    }  # fmt: skip
    with bench.book.store.write() as tx:
        for name, state, closes in (
            ("M01", "missed", EVENING - timedelta(hours=1)),
            ("M02", "due", EVENING + timedelta(hours=4)),
            ("M03", "due", EVENING + timedelta(days=9)),
            ("M04", "done", EVENING),
        ):
            tx.execute(insert(slot).values(**row, id=name, item=name, state=state, closes=closes))
    told = bench.facts()
    assert told["missed"] == [{"item": "M01", "count": 1, "places": ["app-1"]}]
    assert [one["item"] for one in told["unfinished"]] == ["M02"]


def test_an_urgent_matter_returns_every_shift_until_it_is_cleared(bench: Bench) -> None:
    made = bench.matters.flag("UPS 电池明天更换", CHEN)
    assert isinstance(made, Matter)
    for _shift in range(3):
        assert [one["text"] for one in bench.facts()["matters"]] == ["UPS 电池明天更换"]
        bench.now += timedelta(hours=12)
    assert "a reason is needed" in refusal(bench.matters.clear(1, " ", LIU))
    assert isinstance(bench.matters.clear(1, "已更换", LIU), Matter)
    assert bench.facts()["matters"] == []
    assert "no urgent matter 1" in refusal(bench.matters.clear(1, "再来", LIU))
    assert proven(bench.book) == ""


def test_an_urgent_matter_cannot_vanish_without_an_entry(bench: Bench) -> None:
    bench.matters.flag("UPS 电池明天更换", CHEN)
    assert proven(bench.book) == ""
    with bench.book.store.write() as tx:
        tx.execute(update(matter).values(cleared_at=bench.now))
    assert bench.facts()["matters"] == []
    assert "a time that no entry tells of" in proven(bench.book)


def test_both_sides_sign_and_nothing_changes_afterwards(bench: Bench) -> None:
    first = bench.draft()
    second = bench.draft()
    assert "drafted anew" in refusal(bench.desk.sign(first.id, Side.OUTGOING, CHEN))
    signed = bench.desk.sign(second.id, Side.OUTGOING, CHEN)
    assert isinstance(signed, Draft)
    assert not signed.complete
    assert "does not change" in refusal(bench.desk.draft(CHEN))
    assert "signed already" in refusal(bench.desk.sign(second.id, Side.OUTGOING, LIU))
    assert "two persons" in refusal(bench.desk.sign(second.id, Side.INCOMING, CHEN))
    bench.fault()
    both = bench.desk.sign(second.id, Side.INCOMING, LIU)
    assert isinstance(both, Draft)
    assert both.complete
    assert both.facts == second.facts
    assert [(one.side, one.person) for one in both.signatures] == [
        (Side.OUTGOING, "陈静"), (Side.INCOMING, "刘洋"),
    ]  # fmt: skip
    assert proven(bench.book) == ""


def test_only_a_known_person_who_may_signs(bench: Bench) -> None:
    draft = bench.draft()
    claimed = Actor(name="刘洋", proven=False, how=LIU.how, person=LIU.person)
    assert "is not proven" in refusal(bench.desk.sign(draft.id, Side.INCOMING, claimed))
    assert "is not proven" in refusal(bench.desk.draft(claimed))
    buyer = actor("林审", Role.PURCHASER)
    assert "hands no shift over" in refusal(bench.desk.sign(draft.id, Side.INCOMING, buyer))
    assert "no handover 9" in refusal(bench.desk.sign(9, Side.INCOMING, LIU))


def test_rows_that_were_changed_are_found(bench: Bench) -> None:
    draft = bench.draft()
    bench.desk.sign(draft.id, Side.OUTGOING, CHEN)
    bench.matters.flag("x", CHEN)
    assert proven(bench.book) == ""
    for statement, back in (
        (update(handover_signature).values(person="刘洋"),
         update(handover_signature).values(person="陈静")),
        (update(handover).values(shift="2026-11-19T08:00"),
         update(handover).values(shift=draft.shift)),
        (update(matter).values(text="y"), update(matter).values(text="x")),
    ):  # fmt: skip
        with bench.book.store.write() as tx:
            tx.execute(statement)
        assert proven(bench.book) != ""
        with bench.book.store.write() as tx:
            tx.execute(back)
    bench.book.evidence.path(draft.digest).unlink()
    assert proven(bench.book) != ""
