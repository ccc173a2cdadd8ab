"""What persons do with an incident: take it, wait, note, end it, close it, report one.

Every step is a transition with its entry, signed at once. Who may not, or what cannot be, is a
`Refusal` with one sentence; nothing is written then.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Connection

from checks.verdict import Severity
from incidents.listing import IncidentRecord, incident_of
from incidents.model import LIVE, Change, ChangeKind, Finding, IncidentState, Open
from incidents.sites import site_name
from incidents.writing import Transition, Writing, write_step
from inventory.model import Role
from inventory.people import Actor
from logbook.book import Logbook
from phrases import Phrase, say, verbatim
from store.database import Store
from store.schema import instant_text

SHANGHAI: Final = timezone(timedelta(hours=8), "Asia/Shanghai")
MAY_HANDLE: Final = frozenset({Role.OPERATOR, Role.SUPERVISOR})
NOTE_LIMIT: Final = 1_000
LONGEST_HOLD: Final = timedelta(days=30)
CURE_LIMIT: Final = timedelta(hours=1)
"""K 4.3 item 11.2: a fault is cured within one hour. What lasted longer is a major fault, and needs
its analysis before it can be closed (K 6.9.4)."""


class Trouble(StrEnum):
    """What kind of thing a person reports, as the contract's clocks tell them apart."""

    FAULT = "fault"
    SEAT = "seat"
    """An agent's seat: signed in again elsewhere within 5 minutes."""
    POWER = "power"
    """The supply of the site: reported upward when it lasts 5 minutes."""
    ENVIRONMENT = "environment"
    SURGE = "surge"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why nothing was done."""

    why: Phrase


Outcome = Change | Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a person reports. `place` is a device or a site."""

    kind: Trouble
    severity: Severity
    text: str
    site: str
    device: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HandlingDesk:
    """Everything that handling an incident needs; wiring fills it."""

    store: Store
    logbook: Logbook
    clock: Callable[[], datetime]

    def acknowledge(self, number: int, actor: Actor) -> Outcome:
        """It is mine now. Taking over from another owner is said in the record."""

        def step(case: _Case) -> Outcome:
            if case.record.state not in LIVE:
                return case.over()
            held = case.record.state is IncidentState.ON_HOLD
            if case.record.owner == actor.name and not held:
                return Refusal(
                    why=say("incident {number} is {owner}'s already",
                            number=number, owner=actor.name)
                )  # fmt: skip
            return case.write(
                ChangeKind.ACKNOWLEDGED,
                IncidentState.ACKNOWLEDGED,
                _taken(case.record, actor),
                {"owner": actor.name},
                owner=actor.name,
                acknowledged_at=case.at,
                hold_until=None,
            )

        return self._handle(number, actor, step)

    def hold(self, number: int, actor: Actor, until: datetime, why: str) -> Outcome:
        """Wait for something, until a time; clocks of the contract run on."""

        def step(case: _Case) -> Outcome:
            if case.record.state not in LIVE:
                return case.over()
            if not case.at < until <= case.at + LONGEST_HOLD:
                return Refusal(why=say("a hold ends later than now, and within 30 days"))
            return case.write(
                ChangeKind.HELD,
                IncidentState.ON_HOLD,
                say("waits until {until}: {why}", until=local(until), why=verbatim(why)),
                {"owner": actor.name, "until": instant_text(until)},
                owner=actor.name,
                hold_until=until,
            )  # fmt: skip

        return self._handle(number, actor, step, why)

    def note(self, number: int, actor: Actor, text: str) -> Outcome:
        """Write something down; the state stays."""

        def step(case: _Case) -> Outcome:
            return case.write(ChangeKind.NOTED, case.record.state, verbatim(text), {})

        return self._handle(number, actor, step, text)

    def resolve(self, number: int, actor: Actor, why: str) -> Outcome:
        """A person says that it is over. What is still abnormal will bring it back."""

        def step(case: _Case) -> Outcome:
            if case.record.state not in LIVE:
                return case.over()
            return case.write(
                ChangeKind.RESOLVED,
                IncidentState.RESOLVED,
                say("resolved by {who}: {why}", who=actor.shown(), why=verbatim(why)),
                {"merged_into": None},
                resolved_at=case.at,
                updated_at=case.at,
                hold_until=None,
                calm_since=None,
            )

        return self._handle(number, actor, step, why)

    def close(self, number: int, actor: Actor, why: str) -> Outcome:
        """Looked at once more; it will not be opened again."""

        def step(case: _Case) -> Outcome:
            refusal = _not_to_be_closed(case.record)
            if refusal is not None:
                return Refusal(why=refusal)
            return case.write(
                ChangeKind.CLOSED,
                IncidentState.CLOSED,
                say("closed by {who}: {why}", who=actor.shown(), why=verbatim(why)),
                {},
                closed_at=case.at,
            )

        return self._handle(number, actor, step, why)

    def open(self, report: Report, actor: Actor) -> Outcome:
        """An incident that a person reports; only a person ends it."""
        refusal = _may_not(actor) or note_refusal(report.text)
        if refusal is not None:
            return Refusal(why=refusal)
        with self.store.write() as tx:
            at = self.clock()
            writing = Writing(tx=tx, at=at, actor=actor.name, live={})
            writing.write(Open(finding=_reported(report, actor, at)))
            (change,) = writing.finish(self.logbook).made
            self.logbook.checkpoint(tx, at)
        return change

    def _handle(
        self,
        number: int,
        actor: Actor,
        step: Callable[[_Case], Outcome],
        text: str | None = None,
    ) -> Outcome:
        refusal = _may_not(actor) or (None if text is None else note_refusal(text))
        if refusal is not None:
            return Refusal(why=refusal)
        with self.store.write() as tx:
            record = incident_of(tx, number)
            if record is None:
                return Refusal(why=no_incident(number))
            case = _Case(tx, self.logbook, record, actor.name, self.clock())
            outcome = step(case)
            if isinstance(outcome, Change):
                self.logbook.checkpoint(tx, case.at)
        return outcome


@dataclass(frozen=True, slots=True)
class _Case:
    """One incident in hand, in one transaction."""

    tx: Connection
    logbook: Logbook
    record: IncidentRecord
    actor: str
    at: datetime

    def write(
        self,
        kind: ChangeKind,
        to: IncidentState,
        why: Phrase,
        more: dict[str, Any],
        **row: object,
    ) -> Change:
        step = Transition(
            incident=self.record.id,
            kind=kind,
            cause=self.record.cause,
            from_state=self.record.state,
            to_state=to,
            severity=None,
            why=why,
            more=more,
        )
        return write_step(self.tx, self.logbook, step, self.at, self.actor, **row)

    def over(self) -> Refusal:
        return Refusal(
            why=say("incident {number} is over: it was {state}",
                    number=self.record.id, state=say_state(self.record.state))
        )  # fmt: skip


def local(moment: datetime) -> str:
    """A time as people in Shanghai read it; sentences are stored as they are read."""
    return f"{moment.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"


def say_state(state: IncidentState) -> Phrase:
    """A state in words."""
    return STATES[state]


STATES: Final = {
    IncidentState.OPEN: say("open"),
    IncidentState.ACKNOWLEDGED: say("acknowledged"),
    IncidentState.ON_HOLD: say("on hold"),
    IncidentState.RESOLVED: say("resolved"),
    IncidentState.CLOSED: say("closed"),
    IncidentState.MERGED: say("merged"),
}


def no_incident(number: int) -> Phrase:
    """There is none of that number."""
    return say(
        "there is no incident {number}; `lineguard incident list --all` shows them all",
        number=number,
    )


def note_refusal(text: str) -> Phrase | None:
    """Why this text will not do for the record."""
    if not text.strip():
        return say("a reason is needed; it stands in the record")
    if len(text) > NOTE_LIMIT:
        return say("a note has at most {limit} characters", limit=NOTE_LIMIT)
    if not text.isprintable():
        return say("a note is one line of text, without control characters")
    return None


def is_major(record: IncidentRecord) -> bool:
    """Did a critical fault last longer than the contract allows?"""
    end = record.resolved_at or record.updated_at
    critical = record.severity == Severity.CRITICAL.value
    return critical and end - record.opened_at > CURE_LIMIT


def _not_to_be_closed(record: IncidentRecord) -> Phrase | None:
    if record.state in LIVE:
        return say(
            "incident {number} is {state}: it is resolved first, then closed",
            number=record.id, state=say_state(record.state),
        )  # fmt: skip
    if record.state is not IncidentState.RESOLVED:
        return say("incident {number} is over: it was {state}",
                   number=record.id, state=say_state(record.state))  # fmt: skip
    if is_major(record) and record.analysis is None:
        return say(
            "incident {number} was a major fault: it cannot be closed before its fault analysis "
            "is on record",
            number=record.id,
        )
    return None


def _may_not(actor: Actor) -> Phrase | None:
    if actor.person is not None and not actor.person.roles & MAY_HANDLE:
        return say("{who} is neither operator nor supervisor and handles no incidents",
                   who=actor.shown())  # fmt: skip
    return None


def _taken(record: IncidentRecord, actor: Actor) -> Phrase:
    if record.owner is None or record.owner == actor.name:
        return say("{who} has it", who=actor.shown())
    return say("{who} takes it over from {before}", who=actor.shown(), before=record.owner)


def _reported(report: Report, actor: Actor, at: datetime) -> Finding:
    place = report.device or report.site
    shown = verbatim(report.device) if report.device else site_name(place)
    return Finding(
        cause=f"reported:{place}:{report.kind.value}:{instant_text(at)}",
        severity=report.severity,
        sentence=say(
            "{place}: {text} (reported by {who})",
            place=shown, text=verbatim(report.text), who=actor.shown(),
        ),
        device=report.device,
        site=report.site,
    )  # fmt: skip
