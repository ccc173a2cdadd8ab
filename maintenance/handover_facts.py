"""What a handover says, from what is on record: the document that is drafted. Reads, decides
nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row, select

from incidents.listing import IncidentRecord, incidents
from incidents.silences import silences
from maintenance.calendar import Span
from maintenance.matters import matters
from maintenance.obligation_desk import sentence, unmet
from maintenance.obligations import today_of
from runbooks.listing import runs
from store.schema import clock, instant_text, slot

AHEAD: Final = timedelta(hours=12)
"""Work that the next shift will meet: a shift is about so long."""
PLACES: Final = 5
"""So many places of an item are named; the others are counted."""


def facts(tx: Connection, span: Span, now: datetime) -> dict[str, Any]:
    """Everything of the shift `span` as it stands at `now`."""
    every = incidents(tx, states=None)
    live = [one for one in every if one.live]
    return {
        "begins": instant_text(span.opens),
        "ends": instant_text(span.closes),
        "drafted_at": instant_text(now),
        "faults": [_fault(one) for one in reversed(every) if _of(one, span)],
        "open": [{**_fault(one), "clocks": _clocks(tx, one)} for one in reversed(live)],
        "missed": _slots(tx, slot.c.state == "missed", slot.c.closes > span.opens,
                         slot.c.closes <= span.closes),
        "unfinished": _slots(tx, slot.c.state == "due", slot.c.opens <= now,
                             slot.c.closes <= span.closes + AHEAD),
        "silences": [one.as_json() for one in silences(tx, now)
                     if not one.ended and one.begins <= now + AHEAD],
        "runs": [one.as_json() for one in runs(tx, running=True)],
        "matters": [one.as_json() for one in matters(tx)],
        "obligations": [sentence(due, left, today_of(now)).both()
                        for due, left in unmet(tx, today_of(now))],
    }  # fmt: skip


def _of(one: IncidentRecord, span: Span) -> bool:
    """Did it begin in that shift, or end in it?"""
    ended = one.resolved_at is not None and span.holds(one.resolved_at)
    return span.holds(one.opened_at) or ended


def _fault(one: IncidentRecord) -> dict[str, Any]:
    return {
        "incident": one.id,
        "severity": one.severity,
        "state": one.state.value,
        "owner": one.owner,
        "opened_at": instant_text(one.opened_at),
        "resolved_at": None if one.resolved_at is None else instant_text(one.resolved_at),
        "sentence": dict(one.sentence),
        "runbook": one.runbook,
    }


def _clocks(tx: Connection, one: IncidentRecord) -> list[dict[str, Any]]:
    """The clocks that run, and those that ran out: not stopped yet."""
    rows = tx.execute(
        select(clock)
        .where(clock.c.incident == one.id, clock.c.stopped_at.is_(None))
        .order_by(clock.c.due_at)
    )
    return [
        {
            "clock": row["name"],
            "due_at": instant_text(row["due_at"]),
            "breached": row["breached_entry"] is not None,
        }
        for row in rows.mappings()
    ]


def _slots(tx: Connection, *conditions: Any) -> list[dict[str, Any]]:  # noqa: ANN401
    rows = tx.execute(
        select(slot.c.item, slot.c.device, slot.c.closes)
        .where(*conditions)
        .order_by(slot.c.item, slot.c.device, slot.c.closes)
    )
    return _grouped(rows.all())


def _grouped(rows: Sequence[Row[str, str, datetime]]) -> list[dict[str, Any]]:
    """By item: how many slots, and the first few places."""
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        of_item = found.setdefault(row.item, {"item": row.item, "count": 0, "places": []})
        of_item["count"] += 1
        if row.device not in of_item["places"] and len(of_item["places"]) < PLACES:
            of_item["places"].append(row.device)
    return list(found.values())
