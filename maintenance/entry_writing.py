"""Writing one entry of a person: the slot that it fulfils, the incidents, the signature."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, RowMapping, select

from checks.item import By, Item
from checks.judging import Judgement
from checks.verdict import State, Verdict, abnormal, normal
from incidents.causes import check_cause
from incidents.desk import live_incidents
from incidents.model import Changes, Sighting
from inventory.people import Actor
from logbook.book import Head
from maintenance.calendar import ONE_DAY, SHANGHAI, day_of, term_name
from maintenance.crosscheck import CHECK as SENSORS
from maintenance.crosscheck import compared, sensors
from maintenance.looks import Looked
from maintenance.record import VerdictRecord, looked_at
from maintenance.results import RESULT_ENTRY
from maintenance.saying import Entered, Observation, Refusal
from maintenance.schedule import Slot, slots_for
from maintenance.slots import DUE, Closing, close, plan
from phrases import Phrase, say, verbatim
from store.schema import entry, instant_text, slot
from store.stored import parse_instant

if TYPE_CHECKING:
    from maintenance.manual import ManualDesk

OBSERVATION_ENTRY: Final = "observation"
CHECK: Final = "entry"
"""The name under which a person's verdict stands where a check's would."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryWriting:
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
        if not fulfils and self._stands(judgement, seen.state):
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

    def _stands(self, judgement: Judgement, state: State) -> bool:
        """Was the same said last, and did nothing contradict it? Whoever finds it abnormal has an
        incident open; where the sensors did not agree, looking again is worth an entry."""
        live = {one.cause for one in live_incidents(self.tx)}
        said = State.ABNORMAL if check_cause(judgement) in live else State.NORMAL
        return said is state and check_cause(replace(judgement, check=SENSORS)) not in live

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
