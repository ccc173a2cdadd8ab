"""Do the tables that are asked every day still say what the logbook says?

The rules between the two, which the writers of both keep:
- `plan` entry: body `slots` names every slot it commits to (an id, or an object with `id` or
  `slot`); the row's `plan_entry` is that entry.
- `result` entry: body `slot` and `state`; exactly one per done slot, its `result_entry`.
- `missed` entry: body `slot`; exactly one per missed slot, its `result_entry` too.
- `incident` entry: one per row of `transition`, with the same `incident`, `from`, `to`, `actor`,
  `why` and time; the incident's state is the `to_state` of its last transition.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from itertools import islice
from typing import Any, Final

from sqlalchemy import (
    Connection,
    CursorResult,
    Row,
    Select,
    String,
    and_,
    func,
    or_,
    select,
    type_coerce,
)

from logbook.chain import Fault
from logbook.entries import canonical
from phrases import Phrase, say
from store.schema import entry, incident, slot, transition

PLAN: Final = "plan"
RESULT: Final = "result"
MISSED: Final = "missed"
CLOSED_BY: Final = {"done": RESULT, "missed": MISSED}
"""The kind of entry that ends a slot, by the slot's state."""

INCIDENT: Final = "incident"
BATCH: Final = 1_000

Faults = Generator[Fault, None, None]


def first_disagreement(connection: Connection) -> Fault | None:
    """The first row that disagrees with the (already proven) entries, at the entry it names."""
    looks: tuple[Callable[[Connection], Faults], ...] = (
        _plans, _results, _unclaimed_results, _transitions, _unclaimed_transitions, _incidents,
    )  # fmt: skip
    faults = [fault for look in looks for fault in _first(look(connection))]
    return min(faults, key=lambda one: one.entry, default=None)


def _first(faults: Faults) -> list[Fault]:
    """The first fault, if any; the rows behind it are not fetched."""
    with closing(faults):
        return list(islice(faults, 1))


@contextmanager
def _rows(connection: Connection, statement: Select[Any]) -> Iterator[CursorResult[Any]]:
    """The rows in batches, so that memory does not grow with the history."""
    rows = connection.execute(statement, execution_options={"yield_per": BATCH})
    with closing(rows):
        yield rows


def _plans(connection: Connection) -> Faults:
    """Every slot is named by the plan entry that it refers to."""
    every = select(slot.c.id, slot.c.plan_entry).order_by(slot.c.plan_entry, slot.c.id)
    number, planned = 0, frozenset[str]()
    with _rows(connection, every) as rows:
        for row in rows:
            if row.plan_entry != number:
                number, planned = row.plan_entry, _planned(connection, row.plan_entry)
            if row.id not in planned:
                yield Fault(entry=number, reason=_not_planned(row.id, number))


def _not_planned(name: str, number: int) -> Phrase:
    return say("slot {slot} is not in the plan of entry {entry}", slot=name, entry=number)


def _planned(connection: Connection, seq: int) -> frozenset[str]:
    """The slots that a plan entry commits to; none when it is no plan."""
    body = connection.execute(
        select(entry.c.body).where(entry.c.seq == seq, entry.c.kind == PLAN)
    ).scalar()
    named = _told(body).get("slots")
    return frozenset(_slot_name(one) for one in named) if isinstance(named, list) else frozenset()


def _slot_name(named: Any) -> str:  # noqa: ANN401  (any JSON value)
    if isinstance(named, dict):
        return str(named.get("id", named.get("slot", "")))
    return str(named)


def _results(connection: Connection) -> Faults:
    """Every done or missed slot has its own entry, which names it and has the same state; a slot
    that is still due has none."""
    claiming = or_(
        slot.c.state != "due", slot.c.result.is_not(None), slot.c.result_entry.is_not(None)
    )
    joined = (
        select(
            slot.c.id, slot.c.state, slot.c.result, slot.c.result_entry, slot.c.plan_entry,
            entry.c.kind, entry.c.body,
        )
        .outerjoin(entry, entry.c.seq == slot.c.result_entry)
        .where(claiming)
        .order_by(func.coalesce(slot.c.result_entry, slot.c.plan_entry), slot.c.id)
    )  # fmt: skip
    with _rows(connection, joined) as rows:
        for row in rows:
            if row.kind != CLOSED_BY.get(row.state) or not _closes(row):
                yield _not_recorded(row)


def _closes(row: Row[Any]) -> bool:
    told = _told(row.body)
    return (told.get("slot"), told.get("state")) == (row.id, row.result)


def _not_recorded(row: Row[Any]) -> Fault:
    """At the entry the slot refers to; a slot that refers to none, at the one that planned it."""
    number = row.plan_entry if row.result_entry is None else row.result_entry
    return Fault(
        entry=number,
        reason=say(
            "slot {slot} stands as {state}, but entry {entry} does not say so",
            slot=row.id,
            state=row.result or row.state,
            entry=number,
        ),
    )


def _unclaimed_results(connection: Connection) -> Faults:
    """Every entry that ends a slot belongs to one: so no slot has two, and none was taken away."""
    seq = connection.execute(
        select(func.min(entry.c.seq))
        .outerjoin(slot, slot.c.result_entry == entry.c.seq)
        .where(entry.c.kind.in_(CLOSED_BY.values()), slot.c.id.is_(None))
    ).scalar()
    if seq is not None:
        yield Fault(
            entry=seq,
            reason=say("entry {entry} ends a slot that does not refer to it", entry=seq),
        )


def _unclaimed_transitions(connection: Connection) -> Faults:
    """Every entry about an incident has its row."""
    seq = connection.execute(
        select(func.min(entry.c.seq))
        .outerjoin(transition, transition.c.entry == entry.c.seq)
        .where(entry.c.kind == INCIDENT, transition.c.id.is_(None))
    ).scalar()
    if seq is not None:
        yield Fault(entry=seq, reason=say("the transition of entry {entry} is missing",
                                          entry=seq))  # fmt: skip


def _transitions(connection: Connection) -> Faults:
    """Every transition is told by its own entry, word for word."""
    joined = (
        select(
            transition.c.incident, transition.c.from_state, transition.c.to_state,
            transition.c.actor, transition.c.why, transition.c.entry,
            type_coerce(transition.c.at, String).label("at"),
            entry.c.kind, entry.c.body, entry.c.at.label("written"),
        )
        .outerjoin(entry, entry.c.seq == transition.c.entry)
        .order_by(transition.c.entry)
    )  # fmt: skip
    previous = 0
    with _rows(connection, joined) as rows:
        for row in rows:
            if row.entry == previous or row.kind != INCIDENT or not _tells(row):
                yield _misquoted(row)
            previous = row.entry


def _tells(row: Row[Any]) -> bool:
    told = _told(row.body)
    stored = (row.incident, row.from_state, row.to_state, row.actor, row.why, row.at)
    said = (*(told.get(name) for name in ("incident", "from", "to", "actor")),)
    return stored == (*said, canonical(told.get("why")), row.written)


def _misquoted(row: Row[Any]) -> Fault:
    return Fault(
        entry=row.entry,
        reason=say(
            "a transition of incident {incident} is not what entry {entry} says",
            incident=row.incident,
            entry=row.entry,
        ),
    )


def _incidents(connection: Connection) -> Faults:
    """Every incident stands where its last transition left it."""
    last = (
        select(transition.c.incident, func.max(transition.c.entry).label("entry"))
        .group_by(transition.c.incident)
        .subquery()
    )
    here = and_(transition.c.entry == last.c.entry, transition.c.incident == incident.c.id)
    joined = (
        select(incident.c.id, incident.c.state, transition.c.to_state, last.c.entry)
        .outerjoin(last, last.c.incident == incident.c.id)
        .outerjoin(transition, here)
        .order_by(last.c.entry.nulls_last())
    )
    with _rows(connection, joined) as rows:
        for row in rows:
            if row.state != row.to_state:
                yield _elsewhere(connection, row)


def _elsewhere(connection: Connection, row: Row[Any]) -> Fault:
    """At the incident's last transition; at the last entry of all when it has none."""
    last = connection.execute(select(func.max(entry.c.seq))).scalar_one()
    return Fault(
        entry=last if row.entry is None else row.entry,
        reason=say(
            "incident {incident} stands as {state}, but its last transition does not say so",
            incident=row.id,
            state=row.state,
        ),
    )


def _told(body: str | None) -> dict[str, Any]:
    """The fields of a body; none for what is no JSON object, which an entry behind the last
    checkpoint can be made to hold."""
    try:
        fields = json.loads(body or "null")
    except (ValueError, RecursionError):
        return {}
    return fields if isinstance(fields, dict) else {}
