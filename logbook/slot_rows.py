"""Do the slots still say what their plan and their result say?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, Final

from sqlalchemy import Connection, Row, func, or_, select

from logbook.rows import Faults, as_text, fault, rows, told
from phrases import say
from store.schema import entry, slot

PLAN: Final = "plan"
RESULT: Final = "result"
MISSED: Final = "missed"
CLOSED_BY: Final = {"done": RESULT, "missed": MISSED}
"""The kind of entry that ends a slot, by the slot's state."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a plan entry says of its slots; nothing when it is no plan."""

    slots: frozenset[str] = frozenset()
    period: str = ""
    every: str = ""
    opens: str = ""
    closes: str = ""
    last_busy_hour: str = ""
    busy_items: frozenset[str] = frozenset()
    sites: Mapping[str, str] = field(default_factory=dict)
    """The site of each device."""

    @classmethod
    def of(cls, body: str | None) -> Plan:
        """As an entry's body tells it."""
        fields = told(body)
        try:
            return cls(
                slots=frozenset(fields["slots"]),
                period=fields["period"],
                every=fields["every"],
                opens=fields["opens"],
                closes=fields["closes"],
                last_busy_hour=fields["busy_hours"][-1][1] if fields["busy_hours"] else "",
                busy_items=frozenset(fields["busy_hour_items"]),
                sites={one: site for site, of in fields["sites"].items() for one in of},
            )
        except (AttributeError, LookupError, TypeError):
            return cls()

    def says(self, row: Row[Any]) -> bool:
        """Is the row one of these slots, field for field?"""
        busy = row.item in self.busy_items
        return (
            row.id in self.slots
            and row.id == f"{row.item}/{row.device}/{self.period}"
            and row.site == self.sites.get(row.device)
            and (row.period, row.opens) == (self.every, self.opens)
            and row.closes == (self.last_busy_hour if busy else self.closes)
            and row.busy_hour is busy
        )


def planned(connection: Connection) -> Faults:
    """Every slot stands as the plan has it that it refers to, and every slot of a plan stands."""
    every = select(
        slot.c.id, slot.c.item, slot.c.device, slot.c.site, slot.c.period, as_text(slot.c.opens),
        as_text(slot.c.closes), slot.c.busy_hour, slot.c.plan_entry,
    ).order_by(slot.c.plan_entry)  # fmt: skip
    left = set(connection.execute(select(entry.c.seq).where(entry.c.kind == PLAN)).scalars())
    with rows(connection, every) as found:
        for number, of_plan in groupby(found, key=lambda row: row.plan_entry):
            left.discard(number)
            yield from _of_one_plan(connection, number, of_plan)
    if left:
        yield _not_standing(min(left), 0, connection)


def _of_one_plan(connection: Connection, number: object, of_plan: Any) -> Faults:  # noqa: ANN401
    plan, count = _plan(connection, number), 0
    for row in of_plan:
        count += 1
        if not plan.says(row):
            reason = say(
                "slot {slot} does not stand as entry {entry} planned it",
                slot=str(row.id), entry=str(number),
            )  # fmt: skip
            yield fault(connection, number, reason)
    if count < len(plan.slots):
        yield _not_standing(number, count, connection)


def _not_standing(number: object, count: int, connection: Connection) -> Any:  # noqa: ANN401
    return fault(
        connection,
        number,
        say(
            "entry {entry} planned {planned} slots, {found} of them are there",
            entry=str(number), planned=len(_plan(connection, number).slots), found=count,
        ),
    )  # fmt: skip


def _plan(connection: Connection, seq: object) -> Plan:
    return Plan.of(
        connection.execute(
            select(entry.c.body).where(entry.c.seq == seq, entry.c.kind == PLAN)
        ).scalar()
    )


def ended(connection: Connection) -> Faults:
    """Every done or missed slot has its own entry, which names it and has the same state and time;
    a slot that is still due has none."""
    claiming = or_(
        slot.c.state != "due",
        slot.c.result.is_not(None),
        slot.c.result_entry.is_not(None),
        slot.c.done_at.is_not(None),
    )
    joined = (
        select(
            slot.c.id, slot.c.state, slot.c.result, slot.c.result_entry, slot.c.plan_entry,
            as_text(slot.c.done_at), entry.c.kind, entry.c.body,
        )
        .outerjoin(entry, entry.c.seq == slot.c.result_entry)
        .where(claiming)
        .order_by(func.coalesce(slot.c.result_entry, slot.c.plan_entry), slot.c.id)
    )  # fmt: skip
    with rows(connection, joined) as found:
        for row in found:
            if row.kind != CLOSED_BY.get(row.state) or not _closes(row):
                # A slot that refers to no entry is named at the one that planned it.
                number = row.plan_entry if row.result_entry is None else row.result_entry
                reason = say(
                    "slot {slot} stands as {state}, but entry {entry} does not say so",
                    slot=row.id, state=row.result or row.state, entry=number,
                )  # fmt: skip
                yield fault(connection, number, reason)


def _closes(row: Row[Any]) -> bool:
    fields = told(row.body)
    said = (fields.get("slot"), fields.get("state"), fields.get("slot_time"))
    return said == (row.id, row.result, row.done_at)


def unclaimed(connection: Connection) -> Faults:
    """Every entry that ends a slot belongs to one: so no slot has two, and none was taken away."""
    seq = connection.execute(
        select(func.min(entry.c.seq))
        .outerjoin(slot, slot.c.result_entry == entry.c.seq)
        .where(entry.c.kind.in_(CLOSED_BY.values()), slot.c.id.is_(None))
    ).scalar()
    if seq is not None:
        reason = say("entry {entry} ends a slot that does not refer to it", entry=seq)
        yield fault(connection, seq, reason)
