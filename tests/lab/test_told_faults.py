"""Faults that practice devices tell of themselves, heard by the intake of their home."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from checks.catalogue import item
from checks.judging import Judgement, judge_item, wanted
from checks.verdict import State
from collectors.intake.model import Receiver
from incidents.intake_records import counts, messages
from incidents.listing import IncidentRecord, incidents
from lab.embedded.faults import fault_named
from lab.embedded.home import PracticeHome
from lab.embedded.peers import SiteMeans
from lab.embedded.site import PracticeSite, running, site_of, speaker_of
from lab.embedded.told_faults import LISTENS, TOLD_FAULTS
from lineguard import clock
from lineguard.founding import found
from lineguard.intaking import IntakePlan
from lineguard.wiring import Station
from tests.incidents.intakes import until
from tests.incidents.test_intake_items import OTHERS, TRAPS
from tests.witness import shown

STORED = Receiver.SYSLOG.value, "stored"


@dataclass(frozen=True)
class Since:
    """The last look was then."""

    then: datetime

    def recall(self, device: str, topic: str) -> str | None:
        return self.then.isoformat()


@dataclass(frozen=True)
class Heard:
    """A home that listens, and some of its devices."""

    station: Station
    site: PracticeSite
    since: datetime

    def open(self) -> tuple[IncidentRecord, ...]:
        with self.station.store.read() as tx:
            return incidents(tx)

    def counted(self) -> dict[tuple[str, str], int]:
        with self.station.store.read() as tx:
            told = counts(tx, self.since)
        return {(receiver, outcome): many for receiver, outcome, many in told}

    async def judged(self, name: str) -> Judgement:
        due, device = item(name), self.station.estate.device(LISTENS)
        visit = await self.station.visitor.visit(LISTENS, wanted(due, device), Since(self.since))
        (judgement,) = judge_item(due, device, visit)
        return judgement


@asynccontextmanager
async def hearing(root: Path, *names: str) -> AsyncIterator[Heard]:
    station = found(root, practice=True, at=clock.now())
    station.load_sources([station.estate.device(LISTENS)], [item("M54"), item("M55")])
    flow = await IntakePlan(station).open()
    stop = asyncio.Event()
    task = asyncio.create_task(flow.run(stop))
    home = PracticeHome(root)
    means = SiteMeans(secrets=station.secrets, host_keys=home.host_keys, data=home.lab / "postgres")
    chosen = tuple(one for one in station.estate.devices if one.name in names)
    site = site_of(replace(station.estate, devices=chosen), means, ())
    site.speaker = speaker_of(home)
    try:
        async with running(site):
            await until(lambda: Heard(station, site, clock.now()).counted().get(STORED))
            yield Heard(station, site, clock.now())
    finally:
        stop.set()
        await asyncio.wait_for(task, 30)
        station.store.close()


@pytest.mark.parametrize("name", [one.name for one in TOLD_FAULTS])
async def test_what_a_device_tells_is_one_incident_and_its_item_is_abnormal(
    tmp_path: Path, name: str
) -> None:
    fault = fault_named(name)
    seen = fault.seen
    async with hearing(tmp_path / "home", fault.device) as heard:
        peer = {"M54": TRAPS, "M55": OTHERS}[seen.item]
        assert shown(await heard.judged(seen.item), peer).verdict.state is State.NORMAL
        await heard.site.break_fault(name)
        await until(heard.open)
        (one,) = heard.open()
        assert (one.cause, one.sentence["en"]) == (seen.cause, seen.headline)
        told = shown(await heard.judged(seen.item), peer)
        assert (told.check, told.verdict.state) == (seen.check, seen.state)
        assert told.verdict.sentence.text("en") == seen.sentence
        await heard.site.mend(name)
        await until(lambda: not heard.open())
        assert (await heard.judged(seen.item)).verdict.state is State.NORMAL


async def test_a_storm_is_stored_to_the_last_line(tmp_path: Path) -> None:
    async with hearing(tmp_path / "home", "sw-core-2") as heard:
        before = heard.counted()[STORED]
        await heard.site.break_fault("alarm-storm-syslog")
        await until(lambda: heard.counted()[STORED] == before + 300)
        assert len(heard.open()) == 1


async def test_a_device_that_goes_says_before_that_its_alarms_are_over(tmp_path: Path) -> None:
    async with hearing(tmp_path / "home", "rt-dr-1") as heard:
        await heard.site.break_fault("port-down")
        await until(heard.open)
        assert [one.cause for one in heard.open()] == ["item:rt-dr-1:M44:ports"]
        await heard.site.stop()
        await until(lambda: not heard.open())


async def test_a_ups_on_its_battery_says_so_again_while_it_lasts(tmp_path: Path) -> None:
    async with hearing(tmp_path / "home", "ups-1", "rt-gov-1") as heard:
        await heard.site.break_fault("ups-on-battery")
        assert heard.site.speaker is not None
        heard.site.speaker.murmur(heard.site.scene.worlds.values(), datetime.now(UTC))
        await until(lambda: heard.counted().get(("traps", "stored")) == 2)
        (one,) = heard.open()
        assert one.cause == "item:ups-1:R1:supply"


async def test_whoever_has_no_address_of_its_own_says_nothing(tmp_path: Path) -> None:
    async with hearing(tmp_path / "home", "rt-core-1") as heard:
        heard.site.speaker = replace(heard.site.speaker, sources={})  # type: ignore[type-var]
        with heard.station.store.read() as tx:
            assert {one.device for one in messages(tx, 10)} == {"rt-core-1"}
        before = heard.counted()
        await heard.site.break_fault("port-down", "rt-core-1")
        await asyncio.sleep(0)
        assert heard.counted() == before


def test_only_this_machine_is_spoken_to(tmp_path: Path) -> None:
    home = PracticeHome(found(tmp_path / "home", practice=True, at=clock.now()).home.root)
    assert all(address.startswith("127.0.1.") for address in home.speakers())
    text = home.settings.read_text(encoding="utf-8")
    home.settings.write_text(text.replace('traps = "127.0.0.1:', 'traps = "10.0.0.1:'), "utf-8")
    speaker = speaker_of(home)
    assert speaker is not None
    assert speaker.traps is None
    assert speaker.syslog is not None
