"""Do incidents and their transitions still say what the `incident` entries say?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple, dataclass
from itertools import groupby
from typing import Any, Final

from sqlalchemy import Connection, Row, func, select

from logbook.rows import Faults, as_text, fault, rows, text_of, told
from phrases import say
from store.schema import entry, incident, transition

INCIDENT: Final = "incident"
ANALYSIS: Final = "fault_analysis"
OPENED, REOPENED, RAISED, RESOLVED, MERGED = "opened", "reopened", "raised", "resolved", "merged"
ACKNOWLEDGED, HELD, RESUMED, CLOSED = "acknowledged", "held", "resumed", "closed"

FIELDS: Final = (
    incident.c.cause, incident.c.state, incident.c.severity, incident.c.device, incident.c.site,
    incident.c.item, incident.c.check, incident.c.sentence, as_text(incident.c.opened_at),
    as_text(incident.c.resolved_at), incident.c.merged_into, incident.c.owner,
    as_text(incident.c.acknowledged_at), as_text(incident.c.hold_until),
    as_text(incident.c.closed_at),
)  # fmt: skip
"""What an incident's row says that its entries say: all but the working data."""


def transitions(connection: Connection) -> Faults:
    """Every transition is told by its own entry, word for word, and they stand in that order."""
    joined = (
        select(
            transition.c.id, transition.c.incident, transition.c.from_state,
            transition.c.to_state, transition.c.actor, transition.c.why, transition.c.entry,
            as_text(transition.c.at), entry.c.kind, entry.c.body, entry.c.at.label("written"),
        )
        .outerjoin(entry, entry.c.seq == transition.c.entry)
        .order_by(transition.c.entry)
    )  # fmt: skip
    last: Row[Any] | None = None
    with rows(connection, joined) as found:
        for row in found:
            follows = last is None or (last.entry != row.entry and last.id < row.id)
            if not follows or row.kind != INCIDENT or not _tells(row):
                reason = say(
                    "a transition of incident {incident} is not what entry {entry} says",
                    incident=row.incident, entry=row.entry,
                )  # fmt: skip
                yield fault(connection, row.entry, reason)
            last = row


def _tells(row: Row[Any]) -> bool:
    fields = told(row.body)
    stored = (row.incident, row.from_state, row.to_state, row.actor, row.why, row.at)
    said = (*(fields.get(name) for name in ("incident", "from", "to", "actor")),)
    return stored == (*said, text_of(fields.get("why")), row.written)


def unclaimed(connection: Connection) -> Faults:
    """Every entry about an incident has its transition."""
    seq = connection.execute(
        select(func.min(entry.c.seq))
        .outerjoin(transition, transition.c.entry == entry.c.seq)
        .where(entry.c.kind == INCIDENT, transition.c.id.is_(None))
    ).scalar()
    if seq is not None:
        reason = say("the transition of entry {entry} is missing", entry=seq)
        yield fault(connection, seq, reason)


def incidents(connection: Connection) -> Faults:
    """Every incident that entries tell of is there, and stands as they leave it."""
    joined = (
        select(
            transition.c.incident, transition.c.entry, entry.c.body,
            entry.c.at.label("written"), incident.c.id, *FIELDS,
        )
        .outerjoin(entry, entry.c.seq == transition.c.entry)
        .outerjoin(incident, incident.c.id == transition.c.incident)
        .order_by(transition.c.incident, transition.c.entry)
    )  # fmt: skip
    with rows(connection, joined) as found:
        for number, steps in groupby(found, key=lambda row: row.incident):
            of_incident = list(steps)
            last = of_incident[-1]
            if last.id is None:
                reason = say("incident {incident} is missing, entry {entry} tells of it",
                             incident=number, entry=last.entry)  # fmt: skip
                yield fault(connection, last.entry, reason)
            elif tuple(last[-len(FIELDS) :]) != _left_by(of_incident):
                reason = say(
                    "incident {incident} does not stand as its entries up to {entry} leave it",
                    incident=number, entry=last.entry,
                )  # fmt: skip
                yield fault(connection, last.entry, reason)


@dataclass(slots=True)
class _Left:
    """An incident's row as its entries leave it, in the order of `FIELDS`."""

    cause: Any = None
    state: Any = None
    severity: Any = None
    device: Any = None
    site: Any = None
    item: Any = None
    check: Any = None
    sentence: Any = None
    opened: Any = None
    resolved: Any = None
    merged_into: Any = None
    owner: Any = None
    acknowledged: Any = None
    hold_until: Any = None
    closed: Any = None

    def step(self, fields: dict[str, Any], written: Any) -> None:  # noqa: ANN401
        """Take one transition."""
        change, self.state = fields.get("change"), fields.get("to")
        if change in (OPENED, REOPENED, RAISED):
            self.severity = fields.get("severity")
            self.sentence = text_of(fields.get("finding"))
        if change == OPENED:
            self.cause, self.opened = fields.get("cause"), written
            self.device, self.site, self.item, self.check = (
                fields.get(name) for name in ("device", "site", "item", "check")
            )
        if change in (RESOLVED, MERGED):
            self.resolved, self.merged_into = written, fields.get("merged_into")
        self._hands(change, fields, written)

    def _hands(self, change: object, fields: dict[str, Any], written: Any) -> None:  # noqa: ANN401
        """In whose hands it is, and until when it waits."""
        if change == REOPENED:
            self.resolved = self.owner = self.acknowledged = None
        if change in (ACKNOWLEDGED, HELD):
            self.owner = fields.get("owner")
        if change == ACKNOWLEDGED:
            self.acknowledged = written
        if change in (ACKNOWLEDGED, HELD, RESUMED, RESOLVED, MERGED):
            self.hold_until = fields.get("until")
        if change == CLOSED:
            self.closed = written


def _left_by(steps: Iterable[Row[Any]]) -> tuple[Any, ...]:
    """The fields of the row, in the order of `FIELDS`, after these steps."""
    left = _Left()
    for step in steps:
        left.step(told(step.body), step.written)
    return astuple(left)


def unheard_of(connection: Connection) -> Faults:
    """No incident is there that no entry tells of."""
    number = connection.execute(
        select(func.min(incident.c.id))
        .outerjoin(transition, transition.c.incident == incident.c.id)
        .where(transition.c.id.is_(None))
    ).scalar()
    if number is not None:
        reason = say("no entry tells of incident {incident}", incident=number)
        yield fault(connection, None, reason)


def analysed(connection: Connection) -> Faults:
    """What stands as the fault analysis of an incident is an entry about one, of that incident: a
    major fault is closed because of it."""
    joined = (
        select(incident.c.id, incident.c.analysis, entry.c.kind, entry.c.body)
        .outerjoin(entry, entry.c.seq == incident.c.analysis)
        .where(incident.c.analysis.is_not(None))
        .order_by(incident.c.id)
    )
    with rows(connection, joined) as found:
        for row in found:
            if row.kind != ANALYSIS or told(row.body).get("incident") != row.id:
                reason = say("entry {entry} is no fault analysis of incident {incident}",
                             entry=row.analysis, incident=row.id)  # fmt: skip
                yield fault(connection, row.analysis if row.kind else None, reason)
