"""Incidents as clocks and escalation need them, read from the database."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, Connection, RowMapping, exists, or_, select

from checks.verdict import Severity
from incidents.clocks import Case, Span
from incidents.listing import steps_of
from incidents.model import LIVE, ChangeKind, IncidentState, Step
from incidents.silences import Silence, covering, silences
from store.schema import clock, entry, incident, transition
from store.stored import member

COLUMNS: Final = (
    incident.c.id, incident.c.cause, incident.c.severity, incident.c.state, incident.c.device,
    incident.c.site, incident.c.item, incident.c.check, incident.c.owner,
)  # fmt: skip
ENDS: Final = frozenset({IncidentState.RESOLVED.value, IncidentState.MERGED.value})
"""What a clock ends with; closing comes later and ends nothing."""
OVER: Final = ENDS | {IncidentState.CLOSED.value}
TAKEN: Final = frozenset({IncidentState.ACKNOWLEDGED.value, IncidentState.ON_HOLD.value})
"""Whoever has an incident wait for something has taken it."""


def unsettled(tx: Connection) -> tuple[Case, ...]:
    """Every incident with a clock that may still have to say something: the live ones, and those
    that ended since the last tick, however long ago that was. One case for each time that it was
    opened; only the last of an incident is `current`. The oldest first."""
    settled = exists().where(
        clock.c.incident == incident.c.id, clock.c.stopped_at == incident.c.resolved_at
    )
    ended = incident.c.state.in_(OVER) & (incident.c.severity != Severity.INFO.value) & ~settled
    live = incident.c.state.in_([state.value for state in LIVE])
    return _openings(tx, or_(live, ended))


def newest(tx: Connection, number: int) -> Case | None:
    """The last opening of that incident, or None where there is no such incident."""
    found = _openings(tx, incident.c.id == number)
    return found[-1] if found else None


def _openings(tx: Connection, chosen: ColumnElement[bool]) -> tuple[Case, ...]:
    rows = tx.execute(select(*COLUMNS).where(chosen).order_by(incident.c.id))
    found = rows.mappings().all()
    spans = _spans(tx, [row["id"] for row in found])
    raised = _last(tx, [row["id"] for row in found], ChangeKind.RAISED)
    resumed = _last(tx, [row["id"] for row in found], ChangeKind.RESUMED)
    work = silences(tx)
    return tuple(
        replace(
            _case(row, span, work, current=span is spans[row["id"]][-1]),
            again=span is not spans[row["id"]][0],
            raised_at=_within(span, raised.get(row["id"])),
            resumed_at=_within(span, resumed.get(row["id"])),
        )
        for row in found
        for span in spans[row["id"]]
    )


STEPS: Final = {
    ChangeKind.RAISED: transition.c.from_state == transition.c.to_state,
    ChangeKind.RESUMED: transition.c.from_state == IncidentState.ON_HOLD.value,
}
"""Which transitions may be that change; the entry tells."""


def _last(tx: Connection, numbers: Sequence[int], kind: ChangeKind) -> Mapping[int, datetime]:
    """When that last happened to each of them, such as that it got worse."""
    rows = tx.execute(
        select(transition.c.incident, transition.c.at, entry.c.body)
        .join(entry, entry.c.seq == transition.c.entry)
        .where(transition.c.incident.in_(numbers), STEPS[kind])
        .order_by(transition.c.id)
    )
    return {row.incident: row.at for row in rows if json.loads(row.body)["change"] == kind.value}


def last_hold(tx: Connection, number: int) -> Step | None:
    """The last time that somebody had it wait: who, and why. Notes of that time are none."""
    bodies = select(transition.c.entry, entry.c.body).join(entry, entry.c.seq == transition.c.entry)
    rows = tx.execute(
        bodies.where(
            transition.c.incident == number, transition.c.to_state == IncidentState.ON_HOLD.value
        )
    )
    held = ChangeKind.HELD.value
    entries = {row.entry for row in rows if json.loads(row.body)["change"] == held}
    steps = (one for one in steps_of(tx, number) if one.entry in entries)
    return max(steps, key=lambda one: one.entry, default=None)


def _within(span: Span, moment: datetime | None) -> datetime | None:
    return moment if moment is not None and moment >= span.opened_at else None


def since(tx: Connection, begin: datetime) -> tuple[Case, ...]:
    """Every opening of each incident that is live or was resolved after `begin`, oldest first."""
    over = incident.c.state.in_(OVER) & (incident.c.resolved_at > begin)
    live = incident.c.state.in_([state.value for state in LIVE])
    rows = tx.execute(select(*COLUMNS).where(or_(live, over)).order_by(incident.c.id))
    found = rows.mappings().all()
    spans = _spans(tx, [row["id"] for row in found])
    work = silences(tx)
    return tuple(
        _case(row, span, work, current=span is spans[row["id"]][-1])
        for row in found
        for span in spans[row["id"]]
    )


def _spans(tx: Connection, numbers: Sequence[int]) -> Mapping[int, list[Span]]:
    """Every opening of each incident, the first one first."""
    rows = tx.execute(
        select(
            transition.c.incident, transition.c.at, transition.c.from_state, transition.c.to_state
        )
        .where(transition.c.incident.in_(numbers))
        .order_by(transition.c.id)
    )
    spans: dict[int, list[Span]] = {}
    for row in rows:
        own = spans.setdefault(row.incident, [])
        if row.from_state in (None, IncidentState.RESOLVED) and row.to_state == IncidentState.OPEN:
            own.append(Span(opened_at=row.at))
        elif row.to_state in ENDS and own:
            own[-1] = replace(own[-1], ended_at=row.at)
        elif row.to_state in TAKEN and own:
            first = own[-1].acknowledged_at or row.at
            own[-1] = replace(own[-1], acknowledged_at=first)
    return spans


def _case(row: RowMapping, span: Span, work: Iterable[Silence], *, current: bool) -> Case:
    return Case(
        incident=row["id"],
        cause=row["cause"],
        severity=member(Severity, row["severity"]),
        state=member(IncidentState, row["state"]),
        span=span,
        current=current,
        device=row["device"],
        site=row["site"],
        item=row["item"],
        check=row["check"],
        owner=row["owner"],
        work=covering(work, row["site"], row["device"], row["item"]),
    )
