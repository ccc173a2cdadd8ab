"""A scripted collector and a small desk: no network, no fixed waiting."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from checks.item import Check, Item, NoLimits, Period
from checks.verdict import Severity, Verdict, abnormal, normal
from collectors.readings import (
    Exchange,
    FileSystem,
    FileSystems,
    HostLoad,
    Reachability,
    Reading,
    Trouble,
    Unanswered,
)
from collectors.visit import Answer, Contact, Memory, Note, Visit
from incidents.desk import IncidentDesk
from inventory.model import Device, Estate, Kind
from logbook.book import Logbook
from logbook.evidence import EvidenceArchive
from logbook.keys import SiteKeys
from logbook.verify import verify
from maintenance.calendar import CalendarSettings
from maintenance.looks import DEVICES_AT_ONCE
from maintenance.rounds import RoundDesk
from phrases import say
from store.database import Store
from store.schema import entry, slot
from tests.inventory.builders import device, estate, ssh

SHANGHAI_NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
BUSY = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
"""10:00 in Shanghai: inside the busy hour, on a working Friday."""

REAL = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
"""The real time of writing, in tests where it differs from the slot time."""


# --- a small catalogue -------------------------------------------------------------------------


def _space(reading: FileSystems, _limits: NoLimits, one: Device) -> Verdict:
    used = max(fs.used_percent for fs in reading.mounted)
    if used >= 85:
        severity = Severity.CRITICAL if used >= 95 else Severity.WARNING
        return abnormal(
            say("{device}: disk {used:.0f} %", device=one.name, used=used),
            severity=severity,
            measured=used,
            unit="%",
        )
    return normal(say("{device}: disk {used:.0f} %", device=one.name, used=used), measured=used)


def _load(reading: HostLoad, _limits: NoLimits, one: Device) -> Verdict:
    return normal(say("{device}: load fine", device=one.name), measured=reading.cpu_percent)


def _reach(reading: Reachability, _limits: NoLimits, one: Device) -> Verdict:
    if reading.answered == 0:
        return abnormal(say("{device} does not answer", device=one.name))
    return normal(say("{device} answers all", device=one.name))


def item(
    name: str,
    reads: type[Reading] | None,
    judge: Callable[..., Verdict] | None = None,
    *,
    busy_hour: bool = False,
    period: Period = Period.DAY,
) -> Item:
    checks: tuple[Check[Reading, NoLimits], ...] = ()
    if reads is not None and judge is not None:
        checks = (Check(name="check", reads=reads, judge=judge, limits=NoLimits()),)
    return Item(
        id=name, group="", title_zh=name, title_en=name, form_group="", form_title="",
        period=period, kinds=frozenset({Kind.APP_SERVER}), busy_hour=busy_hour, checks=checks,
    )  # fmt: skip


SPACE = item("M19", FileSystems, _space)
LOAD = item("M17", HostLoad, _load, busy_hour=True)
REACH = item("M53", Reachability, _reach)
UNBUILT = item("M13", None)
CATALOGUE = (LOAD, SPACE, REACH, UNBUILT)


# --- a collector that says what the test wants -------------------------------------------------


@dataclass
class World:
    """What the devices answer now. A test changes it as a person breaks things."""

    silent: set[str] = field(default_factory=set)
    lossy: set[str] = field(default_factory=set)
    """Devices whose reachability probes get no answer, while all else does."""
    trouble: dict[str, Trouble] = field(default_factory=dict)
    disk: dict[str, float] = field(default_factory=dict)
    defective: set[str] = field(default_factory=set)
    references_silent: bool = False

    async def cut_off(self) -> bool:
        return self.references_silent


@dataclass
class FakeCollector:
    """Answers from a `World`; counts visits and sees how many are under way at once."""

    world: World
    clock: Callable[[], datetime]
    visits: list[tuple[str, frozenset[type[Reading]]]] = field(default_factory=list)
    delay_s: float = 0.0
    gate: asyncio.Event | None = None
    slow: dict[str, asyncio.Event] = field(default_factory=dict)
    """Devices whose visit lasts until the event is set."""
    began: asyncio.Queue[str] = field(default_factory=asyncio.Queue)
    """Each device as its visit begins, for tests that act while one is under way."""
    under_way: int = 0
    most_at_once: int = 0

    async def one_began(self) -> str:
        """Wait until another visit is under way."""
        return await asyncio.wait_for(self.began.get(), 20)

    async def visit(self, device: str, wanted: frozenset[type[Reading]], memory: Memory) -> Visit:
        self.visits.append((device, wanted))
        began = self.clock()
        self.began.put_nowait(device)
        self.under_way += 1
        self.most_at_once = max(self.most_at_once, self.under_way)
        await asyncio.sleep(self.delay_s)
        if self.gate is not None:
            await self.gate.wait()
        if device in self.slow:
            await self.slow[device].wait()
        self.under_way -= 1
        if device in self.world.defective:
            raise ValueError(f"a defect in reading {device}")
        answers = {one: self._answer(device, one) for one in wanted}
        seen = int(memory.recall(device, "seen") or "0")
        return Visit(
            device=device,
            started_at=began,
            ended_at=self.clock(),
            contact=self._contact(device, wanted),
            answers=answers,
            notes=(Note(device=device, topic="seen", value=str(seen + 1)),),
        )

    def _contact(self, device: str, wanted: frozenset[type[Reading]]) -> Contact:
        lost = device in self.world.lossy and wanted == {Reachability}
        if lost or device in self.world.silent:
            why = say("{device} did not answer", device=device)
            return Contact(reached=False, trouble=Trouble.UNREACHABLE, why=why)
        return Contact(reached=True, trouble=None, why=say("{device} answers", device=device))

    def _answer(self, device: str, question: type[Reading]) -> Answer:
        at = self.clock()
        if question is Reachability:
            answered = 0 if device in self.world.silent | self.world.lossy else 3
            return Reachability(
                device=device, taken_at=at, protocol="tcp", sent=3, answered=answered,
                round_trip_ms=1.0,
            )  # fmt: skip
        trouble = (
            Trouble.UNREACHABLE if device in self.world.silent else self.world.trouble.get(device)
        )
        exchange = Exchange(
            protocol="ssh", asked=question.__name__, answer=f"{device} {question}".encode(),
            at=at, duration_ms=3,
        )  # fmt: skip
        if trouble is not None:
            why = say("{device}: no use because {trouble}", device=device, trouble=trouble.value)
            return Unanswered(
                device=device, taken_at=at, trouble=trouble, why=why, exchanges=(exchange,)
            )
        return self._reading(device, question, at, exchange)

    def _reading(
        self, device: str, question: type[Reading], at: datetime, exchange: Exchange
    ) -> Reading:
        if question is FileSystems:
            used = self.world.disk.get(device, 40.0)
            mounted = (FileSystem(mount="/", size=10**9, used_percent=used),)
            return FileSystems(device=device, taken_at=at, mounted=mounted, exchanges=(exchange,))
        return HostLoad(
            device=device, taken_at=at, cpu_percent=12.0, memory_percent=30.0,
            exchanges=(exchange,),
        )  # fmt: skip


# --- a desk ------------------------------------------------------------------------------------


def app(name: str, *, depends_on: tuple[str, ...] = ()) -> Device:
    return device(name, Kind.APP_SERVER, ssh=ssh(), depends_on=depends_on)


def apps(count: int) -> Estate:
    return estate(*(app(f"app-{number}") for number in range(1, count + 1)))


def real_clock() -> datetime:
    return REAL


def logbook(store: Store, folder: Path) -> Logbook:
    keys = folder / "keys"
    fresh = not (keys / "signing.pem").exists()
    site_keys = SiteKeys.generate(keys, REAL - timedelta(days=9)) if fresh else SiteKeys(keys)
    return Logbook(store, EvidenceArchive(folder / "evidence"), site_keys)


def round_desk(
    store: Store,
    folder: Path,
    world: World,
    devices: Estate | None = None,
    items: Iterable[Item] = CATALOGUE,
    calendar: CalendarSettings | None = None,
    devices_at_once: int = DEVICES_AT_ONCE,
) -> tuple[RoundDesk, FakeCollector]:
    of = devices or apps(3)
    book = logbook(store, folder)
    collector = FakeCollector(world, real_clock)
    desk = RoundDesk(
        store=store,
        logbook=book,
        incidents=IncidentDesk.of(of, book),
        estate=of,
        items=tuple(items),
        collector=collector,
        self_check=world,
        calendar=calendar or CalendarSettings(),
        devices_at_once=devices_at_once,
    )
    return desk, collector


def with_estate(desk: RoundDesk, of: Estate) -> RoundDesk:
    return replace(desk, estate=of, incidents=IncidentDesk.of(of, desk.logbook))


# --- what was written --------------------------------------------------------------------------


def entries(store: Store, *kinds: str) -> list[dict[str, Any]]:
    """The entries of these kinds (of all, when none is named), with `seq`, `at` and `kind`."""
    with store.read() as tx:
        rows = tx.execute(select(entry).order_by(entry.c.seq)).all()
    return [
        {**json.loads(row.body), "seq": row.seq, "at": row.at, "kind": row.kind}
        for row in rows
        if not kinds or row.kind in kinds
    ]


def slots(store: Store) -> dict[str, tuple[str, str | None]]:
    """Each slot's state and result."""
    with store.read() as tx:
        return {row.id: (row.state, row.result) for row in tx.execute(select(slot))}


def proven(book: Logbook) -> str:
    """Empty when chain, signatures, evidence and tables are proven; else the reason."""
    found = verify(book.store, book.keys.public_keys(), book.evidence)
    return "" if found.valid else str(found)
