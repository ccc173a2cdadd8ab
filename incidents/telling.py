"""Who was told of an incident: a read model of the outbox, nothing is decided here."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from incidents.escalation import Reason
from incidents.paging import SENT, WAITING, WITHDRAWN
from store.schema import instant_text, page


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One person. `reached_at` is when a channel took a message last; None: none did."""

    person: str
    reached_at: datetime | None = None
    waiting: bool = False

    def as_json(self) -> dict[str, Any]:
        """One of the `told` of `incident show --json`."""
        reached = None if self.reached_at is None else instant_text(self.reached_at)
        return {"person": self.person, "reached_at": reached, "waiting": self.waiting}


def told_of(tx: Connection, number: int, since: datetime) -> tuple[Told, ...]:
    """Whoever was to be told that it is there, since that opening of it, the first one first."""
    rows = tx.execute(
        select(page.c.person, page.c.state, page.c.tried_at)
        .where(
            page.c.incident == number,
            page.c.created_at >= since,
            page.c.reason != Reason.RESOLVED.value,
            page.c.state != WITHDRAWN,
        )
        .order_by(page.c.id)
    )
    people: dict[str, Told] = {}
    for row in rows:
        known = people.get(row.person, Told(person=row.person))
        people[row.person] = replace(
            known,
            reached_at=row.tried_at if row.state == SENT else known.reached_at,
            waiting=known.waiting or row.state == WAITING,
        )
    return tuple(people.values())
