"""Opening and closing a round in the logbook: what is due, what was omitted, what was cut short."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, insert, select, update

from checks.item import By, Period
from maintenance.calendar import ONE_DAY, SHANGHAI, day_of
from maintenance.looks import Call, Clock, Looked
from maintenance.memory import Remembered, remembered
from maintenance.results import ACTOR, Results
from maintenance.round_desk import RoundDesk
from maintenance.schedule import slots_for
from maintenance.slots import (
    Closing,
    DueSlot,
    attempted,
    close,
    due_slots,
    last_planned_day,
    over_slots,
    plan,
)
from phrases import Lang, Phrase, say
from store.schema import entry as entry_table
from store.schema import instant_text, round_run
from store.stored import parse_instant

FOUNDED: Final = "site"
"""The first entry of a home."""
STARTED: Final = "round_started"
FINISHED: Final = "round_finished"
INTERRUPTED: Final = "round_interrupted"
NOT_OBSERVED: Final = "not_observed"
MISSED: Final = "missed"

LANGUAGES: Final[tuple[Lang, ...]] = ("en", "zh")

CUT_OFF_WHY: Final = say(
    "Lineguard itself is cut off: neither a device nor a reference point answers"
)


LONGEST_GAP: Final = timedelta(days=400)
"""A pause that can be meant. Beyond it the clock is more likely wrong than the site asleep, and the
days between would be written into a logbook that forgets nothing."""


class ClockImplausible(Exception):
    """The time of the round lies too far after the last planned day."""

    def __init__(self, last: date, today: date) -> None:
        self.why = say(
            "the clock says {today}, but the last day that was planned is {last}: set the clock "
            "right; a site that really rested so long begins a new home",
            today=today.isoformat(),
            last=last.isoformat(),
        )
        super().__init__(self.why.text("en"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What a round has before it: one call per device, and the slots that each call is for."""

    slot_time: datetime
    round_entry: int
    calls: tuple[Call, ...]
    slots: Mapping[str, tuple[DueSlot, ...]]
    memory: Remembered
    planned: int
    missed: int
    not_yet: int
    by_others: int
    interrupted: int


@dataclass(frozen=True, slots=True)
class Journal:
    """The round's own entries. Every step is one transaction and finds its place again after a
    crash."""

    desk: RoundDesk
    clock: Clock

    def open_round(self, at: datetime, periods: frozenset[Period]) -> Work:
        """Plan, close what is over, and say what is worked now."""
        planned = sum(self._plan(day, at) for day in self._days_to_plan(day_of(at)))
        missed = self._close_what_is_over(at)
        with self.desk.store.write() as tx:
            interrupted = self._record_interrupted(tx)
            due = [one for one in due_slots(tx, at) if one.period in periods]
            ours = [one for one in due if one.item not in self._of_others]
            workable = [one for one in ours if one.workable(at, self.desk.calendar)]
            slots, calls = self._calls(workable)
            return Work(
                slot_time=at,
                round_entry=self._record_start(tx, at, slots) if calls else 0,
                calls=calls,
                slots=slots,
                memory=remembered(tx),
                planned=planned,
                missed=missed,
                not_yet=len(ours) - len(workable),
                by_others=len(due) - len(ours),
                interrupted=interrupted,
            )

    def close_round(self, work: Work, results: Results, doubted: Sequence[Looked]) -> None:
        """The end of a round that came to its end; the logbook signs that entry."""
        with self.desk.store.write() as tx:
            now = self.clock()
            if doubted:
                self._record_not_observed(tx, work, results, doubted)
            elif results.reached:
                results.changes.extend(self.desk.incidents.connected(tx, now, ACTOR).made)
            entry = self.desk.logbook.append(
                tx, FINISHED, _finish_body(work, results, doubted), now
            )
            _end(tx, work.round_entry, _ended_as(doubted), entry, now)

    @property
    def _of_others(self) -> frozenset[str]:
        """Items that no round can fulfil; it plans their slots, and records the missed ones."""
        return frozenset(one.id for one in self.desk.items if one.by is not By.MACHINE)

    # --- the plan --------------------------------------------------------------------------

    def _days_to_plan(self, today: date) -> Iterator[date]:
        """Today, and every day since the last planned one: what was not done on a day when
        Lineguard did not run is planned all the same, so that its omission is on record.

        Days before the home was founded owe nothing: a practice home may have worked some.
        """
        with self.desk.store.read() as tx:
            last = last_planned_day(tx, today)
            founded_at = self._founded_at(tx)
        founded = None if founded_at is None else day_of(founded_at)
        day = today if last is None or last >= today else last + ONE_DAY
        if founded is not None and day < founded <= today:
            day = founded
        if today - day > LONGEST_GAP:
            raise ClockImplausible(last or founded or day, today)
        while day <= today:
            yield day
            day += ONE_DAY

    def _founded_at(self, tx: Connection) -> datetime | None:
        first = select(entry_table.c.at).where(
            entry_table.c.seq == 1, entry_table.c.kind == FOUNDED
        )
        at = tx.execute(first).scalar()
        return None if at is None else parse_instant(at)

    def _plan(self, day: date, at: datetime) -> int:
        """Without those that were over when the home was founded, such as an earlier shift's of
        that day: nobody omitted them. A practice home may work days before its founding."""
        desk = self.desk
        slots = slots_for(desk.estate, desk.items, day, desk.calendar)
        with desk.store.write() as tx:
            founded = self._founded_at(tx)
            owed = [one for one in slots if founded is None or at < founded or one.closes > founded]
            return plan(tx, desk.logbook, owed, self.clock())

    def _calls(
        self, workable: Iterable[DueSlot]
    ) -> tuple[Mapping[str, tuple[DueSlot, ...]], tuple[Call, ...]]:
        """The slots by device, and one call for each. A slot whose device or item has left the
        estate since it was planned cannot be worked: it stays, and will be missed."""
        devices = {one.name: one for one in self.desk.estate.devices}
        items = {one.id: one for one in self.desk.items}
        slots: dict[str, tuple[DueSlot, ...]] = {}
        for slot in workable:
            if slot.device in devices and slot.item in items:
                slots[slot.device] = (*slots.get(slot.device, ()), slot)
        calls = tuple(
            Call(
                device=devices[name],
                # Two periods of one item may be open together: it is judged once for both.
                items=tuple({slot.item: items[slot.item] for slot in of_device}.values()),
            )
            for name, of_device in slots.items()
        )
        return slots, calls

    # --- what was omitted ------------------------------------------------------------------

    def _close_what_is_over(self, at: datetime) -> int:
        with self.desk.store.write() as tx:
            over = over_slots(tx, at)
            reasons = _Reasons(tx)
            records = [(MISSED, _missed_body(one, at, reasons.why(one))) for one in over]
            entries = self.desk.logbook.append_many(tx, records, self.clock())
            closings = [
                Closing(slot=one.id, result=None, entry=entry)
                for one, entry in zip(over, entries, strict=True)
            ]
            close(tx, closings, at)
        return len(over)

    def _record_interrupted(self, tx: Connection) -> int:
        """Rounds that began and never ended. The lock is ours, so none of them runs any more."""
        now = self.clock()
        started = tx.execute(
            select(round_run.c.start_entry).where(round_run.c.finished_at.is_(None))
        ).scalars()
        unfinished = list(started)
        for round_entry in unfinished:
            entry = self.desk.logbook.append(tx, INTERRUPTED, {"round": round_entry}, now)
            _end(tx, round_entry, "interrupted", entry, now)
        return len(unfinished)

    # --- the round itself ------------------------------------------------------------------

    def _record_start(
        self, tx: Connection, at: datetime, slots: Mapping[str, tuple[DueSlot, ...]]
    ) -> int:
        now = self.clock()
        body: dict[str, Any] = {
            "slot_time": instant_text(at),
            "devices": len(slots),
            "slots": sum(len(of_device) for of_device in slots.values()),
        }
        if self.desk.actor is not None:
            body["actor"] = self.desk.actor
        entry = self.desk.logbook.append(tx, STARTED, body, now)
        tx.execute(insert(round_run).values(slot_time=at, started_at=now, start_entry=entry))
        return entry

    def _record_not_observed(
        self, tx: Connection, work: Work, results: Results, doubted: Sequence[Looked]
    ) -> None:
        """One entry and one incident, about ourselves; the slots stay due."""
        now = self.clock()
        slots = [slot.id for one in doubted for slot in work.slots[one.device.name]]
        body = {
            "round": work.round_entry,
            "slot_time": instant_text(work.slot_time),
            "why": CUT_OFF_WHY.both(),
            "devices": [one.device.name for one in doubted],
            "slots": slots,
        }
        self.desk.logbook.append(tx, NOT_OBSERVED, body, now)
        attempted(tx, [(one, CUT_OFF_WHY) for one in slots], work.slot_time)
        results.changes.extend(self.desk.incidents.cut_off(tx, CUT_OFF_WHY, now, ACTOR).made)


@dataclass(frozen=True, slots=True)
class _Reasons:
    """Why a slot was missed, in one sentence."""

    tx: Connection

    def why(self, slot: DueSlot) -> Mapping[str, str]:
        """The sentence as it is stored, in both languages."""
        last = slot.attempt
        if last is None:
            return self._never_looked(slot).both()
        return {lang: _in_vain(slot, last[lang]).text(lang) for lang in LANGUAGES}

    def _never_looked(self, slot: DueSlot) -> Phrase:
        if not self._any_round(slot):
            return say(
                "{item} on {device} was missed: no round ran from {opens} to {closes}, Lineguard"
                " was not running",
                item=slot.item,
                device=slot.device,
                opens=_shown(slot.opens),
                closes=_shown(slot.closes),
            )
        if slot.busy_hour:
            return say(
                "{item} on {device} was missed: the busy hour passed at {closes} and no round ran"
                " inside it",
                item=slot.item,
                device=slot.device,
                closes=_shown(slot.closes),
            )
        return say(
            "{item} on {device} was missed: no round worked it before it closed at {closes}",
            item=slot.item,
            device=slot.device,
            closes=_shown(slot.closes),
        )

    def _any_round(self, slot: DueSlot) -> bool:
        ran = select(round_run.c.id).where(
            round_run.c.slot_time >= slot.opens, round_run.c.slot_time < slot.closes
        )
        return self.tx.execute(ran.limit(1)).first() is not None


def _in_vain(slot: DueSlot, why: str) -> Phrase:
    return say(
        "{item} on {device} was missed: every look was in vain, at last because: {why}",
        item=slot.item,
        device=slot.device,
        why=why,
    )


def _shown(at: datetime) -> str:
    return f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"


def _missed_body(slot: DueSlot, at: datetime, why: Mapping[str, str]) -> dict[str, Any]:
    return {
        "slot": slot.id,
        "item": slot.item,
        "device": slot.device,
        "site": slot.site,
        "period": slot.period_name,
        "slot_time": instant_text(at),
        "why": why,
    }


def _ended_as(doubted: Sequence[Looked]) -> str:
    """How a round that came to its end did: what nobody vouches for was not observed."""
    return "not_observed" if doubted else "finished"


def _finish_body(work: Work, results: Results, doubted: Sequence[Looked]) -> dict[str, Any]:
    return {
        "round": work.round_entry,
        "slot_time": instant_text(work.slot_time),
        "outcome": _ended_as(doubted),
        "devices": len(work.calls),
        "done": sum(one.observed for one in results.outcomes),
        "attempts": sum(not one.observed for one in results.outcomes),
        "doubted": sum(len(work.slots[one.device.name]) for one in doubted),
    }


def _end(tx: Connection, round_entry: int, outcome: str, entry: int, now: datetime) -> None:
    tx.execute(
        update(round_run)
        .where(round_run.c.start_entry == round_entry)
        .values(finished_at=now, outcome=outcome, end_entry=entry)
    )
