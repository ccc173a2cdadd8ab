"""Services beside each other: one that dies is started again and told of; all end in order."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import pytest

from lineguard.serving import Pauses, Supervisor
from phrases import Phrase

QUICK = Pauses(first_s=0.001, longest_s=0.002, settled_s=0.01, end_limit_s=0.2)
LIMIT_S = 60.0


@dataclass
class Told:
    """What the supervisor reports. `heard`: the service that is awaited is well; any, where none is
    named."""

    awaits: str = ""
    deaths: list[tuple[str, str]] = field(default_factory=list)
    wells: list[str] = field(default_factory=list)
    heard: asyncio.Event = field(default_factory=asyncio.Event)

    async def died(self, service: str, why: Phrase) -> None:
        self.deaths.append((service, why.text("en")))

    async def well(self, service: str) -> None:
        self.wells.append(service)
        if self.awaits in ("", service):
            self.heard.set()


@dataclass
class Acts:
    """A service that does what each of its runs is told to, and then runs until it is stopped."""

    name: str
    log: list[str] = field(default_factory=list)
    runs: list[Callable[[], Awaitable[None]]] = field(default_factory=list)

    async def run(self, stop: asyncio.Event) -> None:
        self.log.append(f"{self.name} begins")
        if self.runs:
            await self.runs.pop(0)()
            return
        await stop.wait()
        self.log.append(f"{self.name} ends")


async def fails() -> None:
    raise RuntimeError("the wire\nis cut")


async def just_ends() -> None:
    return None


async def until(stop: asyncio.Event, supervisor: Supervisor, told: Told) -> None:
    running = asyncio.create_task(supervisor.run(stop))
    await asyncio.wait_for(told.heard.wait(), LIMIT_S)
    stop.set()
    await asyncio.wait_for(running, LIMIT_S)


async def test_one_that_dies_is_started_again_and_the_others_run_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    told, log = Told("ill"), list[str]()
    ill = Acts("ill", log, [fails, fails, just_ends])
    await until(asyncio.Event(), Supervisor((ill, Acts("sound", log)), told, QUICK), told)
    assert log.count("ill begins") == 4
    assert log.count("sound begins") == 1
    assert told.deaths[0] == ("ill", "RuntimeError: the wire is cut")
    assert told.deaths[2] == ("ill", "it ended though nobody told it to")
    said = [one.getMessage() for one in caplog.records if "died" in one.getMessage()]
    assert said == ["service ill died: RuntimeError: the wire is cut"], "once, not for each death"


async def test_what_runs_well_for_a_while_is_said_to_be_well() -> None:
    told = Told()
    await until(asyncio.Event(), Supervisor((Acts("ill", runs=[fails]),), told, QUICK), told)
    assert told.wells == ["ill"]


async def test_all_end_the_last_one_first() -> None:
    told, log = Told(), list[str]()
    services = tuple(Acts(name, log) for name in ("one", "two", "three"))
    await until(asyncio.Event(), Supervisor(services, told, QUICK), told)
    assert log[3:] == ["three ends", "two ends", "one ends"]


async def test_one_that_will_not_end_is_given_up() -> None:
    told, log = Told(), list[str]()

    async def deaf() -> None:
        await asyncio.sleep(3600)

    services = (Acts("sound", log), Acts("deaf", log, [deaf]))
    await until(asyncio.Event(), Supervisor(services, told, QUICK), told)
    assert log[-1] == "sound ends"


async def test_who_is_up_is_known() -> None:
    told, stop = Told("one"), asyncio.Event()
    pauses = Pauses(first_s=LIMIT_S, settled_s=0.01)
    supervisor = Supervisor((Acts("one"), Acts("two", runs=[fails])), told, pauses)
    running = asyncio.create_task(supervisor.run(stop))
    await asyncio.wait_for(told.heard.wait(), LIMIT_S)
    assert supervisor.standing == {"one": True, "two": False}
    stop.set()
    await asyncio.wait_for(running, LIMIT_S)


@pytest.mark.parametrize(("deaths", "pause"), [(1, 1), (2, 2), (6, 32), (7, 60), (10**9, 60)])
def test_the_pause_doubles_up_to_a_minute(deaths: int, pause: float) -> None:
    assert Pauses().after(deaths) == pause
