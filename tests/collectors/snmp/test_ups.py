"""UPSs by SNMP: which MIB answers is found by asking, and each value means what it should."""

from __future__ import annotations

from typing import Any

import pytest

from checks.catalogue import item
from checks.judging import Judgement, judge_item, wanted
from checks.verdict import Severity, State
from collectors.readings import Trouble, Unanswered
from collectors.readings.power import Supply, UpsAlarms, UpsBattery, UpsLoad, UpsSupply
from collectors.sources.snmp.port import EngineMaker
from inventory.model import Kind, SnmpValue
from lab.embedded import snmp_data
from lab.embedded.snmp_mib import AgentData
from tests.collectors.snmp.recordings import FOLDER, MISSING, recorded
from tests.collectors.snmp.served import Served, serving
from tests.collectors.snmp.ups_agents import HUAWEI, POWERNET, huawei, powernet
from tests.inventory.builders import device
from tests.witness import shown

PEER = "practice SNMP agent"
RFC = "1.3.6.1.2.1.33.1"
RECORDED = pytest.mark.skipif(not FOLDER.is_dir(), reason=MISSING)


async def judged(served: Served, witnessed: bool = True) -> dict[str, Judgement]:
    """R1 of this UPS, by check. Recordings are not everywhere, so they bear no witness."""
    due = item("R1")
    visit = await served.visit(*wanted(due, served.device))
    found = judge_item(due, served.device, visit)
    return {one.check: shown(one, PEER) if witnessed else one for one in found}


def states(found: dict[str, Judgement]) -> dict[str, State]:
    return {check: one.verdict.state for check, one in found.items()}


def sentence(found: dict[str, Judgement], check: str) -> str:
    return found[check].verdict.sentence.text("en")


# --- which MIB ---------------------------------------------------------------------------------


async def test_each_mib_alone_is_found_and_well(engine: EngineMaker) -> None:
    for data, alarms in ((snmp_data.ups("u"), True), (huawei(), False), (powernet(), False)):
        async with serving(data, name="ups-1", kind=Kind.UPS) as served:
            found = await judged(served)
        told = {"supply", "battery", "load"} | ({"ups_alarms"} if alarms else set())
        assert states(found) == dict.fromkeys(told, State.NORMAL)


async def test_the_standard_goes_before_the_makers_own(engine: EngineMaker) -> None:
    both = snmp_data.ups("u")
    both.set_value(f"{HUAWEI}.2.101.1.1.1", 4)
    async with serving(both, name="ups-1", kind=Kind.UPS) as served:
        answer = await served.read(UpsSupply)
    assert (answer.supply, answer.word) == (Supply.MAINS, "upsOutputSource 3")


async def test_a_stub_of_the_standard_does_not_hide_the_makers_own(engine: EngineMaker) -> None:
    """Some cards have upsIdentManufacturer and nothing else of RFC 1628."""
    data = huawei()
    data.set_value(f"{RFC}.1.1.0", "HUAWEI")
    async with serving(data, name="ups-1", kind=Kind.UPS) as served:
        assert (await served.read(UpsSupply)).word == "hwUpsSupplyMethod 3"


async def test_an_agent_that_is_no_ups_is_unsupported_and_says_what_was_tried(
    engine: EngineMaker,
) -> None:
    async with serving(snmp_data.linux("x"), name="ups-1", kind=Kind.UPS) as served:
        answer = await served.ask(UpsSupply)
        found = await judged(served)
    assert isinstance(answer, Unanswered)
    assert answer.trouble is Trouble.UNSUPPORTED
    assert "neither UPS-MIB (RFC 1628)" in answer.why.text("en")
    assert set(states(found).values()) == {State.UNKNOWN}


# --- one value each ----------------------------------------------------------------------------

CHANGES: list[tuple[str, str, int | str, str, str]] = [
    ("rfc", f"{RFC}.4.1.0", 5, "supply", "the UPS runs on battery, mains are gone; 46 min left"),
    ("rfc", f"{RFC}.4.1.0", 4, "supply", "the UPS is on bypass, nothing protects the load"),
    ("rfc", f"{RFC}.4.1.0", 2, "supply", "the UPS gives no output"),
    ("rfc", f"{RFC}.2.1.0", 3, "battery", "the UPS battery is low"),
    ("rfc", f"{RFC}.2.1.0", 4, "battery", "the UPS battery is empty"),
    ("rfc", f"{RFC}.2.3.0", 9, "battery", "the UPS battery lasts 9 min, limit 10 min"),
    ("rfc", f"{RFC}.2.4.0", 49, "battery", "UPS battery charge 49 %, limit 50 %"),
    ("rfc", f"{RFC}.2.7.0", 40, "battery", "UPS battery at 40 °C, limit 40 °C"),
    ("rfc", f"{RFC}.4.4.1.5.1", 80, "load", "UPS load 80 %, limit 80 %"),
    ("huawei", f"{HUAWEI}.2.101.1.1.1", 4, "supply", "the UPS runs on battery, mains are gone"),
    ("huawei", f"{HUAWEI}.2.101.1.1.1", 5, "supply", "mains alone are not enough, the battery"),
    ("huawei", f"{HUAWEI}.2.101.1.1.1", 1, "supply", "the UPS gives no output"),
    ("huawei", f"{HUAWEI}.2.101.1.3.1", 1, "battery", "the UPS has no battery connected"),
    ("huawei", f"{HUAWEI}.6.100.1.4.1", 540, "battery", "the UPS battery lasts 9 min"),
    ("huawei", f"{HUAWEI}.6.100.1.6.1", 412, "battery", "UPS battery at 41.2 °C, limit 40 °C"),
    ("huawei", f"{HUAWEI}.4.100.1.15.1", 1010, "load", "UPS load 101 %, limit 100 %"),
    ("powernet", f"{POWERNET}.4.1.1.0", 3, "supply", "the UPS runs on battery, mains are gone"),
    ("powernet", f"{POWERNET}.4.1.1.0", 10, "supply", "the UPS is on bypass"),
    ("powernet", f"{POWERNET}.2.1.1.0", 4, "battery", "the UPS battery has a fault"),
    ("powernet", f"{POWERNET}.2.2.4.0", 2, "battery", "the UPS battery must be replaced"),
    ("powernet", f"{POWERNET}.2.2.3.0", 54000, "battery", "the UPS battery lasts 9 min"),
    ("powernet", f"{POWERNET}.4.3.3.0", 800, "load", "UPS load 80 %, limit 80 %"),
]
MAKERS: dict[str, Any] = {
    "rfc": lambda: snmp_data.ups("u"),
    "huawei": huawei,
    "powernet": powernet,
}


@pytest.mark.parametrize(
    ("mib", "oid", "value", "check", "said"), CHANGES, ids=lambda one: str(one)[:40]
)
async def test_a_change_of_one_value_is_one_finding(
    engine: EngineMaker, mib: str, oid: str, value: int, check: str, said: str
) -> None:
    data = MAKERS[mib]()
    data.set_value(oid, value)
    async with serving(data, name="ups-1", kind=Kind.UPS) as served:
        found = await judged(served)
    assert sentence(found, check).startswith(f"ups-1: {said}")
    assert {one for one, state in states(found).items() if state is State.ABNORMAL} == {check}


@pytest.mark.parametrize(
    ("mib", "oid", "value"),
    [
        ("rfc", f"{RFC}.4.1.0", 1),
        ("rfc", f"{RFC}.4.1.0", 99),
        ("huawei", f"{HUAWEI}.2.101.1.1.1", 8),
        ("powernet", f"{POWERNET}.4.1.1.0", 8),
        ("powernet", f"{POWERNET}.4.1.1.0", 1),
    ],
)
async def test_a_supply_without_a_meaning_is_unknown(
    engine: EngineMaker, mib: str, oid: str, value: int
) -> None:
    data = MAKERS[mib]()
    data.set_value(oid, value)
    async with serving(data, name="ups-1", kind=Kind.UPS) as served:
        found = await judged(served)
    assert states(found)["supply"] is State.UNKNOWN
    assert str(value) in sentence(found, "supply")


async def test_numbers_as_text_and_numbers_that_mean_none(engine: EngineMaker) -> None:
    data = snmp_data.ups("u")
    data.set_value(f"{RFC}.2.4.0", "87", "4")
    data.set_value(f"{RFC}.2.3.0", 4294967295, "66")
    data.set_value(f"{RFC}.2.7.0", 2147483647)
    async with serving(data, name="ups-1", kind=Kind.UPS) as served:
        answer = await served.read(UpsBattery)
    assert (answer.charge_percent, answer.runtime_minutes, answer.celsius) == (87.0, None, None)


# --- alarms ------------------------------------------------------------------------------------


def alarming(*alarms: int, source: int = 3, present: int | None = None) -> AgentData:
    data = snmp_data.ups("u")
    data.set_value(f"{RFC}.4.1.0", source)
    data.set_value(f"{RFC}.6.1.0", len(alarms) if present is None else present, "66")
    for row, number in enumerate(alarms, 1):
        data.set_value(f"{RFC}.6.2.1.2.{row}", f"{RFC}.6.3.{number}", "6")
    return data


@pytest.mark.parametrize(
    ("data", "alarms"),
    [
        (alarming(), ()),
        (alarming(16), ("upsAlarmFanFailure",)),
        (alarming(2, 6, source=5), ()),
        (alarming(6), ("upsAlarmInputBad",)),
        (alarming(8, 3, 4, 9, 1, 24), ()),
        (alarming(13, present=2), ("upsAlarmChargerFailed", "upsAlarmsPresent")),
        (alarming(99), (f"{RFC}.6.3.99",)),
    ],
)
async def test_alarms_are_those_that_nothing_else_tells(
    engine: EngineMaker, data: AgentData, alarms: tuple[str, ...]
) -> None:
    async with serving(data, name="ups-1", kind=Kind.UPS) as served:
        assert (await served.read(UpsAlarms)).alarms == alarms


async def test_alarms_of_overload_and_a_bad_battery_belong_to_load_and_battery(
    engine: EngineMaker,
) -> None:
    async with serving(alarming(1, 8), name="ups-1", kind=Kind.UPS) as served:
        found = await judged(served)
    assert sentence(found, "load") == "ups-1: the UPS is overloaded, load 31 %"
    assert sentence(found, "battery") == "ups-1: the UPS battery has a fault"
    assert states(found)["ups_alarms"] is State.NORMAL


async def test_a_ups_without_a_count_of_alarms_does_not_tell_alarms(engine: EngineMaker) -> None:
    data = snmp_data.ups("u")
    data.remove(f"{RFC}.6.1.0")
    async with serving(data, name="ups-1", kind=Kind.UPS) as served:
        assert "ups_alarms" not in await judged(served)


# --- the scale of Huawei's charge --------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "site", "percent", "assumed"),
    [
        (98, None, 98.0, True),
        (980, None, 98.0, False),  # above 100 there is one way to read it
        (98, SnmpValue(scale=1.0, confirmed=True), 98.0, False),
        (98, SnmpValue(scale=0.1, confirmed=True), 9.8, False),
        (98, SnmpValue(scale=0.1), 98.0, True),
        (980, SnmpValue(scale=1.0, confirmed=True), None, False),
    ],
)
async def test_the_scale_is_the_sites_to_confirm(
    engine: EngineMaker,
    raw: int,
    site: SnmpValue | None,
    percent: float | None,
    assumed: bool,
) -> None:
    async with serving(huawei(raw), name="ups-1", kind=Kind.UPS) as served:
        oids = {} if site is None else {"ups_charge": site}
        known = served.device.access.snmp
        assert known is not None
        served.device = device("ups-1", Kind.UPS, oids=oids, snmp=known)
        answer = await served.read(UpsBattery)
    assert (answer.charge_percent, answer.charge_assumed) == (percent, assumed)


async def test_a_value_that_the_site_names_is_read_there(engine: EngineMaker) -> None:
    data = huawei(50)
    data.set_value("1.3.6.1.4.1.9999.1.0", 77)
    async with serving(data, name="ups-1", kind=Kind.UPS) as served:
        site = SnmpValue(oid="1.3.6.1.4.1.9999.1.0", confirmed=True)
        known = served.device.access.snmp
        assert known is not None
        served.device = device("ups-1", Kind.UPS, oids={"ups_charge": site}, snmp=known)
        assert (await served.read(UpsBattery)).charge_percent == 77.0


# --- recorded devices --------------------------------------------------------------------------

KNOWN = {
    "huaweiups_ups2000": ({"supply", "battery", "load"}, None),
    "eaton-mgeups_93ps": ({"supply", "battery", "load"}, None),
    "netmanplus_204": ({"supply", "battery", "load"}, None),
    "generex-ups_cs141": ({"supply", "battery", "load"}, Severity.WARNING),
    "deltaups": ({"supply", "battery", "load"}, None),
    "liebert_apm": ({"supply", "battery"}, None),
    "dell-ups_tower1000w": ({"supply", "battery", "load"}, None),
    "apc_smtl1000-nmc3": ({"supply", "battery", "load"}, None),
}
"""What each tells at least, and how bad its supply was when it was recorded (one on bypass)."""
NO_UPS = ("cyberpower", "huaweiups", "huawei-smu_smu02b")
"""Recordings that hold no more than who made the UPS, or no UPS at all."""


@RECORDED
@pytest.mark.parametrize("name", KNOWN)
async def test_a_recorded_ups_is_judged_as_it_was(engine: EngineMaker, name: str) -> None:
    told, supply = KNOWN[name]
    async with serving(recorded(name), name=name, kind=Kind.UPS) as served:
        found = await judged(served, witnessed=False)
    assert told <= found.keys()
    assert found["supply"].verdict.severity is supply
    others = {one.verdict.state for check, one in found.items() if check != "supply"}
    assert others == {State.NORMAL}, {one: sentence(found, one) for one in found}


@RECORDED
@pytest.mark.parametrize("name", NO_UPS)
async def test_a_recorded_stub_is_no_ups(engine: EngineMaker, name: str) -> None:
    async with serving(recorded(name), name=name, kind=Kind.UPS) as served:
        found = await judged(served, witnessed=False)
    assert set(states(found).values()) == {State.UNKNOWN}


@RECORDED
async def test_the_recordings_hold_the_traps(engine: EngineMaker) -> None:
    async with serving(recorded("huaweiups_ups2000"), name="ups-1", kind=Kind.UPS) as served:
        battery, load = await served.read(UpsBattery), await served.read(UpsLoad)
    assert (battery.runtime_minutes, battery.charge_percent, load.percent) == (None, 100.0, 27.0)
