"""Handing a post to somebody else for a time: swapped shifts, leave, illness."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, insert, select

from incidents.escalation import Post
from incidents.handling import MAY_HANDLE, Refusal, note_refusal
from incidents.rota import Override
from inventory.model import Person
from inventory.people import Actor
from logbook.book import Logbook
from phrases import say
from store.database import Store
from store.schema import instant_text, override
from store.stored import member

ENTRY: Final = "override"
LONGEST: Final = timedelta(days=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class OverrideDesk:
    """Everything that an override needs; wiring fills it."""

    store: Store
    logbook: Logbook
    clock: Callable[[], datetime]

    def add(
        self,
        post: Post,
        person: Person,
        begins: datetime,
        ends: datetime,
        why: str,
        actor: Actor,
    ) -> Override | Refusal:
        """From now on at the earliest: who held a post in the past is on record."""
        now = self.clock()
        begins = max(begins, now)
        refusal = _refusal(begins, ends, why, actor)
        if refusal is not None:
            return refusal
        with self.store.write() as tx:
            body = {
                "post": post.value,
                "person": person.name,
                "begins": instant_text(begins),
                "ends": instant_text(ends),
                "why": why,
                "actor": actor.as_json(),
            }
            number = self.logbook.append(tx, ENTRY, body, now)
            row = {
                "post": post.value,
                "person": person.name,
                "begins": begins,
                "ends": ends,
                "why": why,
                "actor": actor.name,
                "entry": number,
            }
            tx.execute(insert(override), [row])
            self.logbook.checkpoint(tx, now)
            return overrides(tx)[-1]


def overrides(tx: Connection) -> tuple[Override, ...]:
    """All of them, in the order in which they were made."""
    rows = tx.execute(select(override).order_by(override.c.id))
    return tuple(
        Override(
            id=row.id,
            post=member(Post, row.post),
            person=row.person,
            begins=row.begins,
            ends=row.ends,
            why=row.why,
            actor=row.actor,
        )
        for row in rows
    )


def _refusal(begins: datetime, ends: datetime, why: str, actor: Actor) -> Refusal | None:
    if not actor.proven or actor.person is None or not actor.person.roles & MAY_HANDLE:
        return Refusal(
            why=say("{who} is not known as operator or supervisor and changes no duty; use --as "
                    "NAME with the PIN", who=actor.shown())
        )  # fmt: skip
    if not begins < ends <= begins + LONGEST:
        return Refusal(why=say("an override ends later than now, and within 60 days"))
    reason = note_refusal(why)
    return None if reason is None else Refusal(why=reason)
