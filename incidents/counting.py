"""The counters of the contract, stored: each thing once with its entry, and a warning before the
contract is broken."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, insert, select

from checks.verdict import Severity
from incidents.cases import since
from incidents.clocks import COUNTER, Case
from incidents.clockwork import Observation
from incidents.counters import (
    SOURCE,
    Counted,
    Counter,
    How,
    Indicators,
    NoFigures,
    Standing,
    cause_of,
    counts,
    indicators_in,
    period_of,
    standing,
)
from incidents.desk import IncidentDesk, live_incidents
from incidents.model import RANK, Finding
from logbook.book import Logbook
from phrases import Phrase, say
from store.database import Store
from store.schema import counted, incident, instant_text
from store.stored import member

ENTRY: Final = "counted"
ACTOR: Final = "counter"
REACH: Final = timedelta(days=40)
"""How long ago something may have ended that no tick has counted yet: more than any period."""
OF_INCIDENTS: Final = (Counter.OUTAGE, Counter.COLLECTION)


@dataclass(frozen=True, slots=True, kw_only=True)
class CounterDesk:
    """Counting and warning. `kinds`: the kind of each device of the estate."""

    store: Store
    logbook: Logbook
    incidents: IncidentDesk
    kinds: Mapping[str, str]
    observation: Observation
    indicators: Indicators = field(default_factory=NoFigures)

    def count(self, at: datetime) -> tuple[Counted, ...]:
        """Count what has come to count, and warn of it. What was counted before is not again."""
        with self.store.write() as tx:
            known = _known(tx)
            keys = {_key(one) for one in known}
            cases = since(tx, at - REACH)
            pairs = ((case, one) for case in cases for one in counts(case, self.kinds, at))
            fresh = [(case, one) for case, one in pairs if _key(one) not in keys]
            new = tuple(one for _case, one in fresh)
            for case, one in fresh:
                self._write(tx, case, one, at)
            self._warn(tx, new, (*known, *new), at)
            self._warn_of_indicators(tx, at)
            self._end_of_periods(tx, at)
            if new:
                self.logbook.checkpoint(tx, at)
        return new

    def standings(self, at: datetime) -> tuple[Standing, ...]:
        """How every counter stands in the period of `at`."""
        with self.store.read() as tx:
            known = _known(tx)
        own = [standing(one, period_of(one, at), known) for one in OF_INCIDENTS]
        return (*own, indicators_in(self.indicators, at))

    def _write(self, tx: Connection, case: Case, one: Counted, at: datetime) -> None:
        row = {
            "counter": one.counter.value,
            "period": one.period,
            "incident": one.incident,
            "opened_at": one.opened_at,
            "how": one.how.value,
            "at": one.at,
        }
        body = {
            **row,
            "opened_at": instant_text(one.opened_at),
            "at": instant_text(one.at),
            "unobserved_s": self._unobserved(tx, case, at),
            "source": SOURCE[one.counter],
        }
        number = self.logbook.append(tx, ENTRY, body, at)
        tx.execute(insert(counted), [{**row, "entry": number}])

    def _unobserved(self, tx: Connection, case: Case, at: datetime) -> int:
        """Seconds of it in which nobody looked: it may have been over then."""
        if case.device is None:
            return 0
        until = case.span.ended_at or at
        gone = self.observation.unobserved(tx, case.device, case.span.opened_at, until)
        return round(gone.total_seconds())

    def _warn(
        self, tx: Connection, new: Iterable[Counted], known: Iterable[Counted], at: datetime
    ) -> None:
        """Before the second, while there is still time; of the second in any case."""
        everything = tuple(known)
        periods = {(one.counter, one.period) for one in new if one.how is How.UNPLANNED}
        for counter, period in sorted(periods):
            now = standing(counter, period, everything)
            if now.word == "breach" or period == period_of(counter, at):
                self.incidents.declare(tx, finding_of(now), at, ACTOR)

    def _warn_of_indicators(self, tx: Connection, at: datetime) -> None:
        """Once a month, and once more when it gets worse; the incident itself is the record."""
        now = indicators_in(self.indicators, at)
        if now.word not in ("warning", "breach"):
            return
        found = finding_of(now)
        known = tx.execute(select(incident.c.severity).where(incident.c.cause == found.cause))
        ranks = [RANK[member(Severity, one)] for one in known.scalars()]
        if max(ranks, default=-1) < RANK[found.severity]:
            self.incidents.declare(tx, found, at, ACTOR)

    def _end_of_periods(self, tx: Connection, at: datetime) -> None:
        """A warning is over with its period."""
        current = {cause_of(one, period_of(one, at)) for one in Counter}
        for one in live_incidents(tx):
            if one.cause.startswith(COUNTER) and one.cause not in current:
                why = say("the period that this counts in is over")
                if one.severity is not Severity.CRITICAL:
                    self.incidents.settle(tx, one.cause, why, at, ACTOR)


def finding_of(now: Standing) -> Finding:
    """What is said of a counter that stands at its last but one, or beyond."""
    breach = now.word == "breach"
    return Finding(
        cause=cause_of(now.counter, now.period),
        severity=Severity.CRITICAL if breach else Severity.WARNING,
        sentence=_breach(now) if breach else _warning(now),
    )


def _warning(now: Standing) -> Phrase:
    match now.counter:
        case Counter.OUTAGE:
            return say(
                "{period}: one outage lasted more than 1 hour and cost a point; a second one this "
                "month is a breach of contract",
                period=now.period,
            )
        case Counter.COLLECTION:
            return say(
                "{period}: one fault of data collection was not cured the same day; a second one "
                "this week is a breach of contract",
                period=now.period,
            )
        case Counter.INDICATOR:
            return say(
                "{period}: an indicator of the hotline is or was below its target for one month; "
                "a second month running is a breach of contract",
                period=now.period,
            )


def _breach(now: Standing) -> Phrase:
    count = now.unplanned or 0
    match now.counter:
        case Counter.OUTAGE:
            return say(
                "{period}: {count} outages lasted more than 1 hour, {count} points; {limit} in "
                "one month are a breach of contract",
                period=now.period, count=count, limit=now.limit,
            )  # fmt: skip
        case Counter.COLLECTION:
            return say(
                "{period}: {count} faults of data collection were not cured the same day; {limit} "
                "in one week are a breach of contract",
                period=now.period, count=count, limit=now.limit,
            )  # fmt: skip
        case Counter.INDICATOR:
            return say(
                "{period}: an indicator of the hotline is below its target for the second month "
                "running; that is a breach of contract",
                period=now.period,
            )


def _known(tx: Connection) -> tuple[Counted, ...]:
    rows = tx.execute(select(counted).order_by(counted.c.id))
    return tuple(
        Counted(
            counter=member(Counter, row.counter),
            period=row.period,
            incident=row.incident,
            opened_at=row.opened_at,
            how=member(How, row.how),
            at=row.at,
        )
        for row in rows
    )


def _key(one: Counted) -> tuple[Counter, int, datetime]:
    return one.counter, one.incident, one.opened_at
