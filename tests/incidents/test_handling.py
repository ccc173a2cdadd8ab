"""What persons do with incidents: every step is on record, and what cannot be is refused."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from checks.verdict import Severity
from incidents.desk import IncidentDesk
from incidents.handling import HandlingDesk, Outcome, Refusal, Report, Trouble
from incidents.listing import IncidentRecord, incident_of, incidents, steps_of
from incidents.model import Change, IncidentState
from inventory.model import Person, Role
from inventory.people import Actor, Proof
from logbook.book import Logbook
from store.database import Store, open_store
from store.migrating import migrate
from tests.incidents.test_correlate import AT, CHAIN, abnormal, judged, sees
from tests.maintenance.fakes import logbook, proven
from tests.postgres import postgres_server, postgres_url, store_url

__all__ = ["postgres_server", "postgres_url", "store_url"]

HOUR = timedelta(hours=1)


def actor(name: str, role: Role = Role.OPERATOR) -> Actor:
    person = Person(name=name, title=name, roles=frozenset({role}))
    return Actor(name=name, proven=True, how=Proof.OS_USER, person=person)


CHEN, LIU = actor("陈静"), actor("刘洋")


@dataclass
class Bench:
    """A desk with a clock that is set by hand, and one open incident."""

    book: Logbook
    now: datetime = AT

    @property
    def desk(self) -> HandlingDesk:
        return HandlingDesk(store=self.book.store, logbook=self.book, clock=lambda: self.now)

    def sees(self, well: bool, severity: Severity = Severity.WARNING) -> None:
        judgement = judged("fw-1", "M46") if well else abnormal("fw-1", "M46", severity)
        with self.book.store.write() as tx:
            sighting = sees("fw-1", judgement)
            IncidentDesk(self.book, CHAIN).observe(tx, [sighting], self.now, "watch")

    def record(self, number: int = 1) -> IncidentRecord:
        with self.book.store.read() as tx:
            found = incident_of(tx, number)
        assert found is not None
        return found


@pytest.fixture
def bench(store_url: str, tmp_path: Path) -> Iterator[Bench]:
    store: Store = open_store(store_url, tmp_path / "data")
    migrate(store)
    made = Bench(logbook(store, tmp_path))
    made.sees(well=False)
    yield made
    store.close()


def refusal(outcome: Outcome) -> str:
    assert isinstance(outcome, Refusal), outcome
    return outcome.why.text("en")


def done(outcome: Outcome) -> Change:
    assert isinstance(outcome, Change), outcome
    return outcome


def test_from_open_to_closed_every_step_names_who_did_it(bench: Bench) -> None:
    done(bench.desk.acknowledge(1, CHEN))
    done(bench.desk.hold(1, CHEN, bench.now + HOUR, "等备件"))
    done(bench.desk.note(1, LIU, "备件已到"))
    done(bench.desk.acknowledge(1, LIU))
    done(bench.desk.resolve(1, LIU, "已更换板卡"))
    done(bench.desk.close(1, LIU, "复查正常"))
    with bench.book.store.read() as tx:
        steps = steps_of(tx, 1)
    assert [(one.to_state, one.actor) for one in steps] == [
        ("open", "watch"), ("acknowledged", "陈静"), ("on_hold", "陈静"), ("on_hold", "刘洋"),
        ("acknowledged", "刘洋"), ("resolved", "刘洋"), ("closed", "刘洋"),
    ]  # fmt: skip
    assert steps[2].why["en"] == "waits until 2026-11-21 04:00: 等备件"
    assert steps[4].why["en"] == "刘洋 takes it over from 陈静"
    record = bench.record()
    assert (record.state, record.owner, record.hold_until) == (IncidentState.CLOSED, "刘洋", None)
    assert (record.acknowledged_at, record.resolved_at, record.closed_at) == (AT, AT, AT)
    assert proven(bench.book) == ""


def test_an_incident_in_hand_still_takes_findings_and_ends_by_itself(bench: Bench) -> None:
    done(bench.desk.acknowledge(1, CHEN))
    bench.sees(well=False)
    assert (bench.record().state, bench.record().findings) == (IncidentState.ACKNOWLEDGED, 2)
    bench.sees(well=True)
    assert bench.record().state is IncidentState.RESOLVED
    assert proven(bench.book) == ""


def test_a_closed_incident_is_not_opened_again(bench: Bench) -> None:
    done(bench.desk.resolve(1, CHEN, "done"))
    done(bench.desk.close(1, CHEN, "seen"))
    bench.sees(well=False)
    with bench.book.store.read() as tx:
        assert [one.id for one in incidents(tx)] == [2]


def test_what_a_person_called_resolved_too_early_comes_back_to_nobody(bench: Bench) -> None:
    done(bench.desk.acknowledge(1, CHEN))
    done(bench.desk.resolve(1, CHEN, "done"))
    bench.sees(well=False)
    record = bench.record()
    assert (record.state, record.owner, record.acknowledged_at) == (IncidentState.OPEN, None, None)
    assert proven(bench.book) == ""


def test_what_is_over_or_unknown_is_refused_in_one_sentence(bench: Bench) -> None:
    assert refusal(bench.desk.close(1, CHEN, "x")) == (
        "incident 1 is open: it is resolved first, then closed"
    )
    done(bench.desk.acknowledge(1, CHEN))
    assert refusal(bench.desk.acknowledge(1, CHEN)) == "incident 1 is 陈静's already"
    done(bench.desk.resolve(1, CHEN, "done"))
    for outcome in (
        bench.desk.acknowledge(1, CHEN),
        bench.desk.resolve(1, CHEN, "again"),
        bench.desk.hold(1, CHEN, bench.now + HOUR, "why"),
    ):
        assert refusal(outcome) == "incident 1 is over: it was resolved"
    assert refusal(bench.desk.note(9, CHEN, "x")).startswith("there is no incident 9;")


@pytest.mark.parametrize("until", [timedelta(0), timedelta(days=30, seconds=1)])
def test_a_hold_has_an_end(bench: Bench, until: timedelta) -> None:
    outcome = bench.desk.hold(1, CHEN, bench.now + until, "why")
    assert refusal(outcome) == "a hold ends later than now, and within 30 days"
    assert bench.record().state is IncidentState.OPEN


@pytest.mark.parametrize("text", ["", "  ", "x" * 1_001, "two\nlines", "\x1b[31m"])
def test_a_reason_is_one_line_that_says_something(bench: Bench, text: str) -> None:
    refusal(bench.desk.note(1, CHEN, text))
    refusal(bench.desk.resolve(1, CHEN, text))
    assert bench.record().state is IncidentState.OPEN


@pytest.mark.parametrize("role", [Role.VIEWER, Role.PURCHASER])
def test_who_only_looks_handles_nothing(bench: Bench, role: Role) -> None:
    outcome = bench.desk.acknowledge(1, actor("周磊", role))
    assert refusal(outcome) == "周磊 is neither operator nor supervisor and handles no incidents"


@pytest.mark.parametrize(("minutes", "closes"), [(60, True), (61, False)])
def test_a_major_fault_is_not_closed_without_its_analysis(
    bench: Bench, minutes: int, closes: bool
) -> None:
    bench.sees(well=False, severity=Severity.CRITICAL)
    bench.now += timedelta(minutes=minutes)
    done(bench.desk.resolve(1, CHEN, "cured"))
    outcome = bench.desk.close(1, CHEN, "seen")
    if closes:
        done(outcome)
    else:
        assert "before its fault analysis is on record" in refusal(outcome)


def test_a_person_reports_what_no_check_can_see(bench: Bench) -> None:
    report = Report(
        kind=Trouble.SEAT, severity=Severity.WARNING, text="12 号坐席话机无声", site="site_primary"
    )
    change = done(bench.desk.open(report, CHEN))
    record = bench.record(change.incident)
    assert record.cause.startswith("reported:site_primary:seat:")
    assert record.sentence["en"] == "site_primary: 12 号坐席话机无声 (reported by 陈静)"
    bench.sees(well=True)
    assert bench.record(change.incident).live
    assert proven(bench.book) == ""
