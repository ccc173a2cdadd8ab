"""Judges for network devices, at their limits and one either side."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from checks import network
from checks.catalogue import item, limit_names
from checks.item import NoLimits
from checks.verdict import Severity, State
from collectors.readings import (
    MemoryUse,
    Module,
    Modules,
    Port,
    Ports,
    PowerAndFans,
    ProcessorLoad,
    Temperatures,
)
from inventory.model import Device, Watch
from tests.inventory.builders import device

AT = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
NAME = "fw-core-1"


def firewall(*ports: str, limits: dict[str, float] | None = None) -> Device:
    return device(NAME, "firewall", watch=Watch(ports=ports), limits=limits)


def load(average: float, maximum: float | None = None) -> ProcessorLoad:
    return ProcessorLoad(device=NAME, taken_at=AT, average=average, maximum=maximum)


@pytest.mark.parametrize(
    ("average", "maximum", "state", "sentence"),
    [
        (49.9, None, State.NORMAL, "CPU average 49.9 %, limit 50 %"),
        (50.0, None, State.ABNORMAL, "CPU average 50 %, limit 50 %"),
        (91.0, 99.0, State.ABNORMAL, "CPU average 91 %, limit 50 %; maximum 99 %, limit 70 %"),
        (10.0, 69.0, State.NORMAL, "CPU average 10 %, limit 50 %; maximum 69 %, limit 70 %"),
        (10.0, 70.0, State.ABNORMAL, "CPU maximum 70 %, limit 70 %"),
    ],
)
def test_the_average_must_stay_below_its_limit_and_so_must_the_maximum(
    average: float, maximum: float | None, state: State, sentence: str
) -> None:
    verdict = network.judge_processor_load(load(average, maximum), network.CpuLimits(), firewall())
    assert verdict.state is state
    assert verdict.sentence.text("en") == f"{NAME}: {sentence}"
    assert verdict.unit == "%"


def test_a_device_has_limits_of_its_own() -> None:
    own = firewall(limits={"cpu_average": 60, "temperature_c": 70})
    verdict = network.judge_processor_load(load(58), network.PROCESSOR_LOAD.limits_for(own), own)
    assert verdict.state is State.NORMAL
    assert verdict.expected == "< 60"


@pytest.mark.parametrize(
    ("percent", "state"), [(79.9, State.NORMAL), (80.0, State.ABNORMAL), (93.0, State.ABNORMAL)]
)
def test_memory_must_stay_below_the_operators_value(percent: float, state: State) -> None:
    reading = MemoryUse(device=NAME, taken_at=AT, percent=percent)
    verdict = network.judge_memory_use(reading, network.MemoryLimits(), firewall())
    assert verdict.state is state
    assert verdict.sentence.text("en") == f"{NAME}: memory {percent:g} %, limit 80 %"


@pytest.mark.parametrize(
    ("degrees", "state"), [(44.0, State.NORMAL), (45.0, State.ABNORMAL), (51.0, State.ABNORMAL)]
)
def test_the_hottest_part_decides(degrees: float, state: State) -> None:
    reading = Temperatures(
        device=NAME, taken_at=AT, parts=(("MPU 1", 30.0), ("LPU 2", degrees), ("PWR 1", 12.0))
    )
    verdict = network.judge_temperatures(reading, network.TemperatureLimits(), firewall())
    assert verdict.state is state
    assert verdict.sentence.text("en") == f"{NAME}: LPU 2 at {degrees:g} °C, limit 45 °C"


def test_several_hot_parts_are_counted() -> None:
    reading = Temperatures(device=NAME, taken_at=AT, parts=(("MPU 1", 50.0), ("LPU 2", 61.0)))
    verdict = network.judge_temperatures(reading, network.TemperatureLimits(), firewall())
    assert verdict.sentence.text("en") == (
        f"{NAME}: LPU 2 at 61 °C, limit 45 °C; 2 parts in all are too hot"
    )
    assert verdict.measured == 61.0


def part(name: str, state: str = "normal", *, present: bool = True) -> Module:
    healthy = state in ("normal", "supply", "enabled") and present
    return Module(name=name, state=state, healthy=healthy, present=present)


def boards(*parts: Module) -> Modules:
    return Modules(device=NAME, taken_at=AT, boards=parts)


@pytest.mark.parametrize(
    ("parts", "state", "sentence"),
    [
        ((part("MPU", "enabled"),), State.NORMAL, f"{NAME}: all 1 boards are in service"),
        (
            (part("MPU", "enabled"), part("LPU", "absent", present=False)),
            State.NORMAL,
            f"{NAME}: all 1 boards are in service",
        ),
        (
            (part("MPU", "enabled"), part("LPU", "offline")),
            State.ABNORMAL,
            f"{NAME}: board LPU is offline",
        ),
        (
            tuple(part(f"LPU {slot}", "down") for slot in range(1, 6)),
            State.ABNORMAL,
            "; ".join([f"{NAME}: board LPU {slot} is down" for slot in (1, 2, 3)])
            + "; 5 faults in all",
        ),
        (
            (part("MPU", "enabled"), part("LPU", "unknown")),
            State.UNKNOWN,
            f"{NAME}: the device does not know the state of LPU",
        ),
    ],
    ids=["in service", "an empty slot", "one offline", "many down", "unknown"],
)
def test_boards_are_in_service_and_empty_slots_are_no_fault(
    parts: tuple[Module, ...], state: State, sentence: str
) -> None:
    verdict = network.judge_modules(boards(*parts), NoLimits(), firewall())
    assert verdict.state is state
    assert verdict.sentence.text("en") == sentence


def power(fans: tuple[Module, ...], supplies: tuple[Module, ...]) -> PowerAndFans:
    return PowerAndFans(device=NAME, taken_at=AT, fans=fans, supplies=supplies)


FAN, FAILED = part("FAN1"), part("FAN2", "abnormal")
SUPPLY, LOST = part("PWR1", "supply"), part("PWR2", "notSupply")
EMPTY = part("PWR2", "absent", present=False)


@pytest.mark.parametrize(
    ("reading", "state", "sentence"),
    [
        (power((FAN,), (SUPPLY,)), State.NORMAL, "1 fans and 1 power supplies work"),
        (power((FAN, FAILED), (SUPPLY,)), State.ABNORMAL, "fan FAN2 is abnormal"),
        (power((FAN,), (SUPPLY, LOST)), State.ABNORMAL, "power supply PWR2 is notSupply"),
        (power((FAN,), (SUPPLY, EMPTY)), State.NORMAL, "1 fans and 1 power supplies work"),
        (power((FAN,), (EMPTY,)), State.ABNORMAL, "no power supply is in place"),
        (power((), (SUPPLY,)), State.NORMAL, "0 fans and 1 power supplies work"),
        (
            power((FAN,), (SUPPLY, part("PWR2", "unknown"))),
            State.UNKNOWN,
            "the device does not know the state of PWR2",
        ),
    ],
    ids=["healthy", "fan", "supply", "empty bay", "no supply", "fanless", "unknown"],
)
def test_every_fan_and_supply_in_place_works(
    reading: PowerAndFans, state: State, sentence: str
) -> None:
    verdict = network.judge_power_and_fans(reading, NoLimits(), firewall())
    assert verdict.state is state
    assert verdict.sentence.text("en") == f"{NAME}: {sentence}"


def test_a_fault_outweighs_what_is_unknown() -> None:
    reading = power((FAILED, part("FAN3", "unknown")), (SUPPLY,))
    verdict = network.judge_power_and_fans(reading, NoLimits(), firewall())
    assert verdict.state is State.ABNORMAL
    assert verdict.severity is Severity.CRITICAL


def ports() -> Ports:
    return Ports(
        device=NAME,
        taken_at=AT,
        ports=(
            Port(name="GE1/0/1", admin_up=True, oper_up=True),
            Port(name="GE1/0/2", admin_up=True, oper_up=False),
            Port(name="GE1/0/3", admin_up=False, oper_up=False),
        ),
    )


@pytest.mark.parametrize(
    ("watched", "state", "sentence"),
    [
        (("GE1/0/1",), State.NORMAL, "all 1 watched ports are up"),
        (("ge1/0/1",), State.NORMAL, "all 1 watched ports are up"),
        (("GE1/0/1", "GE1/0/2"), State.ABNORMAL, "port GE1/0/2 is down"),
        (("GE1/0/3",), State.ABNORMAL, "port GE1/0/3 is shut down by configuration"),
        (("GE1/0/1", "GE9/0/9"), State.UNKNOWN, "there is no port GE9/0/9"),
        ((), State.NOT_APPLICABLE, "no port is named for watching"),
    ],
)
def test_only_ports_that_the_site_watches_are_judged(
    watched: tuple[str, ...], state: State, sentence: str
) -> None:
    verdict = network.judge_ports(ports(), NoLimits(), firewall(*watched))
    assert verdict.state is state
    assert verdict.sentence.text("en") == f"{NAME}: {sentence}"


def test_a_device_without_watched_ports_is_not_asked_for_them() -> None:
    assert network.PORTS.applies_to(firewall("GE1/0/1"))
    assert not network.PORTS.applies_to(firewall())


def test_the_daily_items_of_routers_and_firewalls_fill_the_device_forms() -> None:
    forms = {check.form for name in ("M44", "M46") for check in item(name).checks}
    assert {f"NT12345-00{number}" for number in range(1, 6)} <= forms
    assert {"cpu_average", "cpu_maximum", "memory_percent", "temperature_c"} <= limit_names()
