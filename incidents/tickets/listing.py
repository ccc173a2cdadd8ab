"""The mirror as it is shown: read models, nothing is decided here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from incidents.model import IncidentState
from incidents.tickets.lifecycle import TicketState
from incidents.tickets.outbox import TaskState
from store.schema import incident, ticket, ticket_task
from store.stored import member, sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Mirrored:
    """One incident and its ticket; `ref` and `state` are None until it is filed."""

    incident: int
    incident_state: IncidentState
    key: str | None
    ref: str | None
    state: TicketState | None
    owner: str | None
    looked_at: datetime | None
    waiting: int
    tries: int
    trouble: Mapping[str, str] | None


def mirrored(tx: Connection, limit: int) -> tuple[Mirrored, ...]:
    """What is mirrored or waits to be, the newest incident first."""
    tasks = (
        select(
            ticket_task.c.incident,
            func.count().label("waiting"),
            func.max(ticket_task.c.tries).label("tries"),
            func.max(ticket_task.c.trouble).label("trouble"),
        )
        .where(ticket_task.c.state == TaskState.WAITING.value)
        .group_by(ticket_task.c.incident)
        .subquery()
    )
    query = (
        select(
            incident.c.id, incident.c.state.label("now"), ticket.c.key, ticket.c.ref,
            ticket.c.state, ticket.c.owner, ticket.c.looked_at, ticket.c.trouble,
            tasks.c.waiting, tasks.c.tries, tasks.c.trouble.label("task_trouble"),
        )
        .join(ticket, ticket.c.incident == incident.c.id, isouter=True)
        .join(tasks, tasks.c.incident == incident.c.id, isouter=True)
        .where(ticket.c.incident.is_not(None) | tasks.c.incident.is_not(None))
        .order_by(incident.c.id.desc())
        .limit(limit)
    )  # fmt: skip
    return tuple(
        Mirrored(
            incident=row["id"],
            incident_state=member(IncidentState, row["now"]),
            key=row["key"],
            ref=row["ref"],
            state=None if row["state"] is None else member(TicketState, row["state"]),
            owner=row["owner"],
            looked_at=row["looked_at"],
            waiting=row["waiting"] or 0,
            tries=row["tries"] or 0,
            trouble=_said(row["task_trouble"] or row["trouble"]),
        )
        for row in tx.execute(query).mappings()
    )


def waiting_since(tx: Connection) -> tuple[int, datetime | None]:
    """How many tasks wait, and since when the oldest does."""
    counted = select(func.count(), func.min(ticket_task.c.created_at)).where(
        ticket_task.c.state == TaskState.WAITING.value
    )
    count, oldest = tx.execute(counted).one()
    return int(count), oldest


def _said(stored: str | None) -> Mapping[str, str] | None:
    return None if stored is None else sentence(stored)
