"""Services and heartbeats of Linux hosts over real SSH, seen the whole way to a verdict."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from checks.catalogue import item
from checks.judging import Judgement, judge_item, wanted
from checks.verdict import State
from collectors.readings import LogLines, Trouble
from collectors.readings.services import ApplicationLog, MdsServices, ProxyServices
from inventory.model import Device, Kind, LogWatch, Trait, Watch
from inventory.services import HeartbeatWatch, ServicePort, ServiceWatch, VrrpWatch
from lab.embedded.linux_host import LinuxHost
from lab.embedded.linux_services import OTHER_PROCESSES, healthy_services
from tests.collectors.hosts import Remembered, listening, means, unanswered, visit
from tests.inventory.builders import device, ssh
from tests.witness import shown

LINUX = "practice Linux host"
IVR = "/var/log/cti/ivr.log"
ALARMS = "/var/log/cti/dbproxy.alarm"
CTI = Watch(
    services=(
        ServiceWatch(name="MDS", items=("M13",), process="/opt/cti/mds *", count=2, ports=(5400,)),
        ServiceWatch(name="proxy", items=("M16",), process="/opt/cti/dbproxy", ports=(5500,)),
    ),
    logs=(
        LogWatch(path="/var/log/messages", patterns=("panic",)),
        LogWatch(path=IVR, patterns=("ERROR",), items=("M15",)),
        LogWatch(path=ALARMS, patterns=("ALARM",), items=("M16",)),
    ),
    heartbeat=HeartbeatWatch(
        peers=("10.9.0.2",), vrrp=(VrrpWatch(instance="VI_1", role="master"),)
    ),
)


def cti(port: int, watch: Watch = CTI, kind: Kind = Kind.USM_CTI) -> Device:
    return device(
        "app-1", kind, traits=(Trait.CLUSTERED,), watch=watch, ssh=ssh(port, timeout_s=5.0)
    )


@asynccontextmanager
async def serving(folder: Path, watch: Watch = CTI) -> AsyncIterator[LinuxHost]:
    """A host on which all that is watched is well."""
    async with listening(folder) as host:
        host.data.services = healthy_services(cti(host.port, watch), clustered=True)
        for log in watch.logs:
            host.logs.create(log.path, b"quiet\n")
        yield host


async def looked(
    name: str, target: Device, folder: Path, memory: Remembered | None = None
) -> dict[str, Judgement]:
    seen = await visit(target, means(folder), wanted(item(name), target), memory)
    if memory is not None:
        memory.keep(seen)
    judged = judge_item(item(name), target, seen)
    return {one.check: shown(one, peer=LINUX) if _rests(one) else one for one in judged}


def _rests(one: Judgement) -> bool:
    """Where the site says that nothing stands there, nothing was asked."""
    return one.verdict.state is not State.NOT_APPLICABLE


Change = Callable[[LinuxHost], None]


def no_mds(host: LinuxHost) -> None:
    host.data.services.processes.clear()


def one_mds(host: LinuxHost) -> None:
    host.data.services.processes.remove("/opt/cti/mds run")


def port_closed(host: LinuxHost) -> None:
    host.data.services.listening.clear()


def link_down(host: LinuxHost) -> None:
    assert host.data.services.links
    host.data.services.links[0].connected = False


def corosync_down(host: LinuxHost) -> None:
    host.data.services.links = []


def echo_lost(host: LinuxHost) -> None:
    host.data.services.peers["10.9.0.2"].received = 9


def peer_gone(host: LinuxHost) -> None:
    host.data.services.peers.clear()


def slow_peer(host: LinuxHost) -> None:
    host.data.services.peers["10.9.0.2"].round_trip_ms = 10.5


def vrrp_switched(host: LinuxHost) -> None:
    host.data.services.vrrp["VI_1"].append("BACKUP")


def alarm_raised(host: LinuxHost) -> None:
    host.logs.append(ALARMS, "ALARM 12 raised: connection pool exhausted")


def ivr_error(host: LinuxHost) -> None:
    host.logs.append(IVR, "ERROR flow 3 aborted")


@pytest.mark.parametrize(
    ("name", "check", "change", "sentence"),
    [
        ("M13", "services", no_mds, "app-1: service MDS does not run"),
        ("M13", "services", one_mds,
         "app-1: service MDS runs with 1 processes, at least 2 are needed"),
        ("M13", "services", port_closed, "app-1: nothing listens on port 5400 of service MDS"),
        ("M16", "services", no_mds, "app-1: service proxy does not run"),
        ("M16", "alarms", alarm_raised, "app-1: 1 abnormal log lines, the first: ALARM 12 raised: "
         "connection pool exhausted"),
        ("M15", "logs", ivr_error, "app-1: 1 abnormal log lines, the first: ERROR flow 3 aborted"),
        ("M04", "heartbeat", link_down,
         "app-1: heartbeat link 0 (192.168.254.1) does not reach node 2"),
        ("M04", "heartbeat", corosync_down, "app-1: corosync does not run on it"),
        ("M04", "heartbeat", echo_lost,
         "app-1: 10 % of the echoes to heartbeat peer 10.9.0.2 are lost, limit 0 %"),
        ("M04", "heartbeat", peer_gone, "app-1: heartbeat peer 10.9.0.2 answers none of 10 echoes"),
        ("M04", "heartbeat", slow_peer,
         "app-1: heartbeat peer 10.9.0.2 answers in 10.5 ms, limit 10 ms"),
        ("M04", "heartbeat", vrrp_switched,
         "app-1: VRRP instance VI_1 is backup, it should be master"),
    ],
)  # fmt: skip
async def test_what_is_well_is_normal_and_each_fault_is_told(
    tmp_path: Path, name: str, check: str, change: Change, sentence: str
) -> None:
    async with serving(tmp_path) as host:
        well = await looked(name, cti(host.port), tmp_path)
        change(host)
        ill = await looked(name, cti(host.port), tmp_path)
        assert host.strange == []
    assert {one.verdict.state for one in well.values()} == {State.NORMAL}
    assert all(one.exchanges for one in well.values())
    assert ill[check].verdict.state is State.ABNORMAL
    assert ill[check].verdict.sentence.text("en") == sentence


SPEECH = Watch(
    services=(
        ServiceWatch(name="ASR server", items=("M31", "M58"), process="/opt/asr/server *"),
        ServiceWatch(name="TTS server", items=("M32",), process="/opt/tts/server *"),
        ServiceWatch(name="recogniser", process="/opt/asr/recogniser ?", count=3),
    ),
)


@pytest.mark.parametrize(
    ("name", "gone", "sentence"),
    [
        ("M31", "/opt/asr/server run", "app-1: service ASR server does not run"),
        ("M32", "/opt/tts/server run", "app-1: service TTS server does not run"),
        ("M58", "/opt/asr/recogniser 1",
         "app-1: service recogniser runs with 2 processes, at least 3 are needed"),
    ],
)  # fmt: skip
async def test_speech_services_are_seen_for_the_items_that_they_serve(
    tmp_path: Path, name: str, gone: str, sentence: str
) -> None:
    async with serving(tmp_path, SPEECH) as host:
        target = cti(host.port, SPEECH, Kind.TTS_ASR)
        well = await looked(name, target, tmp_path)
        host.data.services.processes.remove(gone)
        ill = await looked(name, target, tmp_path)
        host.behaviour.garbage = True
        unclear = await looked(name, target, tmp_path)
    assert well["services"].verdict.state is State.NORMAL
    assert ill["services"].verdict.sentence.text("en") == sentence
    assert unclear["services"].verdict.state is State.UNKNOWN


@pytest.mark.parametrize("name", ["M04", "M13", "M15", "M16"])
async def test_garbage_in_place_of_an_answer_is_unknown(tmp_path: Path, name: str) -> None:
    async with serving(tmp_path) as host:
        host.behaviour.garbage = True
        judged = await looked(name, cti(host.port), tmp_path)
    assert {one.verdict.state for one in judged.values()} == {State.UNKNOWN}
    assert {one.trouble for one in judged.values()} == {Trouble.GARBLED}


@pytest.mark.parametrize(
    ("name", "kind"),
    [("M13", Kind.USM_CTI), ("M15", Kind.USM_CTI), ("M16", Kind.USM_CTI), ("M31", Kind.TTS_ASR),
     ("M32", Kind.TTS_ASR), ("M58", Kind.TTS_ASR)],
)  # fmt: skip
async def test_an_item_without_site_data_says_which_key_to_write(
    tmp_path: Path, name: str, kind: Kind
) -> None:
    async with listening(tmp_path) as host:
        bare = await looked(name, cti(host.port, Watch(), kind), tmp_path)
        away = await looked(name, cti(host.port, Watch(absent=(name,)), kind), tmp_path)
    for one in bare.values():
        assert (one.verdict.state, one.trouble) == (State.UNKNOWN, Trouble.NOT_CONFIGURED)
        assert "watch." in one.verdict.sentence.text("en")
        assert name in one.verdict.sentence.text("en")
    assert {one.verdict.state for one in away.values()} == {State.NOT_APPLICABLE}


async def test_a_node_without_corosync_says_what_to_write(tmp_path: Path) -> None:
    async with serving(tmp_path) as host:
        host.data.services.links = None
        judged = await looked("M04", cti(host.port), tmp_path)
    assert judged["heartbeat"].trouble is Trouble.NOT_CONFIGURED
    assert "watch.heartbeat" in judged["heartbeat"].verdict.sentence.text("en")


async def test_a_vrrp_instance_that_the_journal_does_not_name_is_unknown(tmp_path: Path) -> None:
    async with serving(tmp_path) as host:
        host.data.services.vrrp.clear()
        judged = await looked("M04", cti(host.port), tmp_path)
    assert judged["heartbeat"].verdict.state is State.UNKNOWN


async def test_a_host_that_hides_processes_is_unknown_and_not_without_services(
    tmp_path: Path,
) -> None:
    async with serving(tmp_path) as host:
        host.data.services.hidden = True
        judged = await looked("M13", cti(host.port), tmp_path)
    assert judged["services"].trouble is Trouble.REFUSED
    assert "hidepid" in judged["services"].verdict.sentence.text("en")


async def test_passwords_on_command_lines_are_not_kept_as_evidence(tmp_path: Path) -> None:
    watch = Watch(services=(ServiceWatch(name="x", items=("M13",), process="/opt/x *"),))
    async with serving(tmp_path, watch) as host:
        host.data.services.processes = ["/opt/x -Djdbc.password=hunter2 sys/abcdef@db"]
        judged = await looked("M13", cti(host.port, watch), tmp_path)
    kept = b"".join(one.answer for one in judged["services"].exchanges)
    assert judged["services"].verdict.state is State.NORMAL
    assert b"x = /opt/x *\n" in kept
    assert b"backup" in kept  # the control: the careless one is there, by its name alone
    assert any("never-to-be-kept" in one for one in OTHER_PROCESSES)
    assert not any(secret in kept for secret in (b"hunter2", b"abcdef", b"never-to-be-kept"))


async def test_the_lists_of_a_host_are_asked_once_for_all_items(tmp_path: Path) -> None:
    async with serving(tmp_path) as host:
        seen = await visit(cti(host.port), means(tmp_path), [MdsServices, ProxyServices])
        assert host.commands == 2
    assert all(len(one.exchanges) == 2 for one in seen.answers.values())


async def test_a_port_that_must_answer_is_knocked_at_from_here(tmp_path: Path) -> None:
    door = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    port = door.sockets[0].getsockname()[1]
    one = ServiceWatch(name="ASR server", items=("M31",), connect=ServicePort(port=port))
    async with serving(tmp_path, Watch(services=(one,))) as host:
        target = cti(host.port, Watch(services=(one,)), Kind.TTS_ASR)
        open_ = await looked("M31", target, tmp_path)
        door.close()
        await door.wait_closed()
        shut = await looked("M31", target, tmp_path)
        assert host.commands == 0
    assert open_["services"].verdict.state is State.NORMAL
    assert shut["services"].verdict.sentence.text("en") == (
        f"app-1: port {port} of service ASR server takes no connection"
    )
    assert [one.answer for one in shut["services"].exchanges] == [b"refused"]


# --- each item remembers its own place in a log ---


async def test_two_items_with_the_same_log_swallow_nothing_of_one_another(tmp_path: Path) -> None:
    both = LogWatch(path=IVR, patterns=("ERROR",), items=("M05", "M15"))
    watch = Watch(logs=(both,))
    weekly, daily = "M05", "M15"
    memory = Remembered()
    async with serving(tmp_path, watch) as host:
        target = cti(host.port, watch)
        counts: list[Any] = []
        for name in (weekly, daily):
            counts.append((await looked(name, target, tmp_path, memory))["logs"].verdict.measured)
        ivr_error(host)
        for name in (daily, daily, weekly, weekly):
            counts.append((await looked(name, target, tmp_path, memory))["logs"].verdict.measured)
    assert counts == [0, 0, 1, 0, 1, 0]
    assert set(memory.values) == {("app-1", f"log:{IVR}"), ("app-1", f"log:M15:{IVR}")}


async def test_a_log_of_another_item_is_no_system_log(tmp_path: Path) -> None:
    watch = Watch(logs=(LogWatch(path=IVR, patterns=("ERROR",), items=("M15",)),))
    async with serving(tmp_path, watch) as host:
        seen = await visit(cti(host.port, watch), means(tmp_path), [LogLines, ApplicationLog])
    assert unanswered(seen.answers[LogLines]).trouble is Trouble.NOT_CONFIGURED
    assert isinstance(seen.answers[ApplicationLog], ApplicationLog)
