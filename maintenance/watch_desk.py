"""What the watch works with, and how its looks are stored: it fulfils no slot, keeps no notes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, bindparam, delete, insert, select

from checks.item import Item
from collectors.readings import Trouble
from collectors.visit import Collector
from incidents.desk import IncidentDesk, live_incidents, suspects
from incidents.model import CUT_OFF, Change, ChangeKind, OpenIncident, Suspect
from inventory.model import Estate
from logbook.book import Logbook
from maintenance.coverage import CONTIGUOUS, REACHED, Seen, extend
from maintenance.doubt import SelfCheck
from maintenance.journal import CUT_OFF_WHY, NOT_OBSERVED
from maintenance.looks import DEVICES_AT_ONCE, Clock, Looked
from maintenance.memory import Remembered, remembered
from maintenance.timetable import Purpose, Timetable, WatchSettings
from store.database import Store
from store.schema import instant_text, look
from store.stored import member

ACTOR: Final = "watch"
GAP_ENTRY: Final = "watch_gap"
UNSEEN: Final = "not_observed"


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchDesk:
    """Everything the watch needs; wiring fills it. `observer` names this Lineguard in the
    coverage ledger."""

    store: Store
    logbook: Logbook
    incidents: IncidentDesk
    estate: Estate
    items: tuple[Item, ...]
    collector: Collector
    self_check: SelfCheck
    observer: str
    settings: WatchSettings = field(default_factory=WatchSettings)
    devices_at_once: int = DEVICES_AT_ONCE


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the watch has to know before it looks."""

    timetable: Timetable
    live: tuple[OpenIncident, ...]
    memory: Remembered
    suspects: tuple[Suspect, ...] = ()


@dataclass(frozen=True, slots=True)
class WatchLedger:
    """The watch's reads and writes; each method is one transaction."""

    desk: WatchDesk
    clock: Clock

    def known(self) -> Known:
        """The timetable, the open findings and what was remembered."""
        with self.desk.store.read() as tx:
            return Known(
                timetable=_timetable(tx),
                live=live_incidents(tx),
                memory=remembered(tx),
                suspects=suspects(tx),
            )

    def write(self, kind: str, body: Mapping[str, Any]) -> None:
        """An entry of the watch about itself."""
        with self.desk.store.write() as tx:
            self.desk.logbook.append(tx, kind, body, self.clock())

    def note_gap(self, timetable: Timetable, at: datetime) -> None:
        """Say in the logbook that nobody looked, when that was so for more than two intervals."""
        newest = timetable.newest()
        if newest is None or at - newest <= CONTIGUOUS * self.desk.settings.contact:
            return
        body = {
            "observer": self.desk.observer,
            "from": instant_text(newest),
            "to": instant_text(at),
        }
        self.write(GAP_ENTRY, body)

    def record(self, looked: Sequence[Looked], at: datetime) -> tuple[Change, ...]:
        """Incidents, coverage and timetable of these looks, which were due at `at`."""
        if not looked:
            return ()
        with self.desk.store.write() as tx:
            now = self.clock()
            sightings = [one.sighting for one in looked]
            changes = self.desk.incidents.observe(tx, sightings, now, ACTOR)
            made = changes.made
            if CUT_OFF in changes.live and any(one.reached for one in looked):
                made += self.desk.incidents.connected(tx, now, ACTOR).made
            extend(tx, self.desk.observer, [*self._seen(looked)])
            _set_timetable(tx, looked, at, None)
        return made

    def record_cut_off(self, looked: Sequence[Looked], at: datetime) -> tuple[Change, ...]:
        """Nothing was observed: no coverage, no device is blamed, one incident about ourselves
        and, when that begins, one entry."""
        with self.desk.store.write() as tx:
            now = self.clock()
            changes = self.desk.incidents.cut_off(tx, CUT_OFF_WHY, now, ACTOR)
            if changes.count(ChangeKind.OPENED):
                body = {
                    "observer": self.desk.observer,
                    "why": CUT_OFF_WHY.both(),
                    "devices": [one.device.name for one in looked],
                }
                self.desk.logbook.append(tx, NOT_OBSERVED, body, now)
            _set_timetable(tx, looked, at, UNSEEN)
        return changes.made

    def _seen(self, looked: Sequence[Looked]) -> Iterable[Seen]:
        for one in looked:
            if one.contact is not None:
                yield Seen(
                    device=one.device.name,
                    at=one.ended_at,
                    contact=_contact(one),
                    within=self.desk.settings.contact,
                )


def _contact(looked: Looked) -> str:
    """`reached`, or the trouble met instead."""
    if looked.reached:
        return REACHED
    trouble = looked.contact.trouble if looked.contact else None
    return (trouble or Trouble.UNREACHABLE).value


def _timetable(tx: Connection) -> Timetable:
    rows = tx.execute(select(look.c.device, look.c.purpose, look.c.last_at))
    return Timetable({(row.device, member(Purpose, row.purpose)): row.last_at for row in rows})


def _set_timetable(
    tx: Connection, looked: Sequence[Looked], at: datetime, outcome: str | None
) -> None:
    rows = [
        {
            "device": one.device.name,
            "purpose": str(purpose),
            "last_at": at,
            "outcome": outcome or _contact(one),
        }
        for one in looked
        for purpose in one.call.purposes
    ]
    tx.execute(
        delete(look).where(look.c.device == bindparam("of"), look.c.purpose == bindparam("why")),
        [{"of": row["device"], "why": row["purpose"]} for row in rows],
    )
    tx.execute(insert(look), rows)
