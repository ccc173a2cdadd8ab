"""What the contract wants each year and quarter beside the schedule: drills, trainings, reports.

Pure: which terms there are, when they end, what is to be said when. It is read by every tick, so it
imports nothing that is slow.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from enum import StrEnum
from typing import Final

from phrases import Phrase, say

SHANGHAI: Final = timezone(timedelta(hours=8), "Asia/Shanghai")
WARN_DAYS: Final = 30
URGE_DAYS: Final = 7
"""Ours: so many days before a term ends it is told of, and pressed for."""


class Every(StrEnum):
    """How often the contract wants it."""

    YEAR = "year"
    QUARTER = "quarter"


class Stage(StrEnum):
    """How near the end of its term is."""

    OPEN = "open"
    WARNED = "warned"
    URGED = "urged"
    OVER = "over"


@dataclass(frozen=True, slots=True, kw_only=True)
class Obligation:
    """One duty: `times` in every term."""

    name: str
    title: Phrase
    every: Every
    times: int
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """One duty in one term, `first` and `last` days included."""

    obligation: Obligation
    term: str
    first: date
    last: date

    @property
    def key(self) -> str:
        """Such as `surge_drill/2026`."""
        return f"{self.obligation.name}/{self.term}"

    def stage(self, today: date) -> Stage:
        """How near its end is. On the last day nothing is over yet."""
        left = (self.last - today).days
        if left < 0:
            return Stage.OVER
        if left <= URGE_DAYS:
            return Stage.URGED
        return Stage.WARNED if left <= WARN_DAYS else Stage.OPEN


OBLIGATIONS: Final = (
    Obligation(name="surge_drill", title=say("call-surge drill"), every=Every.YEAR, times=2,
               source="K 4.3"),
    Obligation(name="security_training", title=say("network-security training"),
               every=Every.YEAR, times=2, source="K 4.3"),
    Obligation(name="recovery_drill", title=say("disaster-recovery drill"),
               every=Every.QUARTER, times=1, source="K 6.9.2 M43"),
    Obligation(name="analysis_report", title=say("quarterly analysis report"),
               every=Every.QUARTER, times=1, source="K 6.9.4"),
)  # fmt: skip


def today_of(at: datetime) -> date:
    """The day it is in Shanghai."""
    return at.astimezone(SHANGHAI).date()


def term_of(obligation: Obligation, day: date) -> Due:
    """The term of that duty in which the day lies."""
    if obligation.every is Every.YEAR:
        name, first, following = f"{day.year}", date(day.year, 1, 1), date(day.year + 1, 1, 1)
    else:
        quarter = (day.month + 2) // 3
        name = f"{day.year}-Q{quarter}"
        first = date(day.year, quarter * 3 - 2, 1)
        following = date(day.year + quarter // 4, quarter % 4 * 3 + 1, 1)
    return Due(obligation=obligation, term=name, first=first, last=following - timedelta(days=1))


def terms(since: date, today: date) -> Iterator[Due]:
    """Every term from the one in which `since` lies to the present one, of all duties."""
    for obligation in OBLIGATIONS:
        due = term_of(obligation, since)
        while due.first <= today:
            yield due
            due = term_of(obligation, due.last + timedelta(days=1))


def pressing(today: date) -> tuple[Due, ...]:
    """The terms whose end is so near that something is said while they are not fulfilled."""
    present = (term_of(one, today) for one in OBLIGATIONS)
    return tuple(one for one in present if one.stage(today) in (Stage.WARNED, Stage.URGED))


def missing(due: Due, done: Mapping[str, int]) -> int:
    """How often it is still to be done; `done` counts by key."""
    return max(0, due.obligation.times - done.get(due.key, 0))
