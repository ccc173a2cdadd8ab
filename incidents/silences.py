"""Planned work: what is found meanwhile is recorded as ever, pages nobody, and holds the clocks.

Nothing is deleted and nothing is hidden: an incident that a silence covers is opened, shown and
counted; only that somebody had planned it is known. What is still wrong when the silence ends is
nobody's plan any more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, RowMapping, insert, select, update

from incidents.handling import MAY_HANDLE, Refusal, note_refusal
from inventory.people import Actor
from logbook.book import Logbook
from phrases import say
from store.database import Store
from store.schema import instant_text, silence

ENTRY: Final = "silence"
LONGEST: Final = timedelta(days=7)
"""Longer work is announced again: a silence that nobody remembers is how faults are missed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """What is worked on: all that is set must fit. At least one of them is set."""

    site: str | None = None
    device: str | None = None
    item: str | None = None

    def fits(self, site: str | None, device: str | None, item: str | None) -> bool:
        """Does an incident of that site, device and item belong to it?"""
        pairs = ((self.site, site), (self.device, device), (self.item, item))
        return all(own is None or own == its for own, its in pairs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """Announced work, from `begins` to `until` (its end, or the moment that somebody ended it)."""

    id: int
    where: Where
    begins: datetime
    until: datetime
    why: str
    actor: str
    ended: bool = False

    def holds(self, at: datetime) -> bool:
        """Is the work under way?"""
        return self.begins <= at < self.until

    def as_json(self) -> dict[str, Any]:
        """The object of `silence list --json`."""
        return {
            "silence": self.id,
            "site": self.where.site,
            "device": self.where.device,
            "item": self.where.item,
            "begins": instant_text(self.begins),
            "until": instant_text(self.until),
            "why": self.why,
            "actor": self.actor,
            "ended": self.ended,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class SilenceDesk:
    """Announcing work and ending it; wiring fills it."""

    store: Store
    logbook: Logbook
    clock: Callable[[], datetime]

    def add(
        self, where: Where, begins: datetime, ends: datetime, why: str, actor: Actor
    ) -> Silence | Refusal:
        """Announce work. It cannot begin in the past: what was found unannounced stays so."""
        now = self.clock()
        begins = max(begins, now)
        refusal = _may_not(actor) or _times(begins, ends, now) or _reason(why)
        if refusal is not None:
            return refusal
        with self.store.write() as tx:
            body = {
                **vars_of(where),
                "change": "added",
                "begins": instant_text(begins),
                "ends": instant_text(ends),
                "why": why,
                "actor": actor.as_json(),
            }
            number = self.logbook.append(tx, ENTRY, body, now)
            row = {**vars_of(where), "begins": begins, "ends": ends, "why": why}
            made = tx.execute(insert(silence).values(**row, actor=actor.name, entry=number))
            self.logbook.checkpoint(tx, now)
        key = made.inserted_primary_key
        assert key is not None  # noqa: S101  (a table with a serial key always gives one)
        return Silence(
            id=int(key[0]), where=where, begins=begins, until=ends, why=why, actor=actor.name
        )

    def end(self, number: int, actor: Actor) -> Silence | Refusal:
        """The work is done, or given up, before its time."""
        refusal = _may_not(actor)
        if refusal is not None:
            return refusal
        with self.store.write() as tx:
            now = self.clock()
            known = next((one for one in silences(tx) if one.id == number), None)
            if known is None:
                return Refusal(why=say("there is no silence {number}", number=number))
            if known.until <= now:
                return Refusal(why=say("silence {number} is over already", number=number))
            body = {"change": "ended", "silence_entry": _entry_of(tx, number),
                    "actor": actor.as_json()}  # fmt: skip
            end_entry = self.logbook.append(tx, ENTRY, body, now)
            tx.execute(
                update(silence)
                .where(silence.c.id == number)
                .values(ended_at=now, end_entry=end_entry)
            )
            self.logbook.checkpoint(tx, now)
            (ended,) = (one for one in silences(tx) if one.id == number)
        return ended


def silences(tx: Connection, since: datetime | None = None) -> tuple[Silence, ...]:
    """All of them, the first one first; with `since` those that end later than that."""
    query = select(silence).order_by(silence.c.id)
    if since is not None:
        query = query.where(silence.c.ends > since)
    return tuple(_silence(row) for row in tx.execute(query).mappings())


def covering(
    known: Iterable[Silence], site: str | None, device: str | None, item: str | None
) -> tuple[Silence, ...]:
    """The work that an incident of that site, device and item belongs to."""
    return tuple(one for one in known if one.where.fits(site, device, item))


def vars_of(where: Where) -> dict[str, str | None]:
    """Its three fields by name."""
    return {"site": where.site, "device": where.device, "item": where.item}


def _silence(row: RowMapping) -> Silence:
    ended = row["ended_at"]
    return Silence(
        id=row["id"],
        where=Where(site=row["site"], device=row["device"], item=row["item"]),
        begins=row["begins"],
        until=row["ends"] if ended is None else max(ended, row["begins"]),
        why=row["why"],
        actor=row["actor"],
        ended=ended is not None,
    )


def _entry_of(tx: Connection, number: int) -> int:
    return int(tx.execute(select(silence.c.entry).where(silence.c.id == number)).scalar_one())


def _may_not(actor: Actor) -> Refusal | None:
    if not actor.proven:
        return Refusal(
            why=say("{who} is not proven: planned work is announced by somebody who is known; use "
                    "--as NAME with the PIN", who=actor.shown())
        )  # fmt: skip
    if actor.person is not None and not actor.person.roles & MAY_HANDLE:
        return Refusal(
            why=say("{who} is neither operator nor supervisor and announces no work",
                    who=actor.shown())
        )  # fmt: skip
    return None


def _times(begins: datetime, ends: datetime, now: datetime) -> Refusal | None:
    if ends <= now:
        return Refusal(why=say("planned work ends later than now"))
    if ends <= begins:
        return Refusal(why=say("planned work ends after it begins"))
    if ends > begins + LONGEST:
        return Refusal(why=say("planned work lasts at most 7 days; announce longer work again"))
    return None


def _reason(why: str) -> Refusal | None:
    refusal = note_refusal(why)
    return None if refusal is None else Refusal(why=refusal)
