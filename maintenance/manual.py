"""What a person looked at, entered: the room walk, and every other item that no machine can do.

An entry fulfils the slot that is open at that moment, exactly once. It cannot be dated back: its
time is that of writing, and it names the newest entry that stood before it, so that it lies between
two entries of the chain whatever the clock said. Who finds something else later in the same period
is recorded as well, as an observation; it changes the incident, not the slot.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, RowMapping, select

from checks.item import By, Item
from checks.judging import Judgement
from checks.verdict import State, Verdict, abnormal, normal
from collectors.visit import Collector
from incidents.causes import check_cause
from incidents.desk import IncidentDesk, live_incidents
from incidents.model import Changes, Sighting
from inventory.model import Estate, Role
from inventory.people import Actor
from logbook.book import Head, Logbook
from maintenance.calendar import ONE_DAY, SHANGHAI, CalendarSettings, day_of, term_name
from maintenance.crosscheck import compared, look_at_sensors, sensor_calls, sensors
from maintenance.looks import Clock, Looked
from maintenance.record import VerdictRecord, keep, looked_at
from maintenance.results import RESULT_ENTRY
from maintenance.schedule import Slot, places_of, slots_for
from maintenance.slots import DUE, Closing, close, plan
from phrases import Phrase, say, verbatim
from store.database import Store
from store.schema import entry, instant_text, slot
from store.stored import parse_instant

OBSERVATION_ENTRY: Final = "observation"
CHECK: Final = "entry"
"""The name under which a person's verdict stands where a check's would."""
SITE: Final = "site"
"""What stands for the kind of a device where a site as a whole was looked at."""
NOTE_LIMIT: Final = 1_000
MAY_ENTER: Final = frozenset({Role.OPERATOR, Role.SUPERVISOR})


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """What somebody says that they saw. `place` is a device or a site; None where the item is due
    in one place only."""

    item: str
    place: str | None
    state: State
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why nothing was entered. `misused`: it was not said in full, or cannot be meant."""

    why: Phrase
    misused: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """It is on record. `fulfilled` false: the slot had its result, this is an observation.
    `beside` is the comparison with the sensors of the site, `seen` what they said."""

    record: VerdictRecord
    fulfilled: bool
    changes: Changes
    beside: VerdictRecord | None = None
    seen: tuple[VerdictRecord, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ManualDesk:
    """Everything that an entry needs; wiring fills it. `items` is the catalogue, `collector` goes
    to the sensors."""

    store: Store
    logbook: Logbook
    incidents: IncidentDesk
    estate: Estate
    items: tuple[Item, ...]
    clock: Clock
    collector: Collector
    calendar: CalendarSettings = field(default_factory=CalendarSettings)

    async def look(self, seen: Observation, actor: Actor) -> tuple[Looked, ...]:
        """The sensors that bear on it, now, for `enter`; none for what would be refused."""
        meant = self._meant(seen, actor)
        if isinstance(meant, Refusal):
            return ()
        calls = sensor_calls(meant.item, meant.place, self.estate, self.items)
        return await look_at_sensors(self.collector, calls, self.clock)

    def enter(
        self, seen: Observation, actor: Actor, at: datetime, looked: Sequence[Looked] = ()
    ) -> Entered | Refusal:
        """Record what was seen at slot time `at`, beside what the sensors said, in one transaction,
        and sign it. Raises `StoreTrouble`, `KeyTrouble`, `OSError`."""
        meant = self._meant(seen, actor)
        if isinstance(meant, Refusal):
            return meant
        keep((one for look in looked for one in look.judgements), self.logbook.evidence)
        self.logbook.evidence.settle()
        with self.store.write() as tx:
            writing = _Writing(
                desk=self, tx=tx, item=meant.item, place=meant.place, site=meant.site,
                looked=tuple(looked),
            )  # fmt: skip
            return writing.enter(replace(seen, place=meant.place), actor, at)

    def _meant(self, seen: Observation, actor: Actor) -> _Meant | Refusal:
        """What is to be entered where, as far as that can be said without the record."""
        item = next((one for one in self.items if one.id == seen.item), None)
        if item is None:
            return Refusal(why=say("there is no item {item}", item=seen.item), misused=True)
        refusal = _refusal(item, seen, actor)
        places = dict(places_of(item, self.estate))
        place = seen.place or (next(iter(places)) if len(places) == 1 else None)
        if refusal is not None or place not in places:
            return refusal or _no_place(item, seen.place, sorted(places))
        return _Meant(item=item, place=place, site=places[place])

    def kind(self, place: str) -> str:
        """The kind of the device of that name, or `site`."""
        return next((one.kind.value for one in self.estate.devices if one.name == place), SITE)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Meant:
    """An entry that is said in full."""

    item: Item
    place: str
    site: str


def note_refusal(state: State, note: str) -> Phrase | None:
    """Why this note will not do for that state."""
    if state is State.ABNORMAL and not note.strip():
        return say("what is abnormal needs a note: --note TEXT says what was seen")
    if len(note) > NOTE_LIMIT:
        return say("a note has at most {limit} characters", limit=NOTE_LIMIT)
    if not note.isprintable():
        return say("a note is one line of text, without control characters")
    return None


def _refusal(item: Item, seen: Observation, actor: Actor) -> Refusal | None:
    why = note_refusal(seen.state, seen.note)
    if why is not None:
        return Refusal(why=why, misused=True)
    if item.by is not By.PERSON:
        return Refusal(
            why=say("{item} is not a person's to enter: `lineguard schedule items` says whose it "
                    "is", item=item.id)
        )  # fmt: skip
    if actor.person is not None and not actor.person.roles & MAY_ENTER:
        return Refusal(
            why=say("{who} is neither operator nor supervisor and enters nothing",
                    who=actor.shown())
        )  # fmt: skip
    return None


def _no_place(item: Item, asked: str | None, places: Sequence[str]) -> Refusal:
    known = ", ".join(places)
    if asked is None:
        return Refusal(
            why=say("{item} is due in several places; --device is one of {places}",
                    item=item.id, places=known),
            misused=True,
        )  # fmt: skip
    return Refusal(
        why=say("{item} is not due at {place}; --device is one of {places}",
                item=item.id, place=asked, places=known or "-"),
        misused=True,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class _Writing:
    """One entry being written."""

    desk: ManualDesk
    tx: Connection
    item: Item
    place: str
    site: str
    looked: tuple[Looked, ...] = ()

    def enter(self, seen: Observation, actor: Actor, at: datetime) -> Entered | Refusal:
        """Find the slot, planned or not; then close it, or write beside it."""
        before = self.desk.logbook.head(self.tx)
        slots = self._stored(tuple(self._open(at)))
        if not slots:
            return Refusal(
                why=say("{item}: no shift is on duty now, so nothing is due", item=self.item.id)
            )
        now = self.desk.clock()
        judgement = self._judgement(seen, actor, now)
        of = next((one for one in slots if one["state"] == DUE), slots[-1])
        fulfils = of["state"] == DUE
        if not fulfils and self._stands(judgement) is seen.state:
            return Refusal(why=self._already(of, seen.state))
        record, beside = self._records(judgement)
        told = looked_at(one for look in self.looked for one in look.judgements)
        body = self._body(of, record, seen, actor, at, before)
        body |= self._sensors(beside, told)
        kind = RESULT_ENTRY if fulfils else OBSERVATION_ENTRY
        number = self.desk.logbook.append(self.tx, kind, body, now)
        if fulfils:
            close(self.tx, [Closing(slot=of["id"], result=seen.state, entry=number)], at)
        changes = self._observe([one.judgement for one in (record, beside) if one], actor, now)
        self.desk.logbook.checkpoint(self.tx, now)
        incident = changes.live.get(check_cause(judgement))
        return Entered(
            record=replace(record, slot=of["id"], entry=number, incident=incident),
            fulfilled=fulfils,
            changes=changes,
            beside=self._numbered(beside, number, changes),
            seen=tuple(replace(one, entry=number) for one in told),
        )

    def _records(self, judgement: Judgement) -> tuple[VerdictRecord, VerdictRecord | None]:
        """The person's verdict, and what the sensors of the site make of it."""
        said = sensors(self.looked, live_incidents(self.tx), self.desk.incidents.topology)
        beside = compared(judgement, said)
        return (
            VerdictRecord(judgement=judgement, evidence=()),
            None if beside is None else VerdictRecord(judgement=beside, evidence=()),
        )

    def _sensors(
        self, beside: VerdictRecord | None, told: Sequence[VerdictRecord]
    ) -> dict[str, Any]:
        """What an entry says beyond the person's verdict; nothing where there are no sensors."""
        if beside is None:
            return {}
        of_each = [
            {"device": one.judgement.device, "item": one.judgement.item, **one.body()}
            for one in told
        ]
        return {"beside": beside.body(), "sensors": of_each}

    def _numbered(
        self, beside: VerdictRecord | None, entry: int, changes: Changes
    ) -> VerdictRecord | None:
        if beside is None:
            return None
        incident = changes.live.get(check_cause(beside.judgement))
        return replace(beside, entry=entry, incident=incident)

    def _open(self, at: datetime) -> Iterator[Slot]:
        """The slots of this item and place whose period holds `at`. A night shift began on the
        day before."""
        desk, today = self.desk, day_of(at)
        seen: set[str] = set()
        for day in (today - ONE_DAY, today):
            for one in slots_for(desk.estate, (self.item,), day, desk.calendar):
                if one.device == self.place and one.workable(at) and one.id not in seen:
                    seen.add(one.id)
                    yield one

    def _stored(self, slots: Sequence[Slot]) -> list[RowMapping]:
        plan(self.tx, self.desk.logbook, slots, self.desk.clock())
        wanted = select(slot).where(slot.c.id.in_([one.id for one in slots])).order_by(slot.c.opens)
        return list(self.tx.execute(wanted).mappings())

    def _judgement(self, seen: Observation, actor: Actor, now: datetime) -> Judgement:
        return Judgement(
            item=self.item.id,
            check=CHECK,
            form=None,
            device=self.place,
            kind=self.desk.kind(self.place),
            site=self.site,
            verdict=self._verdict(seen, actor),
            taken_at=now,
            duration_ms=0,
        )

    def _verdict(self, seen: Observation, actor: Actor) -> Verdict:
        note = seen.note.strip()
        said = {"place": self.place, "item": self.item.id, "title": self.item.title_zh}
        if seen.state is State.ABNORMAL:
            return abnormal(
                say("{place}: {item} {title} abnormal, seen by {who}: {note}",
                    **said, who=actor.shown(), note=verbatim(note))
            )  # fmt: skip
        if note:
            return normal(
                say("{place}: {item} {title} normal, seen by {who}: {note}",
                    **said, who=actor.shown(), note=verbatim(note))
            )  # fmt: skip
        return normal(
            say("{place}: {item} {title} normal, seen by {who}", **said, who=actor.shown())
        )

    def _stands(self, judgement: Judgement) -> State:
        """What was last said of it: whoever finds it abnormal has an incident open."""
        live = {one.cause for one in live_incidents(self.tx)}
        return State.ABNORMAL if check_cause(judgement) in live else State.NORMAL

    def _already(self, of: RowMapping, state: State) -> Phrase:
        row = self.tx.execute(
            select(entry.c.at, entry.c.body).where(entry.c.seq == of["result_entry"])
        ).one()
        who = json.loads(row.body).get("actor", {}).get("name", "")
        return say(
            "{item} at {place} was entered by {who} at {time} (entry {entry}) and stands as "
            "{state} already",
            item=self.item.id, place=self.place, who=str(who), entry=of["result_entry"],
            time=f"{parse_instant(row.at).astimezone(SHANGHAI):%H:%M}",
            state=say("abnormal") if state is State.ABNORMAL else say("normal"),
        )  # fmt: skip

    def _body(
        self,
        of: RowMapping,
        record: VerdictRecord,
        seen: Observation,
        actor: Actor,
        at: datetime,
        before: Head,
    ) -> dict[str, Any]:
        """As a round's result, with who and what they wrote. `after` is the lower bracket."""
        verdict = record.judgement.verdict
        return {
            "slot": of["id"],
            "item": self.item.id,
            "device": self.place,
            "kind": record.judgement.kind,
            "site": self.site,
            "period": term_name(of["opens"], self.item.period),
            "slot_time": instant_text(at),
            "by": By.PERSON.value,
            "actor": actor.as_json(),
            "note": seen.note.strip(),
            "after": {"seq": before.seq, "hash": before.hash},
            "state": seen.state.value,
            "severity": verdict.severity.value if verdict.severity else None,
            "verdicts": [record.body()],
        }

    def _observe(self, judgements: Sequence[Judgement], actor: Actor, now: datetime) -> Changes:
        sighting = Sighting(
            device=self.place, site=self.site, contact=None, judgements=tuple(judgements)
        )
        return self.desk.incidents.observe(self.tx, [sighting], now, actor.name)
