"""Every item that a check carries out, at the practice site: well, not well, and not understood.

One site in this process, so that a test can change what any peer answers. Each case looks three
times: when all is well, after a change, and when the answer is of no use. What an item's own tests
show in depth is shown here in width.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

import pytest
import pytest_asyncio

from checks.catalogue import item
from checks.judging import Judgement
from checks.verdict import State
from lab.embedded import configuration_damage, damage, server_damage, snmp_data
from lab.embedded import database_damage as care
from lab.embedded.home import PracticeHome
from lab.embedded.oracle.data import log_deadlock
from lab.embedded.site import PracticeSite, Prompt, running, site_of_home
from lab.embedded.vrp_data import LoggedLine
from lab.embedded.windows_data import EventData
from lab.world import DeviceWorld
from lineguard.founding import found
from lineguard.wiring import Station
from maintenance.looks import Call, burst, look
from tests.collectors.hosts import Remembered
from tests.lab.practice import now, take_away_databases
from tests.witness import shown

pytestmark = pytest.mark.asyncio(loop_scope="module")

Change = Callable[[DeviceWorld], None]

LINUX: Final = "practice Linux host"
AGENT: Final = "practice SNMP agent"
WINDOWS: Final = "practice Windows host"
VRP: Final = "practice VRP console"
U1900: Final = "practice U1900 console"
POSTGRES: Final = "PostgreSQL 16"
BORDER: Final = "practice VRP console and SNMP agent"
POSTGRES_HOST: Final = "PostgreSQL 16 and its practice host"
ORACLE: Final = "practice Oracle listener"
UPSD: Final = "practice upsd (NUT)"
HTTP: Final = "practice HTTP service"
CTI: Final = "practice CTI page"
TTS: Final = "practice speech synthesis"
ASR: Final = "practice speech recognition"


@dataclass(frozen=True)
class Practice:
    """A home, and its site that listens in this process."""

    station: Station
    site: PracticeSite

    def world(self, device: str) -> DeviceWorld:
        return self.site.scene.worlds[device]

    async def change(self, device: str, how: Change) -> None:
        how(self.world(device))
        await self._apply(device)

    async def heal(self, device: str) -> None:
        self.world(device).heal()
        await self._apply(device)

    async def _apply(self, device: str) -> None:
        servers = [peer.server for peer in self.world(device).peers.values()]
        await asyncio.gather(*(one.apply() for one in servers if isinstance(one, Prompt)))


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def practice(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Practice]:
    root = tmp_path_factory.mktemp("items") / "home"
    station = found(root, practice=True, at=now())
    try:
        async with running(site_of_home(PracticeHome(root))) as site:
            yield Practice(station=station, site=site)
    finally:
        take_away_databases(root)


def garbage(world: DeviceWorld) -> None:
    for peer in world.peers.values():
        peer.behaviour.garbage = True


def silence(world: DeviceWorld) -> None:
    for peer in world.peers.values():
        peer.behaviour.silent = True


def refuse(world: DeviceWorld) -> None:
    for peer in world.peers.values():
        peer.behaviour.refuse_logins = True


def host_load(world: DeviceWorld) -> None:
    world.data("ssh").cpu_percent = 91.0


def host_disk(world: DeviceWorld) -> None:
    world.data("ssh").disks[-1].used_percent = 97.0


def host_cluster(world: DeviceWorld) -> None:
    world.data("ssh").cluster.quorum = False


def host_log(world: DeviceWorld) -> None:
    watched = world.device.watch.logs[0]
    line = watched.patterns[0].replace("*", " ")
    world.peers["ssh"].server.logs.append(watched.path, line)  # type: ignore[attr-defined]


def application_log(world: DeviceWorld) -> None:
    watched = next(log for log in world.device.watch.logs if "M15" in log.items)
    line = watched.patterns[0].replace("*", " ")
    world.peers["ssh"].server.logs.append(watched.path, line)  # type: ignore[attr-defined]


def windows_event(world: DeviceWorld) -> None:
    world.data("winssh").events.append(EventData(2, "The device has a bad block.", "disk 7"))


def damaged_copies(world: DeviceWorld) -> None:
    for name, file in world.data("ssh").shelf.files.items():
        if name.endswith(".tar.gz"):
            file.replace(b"\0" * 5_000)


def broken_dump(world: DeviceWorld) -> None:
    for name, file in world.data("ssh").shelf.files.items():
        if name.endswith(".dump"):
            file.replace((file.read() or b"")[:2_000])


def old_copies(world: DeviceWorld) -> None:
    for file in world.data("ssh").shelf.files.values():
        file.age_s = 31 * 86_400.0


def lost_copies(world: DeviceWorld) -> None:
    world.data("ssh").shelf.files.clear()


def agent_load(world: DeviceWorld) -> None:
    snmp_data.set_cpu(world.data("snmp"), 91)


def agent_disk(world: DeviceWorld) -> None:
    snmp_data.fill_disk(world.data("snmp"), 97)


def _put(protocol: str, **values: object) -> Change:
    def change(world: DeviceWorld) -> None:
        for name, value in values.items():
            setattr(world.data(protocol), name, value)

    return change


def _damaged(of: Callable[..., None]) -> Change:
    """A fault that strikes only the device itself."""
    return lambda world: of(None, world)


def oracle_deadlock(world: DeviceWorld) -> None:
    log_deadlock(world.data("oracle"))


def gateway_port(world: DeviceWorld) -> None:
    world.data("cli").ports["E1 0/1"] = "down"


def gateway_board(world: DeviceWorld) -> None:
    world.data("cli").parts["PWR 2"] = "fault"


def console_log(world: DeviceWorld) -> None:
    line = LoggedLine(2, "The power supply failed.", module="POWER", mnemonic="FAIL")
    world.data("cli").log.append(line)


def unreadable_log(world: DeviceWorld) -> None:
    world.data("cli").log.append(LoggedLine(9, "Of no severity."))


def status_file_old(world: DeviceWorld) -> None:
    world.data("ssh").figures_age_s = 3_600


def hour_lost(world: DeviceWorld) -> None:
    world.data("ssh").calls.missing_hour = 18


def unreadable_times(world: DeviceWorld) -> None:
    world.data("ssh").calls.strange = 2


def ivr_down(world: DeviceWorld) -> None:
    world.data("ssh").figures.ivr = "stopped"


@dataclass(frozen=True)
class Case:
    """A change of one device that makes one item abnormal, and one that leaves it unknown."""

    item: str
    device: str
    peer: str
    bad: Change
    useless: Change = garbage
    keeper: str | None = None
    """Where the change is made, if the item is judged by what another device keeps."""

    @property
    def struck(self) -> str:
        return self.keeper or self.device

    def __str__(self) -> str:
        return f"{self.item}-{self.device}"


def _host(items: str, device: str, *changes: Change) -> list[Case]:
    return [Case(one, device, LINUX, bad) for one, bad in zip(items.split(), changes, strict=True)]


def _gateway(item: str, bad: Change, **unreadable: object) -> Case:
    return Case(item, "gw-1960-1", U1900, bad, _put("cli", **unreadable))


def _database(device: str, peer: str, useless: Change, *changes: Change) -> list[Case]:
    items = ("M06", "M07", "M08", "M09")
    return [Case(one, device, peer, bad, useless) for one, bad in zip(items, changes, strict=True)]


def _care(device: str, peer: str, useless: Change, **changes: Change) -> list[Case]:
    return [Case(one, device, peer, bad, useless) for one, bad in changes.items()]


CASES: Final = [
    *_host("M01 M02 M03 M05", "cti-1", host_load, host_disk, host_cluster, host_log),
    *_host("M17 M18 M19 M20", "app-1", host_load, host_log, host_disk, host_cluster),
    *_host("M21 M22 M23", "wechat-1", host_load, host_log, host_disk),
    *_host("M28 M29 M30", "tts-1", host_load, host_log, host_disk),
    Case("M04", "usm-1", LINUX, _damaged(server_damage.break_heartbeat)),
    Case("M13", "cti-1", LINUX, _damaged(server_damage.stop_mds)),
    Case("M15", "cti-1", LINUX, application_log),
    Case("M16", "cti-2", LINUX, _damaged(server_damage.close_proxy_port)),
    Case("M31", "asr-1", LINUX, _damaged(server_damage.shut_asr_port)),
    Case("M32", "tts-1", LINUX, _damaged(server_damage.stop_tts)),
    Case("M58", "asr-1", LINUX, _damaged(server_damage.stop_asr_service)),
    Case("M24", "file-2", WINDOWS, _put("winssh", cpu_percent=91)),
    Case("M25", "file-2", WINDOWS, windows_event),
    Case("M26", "file-2", WINDOWS, _put("winssh", disks={"C:": 97.0})),
    Case("M27", "file-2", WINDOWS, _damaged(server_damage.stop_antivirus)),
    Case("M49", "file-2", WINDOWS, _damaged(server_damage.age_pattern)),
    Case("M50", "file-2", WINDOWS, _damaged(server_damage.withhold_patches)),
    Case("M24", "file-1", AGENT, agent_load),
    Case("M26", "file-1", AGENT, agent_disk),
    *_database(
        "db-1", POSTGRES, silence,
        _put("postgres", failed_job=True), _put("postgres", deadlock=True),
        _put("postgres", expired_account=True), _put("postgres", connections=905),
    ),
    *_database(
        "db-dr-1", ORACLE, garbage,
        _damaged(damage.fail_job), oracle_deadlock,
        _damaged(damage.lock_account), _damaged(damage.open_connections),
    ),
    *_care("db-1", POSTGRES_HOST, silence, M10=_put("postgres", failing_archiver=True),
           M11=_damaged(care.log_panic), M12=_damaged(care.fill_data_disk)),
    *_care("db-dr-1", ORACLE, garbage, M10=_damaged(care.lose_standby),
           M11=_damaged(care.log_internal_error), M12=_damaged(care.fill_tablespace),
           M39=_damaged(care.fail_backup)),
    _gateway("M33", _put("cli", cpu_average=91), cpu_average="x"),
    _gateway("M34", _damaged(damage.take_trunk_down), alarms=[("Odd", "sound")]),
    _gateway("M35", _damaged(damage.change_address), addresses=["none"]),
    _gateway("M36", _put("cli", version="V300"), version=""),
    _gateway("M37", gateway_port, ports={}),
    _gateway("M38", gateway_board, parts={}),
    Case("M41", "sw-core-1", VRP, _damaged(configuration_damage.forget_to_save), refuse),
    Case("M44", "fw-core-1", BORDER, _damaged(damage.fail_fan), refuse),
    Case("M46", "fw-core-1", BORDER, _damaged(damage.load_cpu)),
    Case("M44", "rt-gov-1", VRP, _damaged(damage.lose_supply), _put("cli", supplies=[], fans=[])),
    Case("M46", "rt-gov-1", VRP, _damaged(damage.fill_memory), _put("cli", memory_percent="x")),
    Case("M47", "rt-core-1", VRP, console_log, unreadable_log),
    Case("M53", "file-1", AGENT, silence),
    Case("M40", "nms-1", LINUX, damaged_copies, keeper="bak-1"),
    Case("M42", "db-1", LINUX, old_copies, keeper="bak-1"),
    Case("M42", "usm-1", LINUX, broken_dump, keeper="bak-1"),
    Case("M57", "db-1", LINUX, lost_copies, keeper="app-dr-1"),
    Case("M14", "cti-1", CTI, _put("cti", cti_link="down")),
    Case("M14", "usm-1", LINUX, ivr_down, status_file_old),
    Case("M56", "tts-1", TTS, _put("tts", silent=True)),
    Case("M56", "asr-1", ASR, _put("asr", heard="今天天气很好"), _put("asr", body=b"<html>")),
    Case("M60", "gw-1960-1", LINUX, hour_lost, unreadable_times, keeper="usm-1"),
    Case("M59", "di-city", HTTP, _damaged(damage.pile_up)),
    Case("R1", "ups-1", AGENT, _damaged(damage.cut_mains)),
    Case("R1", "ups-dr-1", UPSD, _damaged(damage.overload_ups)),
    Case("R2", "san-1", AGENT, _damaged(damage.fail_array_disk)),
    Case("R3", "room-1", AGENT, _damaged(damage.heat_room)),
]  # fmt: skip


@dataclass
class Looks:
    """Looks of one item at one device, each remembering what the one before noted."""

    practice: Practice
    case: Case
    memory: Remembered = field(default_factory=Remembered)

    async def judged(self) -> tuple[Judgement, ...]:
        station = self.practice.station
        call = Call(device=station.estate.device(self.case.device), items=(item(self.case.item),))
        collector = burst(station.visitor, station.estate, [call], now)
        looked = await look(collector, call, self.memory, now)
        for note in looked.notes:
            self.memory.values[note.device, note.topic] = note.value
        return looked.judgements

    async def states(self) -> Mapping[str, State]:
        judged = [shown(one, self.case.peer) for one in await self.judged()]
        return {one.check: one.verdict.state for one in judged}


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_an_item_is_normal_then_abnormal_then_unknown(practice: Practice, case: Case) -> None:
    looks = Looks(practice, case)
    well = await looks.states()
    assert set(well.values()) <= {State.NORMAL, State.NOT_APPLICABLE}, well
    try:
        await practice.change(case.struck, case.bad)
        assert State.ABNORMAL in (await looks.states()).values()
        await practice.heal(case.struck)
        await practice.change(case.struck, case.useless)
        found = set((await looks.states()).values())
        assert State.UNKNOWN in found and State.ABNORMAL not in found
    finally:
        await practice.heal(case.struck)
