"""Windows hosts over real SSH, seen the whole way to a verdict."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from checks.catalogue import item
from checks.judging import Judgement, judge_item, wanted
from checks.verdict import State
from collectors.readings import FileSystems, HostLoad, Reachability, Reading, Trouble
from collectors.readings.windows import Patches, SystemEvents, VirusProtection
from collectors.sources.windows_scripts import EVENTS_KEPT, SCRIPTS
from inventory.model import Device, Kind, Trait, Watch
from inventory.services import AntivirusWatch
from lab.embedded.hostkeys import ensure_host_key, pin
from lab.embedded.windows_data import EventData, PatchData, WindowsData
from lab.embedded.windows_host import WindowsHost
from tests.collectors.hosts import PASSWORD, Remembered, means, unanswered, visit
from tests.collectors.hosts import listening as plain_linux
from tests.inventory.builders import device, winssh
from tests.witness import shown

PEER = "practice Windows host"
ALL: tuple[type[Reading], ...] = (HostLoad, FileSystems, SystemEvents, VirusProtection, Patches)


@asynccontextmanager
async def listening(folder: Path) -> AsyncIterator[WindowsHost]:
    key = ensure_host_key(folder / "hostkeys", "file-2")
    host = WindowsHost(host_key=key, user="inspect", password=PASSWORD)
    await host.start("127.0.0.1", 0)
    pin(folder / "known_hosts", {host.port: key})
    try:
        yield host
    finally:
        await host.stop()


def windows(port: int, watch: Watch | None = None) -> Device:
    return device(
        "file-2", Kind.FILE_SERVER, traits=(Trait.WINDOWS,), watch=watch,
        winssh=winssh(port, timeout_s=5.0),
    )  # fmt: skip


async def looked(
    name: str, host: WindowsHost, folder: Path, memory: Remembered | None = None
) -> Judgement:
    target = windows(host.port)
    seen = await visit(target, means(folder), wanted(item(name), target), memory)
    if memory is not None:
        memory.keep(seen)
    return shown(judge_item(item(name), target, seen)[0], peer=PEER)


async def test_one_login_answers_all_questions_and_nothing_else_is_sent(tmp_path: Path) -> None:
    async with listening(tmp_path) as host:
        seen = await visit(windows(host.port), means(tmp_path), ALL)
        assert (host.logins, dict(seen.sessions), host.strange) == (1, {"winssh": 1}, [])
    assert {type(answer) for answer in seen.answers.values()} == set(ALL)
    asked = [one.asked for answer in seen.answers.values() for one in answer.exchanges]
    assert set(asked) <= set(SCRIPTS)
    assert {one.protocol for answer in seen.answers.values() for one in answer.exchanges} == {
        "winssh"
    }


async def test_a_windows_host_is_reached_by_its_ssh_port(tmp_path: Path) -> None:
    async with listening(tmp_path) as host:
        seen = await visit(windows(host.port), means(tmp_path), [Reachability])
    answer = seen.answers[Reachability]
    assert isinstance(answer, Reachability)
    assert answer.answered == answer.sent


def hot(data: WindowsData) -> None:
    data.cpu_percent = 80


def full(data: WindowsData) -> None:
    data.disks["D:"] = 97.0


def ill_event(data: WindowsData) -> None:
    data.events.append(EventData(2, "The device has a bad block.", "disk 7"))


def agent_stopped(data: WindowsData) -> None:
    data.services["TmListen"] = "Stopped"


def old_pattern(data: WindowsData) -> None:
    assert data.trend
    data.trend.pattern_days = 9


def unpatched(data: WindowsData) -> None:
    data.missing.append(PatchData("5040430", "Critical"))


@pytest.mark.parametrize(
    ("name", "change", "sentence"),
    [
        ("M24", hot, "file-2: CPU 80 %, limit 80 %"),
        ("M26", full, "file-2: file system D: is 97 % full, limit 95 %"),
        ("M25", ill_event, "file-2: 1 new events of level 1 to 2 in its System log, the worst: "
         "disk 7: The device has a bad block."),
        ("M27", agent_stopped, "file-2: the Trend Micro service TmListen does not run"),
        ("M49", old_pattern, "file-2: virus pattern 9 days old, limit 7"),
        ("M50", unpatched, "file-2: 1 critical patches are missing, limit 0: 5040430"),
    ],
)  # fmt: skip
async def test_what_is_well_is_normal_each_fault_is_told_and_garbage_is_unknown(
    tmp_path: Path, name: str, change: Callable[[WindowsData], None], sentence: str
) -> None:
    async with listening(tmp_path) as host:
        well = await looked(name, host, tmp_path)
        change(host.windows)
        ill = await looked(name, host, tmp_path)
        host.behaviour.garbage = True
        unclear = await looked(name, host, tmp_path)
    assert well.verdict.state is State.NORMAL, well.verdict.sentence.text("en")
    assert (ill.verdict.state, ill.verdict.sentence.text("en")) == (State.ABNORMAL, sentence)
    assert (unclear.verdict.state, unclear.trouble) == (State.UNKNOWN, Trouble.GARBLED)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "gbk"])
async def test_the_encoding_of_the_console_does_not_matter(tmp_path: Path, encoding: str) -> None:
    async with listening(tmp_path) as host:
        host.encoding = encoding
        seen = await visit(windows(host.port), means(tmp_path), ALL)
    assert {type(answer) for answer in seen.answers.values()} == set(ALL)


async def test_a_windows_that_refuses_the_update_search_is_unknown(tmp_path: Path) -> None:
    async with listening(tmp_path) as host:
        host.windows.search_refused = True
        judged = await looked("M50", host, tmp_path)
    assert (judged.verdict.state, judged.trouble) == (State.UNKNOWN, Trouble.REFUSED)
    assert "Access is denied" in judged.verdict.sentence.text("en")


@pytest.mark.parametrize(("days", "state"), [(-1, State.NORMAL), (-3, State.UNKNOWN)])
async def test_a_pattern_of_the_future_proves_nothing(
    tmp_path: Path, days: int, state: State
) -> None:
    async with listening(tmp_path) as host:
        assert host.windows.trend
        host.windows.trend.pattern_days = days
        assert (await looked("M49", host, tmp_path)).verdict.state is state


async def test_a_host_without_powershell_is_unknown(tmp_path: Path) -> None:
    async with plain_linux(tmp_path) as host:
        key = ensure_host_key(tmp_path / "hostkeys", "app-1")
        pin(tmp_path / "known_hosts", {host.port: key})
        seen = await visit(windows(host.port), means(tmp_path), [HostLoad])
        assert len(host.strange) == 1
    assert unanswered(seen.answers[HostLoad]).trouble is Trouble.UNSUPPORTED


async def test_a_site_names_the_services_of_its_own_agent(tmp_path: Path) -> None:
    watch = Watch(antivirus=AntivirusWatch(services=("tmbmserver",)))
    async with listening(tmp_path) as host:
        host.windows.services = {"TMBMServer": "Running"}
        seen = await visit(windows(host.port, watch), means(tmp_path), [VirusProtection])
    answer = seen.answers[VirusProtection]
    assert isinstance(answer, VirusProtection)
    assert answer.services == {"tmbmserver": "Running"}


# --- each event is seen once ---


async def seen_events(host: WindowsHost, folder: Path, memory: Remembered) -> SystemEvents:
    seen = await visit(windows(host.port), means(folder), [SystemEvents], memory)
    memory.keep(seen)
    answer = seen.answers[SystemEvents]
    assert isinstance(answer, SystemEvents), answer
    return answer


async def test_each_event_is_seen_once(tmp_path: Path) -> None:
    memory = Remembered()
    async with listening(tmp_path) as host:
        ill_event(host.windows)
        first = await seen_events(host, tmp_path, memory)
        again = await seen_events(host, tmp_path, memory)
        host.windows.events.append(EventData(4, "quiet"))
        host.windows.events.append(EventData(3, "a warning"))
        third = await seen_events(host, tmp_path, memory)
    assert (first.first_look, len(first.entries)) == (True, 1)
    assert (again.first_look, again.entries, again.gap) == (False, (), False)
    assert [one.text for one in third.entries] == ["a warning"]


async def test_a_log_that_has_run_over_or_was_cleared_is_a_gap(tmp_path: Path) -> None:
    memory = Remembered()
    async with listening(tmp_path) as host:
        await seen_events(host, tmp_path, memory)
        host.windows.cleared += 3  # the oldest is the next after what was seen
        whole = await seen_events(host, tmp_path, memory)
        host.windows.cleared += 4
        over = await seen_events(host, tmp_path, memory)
        host.windows.cleared = 0
        host.windows.events = [EventData(2, "after the clearing")]
        cleared = await seen_events(host, tmp_path, memory)
    assert (whole.gap, over.gap, cleared.gap) == (False, True, True)
    assert [one.text for one in cleared.entries] == ["after the clearing"]


async def test_a_flood_of_events_is_bounded_and_said(tmp_path: Path) -> None:
    memory = Remembered()
    async with listening(tmp_path) as host:
        await seen_events(host, tmp_path, memory)
        host.windows.events += [EventData(3, "a warning")] * (EVENTS_KEPT + 5)
        seen = await seen_events(host, tmp_path, memory)
    assert (len(seen.entries), seen.more) == (EVENTS_KEPT, True)
