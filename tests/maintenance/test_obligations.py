"""Drills, trainings and reports: due in their terms, warned of in time, with their evidence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from incidents.clocks import OBLIGATION
from incidents.handling import Refusal
from incidents.listing import incidents
from inventory.people import Actor
from lineguard import pressing as quick
from lineguard.pressing import untold
from logbook.book import Logbook
from maintenance.obligation_desk import CAUSE, Deed, Done, ObligationDesk
from maintenance.obligations import (
    OBLIGATIONS,
    Stage,
    pressing,
    term_of,
    terms,
    today_of,
)
from store.database import open_store
from store.migrating import migrate
from store.schema import obligation
from tests.incidents.test_handling import CHEN
from tests.maintenance.fakes import logbook, proven
from tests.postgres import postgres_server, postgres_url, store_url

__all__ = ["postgres_server", "postgres_url", "store_url"]

BY_NAME = {one.name: one for one in OBLIGATIONS}
DRILL, REPORT = BY_NAME["surge_drill"], BY_NAME["analysis_report"]


@pytest.mark.parametrize(
    ("name", "day", "term", "first", "last"),
    [
        ("surge_drill", date(2026, 12, 31), "2026", date(2026, 1, 1), date(2026, 12, 31)),
        ("surge_drill", date(2027, 1, 1), "2027", date(2027, 1, 1), date(2027, 12, 31)),
        ("analysis_report", date(2026, 12, 31), "2026-Q4", date(2026, 10, 1), date(2026, 12, 31)),
        ("analysis_report", date(2027, 1, 1), "2027-Q1", date(2027, 1, 1), date(2027, 3, 31)),
        ("recovery_drill", date(2028, 2, 29), "2028-Q1", date(2028, 1, 1), date(2028, 3, 31)),
        ("recovery_drill", date(2026, 6, 30), "2026-Q2", date(2026, 4, 1), date(2026, 6, 30)),
        ("recovery_drill", date(2026, 7, 1), "2026-Q3", date(2026, 7, 1), date(2026, 9, 30)),
    ],
)
def test_a_day_lies_in_its_term(name: str, day: date, term: str, first: date, last: date) -> None:
    due = term_of(BY_NAME[name], day)
    assert (due.term, due.first, due.last) == (term, first, last)


@pytest.mark.parametrize(
    ("day", "stage"),
    [
        (date(2026, 11, 30), Stage.OPEN),
        (date(2026, 12, 1), Stage.WARNED),
        (date(2026, 12, 23), Stage.WARNED),
        (date(2026, 12, 24), Stage.URGED),
        (date(2026, 12, 31), Stage.URGED),
        (date(2027, 1, 1), Stage.OVER),
    ],
)
def test_the_end_of_a_term_is_told_of_30_and_7_days_before(day: date, stage: Stage) -> None:
    assert term_of(DRILL, date(2026, 5, 5)).stage(day) is stage


def test_the_day_is_that_of_shanghai() -> None:
    assert today_of(datetime(2026, 12, 31, 15, 59, tzinfo=UTC)) == date(2026, 12, 31)
    assert today_of(datetime(2026, 12, 31, 16, 0, tzinfo=UTC)) == date(2027, 1, 1)


def test_terms_run_on_over_the_end_of_the_year_without_a_gap() -> None:
    found = [one.term for one in terms(date(2026, 11, 22), date(2027, 4, 1))
             if one.obligation is REPORT]  # fmt: skip
    assert found == ["2026-Q4", "2027-Q1", "2027-Q2"]
    assert len(list(terms(date(2026, 11, 22), date(2026, 11, 22)))) == len(OBLIGATIONS)
    assert pressing(date(2026, 11, 22)) == ()


@dataclass
class Bench:
    """A desk with a clock that is set by hand."""

    book: Logbook
    now: datetime = datetime(2026, 12, 1, 1, tzinfo=UTC)

    @property
    def desk(self) -> ObligationDesk:
        return ObligationDesk(store=self.book.store, logbook=self.book, clock=lambda: self.now)

    def tick(self) -> list[tuple[str, str]]:
        return [(one.kind.value, one.cause) for one in self.desk.tick(self.now).made
                if "surge" in one.cause]  # fmt: skip

    def live(self) -> dict[str, str]:
        with self.book.store.read() as tx:
            return {one.cause: one.severity for one in incidents(tx)}

    def did(self, content: bytes, by: Actor = CHEN, name: str = "surge_drill",
            day: date = date(2026, 11, 30), note: str = "演练") -> Done | Refusal:  # fmt: skip
        deed = Deed(name=name, day=day, note=note, file="a.pdf", content=content)
        return self.desk.record(deed, by)


@pytest.fixture
def bench(store_url: str, tmp_path: Path) -> Iterator[Bench]:
    store = open_store(store_url, tmp_path / "data")
    migrate(store)
    yield Bench(logbook(store, tmp_path))
    store.close()


def test_each_stage_is_told_of_once_and_ends_with_the_deed(bench: Bench) -> None:
    cause = f"{CAUSE}surge_drill/2026"
    assert bench.tick() == [("opened", cause)]
    assert bench.tick() == []
    assert bench.live()[cause] == "info"
    bench.now += timedelta(days=23)
    assert bench.tick() == [("raised", cause)]
    assert bench.tick() == []
    assert bench.live()[cause] == "warning"
    assert isinstance(bench.did(b"first"), Done)
    assert cause in bench.live()  # two a year
    assert isinstance(bench.did(b"second"), Done)
    assert cause not in bench.live()
    assert bench.tick() == []
    assert proven(bench.book) == ""


def test_what_counts_needs_a_known_person_a_reason_and_evidence_of_its_own(bench: Bench) -> None:
    claimed = Actor(name="陈静", proven=False, how=CHEN.how, person=CHEN.person)

    def refused(told: Done | Refusal) -> str:
        assert isinstance(told, Refusal), told
        return told.why.text("en")

    assert "is not proven" in refused(bench.did(b"x", claimed))
    assert "a reason is needed" in refused(bench.did(b"x", note=" "))
    assert "future" in refused(bench.did(b"x", day=date(2026, 12, 2)))
    assert "empty" in refused(bench.did(b""))
    assert isinstance(bench.did(b"x"), Done)
    assert "already" in refused(bench.did(b"x"))
    assert isinstance(bench.did(b"x", name="security_training"), Done)


def test_a_deed_that_was_changed_is_found(bench: Bench) -> None:
    assert isinstance(bench.did(b"x"), Done)
    assert proven(bench.book) == ""
    with bench.book.store.write() as tx:
        tx.execute(update(obligation).values(term="2025"))
    assert "obligation" in proven(bench.book)


def test_the_evidence_of_a_deed_is_proven(bench: Bench) -> None:
    done = bench.did(b"minutes")
    assert isinstance(done, Done)
    bench.book.evidence.path(done.digest).unlink()
    assert proven(bench.book) != ""


def test_a_tick_asks_quickly_whether_there_is_something_to_say(bench: Bench) -> None:
    url = bench.book.store.engine.url
    if url.get_backend_name() != "sqlite":
        assert untold(None, bench.now)
        assert not untold(None, bench.now - timedelta(days=9))
        return
    file = Path(url.database or "")
    assert untold(file, bench.now)
    bench.tick()
    assert not untold(file, bench.now)
    bench.now += timedelta(days=23)
    assert untold(file, bench.now)
    bench.tick()
    assert not untold(file, bench.now)


def test_the_words_that_three_rooms_share_are_equal() -> None:
    assert quick.CAUSE == CAUSE == OBLIGATION
