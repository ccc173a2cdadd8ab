"""What the contract counts: at the limit and one either side, over the ends of months, weeks, years
and days, and through the Spring Festival."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from checks.verdict import Severity
from incidents.clocks import Case, Span
from incidents.counters import (
    SHANGHAI,
    Counted,
    Counter,
    How,
    Indicators,
    NoFigures,
    Standing,
    counts,
    indicators_in,
    month_of,
    standing,
    week_of,
)
from incidents.counting import CounterDesk
from incidents.desk import IncidentDesk
from incidents.model import Finding, IncidentState
from incidents.silences import Silence, Where
from logbook.book import Logbook
from phrases import say
from store.database import open_store
from store.migrating import migrate
from store.schema import counted, incident
from tests.incidents.test_clockwork import Unwatched
from tests.incidents.test_correlate import CHAIN
from tests.maintenance.fakes import entries, logbook, proven
from tests.postgres import postgres_server, postgres_url, store_url

__all__ = ["postgres_server", "postgres_url", "store_url"]

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
KINDS = {"di-1": "data_interface", "fw-1": "firewall"}


def shanghai(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def case(
    opened: datetime,
    ended: datetime | None = None,
    *,
    device: str = "fw-1",
    severity: Severity = Severity.CRITICAL,
    cause: str = "device:fw-1:unreachable",
    work: tuple[Silence, ...] = (),
    state: IncidentState = IncidentState.OPEN,
) -> Case:
    span = Span(opened_at=opened, ended_at=ended)
    return Case(
        incident=1, cause=cause, severity=severity, state=state, span=span, device=device, work=work
    )


def work(begins: datetime, until: datetime) -> tuple[Silence, ...]:
    where = Where(device="fw-1")
    return (Silence(id=1, where=where, begins=begins, until=until, why="x", actor="y"),)


def found(one: Case, at: datetime) -> list[tuple[Counter, str, How]]:
    return [(it.counter, it.period, it.how) for it in counts(one, KINDS, at)]


NOON = shanghai("2026-11-20 12:00")


@pytest.mark.parametrize(
    ("after", "counted_"), [(HOUR - SECOND, False), (HOUR, False), (HOUR + SECOND, True)]
)
def test_an_outage_counts_when_its_hour_is_over(after: timedelta, counted_: bool) -> None:
    wanted = [(Counter.OUTAGE, "2026-11", How.UNPLANNED)] if counted_ else []
    assert found(case(NOON), NOON + after) == wanted
    assert found(case(NOON, NOON + after), NOON + 5 * HOUR) == wanted


@pytest.mark.parametrize("cause", ["self:cut-off", "heartbeat:job", "counter:outage:2026-11"])
def test_what_is_about_lineguard_itself_is_no_outage(cause: str) -> None:
    assert found(case(NOON, cause=cause), NOON + 2 * HOUR) == []


def test_a_warning_and_what_was_merged_are_no_outages() -> None:
    assert found(case(NOON, severity=Severity.WARNING), NOON + 2 * HOUR) == []
    assert found(case(NOON, state=IncidentState.MERGED), NOON + 2 * HOUR) == []


def test_what_planned_work_explains_is_counted_apart_and_when_it_is_over() -> None:
    announced = work(NOON, NOON + HOUR)
    assert found(case(NOON, work=announced), NOON + 2 * HOUR) == []
    ended = case(NOON, NOON + 2 * HOUR, work=announced)
    assert found(ended, NOON + 3 * HOUR) == [(Counter.OUTAGE, "2026-11", How.PLANNED)]
    late = case(NOON, NOON + 2 * HOUR + SECOND, work=announced)
    assert found(late, NOON + 3 * HOUR) == [(Counter.OUTAGE, "2026-11", How.UNPLANNED)]


@pytest.mark.parametrize(
    ("opened", "month"),
    [
        ("2026-11-30 22:59:59", "2026-11"),
        ("2026-11-30 23:00", "2026-12"),
        ("2026-12-31 23:30", "2027-01"),
        ("2027-02-28 22:30", "2027-02"),
        ("2027-02-05 12:00", "2027-02"),  # the eve of the Spring Festival
        ("2027-02-06 03:00", "2027-02"),  # New Year's Day itself: no holiday stops the contract
    ],
)
def test_an_outage_belongs_to_the_month_in_which_its_hour_was_over(opened: str, month: str) -> None:
    begin = shanghai(opened)
    assert found(case(begin), begin + 2 * HOUR) == [(Counter.OUTAGE, month, How.UNPLANNED)]


def collection(
    opened: datetime, ended: datetime | None = None, work: tuple[Silence, ...] = ()
) -> Case:
    cause = "item:di-1:M59:fresh"
    return case(opened, ended, device="di-1", severity=Severity.WARNING, cause=cause, work=work)


@pytest.mark.parametrize(
    ("opened", "week"),
    [
        ("2026-11-20 12:00", "2026-W47"),
        ("2026-11-22 23:59", "2026-W47"),  # Sunday, a minute before its week ends
        ("2026-11-23 00:00", "2026-W48"),
        ("2026-12-31 10:00", "2026-W53"),
        ("2027-01-03 10:00", "2026-W53"),  # still the last ISO week of the year before
        ("2027-01-04 10:00", "2027-W01"),
        ("2027-02-06 10:00", "2027-W05"),  # the Spring Festival
    ],
)
def test_a_collection_fault_counts_at_the_midnight_that_ends_its_day(
    opened: str, week: str
) -> None:
    begin = shanghai(opened)
    day = begin.astimezone(SHANGHAI).replace(hour=0, minute=0)
    midnight = day + timedelta(days=1)
    assert found(collection(begin), midnight - SECOND) == []
    assert found(collection(begin, midnight - SECOND), midnight + HOUR) == []
    wanted = [(Counter.COLLECTION, week, How.UNPLANNED)]
    assert found(collection(begin), midnight) == wanted
    assert found(collection(begin, midnight + SECOND), midnight + HOUR) == wanted


def test_a_collection_fault_under_planned_work_at_midnight_is_planned() -> None:
    begin = shanghai("2026-11-20 20:00")
    announced = work(begin, begin + 6 * HOUR)
    at = shanghai("2026-11-21 01:00")
    assert found(collection(begin, work=announced), at) == [
        (Counter.COLLECTION, "2026-W47", How.PLANNED)
    ]


def test_a_critical_collection_fault_is_an_outage_as_well() -> None:
    begin = shanghai("2026-11-20 20:00")
    one = case(begin, device="di-1", cause="device:di-1:unreachable")
    assert [it[0] for it in found(one, begin + 6 * HOUR)] == [Counter.OUTAGE, Counter.COLLECTION]


@pytest.mark.parametrize(
    ("how_often", "word"), [(0, "clear"), (1, "warning"), (2, "breach"), (3, "breach")]
)
def test_it_warns_before_the_second(how_often: int, word: str) -> None:
    known = [
        Counted(counter=Counter.OUTAGE, period="2026-11", incident=number, opened_at=NOON,
                how=How.UNPLANNED, at=NOON)
        for number in range(how_often)
    ]  # fmt: skip
    now = standing(Counter.OUTAGE, "2026-11", known)
    assert (now.word, now.points) == (word, how_often)
    assert standing(Counter.OUTAGE, "2026-12", known).word == "clear"


def test_an_indicator_without_figures_is_unknown_never_clear() -> None:
    assert Standing(counter=Counter.INDICATOR, period="2026-11", unplanned=None).word == "unknown"


def test_periods_are_those_of_shanghai() -> None:
    at = datetime.fromisoformat("2026-11-30T16:00:00+00:00")
    assert (month_of(at), month_of(at - SECOND)) == ("2026-12", "2026-11")
    assert week_of(datetime.fromisoformat("2026-11-22T16:00:00+00:00")) == "2026-W48"


# --- stored -----------------------------------------------------------------------------------


@pytest.fixture
def book(store_url: str, tmp_path: Path) -> Iterator[Logbook]:
    store = open_store(store_url, tmp_path / "data")
    migrate(store)
    yield logbook(store, tmp_path)
    store.close()


@dataclass(frozen=True)
class Months:
    """The indicators below target, by month; a month that is not there has no figures."""

    figures: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def below(self, month: str) -> frozenset[str] | None:
        return self.figures.get(month)


NONE = frozenset[str]()
LOSS = frozenset({"call_loss"})
WAIT = frozenset({"wait"})


@pytest.mark.parametrize(
    ("before", "now", "word"),
    [
        (None, None, "unknown"),
        (NONE, None, "unknown"),
        (None, NONE, "clear"),
        (NONE, NONE, "clear"),
        (LOSS, None, "warning"),
        (LOSS, NONE, "warning"),
        (None, LOSS, "warning"),
        (NONE, LOSS, "warning"),
        (WAIT, LOSS, "warning"),
        (LOSS, LOSS | WAIT, "breach"),
    ],
)
def test_an_indicator_warns_after_the_first_month(
    before: frozenset[str] | None, now: frozenset[str] | None, word: str
) -> None:
    months = {"2026-12": before, "2027-01": now}
    figures = Months({name: one for name, one in months.items() if one is not None})
    assert indicators_in(figures, shanghai("2027-01-31 12:00")).word == word


def desk(book: Logbook, indicators: Indicators | None = None) -> CounterDesk:
    return CounterDesk(
        store=book.store,
        logbook=book,
        incidents=IncidentDesk(book, CHAIN),
        kinds=KINDS,
        observation=Unwatched(timedelta(minutes=5)),
        indicators=indicators or NoFigures(),
    )


def fault(book: Logbook, device: str, at: datetime) -> None:
    finding = Finding(
        cause=f"device:{device}:unreachable", severity=Severity.CRITICAL,
        sentence=say("x"), device=device, site="site_primary",
    )  # fmt: skip
    with book.store.write() as tx:
        IncidentDesk(book, CHAIN).declare(tx, finding, at, "test")


def cured(book: Logbook, device: str, at: datetime) -> None:
    with book.store.write() as tx:
        IncidentDesk(book, CHAIN).settle(tx, f"device:{device}:unreachable", say("y"), at, "test")


def warned(book: Logbook) -> list[tuple[str, str, str]]:
    with book.store.read() as tx:
        rows = tx.execute(
            select(incident.c.cause, incident.c.state, incident.c.severity)
            .where(incident.c.cause.startswith("counter:"))
            .order_by(incident.c.id)
        )
        return [(row.cause, row.state, row.severity) for row in rows]


def test_each_is_counted_once_whatever_is_restarted_and_provable(book: Logbook) -> None:
    fault(book, "fw-1", NOON)
    assert desk(book).count(NOON + HOUR) == ()
    assert len(desk(book).count(NOON + HOUR + MINUTE)) == 1
    assert warned(book) == [("counter:outage:2026-11", "open", "warning")]
    assert desk(book).count(NOON + 2 * HOUR) == ()
    cured(book, "fw-1", NOON + 3 * HOUR)
    assert desk(book).count(NOON + 3 * HOUR) == ()
    (entry,) = entries(book.store, "counted")
    assert entry["unobserved_s"] == 300, "nobody looked for a while: it says so"
    assert proven(book) == ""


def test_the_second_raises_the_warning_to_a_breach(book: Logbook) -> None:
    for number, device in enumerate(("fw-1", "fw-2")):
        begin = NOON + number * 5 * HOUR
        fault(book, device, begin)
        desk(book).count(begin + 2 * HOUR)
        cured(book, device, begin + 3 * HOUR)
    assert warned(book) == [("counter:outage:2026-11", "open", "critical")]
    outage = desk(book).standings(NOON + 24 * HOUR)[0]
    assert (outage.word, outage.unplanned, outage.points) == ("breach", 2, 2)
    assert proven(book) == ""


def test_a_warning_ends_with_its_month_and_the_next_begins_clear(book: Logbook) -> None:
    fault(book, "fw-1", NOON)
    desk(book).count(NOON + 2 * HOUR)
    cured(book, "fw-1", NOON + 2 * HOUR)
    december = shanghai("2026-12-01 00:00")
    desk(book).count(december - MINUTE)
    assert warned(book)[0][1] == "open"
    desk(book).count(december)
    assert warned(book)[0][1] == "resolved"
    assert desk(book).standings(december)[0].word == "clear"


def test_what_came_to_count_while_nobody_ticked_is_counted_at_the_first_tick(book: Logbook) -> None:
    fault(book, "fw-1", NOON)
    cured(book, "fw-1", NOON + 2 * HOUR)
    (one,) = desk(book).count(NOON + timedelta(days=3))
    assert one.at == NOON + HOUR


def test_a_count_that_was_changed_is_found(book: Logbook) -> None:
    fault(book, "fw-1", NOON)
    desk(book).count(NOON + 2 * HOUR)
    assert proven(book) == ""
    with book.store.write() as tx:
        tx.execute(update(counted).values(how="planned"))
    assert "is not what entry" in proven(book)


def test_indicators_warn_once_a_month_and_a_breach_is_said_once(book: Logbook) -> None:
    first = Months({"2026-10": NONE, "2026-11": LOSS})
    both = Months({"2026-10": NONE, "2026-11": LOSS, "2026-12": LOSS})
    for minute in range(3):
        desk(book, first).count(NOON + minute * MINUTE)
    assert warned(book) == [("counter:indicator:2026-11", "open", "warning")]
    december = shanghai("2026-12-01 00:00")
    desk(book, first).count(december)
    assert warned(book)[1:] == [("counter:indicator:2026-12", "open", "warning")]
    desk(book, both).count(december + HOUR)
    desk(book, both).count(december + 2 * HOUR)
    assert warned(book) == [
        ("counter:indicator:2026-11", "resolved", "warning"),
        ("counter:indicator:2026-12", "open", "critical"),
    ]
    assert proven(book) == ""
