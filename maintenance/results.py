"""Recording the looks of a round: results, fruitless attempts, notes and incidents of several
devices in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection

from checks.judging import Judgement
from checks.verdict import State
from collectors.readings import Trouble
from incidents.causes import UNREACHABLE, WAYS, check_cause, device_cause
from incidents.desk import IncidentDesk
from incidents.model import Change, Changes
from logbook.book import Logbook
from maintenance.looks import Clock, Looked
from maintenance.memory import remember
from maintenance.record import VerdictRecord, keep, looked_at, severity_of, state_of
from maintenance.slots import Closing, DueSlot, attempted, close, still_due
from maintenance.versions import Versions
from phrases import Phrase, joined
from store.database import Store
from store.schema import instant_text

RESULT_ENTRY: Final = "result"
ATTEMPT_ENTRY: Final = "attempt"
ACTOR: Final = "round"

TRY_AGAIN: Final = frozenset(
    {
        Trouble.UNREACHABLE,
        Trouble.REFUSED,
        Trouble.TIMED_OUT,
        Trouble.GARBLED,
        Trouble.TOO_LARGE,
        Trouble.NOT_YET,
        Trouble.ELSEWHERE,
    }
)
"""Faults of the device or the way to it, and what is not done yet: a later look of the same period
may well see something.
See docs/decisions/0002-what-satisfies-a-slot.md."""

SAME_ATTEMPT_AGAIN: Final = timedelta(hours=1)
"""An attempt that failed as the one before is written down again after so long, not earlier."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a look means for one slot. `observed` false: an attempt, the slot stays due. `told`:
    it is written down; an attempt that failed as the one before is not, within the hour."""

    slot: DueSlot
    records: tuple[VerdictRecord, ...]
    state: State
    observed: bool
    told: bool

    @property
    def waits(self) -> bool:
        """Was everything seen, and something is only not done yet?"""
        return not self.observed and _only_not_yet(self.records)

    @property
    def why(self) -> Phrase:
        """What was not seen, for an attempt."""
        return _why(self.records)

    def body(self, round_entry: int, slot_time: datetime) -> dict[str, Any]:
        """The logbook entry of it."""
        severity = severity_of(self.records)
        return {
            "slot": self.slot.id,
            "item": self.slot.item,
            "device": self.slot.device,
            "kind": self.records[0].judgement.kind,
            "site": self.slot.site,
            "period": self.slot.period_name,
            "slot_time": instant_text(slot_time),
            "round": round_entry,
            "state": self.state.value,
            "severity": severity.value if severity else None,
            "verdicts": [one.body() for one in self.records],
        }


def outcome(slot: DueSlot, records: tuple[VerdictRecord, ...], slot_time: datetime) -> Outcome:
    """Did the look satisfy the slot? An abnormal finding always does; otherwise every check must
    have been answered, or be one that no further look will answer."""
    state = state_of(records)
    observed = state is not State.UNKNOWN or not any(
        one.judgement.trouble in TRY_AGAIN for one in records
    )
    told = observed or _is_news(slot, records, slot_time)
    return Outcome(slot=slot, records=records, state=state, observed=observed, told=told)


def _why(records: Iterable[VerdictRecord]) -> Phrase:
    said = {
        one.judgement.verdict.sentence: None
        for one in records
        if one.judgement.trouble in TRY_AGAIN
    }
    return joined(tuple(said))


def _is_news(slot: DueSlot, records: Sequence[VerdictRecord], slot_time: datetime) -> bool:
    """Another reason than last time always is. That something is not done yet is said once."""
    if slot.attempted_at is None or slot.attempt != _why(records).both():
        return True
    if _only_not_yet(records):
        return False
    return slot_time - slot.attempted_at >= SAME_ATTEMPT_AGAIN


def _only_not_yet(records: Iterable[VerdictRecord]) -> bool:
    troubles = {one.judgement.trouble for one in records} & TRY_AGAIN
    return troubles == {Trouble.NOT_YET}


@dataclass(slots=True, kw_only=True)
class Results:
    """What a round has recorded so far."""

    store: Store
    logbook: Logbook
    incidents: IncidentDesk
    clock: Clock
    slots: Mapping[str, tuple[DueSlot, ...]]
    """The slots this round works, by device."""
    slot_time: datetime
    round_entry: int
    versions: Versions | None = None
    """Where fetched configurations are kept."""
    outcomes: list[Outcome] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    devices: int = 0
    reached: bool = False
    """Did any device answer in this round?"""

    def record(self, looked: Sequence[Looked]) -> list[Outcome]:
        """Evidence first and durable, then everything else in one transaction."""
        if not looked:
            return []
        found = [one for look in looked for one in self._outcomes(look)]
        self.logbook.evidence.settle()
        with self.store.write() as tx:
            stored, changes = self._write(tx, looked, found)
        self.outcomes.extend(stored)
        self.changes.extend(changes.made)
        self.devices += len(looked)
        self.reached = self.reached or any(one.reached for one in looked)
        return stored

    def _outcomes(self, looked: Looked) -> Iterator[Outcome]:
        records = looked_at(looked.judgements)
        told: set[str] = set()
        for slot in self.slots[looked.device.name]:
            of_slot = tuple(one for one in records if one.judgement.item == slot.item)
            found = outcome(slot, of_slot, self.slot_time)
            told |= {slot.item} if found.told else set()
            yield found
        keep((one for one in looked.judgements if one.item in told), self.logbook.evidence)

    def _write(
        self, tx: Connection, looked: Sequence[Looked], found: Sequence[Outcome]
    ) -> tuple[list[Outcome], Changes]:
        now = self.clock()
        due = still_due(tx, [one.slot.id for one in found])
        found = [one for one in found if one.slot.id in due]
        entries = self._write_slots(tx, found, now)
        if self.versions is not None:
            fetched = (text for look in looked for text in look.fetched)
            self.versions.keep(tx, fetched, now, ACTOR)
        remember(tx, (note for look in looked for note in look.notes), now)
        changes = self.incidents.observe(tx, [one.sighting for one in looked], now, ACTOR)
        return [_numbered(one, entries, changes) for one in found], changes

    def _write_slots(
        self, tx: Connection, found: Sequence[Outcome], now: datetime
    ) -> Mapping[str, int]:
        """The entries, by slot; then what becomes of the slots."""
        telling = [one for one in found if one.told]
        written = self.logbook.append_many(
            tx,
            [
                (
                    RESULT_ENTRY if one.observed else ATTEMPT_ENTRY,
                    one.body(self.round_entry, self.slot_time),
                )
                for one in telling
            ],
            now,
        )
        entries = dict(zip((one.slot.id for one in telling), written, strict=True))
        closings = [
            Closing(slot=one.slot.id, result=one.state, entry=entries[one.slot.id])
            for one in found
            if one.observed
        ]
        close(tx, closings, self.slot_time)
        tries = [(one.slot.id, one.why) for one in telling if not one.observed]
        attempted(tx, tries, self.slot_time)
        return entries


def _numbered(one: Outcome, entries: Mapping[str, int], changes: Changes) -> Outcome:
    entry = entries.get(one.slot.id)
    return replace(
        one,
        records=tuple(
            replace(
                record,
                slot=one.slot.id,
                entry=entry,
                incident=_incident(record.judgement, changes.live),
            )
            for record in one.records
        ),
    )


def _incident(judgement: Judgement, live: Mapping[str, int]) -> int | None:
    """The live incident that stands for what this judgement found, if any."""
    return next((live[cause] for cause in _causes(judgement) if cause in live), None)


def _causes(judgement: Judgement) -> Iterable[str]:
    if judgement.verdict.state is State.ABNORMAL:
        yield check_cause(judgement)
        yield device_cause(judgement.device, UNREACHABLE)
    what = WAYS.get(judgement.trouble) if judgement.trouble else None
    if what is not None:
        yield device_cause(judgement.device, UNREACHABLE)
        yield device_cause(judgement.device, what)
