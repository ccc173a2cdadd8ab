"""Urgent matters: every shift is told of them until somebody clears them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, RowMapping, insert, select, update

from incidents.handling import MAY_HANDLE, Refusal, note_refusal
from inventory.people import Actor
from logbook.book import Logbook
from phrases import Phrase, say
from store.database import Store
from store.schema import instant_text, matter

ENTRY: Final = "matter"


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """One of them. `cleared_at` is None while it stands."""

    id: int
    text: str
    at: datetime
    actor: str
    entry: int
    cleared_at: datetime | None = None

    def as_json(self) -> dict[str, Any]:
        """The object of `handover flag --json`."""
        cleared = None if self.cleared_at is None else instant_text(self.cleared_at)
        return {
            "matter": self.id,
            "text": self.text,
            "at": instant_text(self.at),
            "actor": self.actor,
            "entry": self.entry,
            "cleared_at": cleared,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class MatterDesk:
    """Flagging and clearing; wiring fills it."""

    store: Store
    logbook: Logbook
    clock: Callable[[], datetime]

    def flag(self, text: str, actor: Actor) -> Matter | Refusal:
        """Tell every shift of it from now on."""
        refusal = _may_not(actor) or note_refusal(text)
        if refusal is not None:
            return Refusal(why=refusal)
        with self.store.write() as tx:
            now = self.clock()
            body = {
                "change": "flagged", "text": text, "at": instant_text(now), "by": actor.name,
                "actor": actor.as_json(),
            }  # fmt: skip
            entry = self.logbook.append(tx, ENTRY, body, now)
            tx.execute(insert(matter).values(text=text, at=now, actor=actor.name, entry=entry))
            self.logbook.checkpoint(tx, now)
            return matters(tx)[-1]

    def clear(self, number: int, why: str, actor: Actor) -> Matter | Refusal:
        """It is settled."""
        refusal = _may_not(actor) or note_refusal(why)
        if refusal is not None:
            return Refusal(why=refusal)
        with self.store.write() as tx:
            known = next((one for one in matters(tx) if one.id == number), None)
            if known is None:
                return Refusal(why=say("no urgent matter {number} stands; `lineguard handover "
                                       "matters` lists them", number=number))  # fmt: skip
            now = self.clock()
            body = {
                "change": "cleared", "flag_entry": known.entry, "text": known.text, "why": why,
                "cleared_at": instant_text(now), "by": actor.name, "actor": actor.as_json(),
            }  # fmt: skip
            entry = self.logbook.append(tx, ENTRY, body, now)
            tx.execute(
                update(matter)
                .where(matter.c.id == number)
                .values(cleared_at=now, clear_entry=entry)
            )
            self.logbook.checkpoint(tx, now)
            row = tx.execute(select(matter).where(matter.c.id == number)).mappings().one()
            return _matter(row)


def matters(tx: Connection) -> tuple[Matter, ...]:
    """Those that stand, the first one first."""
    rows = tx.execute(select(matter).where(matter.c.cleared_at.is_(None)).order_by(matter.c.id))
    return tuple(_matter(row) for row in rows.mappings())


def _matter(row: RowMapping) -> Matter:
    return Matter(
        id=row["id"], text=row["text"], at=row["at"], actor=row["actor"], entry=row["entry"],
        cleared_at=row["cleared_at"],
    )  # fmt: skip


def _may_not(actor: Actor) -> Phrase | None:
    if actor.person is not None and not actor.person.roles & MAY_HANDLE:
        return say("{who} is neither operator nor supervisor and flags nothing",
                   who=actor.shown())  # fmt: skip
    return None
