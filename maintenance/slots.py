"""The slots as they are stored: planned before they are worked, then done or missed, once each.

`slot` is a projection of the logbook. Its times are slot times, which a practice home may set;
the entries carry the real time of writing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any, Final

from sqlalchemy import Connection, RowMapping, Select, bindparam, func, insert, select, update

from checks.item import Period
from checks.verdict import State
from logbook.book import Logbook
from logbook.entries import canonical
from maintenance.calendar import CalendarSettings, Span, day_of, period_of, term_name
from maintenance.schedule import EVERY_PERIOD, Slot, windows_of
from phrases import Phrase
from store.schema import instant_text, slot
from store.stored import member, sentence

DUE: Final = "due"
DONE: Final = "done"
MISSED: Final = "missed"
STATES: Final = (DUE, DONE, MISSED)

PLAN_ENTRY: Final = "plan"

INSTANT: Final = timedelta(microseconds=1)


class WorkedTwice(Exception):
    """A slot that was to be closed is closed already: somebody works without the lock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DueSlot:
    """A stored slot that has no result yet. `attempt` is why the last look saw nothing."""

    id: str
    item: str
    device: str
    site: str
    period: Period
    opens: datetime
    closes: datetime
    busy_hour: bool
    attempted_at: datetime | None
    attempt: Mapping[str, str] | None

    @property
    def period_name(self) -> str:
        """The period as the slot's id has it."""
        return term_name(self.opens, self.period)

    def workable(self, at: datetime, settings: CalendarSettings) -> bool:
        """Would a look at that moment satisfy it?"""
        if not self.opens <= at < self.closes:
            return False
        windows = self.windows(settings) if self.busy_hour else ()
        return not windows or any(window.holds(at) for window in windows)

    def windows(self, settings: CalendarSettings) -> tuple[Span, ...]:
        """The busy hours of its period."""
        return windows_of(day_of(self.opens), self.period, settings)


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """What becomes of one slot: its result and the entry that holds it. None: missed."""

    slot: str
    result: State | None
    entry: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How the slots of some time stand. `results` counts the done ones by state."""

    due: int
    done: int
    missed: int
    results: Mapping[State, int]


# --- planning --------------------------------------------------------------------------------


def plan(tx: Connection, logbook: Logbook, slots: Iterable[Slot], at: datetime) -> int:
    """Commit to these slots: one `plan` entry per period, naming the ones that are new. Returns
    how many those are; planning again changes nothing. `at` is the real time."""
    planned = 0
    for name, group in groupby(sorted(slots, key=_period_of), key=_period_of):
        of_period = list(group)
        known = _planned_ids(tx, of_period[0])
        new = [one for one in of_period if one.id not in known]
        if new:
            entry = logbook.append(tx, PLAN_ENTRY, _plan_body(name[1], new), at)
            tx.execute(insert(slot), [_row(one, entry) for one in new])
            planned += len(new)
    return planned


def last_planned_day(tx: Connection, until: date) -> date | None:
    """The latest day up to `until` whose daily slots are planned. Later ones were planned by a
    clock that was wrong, and must not hide what is between."""
    end = period_of(until, Period.DAY).closes
    found = [
        closes
        for state in STATES
        if (closes := tx.execute(_last_closing(state, end)).scalar()) is not None
    ]
    return day_of(max(found) - INSTANT) if found else None


def _last_closing(state: str, end: datetime) -> Select[datetime]:
    return (
        select(slot.c.closes)
        .where(slot.c.state == state, slot.c.period == Period.DAY.value, slot.c.closes <= end)
        .order_by(slot.c.closes.desc())
        .limit(1)
    )


def _period_of(one: Slot) -> tuple[str, str]:
    return one.period.value, one.period_name


def _planned_ids(tx: Connection, like: Slot) -> set[str]:
    """The stored slots of that one's period. The states are named because the index begins with
    them."""
    rows = tx.execute(
        select(slot.c.id).where(
            slot.c.state.in_(STATES),
            slot.c.closes > like.span.opens,
            slot.c.closes <= like.span.closes,
            slot.c.period == like.period.value,
        )
    )
    return set(rows.scalars())


def _plan_body(name: str, slots: Sequence[Slot]) -> dict[str, Any]:
    """Names every slot it commits to, and says all else that their rows hold."""
    span = slots[0].span
    windows = next((one.windows for one in slots if one.windows), ())
    return {
        "period": name,
        "every": slots[0].period.value,
        "opens": instant_text(span.opens),
        "closes": instant_text(span.closes),
        "busy_hours": [[instant_text(one.opens), instant_text(one.closes)] for one in windows],
        "busy_hour_items": sorted({one.item for one in slots if one.busy_hour}),
        "sites": _sites(slots),
        "count": len(slots),
        "slots": [one.id for one in slots],
    }


def _sites(slots: Sequence[Slot]) -> dict[str, list[str]]:
    """The devices of each site: with the times above and its id, all that a slot's row says."""
    sites: dict[str, set[str]] = {}
    for one in slots:
        sites.setdefault(one.site, set()).add(one.device)
    return {site: sorted(devices) for site, devices in sites.items()}


def _row(one: Slot, entry: int) -> dict[str, Any]:
    return {
        "id": one.id,
        "item": one.item,
        "device": one.device,
        "site": one.site,
        "period": one.period.value,
        "opens": one.opens,
        "closes": one.closes,
        "busy_hour": one.busy_hour,
        "plan_entry": entry,
        "state": DUE,
    }


# --- asking ----------------------------------------------------------------------------------


def due_slots(tx: Connection, at: datetime) -> tuple[DueSlot, ...]:
    """The slots that have opened and have no result, in a stable order."""
    rows = tx.execute(
        select(slot)
        .where(slot.c.state == DUE, slot.c.opens <= at)
        .order_by(slot.c.closes, slot.c.item, slot.c.device)
    )
    return tuple(_due_slot(row) for row in rows.mappings())


def over_slots(tx: Connection, at: datetime) -> tuple[DueSlot, ...]:
    """The slots without a result that can no longer be satisfied, the longest over first."""
    rows = tx.execute(
        select(slot)
        .where(slot.c.state == DUE, slot.c.closes <= at)
        .order_by(slot.c.closes, slot.c.item, slot.c.device)
    )
    return tuple(_due_slot(row) for row in rows.mappings())


def still_due(tx: Connection, ids: Sequence[str]) -> frozenset[str]:
    """Those of `ids` that have no result yet."""
    rows = tx.execute(select(slot.c.id).where(slot.c.id.in_(ids), slot.c.state == DUE))
    return frozenset(rows.scalars())


def tally(
    tx: Connection,
    begins: datetime,
    ends: datetime,
    periods: frozenset[Period] = EVERY_PERIOD,
) -> Tally:
    """How the slots stand whose period opened in `[begins, ends)`."""
    rows = tx.execute(
        select(slot.c.state, slot.c.result, func.count())
        .where(
            slot.c.opens >= begins,
            slot.c.opens < ends,
            slot.c.period.in_([one.value for one in periods]),
        )
        .group_by(slot.c.state, slot.c.result)
    ).all()
    by_state = {state: sum(n for one, _, n in rows if one == state) for state in STATES}
    return Tally(
        due=by_state[DUE],
        done=by_state[DONE],
        missed=by_state[MISSED],
        results={member(State, result): n for state, result, n in rows if state == DONE},
    )


def _due_slot(row: RowMapping) -> DueSlot:
    return DueSlot(
        id=row["id"],
        item=row["item"],
        device=row["device"],
        site=row["site"],
        period=member(Period, row["period"]),
        opens=row["opens"],
        closes=row["closes"],
        busy_hour=row["busy_hour"],
        attempted_at=row["attempted_at"],
        attempt=None if row["attempt"] is None else sentence(row["attempt"]),
    )


# --- closing ---------------------------------------------------------------------------------


def close(tx: Connection, closings: Sequence[Closing], at: datetime) -> None:
    """Give each of these slots its one result; `at` is the slot time. Raises `WorkedTwice` when
    one has a result already, and nothing of the transaction may then be kept."""
    if not closings:
        return
    closed = tx.execute(
        update(slot)
        .where(slot.c.id == bindparam("of"), slot.c.state == DUE)
        .values(
            state=bindparam("becomes"),
            result=bindparam("said"),
            result_entry=bindparam("written"),
            done_at=bindparam("when"),
        ),
        [_closing_row(one, at) for one in closings],
    )
    if closed.rowcount != len(closings):
        raise WorkedTwice(f"{len(closings) - closed.rowcount} slots have a result already")


def attempted(tx: Connection, whys: Sequence[tuple[str, Phrase]], at: datetime) -> None:
    """Remember for each slot why a look at slot time `at` saw nothing; it stays due."""
    if not whys:
        return
    tx.execute(
        update(slot)
        .where(slot.c.id == bindparam("of"), slot.c.state == DUE)
        .values(attempted_at=bindparam("when"), attempt=bindparam("why")),
        [{"of": one, "when": at, "why": canonical(why.both())} for one, why in whys],
    )


def _closing_row(one: Closing, at: datetime) -> dict[str, Any]:
    return {
        "of": one.slot,
        "becomes": MISSED if one.result is None else DONE,
        "said": None if one.result is None else one.result.value,
        "written": one.entry,
        "when": at,
    }
