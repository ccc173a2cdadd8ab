"""What a person looked at, entered: the room walk, and every other item that no machine can do.

An entry fulfils the slot that is open at that moment, exactly once. It cannot be dated back: its
time is that of writing, and it names the newest entry that stood before it, so that it lies between
two entries of the chain whatever the clock said. Who finds something else later in the same period
is recorded as well, as an observation; it changes the incident, not the slot.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from checks.item import Item
from collectors.visit import Collector
from incidents.desk import IncidentDesk
from inventory.model import Estate
from inventory.people import Actor
from logbook.book import Logbook
from maintenance.calendar import CalendarSettings
from maintenance.crosscheck import look_at_sensors, sensor_calls
from maintenance.entry_writing import EntryWriting
from maintenance.looks import Clock, Looked
from maintenance.record import keep
from maintenance.saying import (
    NOTE_LIMIT,
    Entered,
    Observation,
    Refusal,
    no_place,
    note_refusal,
    refusal,
)
from maintenance.schedule import places_of
from phrases import say
from store.database import Store

__all__ = ["NOTE_LIMIT", "Entered", "ManualDesk", "Observation", "Refusal", "note_refusal"]

SITE: Final = "site"
"""What stands for the kind of a device where a site as a whole was looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Meant:
    """An entry that is said in full."""

    item: Item
    place: str
    site: str


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

    def refused(self, seen: Observation, actor: Actor) -> Refusal | None:
        """Why it could not be entered, whatever stands on record."""
        meant = self._meant(seen, actor)
        return meant if isinstance(meant, Refusal) else None

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
            writing = EntryWriting(
                desk=self, tx=tx, item=meant.item, place=meant.place, site=meant.site,
                looked=tuple(looked),
            )  # fmt: skip
            return writing.enter(replace(seen, place=meant.place), actor, at)

    def _meant(self, seen: Observation, actor: Actor) -> _Meant | Refusal:
        """What is to be entered where, as far as that can be said without the record."""
        item = next((one for one in self.items if one.id == seen.item), None)
        if item is None:
            return Refusal(why=say("there is no item {item}", item=seen.item), misused=True)
        refused = refusal(item, seen, actor)
        places = dict(places_of(item, self.estate))
        place = seen.place or (next(iter(places)) if len(places) == 1 else None)
        if refused is not None or place not in places:
            return refused or no_place(item, seen.place, sorted(places))
        return _Meant(item=item, place=place, site=places[place])

    def kind(self, place: str) -> str:
        """The kind of the device of that name, or `site`."""
        return next((one.kind.value for one in self.estate.devices if one.name == place), SITE)
