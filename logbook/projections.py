"""Do the tables that are asked every day still say what the logbook says?

The rules between the two, which the writers of both keep:
- `plan` entry: body `slots` names every slot it commits to (an id, or an object with `id` or
  `slot`); the row's `plan_entry` is that entry.
- `result` entry: body `slot` and `state`; exactly one per done slot, its `result_entry`.
- `incident` entry: one per row of `transition`, with the same `incident`, `from`, `to`, `actor`,
  `why` and time; the incident's state is the `to_state` of its last transition.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any, Final

from sqlalchemy import Connection, and_, func, or_, select

from logbook.chain import Fault
from phrases import Phrase, say
from store.schema import entry, incident, instant_text, slot, transition

PLAN: Final = "plan"
RESULT: Final = "result"
MISSED: Final = "missed"
INCIDENT: Final = "incident"
BATCH: Final = 1_000


def first_disagreement(connection: Connection) -> Fault | None:
    """The first row that disagrees with the (already proven) entries, at the entry it names."""
    looks: tuple[Callable[[Connection], Iterator[Fault]], ...] = (
        _plans, _results, _unclaimed_results, _transitions, _incidents,
    )  # fmt: skip
    faults = (next(look(connection), None) for look in looks)
    return min((one for one in faults if one is not None), key=lambda one: one.entry, default=None)


def _plans(connection: Connection) -> Iterator[Fault]:
    """Every slot is named by the plan entry that it refers to."""
    rows = connection.execution_options(yield_per=BATCH).execute(
        select(slot.c.id, slot.c.plan_entry).order_by(slot.c.plan_entry, slot.c.id)
    )
    number, planned = 0, frozenset[str]()
    for row in rows:
        if row.plan_entry != number:
            number, planned = row.plan_entry, _planned(connection, row.plan_entry)
        if row.id not in planned:
            yield _fault(
                number,
                say("slot {slot} is not in the plan of entry {entry}", slot=row.id, entry=number),
            )


def _planned(connection: Connection, seq: int) -> frozenset[str]:
    """The slots that a plan entry commits to; none when it is no plan."""
    body = connection.execute(
        select(entry.c.body).where(entry.c.seq == seq, entry.c.kind == PLAN)
    ).scalar()
    fields = {} if body is None else json.loads(body)
    named = fields.get("slots", ()) if isinstance(fields, dict) else ()
    return frozenset(_slot_name(one) for one in named)


def _slot_name(named: Any) -> str:  # noqa: ANN401  (any JSON value)
    if isinstance(named, dict):
        return str(named.get("id", named.get("slot", "")))
    return str(named)


def _results(connection: Connection) -> Iterator[Fault]:
    """Every done slot has its own result entry, which names it and has the same state; a slot
    that is not done has none."""
    rows = connection.execution_options(yield_per=BATCH).execute(
        select(slot.c.id, slot.c.state, slot.c.result, slot.c.result_entry, slot.c.done_at,
               entry.c.kind, entry.c.body)
        .outerjoin(entry, entry.c.seq == slot.c.result_entry)
        .where(or_(slot.c.state == "done", slot.c.result.is_not(None), entry.c.kind == RESULT))
        .order_by(slot.c.result_entry, slot.c.id)
    )  # fmt: skip
    for row in rows:
        if row.state != "done" or row.kind != RESULT or not _is_result(row):
            yield _fault(
                row.result_entry or 0,
                say(
                    "slot {slot} stands as {state}, but entry {entry} does not say so",
                    slot=row.id,
                    state=row.result or row.state,
                    entry=row.result_entry or 0,
                ),
            )


def _is_result(row: Any) -> bool:  # noqa: ANN401  (a row of the join above)
    told = json.loads(row.body)
    return (told.get("slot"), told.get("state")) == (row.id, row.result)


def _unclaimed_results(connection: Connection) -> Iterator[Fault]:
    """Every result entry belongs to a slot: so no slot has two, and none was taken away."""
    rows = connection.execute(
        select(entry.c.seq)
        .outerjoin(slot, slot.c.result_entry == entry.c.seq)
        .where(entry.c.kind == RESULT, slot.c.id.is_(None))
        .order_by(entry.c.seq)
        .limit(1)
    )
    for row in rows:
        yield _fault(row.seq, say("the result of entry {entry} belongs to no slot", entry=row.seq))


def _transitions(connection: Connection) -> Iterator[Fault]:
    """Every transition is told by its own entry, word for word."""
    rows = connection.execution_options(yield_per=BATCH).execute(
        select(transition, entry.c.kind, entry.c.body, entry.c.at.label("written"))
        .outerjoin(entry, entry.c.seq == transition.c.entry)
        .order_by(transition.c.entry)
    )
    previous = 0
    for row in rows:
        if row.entry == previous or row.kind != INCIDENT or not _tells(row):
            yield _fault(
                row.entry,
                say(
                    "a transition of incident {incident} is not what entry {entry} says",
                    incident=row.incident,
                    entry=row.entry,
                ),
            )
        previous = row.entry


def _tells(row: Any) -> bool:  # noqa: ANN401  (a row of the join above)
    told = json.loads(row.body)
    stored = (row.incident, row.from_state, row.to_state, row.actor, json.loads(row.why))
    said = tuple(told.get(name) for name in ("incident", "from", "to", "actor", "why"))
    return stored == said and instant_text(row.at) == row.written


def _incidents(connection: Connection) -> Iterator[Fault]:
    """Every incident stands where its last transition left it, and no entry lost its row."""
    last = (
        select(transition.c.incident, func.max(transition.c.entry).label("entry"))
        .group_by(transition.c.incident)
        .subquery()
    )
    rows = connection.execute(
        select(incident.c.id, incident.c.state, transition.c.to_state, transition.c.entry)
        .outerjoin(last, last.c.incident == incident.c.id)
        .outerjoin(transition, and_(transition.c.entry == last.c.entry,
                                    transition.c.incident == incident.c.id))
        .order_by(last.c.entry)
    ).all()  # fmt: skip
    for row in rows:
        if row.state != row.to_state:
            yield _fault(
                row.entry or 0,
                say("incident {incident} stands as {state}, but its last transition says otherwise",
                    incident=row.id, state=row.state),
            )  # fmt: skip
    yield from _untold(connection)


def _untold(connection: Connection) -> Iterator[Fault]:
    rows = connection.execute(
        select(entry.c.seq)
        .outerjoin(transition, transition.c.entry == entry.c.seq)
        .where(entry.c.kind == INCIDENT, transition.c.id.is_(None))
        .order_by(entry.c.seq)
        .limit(1)
    )
    for row in rows:
        yield _fault(
            row.seq, say("the transition of entry {entry} is missing among the incidents",
                         entry=row.seq),
        )  # fmt: skip


def _fault(seq: int, reason: Phrase) -> Fault:
    return Fault(entry=seq, reason=reason)
