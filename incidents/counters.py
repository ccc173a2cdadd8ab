"""What the contract counts before it calls itself broken (K contract 10.3, K 4.3). Pure.

- An outage not cured within 1 hour twice in one month; each of them costs a point besides.
- Faults of data collection or of the city-county collaboration twice in one week that were not
  cured the same day.
- A hotline indicator below its target two months running.

Times are Shanghai's: a month is a calendar month, a week begins on Monday (ISO 8601), a day ends at
midnight; no holiday stops any of them. An outage belongs to the month in which its hour was over, a
fault of data collection to the week of the day on which it began. What planned work explains is
counted apart and never towards a breach. An indicator without figures is unknown, never fine.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from enum import StrEnum
from typing import Final, Protocol

from checks.verdict import Severity
from incidents.clocks import COUNTER, OBLIGATION, RULES, Case, running
from incidents.model import IncidentState

SHANGHAI: Final = timezone(timedelta(hours=8), "Asia/Shanghai")
DAY: Final = timedelta(days=1)

CURE: Final = next(rule for rule in RULES if rule.name == "cure")
NOT_EQUIPMENT: Final = ("self:", "heartbeat:", COUNTER, OBLIGATION)
"""Beginnings of causes that speak of Lineguard itself, not of the hotline's equipment."""
COLLECTION_ITEM: Final = "M59"
"""The item of the schedule that looks after data interfaces."""
COLLECTION_KIND: Final = "data_interface"


class Counter(StrEnum):
    """What is counted."""

    OUTAGE = "outage"
    COLLECTION = "collection"
    INDICATOR = "indicator"


LIMIT: Final[Mapping[Counter, int]] = {
    Counter.OUTAGE: 2, Counter.COLLECTION: 2, Counter.INDICATOR: 2,
}  # fmt: skip
"""So many in one period break the contract (K contract 10.3); one fewer is the time to warn."""

SOURCE: Final[Mapping[Counter, str]] = {
    Counter.OUTAGE: "K contract 10.3, K 4.3",
    Counter.COLLECTION: "K contract 10.3",
    Counter.INDICATOR: "K contract 10.3",
}


class How(StrEnum):
    """Does it count towards a breach?"""

    UNPLANNED = "unplanned"
    PLANNED = "planned"


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """One thing that counts: which opening of which incident, in which period, from when on."""

    counter: Counter
    period: str
    incident: int
    opened_at: datetime
    how: How
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a counter stands in a period. `unplanned` None: no figures, so nothing is known."""

    counter: Counter
    period: str
    unplanned: int | None
    planned: int = 0

    @property
    def limit(self) -> int:
        """So many break the contract."""
        return LIMIT[self.counter]

    @property
    def points(self) -> int:
        """What it has cost: one for each outage of more than an hour (K 4.3)."""
        return (self.unplanned or 0) if self.counter is Counter.OUTAGE else 0

    @property
    def word(self) -> str:
        """`unknown`, `clear`, `warning` (the next one breaks the contract) or `breach`."""
        if self.unplanned is None:
            return "unknown"
        if self.unplanned >= self.limit:
            return "breach"
        return "warning" if self.unplanned == self.limit - 1 else "clear"


class Indicators(Protocol):
    """Where the figures of the hotline's indicators come from."""

    def below(self, month: str) -> frozenset[str] | None:
        """The indicators below their target in that month (`2026-11`), so far; None: there are no
        figures."""
        ...


class NoFigures:
    """While no telephony gives figures, nothing is known of any indicator."""

    def below(self, month: str) -> frozenset[str] | None:
        """As `Indicators`."""
        return None


def indicators_in(indicators: Indicators, at: datetime) -> Standing:
    """For how many months running an indicator has been below its target: 0, 1 or 2."""
    month = month_of(at)
    now, before = indicators.below(month), indicators.below(month_before(at))
    return Standing(counter=Counter.INDICATOR, period=month, unplanned=_running(now, before))


def _running(now: frozenset[str] | None, before: frozenset[str] | None) -> int | None:
    """What was below last month is one, whatever this month is like so far. Without figures of this
    month nothing is known, unless last month's already warn."""
    if now is not None and now & (before or frozenset()):
        return 2
    if now or before:
        return 1
    return None if now is None else 0


def month_before(at: datetime) -> str:
    """The month before the one that a moment is in."""
    first = at.astimezone(SHANGHAI).replace(day=1)
    return month_of(first - DAY)


def month_of(at: datetime) -> str:
    """`2026-11`, by Shanghai's calendar."""
    return f"{at.astimezone(SHANGHAI):%Y-%m}"


def week_of(at: datetime) -> str:
    """`2026-W47`, by Shanghai's calendar and ISO 8601: the last days of a year may belong to the
    first week of the next."""
    year, week, _day = at.astimezone(SHANGHAI).isocalendar()
    return f"{year:04d}-W{week:02d}"


def period_of(counter: Counter, at: datetime) -> str:
    """The period that a moment is in, as that counter has it."""
    return week_of(at) if counter is Counter.COLLECTION else month_of(at)


def end_of_day(at: datetime) -> datetime:
    """The midnight that ends its day in Shanghai."""
    day: date = at.astimezone(SHANGHAI).date() + DAY
    return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI)


def counts(case: Case, kinds: Mapping[str, str], at: datetime) -> Iterator[Counted]:
    """What one opening of an incident counts for at `at`. `kinds`: the kind of each device."""
    own = case.cause.startswith(NOT_EQUIPMENT)
    if own or case.severity is Severity.INFO or case.state is IncidentState.MERGED:
        return  # a merged one is counted where its root cause is
    if case.severity is Severity.CRITICAL:
        yield from _outage(case, at)
    if kinds.get(case.device or "") == COLLECTION_KIND or case.item == COLLECTION_ITEM:
        yield from _collection(case, at)


def _outage(case: Case, at: datetime) -> Iterator[Counted]:
    """It lasted more than an hour: beside the planned work, or only with it. The latter is known
    when it is over."""
    over = case.span.ended_at or at
    hour = case.span.opened_at + CURE.limit(case)
    due = running(CURE, case, at).due_at
    if over > due:
        yield _counted(Counter.OUTAGE, case, How.UNPLANNED, due)
    elif case.span.ended_at is not None and over > hour:
        yield _counted(Counter.OUTAGE, case, How.PLANNED, hour)


def _collection(case: Case, at: datetime) -> Iterator[Counted]:
    midnight = end_of_day(case.span.opened_at)
    if (case.span.ended_at or at) < midnight or at < midnight:
        return
    how = How.PLANNED if case.silenced(midnight - timedelta(microseconds=1)) else How.UNPLANNED
    yield _counted(Counter.COLLECTION, case, how, midnight)


def _counted(counter: Counter, case: Case, how: How, at: datetime) -> Counted:
    belongs = case.span.opened_at if counter is Counter.COLLECTION else at
    return Counted(
        counter=counter,
        period=period_of(counter, belongs),
        incident=case.incident,
        opened_at=case.span.opened_at,
        how=how,
        at=at,
    )


def standing(counter: Counter, period: str, known: Iterable[Counted]) -> Standing:
    """How a counter of incidents stands in a period."""
    own = [one.how for one in known if one.counter is counter and one.period == period]
    return Standing(
        counter=counter,
        period=period,
        unplanned=own.count(How.UNPLANNED),
        planned=own.count(How.PLANNED),
    )


def cause_of(counter: Counter, period: str) -> str:
    """The key of the incident that warns."""
    return f"{COUNTER}{counter.value}:{period}"
