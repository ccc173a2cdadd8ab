"""The handover of a shift (K 6.2.1): faults, unfinished matters and urgent items, signed by both.

A draft is a snapshot of facts, kept as evidence: what was signed cannot change, whatever happens
afterwards. Until somebody signs, a newer draft of the same shift stands in its place.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Connection, RowMapping, insert, select

from checks.item import Period
from incidents.handling import MAY_HANDLE, Refusal
from inventory.people import Actor
from logbook.book import Logbook
from logbook.entries import canonical
from maintenance.calendar import CalendarSettings, ShiftTurn, shift_at, term_name
from maintenance.handover_facts import facts
from phrases import Phrase, say
from store.database import Store
from store.schema import handover, handover_signature, instant_text

ENTRY: Final = "handover"
OVERLAP: Final = timedelta(hours=1)
"""So long after a change of shift the draft is still that of the shift that ended."""


class Side(StrEnum):
    """Who signs."""

    OUTGOING = "outgoing"
    INCOMING = "incoming"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """One side's."""

    side: Side
    person: str
    at: datetime
    entry: int

    def as_json(self) -> dict[str, Any]:
        """One of the `signatures` of `handover show --json`."""
        return {
            "side": self.side.value,
            "person": self.person,
            "at": instant_text(self.at),
            "entry": self.entry,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A handover as stored. `facts` are the document that was put together."""

    id: int
    shift: str
    begins: datetime
    ends: datetime
    drafted_at: datetime
    digest: str
    actor: str
    entry: int
    signatures: tuple[Signature, ...] = ()
    facts: Mapping[str, Any] | None = None

    @property
    def complete(self) -> bool:
        """Have both sides signed?"""
        return len(self.signatures) == len(Side)

    def as_json(self) -> dict[str, Any]:
        """The object of `handover draft --json`."""
        return {
            "handover": self.id,
            "shift": self.shift,
            "begins": instant_text(self.begins),
            "ends": instant_text(self.ends),
            "drafted_at": instant_text(self.drafted_at),
            "actor": self.actor,
            "entry": self.entry,
            "evidence": self.digest,
            "signatures": [one.as_json() for one in self.signatures],
            "complete": self.complete,
            "facts": self.facts,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverDesk:
    """Drafting and signing; wiring fills it."""

    store: Store
    logbook: Logbook
    clock: Callable[[], datetime]
    calendar: CalendarSettings

    def draft(self, actor: Actor) -> Draft | Refusal:
        """Put the facts of the shift together. Raises `StoreTrouble`, `KeyTrouble`, `OSError`."""
        now = self.clock()
        turn = turn_of(now, self.calendar)
        if turn is None:
            return Refusal(why=say("no shift is on duty at this hour: see [calendar] shifts in "
                                   "lineguard.toml"))  # fmt: skip
        refusal = _may_not(actor)
        if refusal is not None:
            return Refusal(why=refusal)
        name = term_name(turn.span.opens, Period.SHIFT)
        with self.store.write() as tx:
            signed = next((one for one in drafts(tx, name) if one.signatures), None)
            if signed is not None:
                return Refusal(
                    why=say("handover {number} of that shift is signed and does not change; what "
                            "came later: lineguard handover flag", number=signed.id)
                )  # fmt: skip
            document = {"shift": name, "shift_name": turn.shift.name, **facts(tx, turn.span, now)}
            content = canonical(document).encode()
            digest = self.logbook.evidence.put(content)
            number = self._store(tx, _Made(turn, name, digest, len(content)), actor, now)
            self.logbook.checkpoint(tx, now)
        return self.known(number)

    def sign(self, number: int, side: Side, actor: Actor) -> Draft | Refusal:
        """One side's signature. Two persons, both proven, neither of them twice."""
        with self.store.write() as tx:
            draft = next((one for one in drafts(tx) if one.id == number), None)
            if draft is None:
                return Refusal(why=_none(number))
            refusal = _may_not(actor) or _unsignable(tx, draft, side, actor)
            if refusal is not None:
                return Refusal(why=refusal)
            now = self.clock()
            body = {
                "change": "signed", "handover": number, "shift": draft.shift, "side": side.value,
                "at": instant_text(now), "digest": draft.digest, "draft_entry": draft.entry,
                "by": actor.name, "actor": actor.as_json(),
            }  # fmt: skip
            entry = self.logbook.append(tx, ENTRY, body, now)
            row = {"handover": number, "side": side.value, "person": actor.name, "at": now}
            tx.execute(insert(handover_signature).values(**row, entry=entry))
            self.logbook.checkpoint(tx, now)
        return self.known(number)

    def known(self, number: int | None = None) -> Draft | Refusal:
        """That handover, or the newest, with its facts. Raises `EvidenceDamaged`."""
        with self.store.read() as tx:
            found = [one for one in drafts(tx) if number in (None, one.id)]
        if not found:
            return Refusal(why=_none(number))
        newest = found[-1]
        content = self.logbook.evidence.get(newest.digest)
        return replace(newest, facts=json.loads(content))

    def _store(self, tx: Connection, made: _Made, actor: Actor, now: datetime) -> int:
        span = made.turn.span
        body = {
            "change": "drafted", "shift": made.name, "begins": instant_text(span.opens),
            "ends": instant_text(span.closes), "at": instant_text(now), "digest": made.digest,
            "evidence": {"sha256": made.digest, "bytes": made.size},
            "by": actor.name, "actor": actor.as_json(),
        }  # fmt: skip
        entry = self.logbook.append(tx, ENTRY, body, now)
        row = {
            "shift": made.name, "begins": span.opens, "ends": span.closes, "drafted_at": now,
            "digest": made.digest, "actor": actor.name, "entry": entry,
        }  # fmt: skip
        key = tx.execute(insert(handover).values(**row)).inserted_primary_key
        assert key is not None  # noqa: S101  (a table with a serial key always gives one)
        return int(key[0])


@dataclass(frozen=True, slots=True)
class _Made:
    """A document that was put together and kept."""

    turn: ShiftTurn
    name: str
    digest: str
    size: int


def turn_of(at: datetime, calendar: CalendarSettings) -> ShiftTurn | None:
    """The shift whose handover is drafted then: the one on duty, in its first hour the one before
    it, or None in a gap of the roster."""
    before = shift_at(at - OVERLAP, calendar)
    return before or shift_at(at, calendar)


def drafts(tx: Connection, shift: str | None = None) -> tuple[Draft, ...]:
    """Every draft (of that shift), the oldest first, with its signatures."""
    query = select(handover).order_by(handover.c.id)
    if shift is not None:
        query = query.where(handover.c.shift == shift)
    signed: dict[int, list[Signature]] = {}
    rows = tx.execute(select(handover_signature).order_by(handover_signature.c.entry))
    for row in rows.mappings():
        signature = Signature(
            side=Side(row["side"]), person=row["person"], at=row["at"], entry=row["entry"]
        )
        signed.setdefault(row["handover"], []).append(signature)
    return tuple(
        _draft(row, tuple(signed.get(row["id"], ()))) for row in tx.execute(query).mappings()
    )


def _draft(row: RowMapping, signatures: tuple[Signature, ...]) -> Draft:
    return Draft(
        id=row["id"], shift=row["shift"], begins=row["begins"], ends=row["ends"],
        drafted_at=row["drafted_at"], digest=row["digest"], actor=row["actor"],
        entry=row["entry"], signatures=signatures,
    )  # fmt: skip


def _none(number: int | None) -> Phrase:
    if number is None:
        return say("there is no handover yet: lineguard handover draft")
    return say("there is no handover {number}", number=number)


def _unsignable(tx: Connection, draft: Draft, side: Side, actor: Actor) -> Phrase | None:
    newest = drafts(tx, draft.shift)[-1]
    if newest.id != draft.id:
        return say("handover {number} was drafted anew: sign {newest}",
                   number=draft.id, newest=newest.id)  # fmt: skip
    if any(one.side is side for one in draft.signatures):
        return say("that side of handover {number} is signed already", number=draft.id)
    if any(one.person == actor.name for one in draft.signatures):
        return say("{who} has signed the other side: two persons sign", who=actor.shown())
    return None


def _may_not(actor: Actor) -> Phrase | None:
    if not actor.proven:
        return say("{who} is not proven: a handover is drafted and signed by somebody who is "
                   "known; use --as NAME with the PIN", who=actor.shown())  # fmt: skip
    if actor.person is None or not actor.person.roles & MAY_HANDLE:
        return say("{who} is neither operator nor supervisor and hands no shift over",
                   who=actor.shown())  # fmt: skip
    return None
