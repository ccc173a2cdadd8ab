"""Where the rooms are put together: one home, opened, and everything that works on it.

Each part is made when it is first asked for, and its room imported then, so that a command pays
for what it uses.
"""

from __future__ import annotations

import socket
from dataclasses import replace
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from lineguard import clock
from lineguard.cli.asked import Asked
from lineguard.cli.screen import Screen, screen
from lineguard.home import Home, no_home, resolve
from lineguard.refusals import Refused
from lineguard.settings import Settings, read_settings
from phrases import say

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from checks.item import Item
    from collectors.gate import DeviceGates
    from collectors.scratch.bench import ScratchBench
    from collectors.session import Means
    from collectors.visitor import Visitor
    from incidents.desk import IncidentDesk
    from incidents.intake_records import StoredAlarms
    from inventory.model import Device, Estate, Person
    from inventory.own_items import Vocabulary
    from inventory.people import Actor
    from inventory.secrets import SecretStore
    from lineguard.reference import ReferencePoints
    from logbook.book import Logbook
    from logbook.evidence import EvidenceArchive
    from logbook.keys import SiteKeys
    from logbook.veil import SiteVeil
    from maintenance.baselines import Baselines
    from maintenance.calendar import CalendarSettings
    from maintenance.manual import ManualDesk
    from maintenance.passwords import PasswordDesk
    from maintenance.round_desk import RoundDesk
    from maintenance.versions import Versions
    from maintenance.watch_desk import WatchDesk
    from store.database import Store


class Station:
    """One home at work. Every part raises its room's own exception when it cannot be had."""

    def __init__(self, home: Home, show: Screen | None = None) -> None:
        self.home = replace(home, root=home.root.absolute())
        self._show = show

    @cached_property
    def settings(self) -> Settings:
        """Of `lineguard.toml`. Raises `SettingsWrong`."""
        return read_settings(self.home.settings)

    @property
    def store_url(self) -> str:
        """The database of the settings, else the SQLite file of the home."""
        return self.settings.store.url or f"sqlite:///{self.home.database}"

    def embedded(self) -> Store:
        """The SQLite file of the home, whatever the settings say. Raises `StoreTrouble`."""
        from store.migrating import open_current

        return open_current(f"sqlite:///{self.home.database}", self.home.data)

    @cached_property
    def store(self) -> Store:
        """The database, of our version. Raises `StoreTrouble`."""
        from store.migrating import open_current

        store = open_current(self.store_url, self.home.data)
        if store.frozen and self._show is not None:
            self._show.at_the_end(
                say("{home} lies on a file system that is read-only: nothing new is recorded; what "
                    "is shown is the record as it was left", home=str(self.home.root))
            )  # fmt: skip
        return store

    @cached_property
    def evidence(self) -> EvidenceArchive:
        """The archive of raw evidence."""
        from logbook.evidence import EvidenceArchive

        return EvidenceArchive(self.home.evidence)

    @cached_property
    def keys(self) -> SiteKeys:
        """The signing key and the known public keys."""
        from logbook.keys import SiteKeys

        return SiteKeys(self.home.keys)

    @cached_property
    def logbook(self) -> Logbook:
        """The logbook of this home."""
        from logbook.book import Logbook

        return Logbook(self.store, self.evidence, self.keys)

    def sound_logbook(self) -> Logbook:
        """The logbook, for those who add to it. Raises `LogbookDamaged`."""
        self.logbook.require_sound()
        return self.logbook

    def signing_logbook(self) -> Logbook:
        """The sound logbook, for work that goes to devices first: what could not be signed in the
        end is not begun. Raises `KeyTrouble`, `LogbookDamaged`."""
        self.keys.require()
        return self.sound_logbook()

    @cached_property
    def estate(self) -> Estate:
        """The devices and persons. Raises `EstateError` with every problem of the files."""
        from checks.catalogue import limit_names
        from inventory.loader import load_estate

        return load_estate(
            self.home.estate,
            self.home.people if self.home.people.exists() else None,
            limit_names=limit_names(),
            words=self.words,
            cache=self.home.estate_cache,
            vault_password_file=self.vault_password_file,
        )

    @property
    def words(self) -> Vocabulary:
        """What the estate may name of the schedule and of the runbooks."""
        from checks.catalogue import vocabulary
        from runbooks.shelf import names_of

        return replace(vocabulary(), runbooks=names_of(self.home.root))

    @property
    def own_runbooks(self) -> Mapping[str, str]:
        """By item, the runbooks that the site names for it. None of an estate that cannot be read:
        then the library's are handed out."""
        from inventory.problems import EstateError

        try:
            return {one.id: one.runbook for one in self.estate.items if one.runbook is not None}
        except EstateError:
            return {}

    @property
    def items(self) -> tuple[Item, ...]:
        """The schedule as this site has it. Raises `EstateError`."""
        from checks.catalogue import schedule_of

        return schedule_of(self.estate.items)

    @cached_property
    def people(self) -> tuple[Person, ...]:
        """The persons alone, whatever the devices are like. Raises `EstateError`."""
        from inventory.people import load_people
        from inventory.problems import EstateError

        if not self.home.people.exists():
            return ()
        people, problems = load_people(self.home.people)
        if problems:
            raise EstateError(problems)
        return people

    def actor(self, asked: Asked) -> Actor:
        """Who acts, for what is recorded. Asks for a PIN where one proves the claimed name.
        Raises `Refused` after wrong PINs, `EstateError` for a persons file that cannot be read."""
        from lineguard.cli.acting import acting

        return acting(self.people, asked)

    def workable_estate(self) -> Estate:
        """The estate, with every secret it names at hand. Raises `EstateError`."""
        from inventory.problems import EstateError

        problems = self.secrets.missing(self.estate, self.home.estate)
        if problems:
            raise EstateError(problems)
        return self.estate

    @cached_property
    def secrets(self) -> SecretStore:
        """Where the values of secrets come from."""
        from inventory.secrets import SecretStore

        return SecretStore(self.home.secrets, vault_password_file=self.vault_password_file)

    @property
    def vault_password_file(self) -> Path | None:
        """What opens ansible-vault, when the settings name it."""
        named = self.settings.secrets.vault_password_file
        return self.home.root / Path(named).expanduser() if named else None

    @cached_property
    def calendar(self) -> CalendarSettings:
        """Shifts and busy hours: what the settings say, else the calendar's own."""
        from maintenance.calendar import CalendarSettings, Shift, hours

        chosen = self.settings.calendar
        own = CalendarSettings()
        shifts = tuple(Shift(name=name, hours=hours(text)) for name, text in chosen.shifts.items())
        off = chosen.busy_hours_off
        return CalendarSettings(
            shifts=shifts or own.shifts,
            busy_hours=tuple(hours(text) for text in chosen.busy_hours) or own.busy_hours,
            busy_hours_off=None if off is None else tuple(hours(text) for text in off),
        )

    @property
    def shift_names(self) -> frozenset[str]:
        """What the shifts of the calendar are called."""
        return frozenset(one.name for one in self.calendar.shifts)

    @cached_property
    def visitor(self) -> Visitor:
        """Who goes to the devices."""
        from collectors.visitor import Visitor

        devices = {device.name: device for device in self.estate.devices}
        return Visitor(devices, self.means, float(self.settings.round.visit_limit_s), self.gates)

    @cached_property
    def gates(self) -> DeviceGates:
        """Shut for a device while a password of it is being changed."""
        from collectors.gate import DeviceGates

        return DeviceGates(self.home.data / "locks")

    def load_sources(self, devices: Iterable[Device], items: Iterable[Item]) -> None:
        """Import the protocols that these looks will speak, before any of them begins: an import
        in the middle would hold up the others for long enough to be judged slow."""
        from importlib import import_module

        from checks.judging import wanted
        from collectors.catalogue import sources_for

        asked = [(device, question) for device in devices for item in items
                 if item.applies_to(device) for question in wanted(item, device)]  # fmt: skip
        for module in {one.module for pair in asked for one in sources_for(*pair)}:
            import_module(module)

    @cached_property
    def means(self) -> Means:
        """What a session is given to work with."""
        from collectors.session import Means, to_nobody
        from lineguard.known_here import KnownHere
        from maintenance.password_journal import StoredRecords

        return Means(
            secrets=self.secrets, known_hosts=self.home.known_hosts, clock=clock.now,
            known=KnownHere(self), veil=self.veil,
            passwords=StoredRecords(lambda: self.store),
            alarms=self.alarms,
            bench=self.bench,
            tell=to_nobody if self._show is None else self._show.ongoing,
            place_of=self.secrets.whereabouts,
        )  # fmt: skip

    @property
    def alarms(self) -> StoredAlarms:
        """What was received of alarms."""
        from incidents.intake_records import StoredAlarms
        from lineguard.intaking import set_up, sites_of

        return StoredAlarms(
            store=lambda: self.store,
            set_up=set_up(self.settings.intake),
            reaches=lambda device: sites_of(self.estate, device),
        )

    @property
    def bench(self) -> ScratchBench:
        """Where dumps are restored on trial."""
        from collectors.scratch.bench import ScratchBench

        named = self.settings.backups.postgres_binaries
        binaries = self.home.root / Path(named).expanduser() if named else None
        return ScratchBench(self.home.data / "scratch" / "restore", binaries)

    @cached_property
    def veil(self) -> SiteVeil:
        """What secrets in configurations are hidden behind."""
        from logbook.veil import SiteVeil

        return SiteVeil(self.home.keys, lambda: self.versions.any_kept())

    @cached_property
    def versions(self) -> Versions:
        """Where fetched configurations are kept."""
        from logbook.configs import ConfigurationSafe
        from maintenance.versions import Versions

        safe = ConfigurationSafe(self.home.configs, self.veil)
        return Versions(store=self.store, logbook=self.logbook, safe=safe)

    @cached_property
    def baselines(self) -> Baselines:
        """What was approved of them."""
        from maintenance.baselines import Baselines

        return Baselines(versions=self.versions, folder=self.home.baselines)

    @cached_property
    def self_check(self) -> ReferencePoints:
        """Whether Lineguard's own way out is whole."""
        from lineguard.reference import ReferencePoints

        return ReferencePoints(self.settings.reference_points, self.means)

    @cached_property
    def incidents(self) -> IncidentDesk:
        """Where sightings become incidents."""
        from incidents.desk import IncidentDesk

        return IncidentDesk.of(self.estate, self.logbook, self.settings.incidents.confirm)

    def round_desk(self, actor: Actor | None = None) -> RoundDesk:
        """Everything that a round works with. `actor`: who started it, where that is recorded."""
        from maintenance.rounds import RoundDesk

        self.agree_on_practice()
        self.load_sources(self.workable_estate().devices, self.items)
        return RoundDesk(
            store=self.store,
            logbook=self.signing_logbook(),
            incidents=self.incidents,
            estate=self.workable_estate(),
            items=self.items,
            collector=self.visitor,
            self_check=self.self_check,
            calendar=self.calendar,
            versions=self.versions,
            actor=actor.as_json() if actor else None,
            devices_at_once=self.settings.round.concurrency,
        )

    def manual_desk(self) -> ManualDesk:
        """Everything that a person's entry needs. Sensors without their secret are merely not
        seen, so nothing is missed."""
        from dataclasses import replace

        from maintenance.crosscheck import SENSOR_LIMIT_S
        from maintenance.manual import ManualDesk

        self.agree_on_practice()
        return ManualDesk(
            store=self.store,
            logbook=self.logbook,
            incidents=self.incidents,
            estate=self.estate,
            items=self.items,
            clock=clock.now,
            collector=replace(self.visitor, visit_limit_s=SENSOR_LIMIT_S),
            calendar=self.calendar,
        )

    def watch_desk(self) -> WatchDesk:
        """Everything that the watch works with."""
        from maintenance.watch import WatchDesk, WatchSettings

        self.agree_on_practice()
        self.load_sources(self.workable_estate().devices, self.items)
        intervals = self.settings.watch
        return WatchDesk(
            store=self.store,
            logbook=self.signing_logbook(),
            incidents=self.incidents,
            estate=self.workable_estate(),
            items=self.items,
            collector=self.visitor,
            self_check=self.self_check,
            observer=socket.gethostname(),
            settings=WatchSettings(
                contact=timedelta(seconds=intervals.contact_s),
                state=timedelta(seconds=intervals.state_s),
                database=timedelta(seconds=intervals.database_s),
            ),
            devices_at_once=self.settings.round.concurrency,
        )

    def password_desk(self, actor: Actor) -> PasswordDesk:
        """Everything that changing passwords needs."""
        from inventory.secret_files import SecretFiles
        from maintenance.password_change import ChangeDesk
        from maintenance.password_journal import PasswordJournal
        from maintenance.passwords import PasswordDesk
        from playbooks.logins import Door
        from playbooks.new_passwords import new_password
        from playbooks.runner import AnsibleChanger

        self.agree_on_practice()
        files = SecretFiles(self.secrets)
        journal = PasswordJournal(
            store=self.store,
            logbook=self.signing_logbook(),
            clock=clock.now,
            actor=actor.as_json(),
        )
        change = ChangeDesk(
            files=files,
            changer=AnsibleChanger(),
            prover=Door(self.means),
            journal=journal,
            gates=self.gates,
            known_hosts=self.home.known_hosts,
            new_password=new_password,
        )
        return PasswordDesk(
            store=self.store, estate=self.estate, change=change, refuser=files, journal=journal
        )

    def slot_time(self, at: datetime | None) -> datetime:
        """The time that slots are judged by: the real one, or in a practice home the one that was
        asked for. Raises `Refused` elsewhere."""
        if at is None:
            return clock.now()
        if not self.practice:
            raise Refused(
                say("--at works only in a practice home: a real record is written at its own time")
            )
        return at

    def agree_on_practice(self) -> None:
        """Raises `Refused` where settings and logbook disagree whether this is practice."""
        bool(self.practice)

    @cached_property
    def practice(self) -> bool:
        """Is this a practice home? The first logbook entry says so, and it cannot be changed
        without breaking the chain; settings that disagree are refused."""
        marked = bool(self._first_entry().get("practice"))
        if marked != self.settings.practice:
            raise Refused(
                say("lineguard.toml and the first logbook entry disagree whether this home is for "
                    "practice; set practice = {marked} in lineguard.toml",
                    marked="true" if marked else "false")
            )  # fmt: skip
        return marked

    def _first_entry(self) -> dict[str, object]:
        from sqlalchemy import select

        from logbook.soundness import damaged
        from store.schema import checkpoint, entry
        from store.stored import document

        with self.store.read() as tx:
            body = tx.execute(select(entry.c.body).where(entry.c.seq == 1)).scalar()
            signed = tx.execute(select(checkpoint.c.seq).limit(1)).scalar()
        if body is None and signed is not None:
            raise Refused(damaged())
        if body is None:
            raise Refused(say("the logbook of this home is empty; make a home: lineguard init DIR"))
        return document(body)


def station_of(asked: Asked) -> Station:
    """The home that was asked for. Raises `Refused` when there is none."""
    home = resolve(asked.home)
    if not home.exists():
        raise no_home(home)
    return Station(home, screen(asked))


def steady_station_of(asked: Asked) -> Station:
    """The same for a tick: with the last good files in the place of those that cannot be used."""
    from lineguard.last_good import standing

    station = station_of(asked)
    station.home = standing(station.home)
    return station
