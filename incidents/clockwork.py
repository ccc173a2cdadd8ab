"""One tick: clocks that run out, holds that are over, people to be told. One transaction each.

What a tick decides is written with its entry before anybody is told, and a second tick at the same
moment decides nothing more. Time never runs backwards here: when the machine's clock is set back, a
tick takes the newest time it ever saw.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from sqlalchemy import Connection, insert, select, update

from checks.verdict import Severity
from incidents.cases import unsettled
from incidents.clocks import (
    RULES,
    UNFIRED,
    Case,
    Event,
    Fired,
    Rule,
    Running,
    Struck,
    clocks_of,
    events,
)
from incidents.escalation import POLICIES, Page, Roster, Step
from incidents.listing import incident_of
from incidents.model import ChangeKind, IncidentState
from incidents.paging import Paging
from incidents.waits import Reminder, Waits
from incidents.writing import Transition, write_step
from logbook.book import Logbook
from phrases import say
from store.database import Store
from store.schema import clock, entry, incident, instant_text
from store.stored import parse_instant

ENTRY: Final = "clock"
ACTOR: Final = "tick"


class Observation(Protocol):
    """For how long nobody looked at a device; `maintenance.coverage` knows."""

    def unobserved(
        self, tx: Connection, device: str, begins: datetime, ends: datetime
    ) -> timedelta:
        """The part of that span in which nobody looked."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticked:
    """What one tick put on record."""

    struck: tuple[Struck, ...] = ()
    resumed: tuple[int, ...] = ()
    pages: tuple[Page, ...] = ()
    reminders: tuple[Reminder, ...] = ()

    @property
    def idle(self) -> bool:
        """Was there nothing to do?"""
        return not (self.struck or self.resumed or self.pages or self.reminders)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clockwork:
    """Everything a tick needs; wiring fills it."""

    store: Store
    logbook: Logbook
    roster: Roster
    observation: Observation
    rules: tuple[Rule, ...] = RULES
    policies: Mapping[Severity, tuple[Step, ...]] = field(default_factory=lambda: POLICIES)
    people: frozenset[str] = frozenset()
    """Who stands in people.yml."""
    runbooks: Mapping[str, str] = field(default_factory=dict)
    """Those that the site names, by item."""
    unreached: frozenset[str] = frozenset()
    """Whom no channel leads to, where one leads to somebody."""

    def tick(self, at: datetime) -> Ticked:
        """Decide and record what is due at `at`. Raises `StoreTrouble`, `KeyTrouble`."""
        with self.store.write() as tx:
            turn = _Turn(self, tx, _onward(at, newest_time(tx)))
            resumed = tuple(turn.resume())
            cases = unsettled(tx)
            struck = tuple(turn.strike(cases))
            paging = Paging(
                tx, turn.at, self.logbook, self.roster, self.policies, self.rules, self.runbooks,
                self.unreached,
            )  # fmt: skip
            pages = tuple(paging.page(cases, struck))
            waits = Waits(tx, turn.at, self.logbook, self.roster, self.people)
            done = Ticked(
                struck=struck, resumed=resumed, pages=pages, reminders=tuple(waits.remind())
            )
            if not done.idle:
                self.logbook.checkpoint(tx, turn.at)
        return done


@dataclass(frozen=True, slots=True)
class _Turn:
    """One tick under way."""

    work: Clockwork
    tx: Connection
    at: datetime

    def resume(self) -> Iterator[int]:
        """Holds whose time is over: their owner has them again."""
        over = select(incident.c.id).where(
            incident.c.state == IncidentState.ON_HOLD.value, incident.c.hold_until <= self.at
        )
        for number in self.tx.execute(over).scalars().all():
            record = incident_of(self.tx, number)
            assert record is not None  # noqa: S101  (it was read in this transaction)
            step = Transition(
                incident=number,
                kind=ChangeKind.RESUMED,
                cause=record.cause,
                from_state=record.state,
                to_state=IncidentState.ACKNOWLEDGED,
                severity=None,
                why=say("the hold is over"),
            )
            write_step(self.tx, self.work.logbook, step, self.at, ACTOR, hold_until=None)
            yield number

    # --- clocks ------------------------------------------------------------------------------

    def strike(self, cases: Iterable[Case]) -> Iterator[Struck]:
        """Every clock that has something to say, with its entry."""
        cases = tuple(cases)
        known = self._known({case.incident for case in cases})
        for case in cases:
            for one in clocks_of(case, self.at, self.work.rules):
                key = (case.incident, one.rule.name, one.started_at)
                if key not in known:
                    self._start(one)
                for event in events(one, known.get(key, UNFIRED), self.at):
                    yield self._struck(one, event)

    def _known(self, numbers: Collection[int]) -> dict[tuple[int, str, datetime], Fired]:
        return {
            (row.incident, row.name, row.started_at): Fired(
                warned=row.warned_entry is not None,
                breached=row.breached_entry is not None,
                stopped=row.stop_entry is not None,
            )
            for row in self.tx.execute(select(clock).where(clock.c.incident.in_(numbers)))
        }

    def _start(self, one: Running) -> None:
        row = {
            "incident": one.case.incident,
            "name": one.rule.name,
            "started_at": one.started_at,
            "due_at": one.due_at,
        }
        self.tx.execute(insert(clock), [row])

    def _struck(self, one: Running, event: Event) -> Struck:
        number = self.work.logbook.append(self.tx, ENTRY, self._body(one, event), self.at)
        values: dict[str, Any] = {"due_at": one.due_at}
        match event:
            case Event.WARNED:
                values["warned_entry"] = number
            case Event.BREACHED:
                values["breached_entry"] = number
            case Event.MET | Event.STOPPED:
                values |= {"stopped_at": one.stopped_at, "stop_entry": number}
        self.tx.execute(
            update(clock)
            .where(
                clock.c.incident == one.case.incident,
                clock.c.name == one.rule.name,
                clock.c.started_at == one.started_at,
            )
            .values(values)
        )
        return Struck(running=one, event=event, entry=number)

    def _body(self, one: Running, event: Event) -> dict[str, Any]:
        stop = one.stopped_at
        return {
            "incident": one.case.incident,
            "clock": one.rule.name,
            "event": event.value,
            "started_at": instant_text(one.started_at),
            "due_at": instant_text(one.due_at),
            "stopped_at": None if stop is None else instant_text(stop),
            "limit_s": round(one.rule.limit(one.case).total_seconds()),
            "planned_s": round(one.planned.total_seconds()),
            "unobserved_s": self._unobserved(one),
            "source": one.rule.source,
        }

    def _unobserved(self, one: Running) -> int:
        """How long of it nobody looked: what ended meanwhile may have ended earlier or later."""
        if one.case.device is None:
            return 0
        until = min(self.at, one.stopped_at or self.at)
        gone = self.work.observation.unobserved(self.tx, one.case.device, one.started_at, until)
        return round(gone.total_seconds())


CORRECTION: Final = timedelta(hours=1)
"""A clock set back by more was wrong before; by less, time waits until it is caught up with."""


def _onward(at: datetime, newest: datetime | None) -> datetime:
    """`at`, or the newest time on record where the machine's clock was set back a little."""
    if newest is not None and at < newest <= at + CORRECTION:
        return newest
    return at


def newest_time(tx: Connection) -> datetime | None:
    """When the newest entry was written."""
    written = tx.execute(select(entry.c.at).order_by(entry.c.seq.desc()).limit(1)).scalar()
    return None if written is None else parse_instant(written)
