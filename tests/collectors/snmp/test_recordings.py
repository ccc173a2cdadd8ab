"""Recorded devices, served by the practice agent and read by the real collector and judges: the
healthy ones are healthy, and each change of a single value is found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from checks import host, network
from checks.item import Check
from checks.verdict import State, Verdict
from collectors.readings import Reachability, Trouble, Unanswered
from collectors.sources.snmp.port import EngineMaker
from inventory.model import Kind
from lab.embedded.snmp_agent import AgentData
from tests.collectors.snmp.recordings import FOLDER, KNOWN, MISSING, Known, recorded
from tests.collectors.snmp.served import serving

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason=MISSING)

NETWORK: tuple[Check[Any, Any], ...] = (
    network.PROCESSOR_LOAD,
    network.MEMORY_USE,
    network.MODULES,
    network.POWER_AND_FANS,
    network.TEMPERATURES,
    network.PORTS,
)
HW = "1.3.6.1.4.1.2011.5.25.31.1.1"
STORAGE = "1.3.6.1.2.1.25.2.3.1"
HOST: tuple[Check[Any, Any], ...] = (host.HOST_CPU, host.HOST_MEMORY, host.FILE_SYSTEMS)


async def judged(name: str, data: AgentData, known: Known) -> dict[str, Verdict | Unanswered]:
    """Every check of the device's kind, by name, after one visit."""
    checks = NETWORK if known.kind in (Kind.ROUTER, Kind.SWITCH) else HOST
    async with serving(
        data, name=name, kind=known.kind, limits=dict(known.limits), ports=known.ports
    ) as served:
        visit = await served.visit(Reachability, *(check.reads for check in checks))
        reached = visit.answers[Reachability]
        assert isinstance(reached, Reachability)
        assert reached.answered == reached.sent
    told: dict[str, Verdict | Unanswered] = {}
    for check in checks:
        answer = visit.answers[check.reads]
        told[check.name] = (
            answer
            if isinstance(answer, Unanswered)
            else check.judge(answer, check.limits_for(served.device), served.device)
        )
    return told


def test_every_recording_is_known() -> None:
    assert {path.stem for path in FOLDER.glob("*.snmprec")} == KNOWN.keys()


@pytest.mark.parametrize("name", KNOWN)
async def test_a_recorded_healthy_device_is_judged_without_a_false_alarm(
    engine: EngineMaker, name: str
) -> None:
    known = KNOWN[name]
    told = await judged(name, recorded(name), known)
    untold = {check for check, one in told.items() if isinstance(one, Unanswered)}
    wrong = {
        check: one.sentence.text("en")
        for check, one in told.items()
        if isinstance(one, Verdict) and one.state is not State.NORMAL
    }
    assert wrong == {}
    assert untold == known.untold
    for check in untold:
        one = told[check]
        assert isinstance(one, Unanswered)
        assert one.trouble is Trouble.UNSUPPORTED


def test_the_recordings_really_hold_the_traps() -> None:
    """Without these, a judge of every row would pass the test above as well."""
    linux, disc = recorded("linux_icecast"), recorded("linux_powermon")
    assert linux.value(f"{STORAGE}.3.7") == "Cached memory"
    assert linux.value(f"{STORAGE}.5.7") == linux.value(f"{STORAGE}.6.7")
    assert disc.value(f"{STORAGE}.3.66") == "/media/iso"
    assert disc.value(f"{STORAGE}.5.66") == disc.value(f"{STORAGE}.6.66")
    switch, router = recorded("yunshan"), recorded("vrp_s5328c-ei")
    assert switch.value(f"{HW}.1.1.2.16908288") == "2"  # an empty slot reads "disabled"
    unused = [
        index
        for index in range(1, 40)
        if (1, 3, 6, 1, 2, 1, 2, 2, 1, 8, index) in router.values
        and router.value(f"1.3.6.1.2.1.2.2.1.7.{index}") == "1"
        and router.value(f"1.3.6.1.2.1.2.2.1.8.{index}") == "2"
    ]
    assert len(unused) == 2


@dataclass(frozen=True)
class Change:
    """One value of one recording, and the sentence that it must lead to."""

    name: str
    oid: str
    value: str | int
    check: str
    sentence: str


CHANGES = (
    Change("vrp_ar169sfp", f"{HW}.1.1.5.9", 91, "cpu", "CPU average 91 %, limit 50 %"),
    Change("vrp_s5328c-ei", f"{HW}.1.1.5.67108873", 50, "cpu", "CPU average 50 %, limit 50 %"),
    Change("vrp_ar169sfp", f"{HW}.1.1.7.9", 93, "memory", "memory 93 %, limit 80 %"),
    Change("vrp_5720-32x-ei", f"{HW}.1.1.7.67108873", 80, "memory", "memory 80 %, limit 80 %"),
    Change(
        "vrp_ar169sfp", f"{HW}.1.1.11.9", 51, "temperatures", "SRU Board 0 at 51 °C, limit 45 °C"
    ),
    Change(
        "vrp_ne8000-m8", f"{HW}.1.1.11.17301505", 71, "temperatures",
        "CR51LAXFE0 0/8 at 71 °C, limit 65 °C",
    ),
    Change("vrp_s5328c-ei", f"{HW}.10.1.7.0.3", 2, "power_and_fans", "fan FAN 0.3 is abnormal"),
    Change("yunshan", f"{HW}.10.1.7.1.3", 2, "power_and_fans", "fan slot1,FAN3 is abnormal"),
    Change("vrp_ne8000-m8", f"{HW}.10.1.6.13.1", 2, "power_and_fans", "no fan is in place"),
    Change(
        "vrp_ne8000-m8", f"{HW}.18.1.6.11.0", 2, "power_and_fans",
        "power supply PWR 11.0 is notSupply",
    ),
    Change(
        "yunshan", f"{HW}.18.1.6.1.2", 2, "power_and_fans",
        "power supply slot1,PWR2 is notSupply",
    ),
    Change(
        "vrp_s5328c-ei", f"{HW}.1.1.2.67174413", 4, "modules", "board POWER Card 0/4 is offline"
    ),
    Change(
        "vrp_ne8000-m8", f"{HW}.1.1.2.17235969", 12, "modules", "board CR51LAXFE0 0/7 is down"
    ),
    Change(
        "vrp_ar169sfp", "1.3.6.1.2.1.2.2.1.8.4", 2, "ports",
        "port GigabitEthernet0/0/1 is down",
    ),
    Change(
        "vrp_ar169sfp", "1.3.6.1.2.1.2.2.1.7.4", 2, "ports",
        "port GigabitEthernet0/0/1 is shut down by configuration",
    ),
    Change("linux_icecast", "1.3.6.1.2.1.25.3.3.1.2.196608", 95, "cpu", "CPU 95 %, limit 80 %"),
    Change("ibmc", "1.3.6.1.2.1.25.3.3.1.2.196608", 80, "cpu", "CPU 80 %, limit 80 %"),
    Change("linux_icecast", "1.3.6.1.4.1.2021.4.15.0", 0, "memory", "memory 90.5 %, limit 90 %"),
    Change(
        "windows_svr_2019_1809", f"{STORAGE}.6.4", 250000, "memory", "memory 95.4 %, limit 90 %"
    ),
    Change(
        "linux_icecast", f"{STORAGE}.6.54", 6354256, "file_systems",
        "file system / is 97 % full, limit 95 %",
    ),
    Change(
        "windows_svr_2019_1809", f"{STORAGE}.6.1", 23451033, "file_systems",
        "file system C:\\ is 90 % full, limit 85 %",
    ),
)  # fmt: skip


@pytest.mark.parametrize("change", CHANGES, ids=lambda one: f"{one.name}-{one.sentence}")
async def test_a_change_of_one_value_is_found_and_said(engine: EngineMaker, change: Change) -> None:
    known = KNOWN[change.name]
    data = recorded(change.name)
    data.set_value(change.oid, change.value)
    told = await judged(change.name, data, known)
    verdicts = {check: one for check, one in told.items() if isinstance(one, Verdict)}
    assert verdicts[change.check].state is State.ABNORMAL
    assert verdicts[change.check].sentence.text("en") == f"{change.name}: {change.sentence}"
    others = {one.state for check, one in verdicts.items() if check != change.check}
    assert others == {State.NORMAL}


@pytest.mark.parametrize("sentinel", [0, 2147483647])
async def test_a_reading_that_means_none_is_no_measurement(
    engine: EngineMaker, sentinel: int
) -> None:
    data = recorded("vrp_ar169sfp")
    data.set_value(f"{HW}.1.1.11.9", sentinel)
    told = await judged("vrp_ar169sfp", data, KNOWN["vrp_ar169sfp"])
    answer = told["temperatures"]
    assert isinstance(answer, Unanswered)
    assert answer.trouble is Trouble.UNSUPPORTED


async def test_a_size_that_ran_over_is_read_as_it_was_meant(engine: EngineMaker) -> None:
    data = recorded("linux_icecast")
    data.set_value(f"{STORAGE}.5.54", 3_000_000_000 - 2**32)
    data.set_value(f"{STORAGE}.6.54", 2_910_000_000 - 2**32)
    told = await judged("linux_icecast", data, KNOWN["linux_icecast"])
    verdict = told["file_systems"]
    assert isinstance(verdict, Verdict)
    assert verdict.sentence.text("en") == ("linux_icecast: file system / is 97 % full, limit 95 %")
