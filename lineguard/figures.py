"""What the metrics say, read from the database in one consistent view. Numbers only; names of
devices, items and channels are the estate's and the settings', so they are bounded, and no caller's
data is among them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, func, select

from collectors.intake.model import Outcome, Receiver
from incidents.beats import OWN_TICK, Beats
from incidents.cases import unsettled
from incidents.clocks import RULES, clocks_of
from incidents.heartbeats import beats
from incidents.intake_records import totals
from incidents.model import LIVE
from inventory.devices import SITES
from maintenance.coverage import REACHED
from store.schema import attempt, coverage, entry, incident, round_run, slot
from store.stored import document

MOST_CLOCKS: Final = 200
"""Clocks that are shown, those that run out first: a storm of incidents is no storm of labels."""
REACH: Final = timedelta(days=100)
"""How far back a last result may lie: more than the longest period, a quarter. Without a bound a
scrape would read the whole history."""
STATES: Final[Mapping[tuple[str, str | None], int]] = {
    ("normal", None): 0, ("not_applicable", None): 0,
    ("abnormal", "info"): 1, ("abnormal", "warning"): 1, ("abnormal", None): 1,
    ("abnormal", "critical"): 2,
}  # fmt: skip
"""0 normal, 1 warning, 2 critical, 3 unknown, as the contract numbers them."""
UNKNOWN: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """The last result of an item on a device, and what was measured, by the name of the check."""

    item: str
    device: str
    site: str
    state: int
    values: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Everything that is exported at one moment. Times are aware."""

    checks: tuple[Checked, ...]
    due: int
    overdue: int
    round_duration_s: float | None
    round_success: datetime | None
    incidents: Mapping[str, int]
    clocks: tuple[tuple[int, str, float], ...]
    """Incident, clock, seconds that remain; negative when it has run out."""
    notifications: Mapping[tuple[str, str], int]
    entries: int
    intake: Mapping[tuple[Receiver, Outcome], int]
    """What became of all that devices and others ever sent."""
    heartbeats: Mapping[str, datetime]
    """By site; our own under the name of this one. A cron job that is late is an incident."""
    seen: Mapping[str, datetime]


def figures(tx: Connection, at: datetime, own: str, expected: frozenset[str]) -> Figures:
    """Read them. `own` is what this site is called, `expected` who has to give signs of life.
    Raises `StoreTrouble`."""
    open_slots = select(func.count()).select_from(slot).where(slot.c.state == "due")
    duration, success = _rounds(tx)
    return Figures(
        checks=tuple(_checks(tx, at)),
        due=_number(tx, open_slots.where(slot.c.opens <= at, slot.c.closes > at)),
        overdue=_number(tx, open_slots.where(slot.c.closes <= at)),
        round_duration_s=duration,
        round_success=success,
        incidents=_incidents(tx),
        clocks=_clocks(tx, at),
        notifications=_notifications(tx),
        entries=_number(tx, select(func.coalesce(func.max(entry.c.seq), 0))),
        intake=totals(tx),
        heartbeats=_heartbeats(beats(tx), own, expected),
        seen=_seen(tx),
    )


def _number(tx: Connection, statement: Any) -> int:  # noqa: ANN401  (any select of one number)
    return int(tx.execute(statement).scalar_one())


def _checks(tx: Connection, at: datetime) -> Iterator[Checked]:
    """Of every item on every device the result that was written last."""
    last = (
        select(func.max(slot.c.result_entry).label("number"))
        .where(
            slot.c.state == "done",
            slot.c.closes > at - REACH,
            slot.c.result_entry.is_not(None),
        )
        .group_by(slot.c.item, slot.c.device)
        .subquery()
    )
    rows = tx.execute(
        select(slot.c.item, slot.c.device, slot.c.site, slot.c.result, entry.c.body)
        .join(last, last.c.number == slot.c.result_entry)
        .join(entry, entry.c.seq == slot.c.result_entry)
        .order_by(slot.c.item, slot.c.device)
    )
    for row in rows:
        body = document(row.body)
        yield Checked(
            item=row.item,
            device=row.device,
            site=row.site,
            state=STATES.get((row.result, _severity(row.result, body)), UNKNOWN),
            values=tuple(_values(body)),
        )


def _severity(result: str, body: Mapping[str, Any]) -> str | None:
    severity = body.get("severity")
    return severity if result == "abnormal" and isinstance(severity, str) else None


def _values(body: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    verdicts = body.get("verdicts")
    for one in verdicts if isinstance(verdicts, list) else ():
        measured = one.get("measured")
        if isinstance(measured, int | float) and not isinstance(measured, bool):
            yield str(one.get("check")), float(measured)


def _rounds(tx: Connection) -> tuple[float | None, datetime | None]:
    """How long the last one took that came to its end, and when it did."""
    row = tx.execute(
        select(round_run.c.started_at, round_run.c.finished_at)
        .where(round_run.c.outcome == "finished")
        .order_by(round_run.c.id.desc())
        .limit(1)
    ).first()
    if row is None:
        return None, None
    return (row.finished_at - row.started_at).total_seconds(), row.finished_at


def _incidents(tx: Connection) -> Mapping[str, int]:
    live = [state.value for state in LIVE]
    rows = tx.execute(
        select(incident.c.severity, func.count().label("number"))
        .where(incident.c.state.in_(live))
        .group_by(incident.c.severity)
    )
    return {"info": 0, "warning": 0, "critical": 0} | {row.severity: row.number for row in rows}


def _clocks(tx: Connection, at: datetime) -> tuple[tuple[int, str, float], ...]:
    """Those that run now, the most urgent first."""
    running = [
        (case.incident, one.rule.name, (one.due_at - at).total_seconds())
        for case in unsettled(tx)
        if case.current
        for one in clocks_of(case, at, RULES)
        if one.stopped_at is None
    ]
    return tuple(sorted(running, key=lambda one: one[2])[:MOST_CLOCKS])


def _notifications(tx: Connection) -> Mapping[tuple[str, str], int]:
    rows = tx.execute(
        select(attempt.c.channel, attempt.c.outcome, func.count().label("number"))
        .group_by(attempt.c.channel, attempt.c.outcome)
        .order_by(attempt.c.channel, attempt.c.outcome)
    )
    return Counter({(row.channel, row.outcome): row.number for row in rows})


def _heartbeats(known: Beats, own: str, expected: frozenset[str]) -> Mapping[str, datetime]:
    sites = expected & frozenset(SITES)
    heard = {name: one.at for name, one in known.items() if name in sites}
    return heard | ({own: known[OWN_TICK].at} if OWN_TICK in known else {})


def _seen(tx: Connection) -> Mapping[str, datetime]:
    """When each device was last reached between rounds."""
    rows = tx.execute(
        select(coverage.c.device, func.max(coverage.c.ends).label("last"))
        .where(coverage.c.contact == REACHED)
        .group_by(coverage.c.device)
        .order_by(coverage.c.device)
    )
    return {row.device: row.last for row in rows}
