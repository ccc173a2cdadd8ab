"""Obligations on record: what was done with which evidence, and warning of what is not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Connection, RowMapping, func, insert, select

from checks.verdict import Severity
from incidents.desk import live_incidents
from incidents.handling import MAY_HANDLE, Refusal, note_refusal
from incidents.model import RANK, Changes, Decision, Finding, Open, OpenIncident, Resolve, Update
from incidents.writing import Writing
from inventory.people import Actor
from logbook.book import Logbook
from maintenance.obligations import (
    OBLIGATIONS,
    Due,
    Stage,
    missing,
    pressing,
    term_of,
    today_of,
)
from phrases import Phrase, say
from store.database import Store
from store.schema import incident, instant_text, obligation
from store.stored import member

ENTRY: Final = "obligation"
CAUSE: Final = "obligation:"
ACTOR: Final = "tick"
SEVERITY: Final[Mapping[Stage, Severity]] = {
    Stage.WARNED: Severity.INFO,
    Stage.URGED: Severity.WARNING,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """One fulfilment on record."""

    id: int
    name: str
    term: str
    done_on: str
    note: str
    digest: str
    actor: str
    entry: int

    def as_json(self) -> dict[str, Any]:
        """One of the `done` of `obligation list --json`."""
        return {
            "number": self.id,
            "done_on": self.done_on,
            "note": self.note,
            "evidence": self.digest,
            "actor": self.actor,
            "entry": self.entry,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """What somebody says was done. `content` is the evidence: minutes, a list of names, a report,
    at most `logbook.evidence.MAX_OBJECT_BYTES`."""

    name: str
    day: date
    note: str
    file: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ObligationDesk:
    """Recording and warning; wiring fills it."""

    store: Store
    logbook: Logbook
    clock: Callable[[], datetime]

    def record(self, deed: Deed, actor: Actor) -> Done | Refusal:
        """Put it on record with its evidence. Raises `StoreTrouble`, `KeyTrouble`, `OSError`."""
        known = {one.name: one for one in OBLIGATIONS}
        refusal = _may_not(actor) or note_refusal(deed.note)
        if refusal is None and deed.day > today_of(self.clock()):
            refusal = say("what is done lies not in the future")
        if refusal is None and not deed.content:
            refusal = say("the evidence is an empty file")
        if refusal is not None:
            return Refusal(why=refusal)
        due = term_of(known[deed.name], deed.day)
        digest = self.logbook.evidence.put(deed.content)
        with self.store.write() as tx:
            twice = _same_evidence(tx, due, digest)
            if twice is not None:
                return Refusal(why=say("that file is the evidence of number {number} already",
                                       number=twice))  # fmt: skip
            done = self._write(tx, due, deed, digest, actor)
        return done

    def _write(self, tx: Connection, due: Due, deed: Deed, digest: str, actor: Actor) -> Done:
        at = self.clock()
        row = {
            "name": deed.name, "term": due.term, "done_on": deed.day.isoformat(),
            "note": deed.note, "digest": digest, "actor": actor.name,
        }  # fmt: skip
        body = {
            "obligation": deed.name, "term": due.term, "done_on": deed.day.isoformat(),
            "at": instant_text(at), "note": deed.note, "digest": digest, "file": deed.file,
            "evidence": {"sha256": digest, "bytes": len(deed.content)},
            "by": actor.name, "actor": actor.as_json(),
        }  # fmt: skip
        entry = self.logbook.append(tx, ENTRY, body, at)
        tx.execute(insert(obligation).values(**row, at=at, entry=entry))
        self.watch(tx, at)
        self.logbook.checkpoint(tx, at)
        return next(one for one in done_of(tx) if one.entry == entry)

    def watch(self, tx: Connection, at: datetime) -> Changes:
        """Warn of what is not done in time, each stage once; end the warning of what is."""
        live = {one.cause: one for one in live_incidents(tx) if one.cause.startswith(CAUSE)}
        counted = counts(tx)
        today = today_of(at)
        decided: list[Decision] = []
        for due in pressing(today):
            left = missing(due, counted)
            if left:
                decided += _warning(tx, due, left, live.get(CAUSE + due.key), today)
        decided += [_over(one) for one in live.values() if _fulfilled(one, counted)]
        writing = Writing(tx=tx, at=at, actor=ACTOR,
                          live={one.cause: one.id for one in live.values()})  # fmt: skip
        for one in decided:
            writing.write(one)
        return writing.finish(self.logbook)

    def tick(self, at: datetime) -> Changes:
        """`watch` in a transaction of its own."""
        with self.store.write() as tx:
            return self.watch(tx, at)


def done_of(tx: Connection) -> tuple[Done, ...]:
    """Everything that was done, in the order of its record."""
    rows = tx.execute(select(obligation).order_by(obligation.c.id)).mappings()
    return tuple(_done(row) for row in rows)


def counts(tx: Connection) -> Mapping[str, int]:
    """How often each duty was done in each term, by key."""
    rows = tx.execute(
        select(obligation.c.name, obligation.c.term, func.count().label("times")).group_by(
            obligation.c.name, obligation.c.term
        )
    )
    return {f"{row.name}/{row.term}": row.times for row in rows}


def unmet(tx: Connection, today: date) -> tuple[tuple[Due, int], ...]:
    """What presses and how often it is still to be done."""
    counted = counts(tx)
    found = ((due, missing(due, counted)) for due in pressing(today))
    return tuple((due, left) for due, left in found if left)


def sentence(due: Due, left: int, today: date) -> Phrase:
    """What is to be done until when."""
    return say(
        "{title} ({source}): {left} more in {term}, {days} days until {last}; then: lineguard "
        "obligation done {name}",
        title=due.obligation.title, source=due.obligation.source, left=left, term=due.term,
        days=(due.last - today).days, last=due.last.isoformat(), name=due.obligation.name,
    )  # fmt: skip


def _warning(
    tx: Connection, due: Due, left: int, live: OpenIncident | None, today: date
) -> list[Decision]:
    """Nothing, where this stage was told of before: also if somebody ended the warning since."""
    severity = SEVERITY[due.stage(today)]
    told = tx.execute(
        select(incident.c.severity).where(incident.c.cause == CAUSE + due.key)
    ).scalars()
    ranks = [RANK[member(Severity, one)] for one in told]
    if ranks and max(ranks) >= RANK[severity]:
        return []
    finding = Finding(cause=CAUSE + due.key, severity=severity, sentence=sentence(due, left, today))
    if live is None:
        return [Open(finding=finding)]
    return [
        Update(incident=live.id, finding=finding, severity=severity, covers=live.covers,
               was=live.state, raised=live.severity)
    ]  # fmt: skip


def _fulfilled(one: OpenIncident, counted: Mapping[str, int]) -> bool:
    key = one.cause.removeprefix(CAUSE)
    name = key.partition("/")[0]
    times = next((each.times for each in OBLIGATIONS if each.name == name), None)
    return times is not None and counted.get(key, 0) >= times


def _over(one: OpenIncident) -> Resolve:
    return Resolve(
        incident=one.id, cause=one.cause, was=one.state,
        why=say("it was done, and its evidence is on record"),
    )  # fmt: skip


def _same_evidence(tx: Connection, due: Due, digest: str) -> int | None:
    """One drill is no two drills."""
    return tx.execute(
        select(obligation.c.id).where(
            obligation.c.name == due.obligation.name, obligation.c.digest == digest
        )
    ).scalar()


def _may_not(actor: Actor) -> Phrase | None:
    if not actor.proven:
        return say("{who} is not proven: obligations are put on record by somebody who is known; "
                   "use --as NAME with the PIN", who=actor.shown())  # fmt: skip
    if actor.person is not None and not actor.person.roles & MAY_HANDLE:
        return say("{who} is neither operator nor supervisor and records no obligations",
                   who=actor.shown())  # fmt: skip
    return None


def _done(row: RowMapping) -> Done:
    return Done(
        id=row["id"], name=row["name"], term=row["term"], done_on=row["done_on"],
        note=row["note"], digest=row["digest"], actor=row["actor"], entry=row["entry"],
    )  # fmt: skip
