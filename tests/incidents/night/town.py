"""A home with a rota, channels and the practice estate's topology, at a time that is handed in."""

from __future__ import annotations

import asyncio
import http.client
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Final

from apprise.plugins.wecombot import NotifyWeComBot

from checks.verdict import Severity
from incidents.clockwork import Clockwork, Ticked
from incidents.desk import IncidentDesk, live_incidents
from incidents.escalation import Post
from incidents.handling import HandlingDesk, Refusal, Report, Trouble
from incidents.model import Sighting
from incidents.notifying.channels import AppriseSender, Message, NotSent, Way, Ways
from incidents.notifying.delivery import Delivered, Delivery
from incidents.notifying.paths import Paths
from incidents.overrides import OverrideDesk, overrides
from incidents.rota import DutyRoster
from incidents.silences import SilenceDesk, Where
from incidents.topology import Topology
from inventory.duty import load_duty
from inventory.model import Person
from inventory.people import Actor, Proof, load_people
from lineguard.cli.tick import pending
from logbook.book import Logbook
from maintenance.calendar import CalendarSettings, OnDuty
from maintenance.coverage import Ledger
from phrases import say
from store.database import Store, open_store
from store.migrating import migrate
from tests.incidents.test_correlate import abnormal, judged, sees, silence
from tests.maintenance.fakes import logbook

SHANGHAI: Final = timezone(timedelta(hours=8), "Asia/Shanghai")
FRIDAY: Final = datetime(2026, 11, 20, tzinfo=SHANGHAI)
"""The night from Friday to Saturday: the supervisor of working days goes home at midnight."""
MINUTE: Final = timedelta(minutes=1)
CALL_S: Final = 20.0

PEOPLE: Final = """
people:
  陈静: {title: 驻场工程师, roles: [operator], channels: {wecom: chen, sms: "13800000001"}}
  刘洋: {title: 驻场工程师, roles: [operator], channels: {wecom: liu, voice: "13800000002"}}
  周磊: {title: 值班班长, roles: [operator], channels: {voice: "13800000003"}}
  远程: {title: 远程支持组, roles: [operator], channels: {mail: remote@example.net}}
  赵敏: {title: 技术主管, roles: [supervisor], channels: {sms: "13800000005"}}
  王芳: {title: 节假日主管, roles: [supervisor], channels: {sms: "13800000006", wecom: wang}}
  孙涛: {title: 采购方代表, roles: [purchaser], channels: {voice: "13800000007"}}
rota:
  primary: {shifts: {白班: [陈静], 夜班: [刘洋]}}
  backup: {weekly: [陈静, 周磊], from: 2026-11-16, hands_over: "08:00"}
  remote: {always: [远程]}
  supervisor: {always: [赵敏], on_days_off: [王芳]}
  purchaser: {always: [孙涛]}
"""


def minute_of(clock: str) -> datetime:
    """`23:30` is Friday's, `00:30` Saturday's."""
    hour, minute = map(int, clock.split(":"))
    return FRIDAY + timedelta(days=hour < 12, hours=hour, minutes=minute)


@dataclass(frozen=True, slots=True)
class Switchboard:
    """Calls by telephone over the exchange; all else by Apprise."""

    web: int
    others: AppriseSender

    async def send(self, way: Way, address: str, message: Message) -> None:
        if way.name != "voice":
            await self.others.send(way, address, message)
        elif await asyncio.to_thread(self._call, address, message.text) != http.client.OK:
            raise NotSent(say("no way"))

    def _call(self, address: str, text: str) -> int:
        line = http.client.HTTPConnection("127.0.0.1", self.web, timeout=CALL_S)
        try:
            line.request("POST", f"/voice/{address}", json.dumps({"text": text}))
            return line.getresponse().status
        finally:
            line.close()


class NoSecrets:
    """This site keeps none."""

    def secret(self, name: str) -> str:
        raise KeyError(name)


@dataclass
class Town:
    """The desks of one home. `found` makes it; a second process opens it by its folder alone."""

    folder: Path
    store: Store
    book: Logbook
    people: tuple[Person, ...]
    topology: Topology
    ports: Mapping[str, int]
    now: datetime

    @classmethod
    def found(
        cls, folder: Path, depends_on: Mapping[str, tuple[str, ...]], ports: Mapping[str, int]
    ) -> Town:
        (folder / "people.yml").write_text(PEOPLE, "utf-8")
        (folder / "town.json").write_text(json.dumps({"depends_on": depends_on, "ports": ports}))
        store = open_store(f"sqlite:///{folder / 'data/lineguard.db'}", folder / "data")
        migrate(store)
        store.close()
        town = cls.open(folder, minute_of("19:30"))
        with town.store.write() as tx:
            town.book.append(tx, "site", {"name": "夜"}, town.now)
            town.book.checkpoint(tx, town.now)
        return town

    @classmethod
    def open(cls, folder: Path, now: datetime) -> Town:
        told = json.loads((folder / "town.json").read_text())
        store = open_store(f"sqlite:///{folder / 'data/lineguard.db'}", folder / "data")
        people, problems = load_people(folder / "people.yml")
        assert not problems
        NotifyWeComBot.notify_url = f"http://127.0.0.1:{told['ports']['web']}/wecom?key={{key}}"
        depends_on = {name: tuple(needed) for name, needed in told["depends_on"].items()}
        return cls(
            folder, store, logbook(store, folder), people, Topology(depends_on), told["ports"], now
        )

    # --- a minute ------------------------------------------------------------------------------

    def minute(self) -> None:
        """What cron starts each minute: nothing is loaded where nothing is to be done."""
        if pending(str(self.folder / "data/lineguard.db"), self.now)[1]:
            self.tick()
            self.deliver()

    def tick(self) -> Ticked:
        return Clockwork(
            store=self.store,
            logbook=self.book,
            roster=self.roster(),
            observation=Ledger(),
            policies=self.roster().policies(),
        ).tick(self.now)

    def deliver(self) -> Delivered:
        web, smtp = self.ports["web"], self.ports["smtp"]
        ways = (
            Way(name="wecom", url="wecombot://{address}", needs=("rt-core-1",)),
            Way(name="sms", url=f"form://127.0.0.1:{web}/sms/{{address}}"),
            Way(
                name="mail",
                url=f"mailto://127.0.0.1:{smtp}?from=lineguard@example.net&to={{address}}",
            ),
            Way(name="voice", url="voice://"),
        )
        return asyncio.run(
            Delivery(
                store=self.store,
                logbook=self.book,
                ways=Ways(ways, {one.name: dict(one.channels) for one in self.people}),
                paths=Paths(self.topology),
                sender=Switchboard(web, AppriseSender(NoSecrets())),
                clock=lambda: self.now,
                lang="en",
            ).deliver()
        )

    def roster(self) -> DutyRoster:
        duty, problems = load_duty(
            self.folder / "people.yml",
            frozenset(one.name for one in self.people),
            frozenset(one.name for one in CalendarSettings().shifts),
        )
        assert not problems
        with self.store.read() as tx:
            known = overrides(tx)
        return DutyRoster(duty, self.people, OnDuty(CalendarSettings()), known)

    # --- what is seen --------------------------------------------------------------------------

    def silent(self, *devices: str) -> None:
        self._observe(silence(one) for one in devices)

    def back(self, *devices: str) -> None:
        self._observe(sees(one) for one in devices)

    def bad(self, device: str, item: str, severity: Severity) -> None:
        self._observe([sees(device, abnormal(device, item, severity))])

    def good(self, device: str, item: str) -> None:
        self._observe([sees(device, judged(device, item))])

    def behind(self, root: str) -> tuple[str, ...]:
        """A device and all that needs it."""
        known = self.topology.depends_on
        return (root, *sorted(one for one in known if root in self.topology.upstream(one)))

    def _observe(self, sightings: Iterable[Sighting]) -> None:
        desk = IncidentDesk(self.book, self.topology, confirm={"M44": 2})
        with self.store.write() as tx:
            desk.observe(tx, tuple(sightings), self.now, "watch")

    # --- what people do ------------------------------------------------------------------------

    def acknowledge(self, name: str, *about: str) -> None:
        for number in self._live(*about):
            self._done(self._hands.acknowledge(number, self._actor(name)))

    def hold(self, name: str, about: str, until: str) -> None:
        for number in self._live(about):
            self._done(self._hands.hold(number, self._actor(name), minute_of(until), "等备件"))

    def resolve(self, name: str, about: str) -> None:
        for number in self._live(about):
            self._done(self._hands.resolve(number, self._actor(name), "处理完毕"))

    def report(self, name: str, kind: Trouble) -> None:
        report = Report(kind=kind, severity=Severity.WARNING, text="报障", site="site_primary")
        self._done(self._hands.open(report, self._actor(name)))

    def work(self, name: str, device: str, until: str) -> None:
        desk = SilenceDesk(store=self.store, logbook=self.book, clock=lambda: self.now)
        where = Where(device=device)
        self._done(desk.add(where, self.now, minute_of(until), "割接", self._actor(name)))

    def stand_in(self, name: str, begins: str, ends: str) -> None:
        desk = OverrideDesk(store=self.store, logbook=self.book, clock=lambda: self.now)
        (person,) = (one for one in self.people if one.name == name)
        begin, end = minute_of(begins), minute_of(ends)
        self._done(desk.add(Post.PRIMARY, person, begin, end, "换班", self._actor("陈静")))

    @property
    def _hands(self) -> HandlingDesk:
        return HandlingDesk(store=self.store, logbook=self.book, clock=lambda: self.now)

    def _actor(self, name: str) -> Actor:
        (person,) = (one for one in self.people if one.name == name)
        return Actor(name=name, proven=True, how=Proof.PIN, person=person)

    def _live(self, *about: str) -> list[int]:
        """The live incidents whose cause names one of these."""
        with self.store.read() as tx:
            found = [
                one.id for one in live_incidents(tx) if any(name in one.cause for name in about)
            ]
        assert found, about
        return found

    def _done(self, outcome: object) -> None:
        assert not isinstance(outcome, Refusal), outcome.why.text("en")
