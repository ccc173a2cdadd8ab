"""The time limits that the contract sets on an incident. Pure: facts and a time in, events out.

A clock starts when the incident is opened (again), that of a power cut when what was less became
one, and stops when what it limits has happened. While
planned work covers the incident the clock is held, and what was held is told apart. A hold by a
person holds no clock of the contract. Every moment is computed from stored facts, so that a restart
changes nothing; a clock that ran out while nobody ticked fires at the next tick, with the time at
which it was due.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from checks.verdict import Severity
from incidents.model import IncidentState
from incidents.silences import Silence
from phrases import Phrase, say

NOTHING: Final = timedelta(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """One opening of an incident, until it was resolved or merged (None: it is not)."""

    opened_at: datetime
    acknowledged_at: datetime | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What clocks need to know of an incident. `work` are the silences that cover it."""

    incident: int
    cause: str
    severity: Severity
    state: IncidentState
    span: Span
    current: bool = True
    """Is this the last time that it was opened?"""
    device: str | None = None
    site: str | None = None
    item: str | None = None
    check: str | None = None
    work: tuple[Silence, ...] = ()
    owner: str | None = None
    again: bool = False
    """Is this opening one of an incident that was over before?"""
    raised_at: datetime | None = None
    """When it last got worse, within this opening."""
    resumed_at: datetime | None = None
    """When the last hold of this opening was over without anybody having ended it."""

    def silenced(self, at: datetime) -> bool:
        """Does planned work cover it at that moment?"""
        return any(one.holds(at) for one in self.work)


class Event(StrEnum):
    """What a clock does."""

    WARNED = "warned"
    """Most of the time is over."""
    BREACHED = "breached"
    MET = "met"
    """It was stopped in time."""
    STOPPED = "stopped"
    """It was stopped after it had run out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One limit. `stops` gives the moment at which what it limits happened, or None; `starts` the
    moment from which it counts, where that is not when the incident was opened."""

    name: str
    title: Phrase
    limit: Callable[[Case], timedelta]
    applies: Callable[[Case], bool]
    stops: Callable[[Span], datetime | None]
    warn_at: float
    """The part of the limit after which it warns."""
    source: str
    starts: Callable[[Case], datetime] = lambda case: case.span.opened_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A clock on an incident at some moment. `due_at` supposes that no more work is planned than
    is known; None while work without a known end holds it, which there is not."""

    rule: Rule
    case: Case
    started_at: datetime
    due_at: datetime
    warn_at: datetime
    stopped_at: datetime | None
    planned: timedelta
    """For how long planned work held it until now."""

    @property
    def breached(self) -> bool:
        """Was it stopped too late? Of one that runs, ask `events`."""
        return self.stopped_at is not None and self.stopped_at > self.due_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Struck:
    """A clock that said something, and the entry that holds it."""

    running: Running
    event: Event
    entry: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Fired:
    """What is already on record of one clock."""

    warned: bool = False
    breached: bool = False
    stopped: bool = False


UNFIRED: Final = Fired()


def running(rule: Rule, case: Case, at: datetime) -> Running:
    """How that clock stands on that incident at that moment."""
    start, stop = rule.starts(case), _stop(rule, case.span)
    limit = rule.limit(case)
    held = tuple(_merged(case.work, start))
    return Running(
        rule=rule,
        case=case,
        started_at=start,
        due_at=_after(start, limit, held),
        warn_at=_after(start, limit * rule.warn_at, held),
        stopped_at=stop,
        planned=_held_until(held, min(at, stop or at)),
    )


def events(one: Running, fired: Fired, at: datetime) -> Iterator[Event]:
    """What is to be put on record at `at`, once each, in this order."""
    until = at if one.stopped_at is None else min(at, one.stopped_at)
    if one.stopped_at is None and not fired.warned and at >= one.warn_at and at < one.due_at:
        yield Event.WARNED
    if not fired.breached and until > one.due_at:
        yield Event.BREACHED
    if one.stopped_at is not None and not fired.stopped:
        yield Event.STOPPED if one.stopped_at > one.due_at else Event.MET


def clocks_of(case: Case, at: datetime, rules: Iterable[Rule]) -> tuple[Running, ...]:
    """Every clock that runs, or ran, on this opening of the incident."""
    return tuple(running(rule, case, at) for rule in rules if rule.applies(case))


def _stop(rule: Rule, span: Span) -> datetime | None:
    """An incident that is over stops every clock."""
    moments = [one for one in (rule.stops(span), span.ended_at) if one is not None]
    return min(moments, default=None)


def _merged(work: Iterable[Silence], start: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The spans of planned work after `start`, without overlaps, the first one first."""
    begin: datetime | None = None
    end = start
    for one in sorted(work, key=lambda silence: silence.begins):
        first, last = max(one.begins, start), one.until
        if last <= first:
            continue
        if begin is not None and first <= end:
            end = max(end, last)
            continue
        if begin is not None:
            yield begin, end
        begin, end = first, last
    if begin is not None:
        yield begin, end


def _after(
    start: datetime, running_for: timedelta, held: Iterable[tuple[datetime, datetime]]
) -> datetime:
    """The moment at which a clock that is held in these spans has run for that long."""
    left, here = running_for, start
    for begins, ends in held:
        if begins - here >= left:
            break
        left -= max(begins - here, NOTHING)
        here = max(ends, here)
    return here + left


def _held_until(held: Iterable[tuple[datetime, datetime]], at: datetime) -> timedelta:
    return sum((max(min(ends, at) - begins, NOTHING) for begins, ends in held), NOTHING)


# --- the limits of the contract ---------------------------------------------------------------

ACKNOWLEDGE_WITHIN: Final = {
    Severity.CRITICAL: timedelta(minutes=5),
    Severity.WARNING: timedelta(minutes=15),
}
"""Ours: the contract names no limit. What nobody takes goes on to the next person."""

SEAT, POWER = "seat", "power"
"""The kinds of reported trouble (`incidents.handling.Trouble`) that have clocks of their own."""


def _reported(case: Case, kind: str) -> bool:
    parts = case.cause.split(":")
    return len(parts) >= 3 and parts[0] == "reported" and parts[2] == kind


def _power(case: Case) -> bool:
    """The supply is gone: somebody says so, or a UPS runs on its battery or gives none. One that
    is on its bypass is a warning, and no power cut."""
    seen = _supply(case) and case.severity is Severity.CRITICAL
    return _reported(case, POWER) or case.check == UPS_CHECK or seen


def _supply(case: Case) -> bool:
    return (case.item, case.check) == UPS_SUPPLY


def _gone_at(case: Case) -> datetime:
    """A bypass was no power cut before it got worse; whatever else is one was one from the first
    moment, however grave it was thought then."""
    worse = case.raised_at if _supply(case) else None
    return worse or case.span.opened_at


UPS_CHECK: Final = "ups_on_battery"
"""What a UPS told that no check looks at; it speaks of the supply, not of the UPS."""
UPS_SUPPLY: Final = ("R1", "supply")
"""The check that sees the same."""


COUNTER: Final = "counter:"
"""Begins the causes of warnings that the contract is about to be broken (`incidents.counters`)."""


OBLIGATION: Final = "obligation:"
"""How the cause of a warning begins that a drill, training or report of the contract is due."""


def _a_fault(case: Case) -> bool:
    """A warning about the contract itself is no fault of any equipment."""
    ours = case.cause.startswith((COUNTER, OBLIGATION))
    return case.severity is not Severity.INFO and not ours and not _reported(case, SEAT)


RULES: Final = (
    Rule(
        name="acknowledge",
        title=say("taken by somebody"),
        limit=lambda case: ACKNOWLEDGE_WITHIN.get(case.severity, timedelta(hours=1)),
        applies=lambda case: case.severity is not Severity.INFO,
        stops=lambda span: span.acknowledged_at,
        warn_at=1.0,
        source="ours",
    ),
    Rule(
        name="cure",
        title=say("fault cured within 1 hour"),
        limit=lambda _case: timedelta(hours=1),
        applies=_a_fault,
        stops=lambda span: span.ended_at,
        warn_at=0.75,
        source="K 4.3 item 11.2",
    ),
    Rule(
        name="head_decides",
        title=say("not cured in 60 minutes: the centre's head decides on other action"),
        limit=lambda _case: timedelta(minutes=60),
        applies=lambda case: _a_fault(case) and case.severity is Severity.CRITICAL,
        stops=lambda span: span.ended_at,
        warn_at=1.0,
        source="K 6.10.2",
    ),
    Rule(
        name="seat",
        title=say("agent signed in again within 5 minutes"),
        limit=lambda _case: timedelta(minutes=5),
        applies=lambda case: _reported(case, SEAT),
        stops=lambda span: span.ended_at,
        warn_at=0.6,
        source="K 6.10.2",
    ),
    Rule(
        name="power_cut",
        title=say("power cut of 5 minutes: reported upward by phone"),
        limit=lambda _case: timedelta(minutes=5),
        applies=_power,
        stops=lambda span: span.ended_at,
        warn_at=1.0,
        source="K 6.10.2",
        starts=_gone_at,
    ),
)
"""A test holds every limit to the tender's wording in the source column."""
