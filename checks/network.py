"""Judges for routers, switches and firewalls, whichever way they were asked.

Limits come from the contract's device forms: NT12345-001 CPU average below 50 % and maximum below
70 %, NT12345-005 each part below 45 degrees; memory (NT12345-002) is the operator's value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from checks.item import Check, NoLimits
from checks.verdict import Severity, Verdict, abnormal, normal, not_applicable, unknown
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
from inventory.model import Device
from phrases import Phrase, joined, say

NAMED_AT_MOST: Final = 3
"""Faulty parts named in one sentence; more are counted."""
UNKNOWN_STATE: Final = "unknown"
"""A state in which the device itself says that it does not know."""
PART_STATES: Final[Mapping[str, Phrase]] = {
    "abnormal": say("abnormal"),
    "Abnormal": say("abnormal"),
    "notSupply": say("notSupply"),
    "offline": say("offline"),
    "absent": say("absent"),
}
"""Words of HUAWEI-ENTITY-EXTENT-MIB and of VRP's `display`; others are quoted as they came."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CpuLimits:
    """Percent; at the limit is too much."""

    cpu_average: float = 50.0
    cpu_maximum: float = 70.0


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryLimits:
    """Percent; at the limit is too much."""

    memory_percent: float = 80.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TemperatureLimits:
    """Degrees Celsius; at the limit is too hot."""

    temperature_c: float = 45.0


def judge_processor_load(reading: ProcessorLoad, limits: CpuLimits, device: Device) -> Verdict:
    """The average first; the maximum only where the device tells one."""
    if reading.average >= limits.cpu_average:
        return abnormal(
            _average(reading, limits, device),
            measured=reading.average,
            expected=f"< {limits.cpu_average:g}",
            unit="%",
        )
    if reading.maximum is not None and reading.maximum >= limits.cpu_maximum:
        return abnormal(
            say(
                "{device}: CPU maximum {maximum:g} %, limit {limit:g} %",
                device=device.name,
                maximum=reading.maximum,
                limit=limits.cpu_maximum,
            ),
            measured=reading.maximum,
            expected=f"< {limits.cpu_maximum:g}",
            unit="%",
        )
    return normal(
        _average(reading, limits, device),
        measured=reading.average,
        expected=f"< {limits.cpu_average:g}",
        unit="%",
    )


def _average(reading: ProcessorLoad, limits: CpuLimits, device: Device) -> Phrase:
    told = say(
        "{device}: CPU average {average:g} %, limit {limit:g} %",
        device=device.name,
        average=reading.average,
        limit=limits.cpu_average,
    )
    return with_maximum(told, reading.maximum, limits.cpu_maximum)


def with_maximum(average: Phrase, percent: float | None, limit: float) -> Phrase:
    """Form NT12345-001 asks for the maximum beside the average; not every device tells one."""
    if percent is None:
        return average
    told = say("maximum {maximum:g} %, limit {limit:g} %", maximum=percent, limit=limit)
    return joined((average, told))


def judge_memory_use(reading: MemoryUse, limits: MemoryLimits, device: Device) -> Verdict:
    """The board with the highest use decides."""
    verdict = abnormal if reading.percent >= limits.memory_percent else normal
    return verdict(
        say(
            "{device}: memory {percent:g} %, limit {limit:g} %",
            device=device.name,
            percent=reading.percent,
            limit=limits.memory_percent,
        ),
        measured=reading.percent,
        expected=f"< {limits.memory_percent:g}",
        unit="%",
    )


def judge_temperatures(reading: Temperatures, limits: TemperatureLimits, device: Device) -> Verdict:
    """The hottest part decides."""
    part, hottest = max(reading.parts, key=lambda one: one[1])
    too_hot = sum(1 for _, degrees in reading.parts if degrees >= limits.temperature_c)
    sentence = say(
        "{device}: {part} at {degrees:g} °C, limit {limit:g} °C",
        device=device.name,
        part=part,
        degrees=hottest,
        limit=limits.temperature_c,
    )
    if too_hot > 1:
        sentence = joined(
            (sentence, say("{count} parts in all are too hot", count=too_hot)),
        )
    verdict = abnormal if too_hot else normal
    return verdict(sentence, measured=hottest, expected=f"< {limits.temperature_c:g}", unit="°C")


def judge_modules(reading: Modules, limits: NoLimits, device: Device) -> Verdict:
    """Every board that is in its slot is in service. An empty slot is no fault."""
    faulty = _faulty(reading.boards)
    if faulty:
        told = tuple(
            say(
                "{device}: board {board} is {state}",
                device=device.name, board=board.name, state=board.state,
            )
            for board in faulty[:NAMED_AT_MOST]
        )  # fmt: skip
        return _broken(told, len(faulty), faulty[0].state, tuple(one.name for one in faulty))
    if doubtful := _doubtful(reading.boards):
        return unknown(_not_told(device, doubtful))
    present = sum(board.present for board in reading.boards)
    return normal(
        say("{device}: all {count} boards are in service", device=device.name, count=present),
        measured=present,
    )


def judge_power_and_fans(reading: PowerAndFans, limits: NoLimits, device: Device) -> Verdict:
    """Every fan and supply that is in place works, and of each kind some is in place."""
    fans, supplies = _faulty(reading.fans), _faulty(reading.supplies)
    told = (
        *(_fan(device, fan) for fan in fans),
        *(_supply(device, supply) for supply in supplies),
        *_missing(reading, device),
    )
    if told:
        return _broken(told[:NAMED_AT_MOST], len(told), (*fans, *supplies, None)[0])
    if doubtful := _doubtful((*reading.fans, *reading.supplies)):
        return unknown(_not_told(device, doubtful))
    return normal(
        say(
            "{device}: {fans} fans and {supplies} power supplies work",
            device=device.name,
            fans=sum(fan.present for fan in reading.fans),
            supplies=sum(supply.present for supply in reading.supplies),
        )
    )


def judge_ports(reading: Ports, limits: NoLimits, device: Device) -> Verdict:
    """The ports that the site watches must be up; a port that nobody watches may be anything."""
    if not device.watch.ports:
        return not_applicable(say("{device}: no port is named for watching", device=device.name))
    told = {port.name.casefold(): port for port in reading.ports}
    watched = {name: told.get(name.casefold()) for name in device.watch.ports}
    down = {
        name: _down(device, port)
        for name, port in watched.items()
        if port is not None and not _works(port)
    }
    if down:
        return _broken(tuple(down.values())[:NAMED_AT_MOST], len(down), "down", tuple(down))
    missing = [name for name, port in watched.items() if port is None]
    if missing:
        return unknown(
            say("{device}: there is no port {port}", device=device.name, port=missing[0])
        )
    return normal(
        say("{device}: all {count} watched ports are up", device=device.name, count=len(watched)),
        measured=len(watched),
    )


# --- parts of sentences ------------------------------------------------------------------------


def _faulty(parts: tuple[Module, ...]) -> list[Module]:
    return [
        part for part in parts if part.present and not part.healthy and part.state != UNKNOWN_STATE
    ]


def _doubtful(parts: tuple[Module, ...]) -> list[Module]:
    return [
        part for part in parts if part.present and not part.healthy and part.state == UNKNOWN_STATE
    ]


def _broken(
    told: tuple[Phrase, ...],
    count: int,
    measured: Module | str | None,
    parts: tuple[str, ...] = (),
) -> Verdict:
    if count > len(told):
        told = (*told, say("{count} faults in all", count=count))
    state = measured.state if isinstance(measured, Module) else measured
    return abnormal(joined(told), severity=Severity.CRITICAL, measured=state, parts=parts)


def _not_told(device: Device, parts: list[Module]) -> Phrase:
    return say(
        "{device}: the device does not know the state of {part}",
        device=device.name,
        part=parts[0].name,
    )


def _told(state: str) -> Phrase | str:
    """What a device says of a part, in the reader's language where the word is a common one."""
    return PART_STATES.get(state, state)


def _fan(device: Device, fan: Module) -> Phrase:
    return say("{device}: fan {fan} is {state}",
               device=device.name, fan=fan.name, state=_told(fan.state))  # fmt: skip


def _supply(device: Device, supply: Module) -> Phrase:
    return say(
        "{device}: power supply {supply} is {state}",
        device=device.name,
        supply=supply.name,
        state=_told(supply.state),
    )


def _missing(reading: PowerAndFans, device: Device) -> tuple[Phrase, ...]:
    """Slots for fans or supplies, and none of them filled."""
    missing = []
    if reading.fans and not any(fan.present for fan in reading.fans):
        missing.append(say("{device}: no fan is in place", device=device.name))
    if reading.supplies and not any(supply.present for supply in reading.supplies):
        missing.append(say("{device}: no power supply is in place", device=device.name))
    return tuple(missing)


def _watches_ports(device: Device) -> bool:
    return bool(device.watch.ports)


def _works(port: Port) -> bool:
    return port.admin_up and port.oper_up


def _down(device: Device, port: Port) -> Phrase:
    if not port.admin_up:
        return say(
            "{device}: port {port} is shut down by configuration",
            device=device.name,
            port=port.name,
        )
    return say("{device}: port {port} is down", device=device.name, port=port.name)


PROCESSOR_LOAD: Final = Check(
    name="cpu",
    reads=ProcessorLoad,
    judge=judge_processor_load,
    limits=CpuLimits(),
    form="NT12345-001",
)
MEMORY_USE: Final = Check(
    name="memory",
    reads=MemoryUse,
    judge=judge_memory_use,
    limits=MemoryLimits(),
    form="NT12345-002",
)
MODULES: Final = Check(
    name="modules", reads=Modules, judge=judge_modules, limits=NoLimits(), form="NT12345-003"
)
POWER_AND_FANS: Final = Check(
    name="power_and_fans",
    reads=PowerAndFans,
    judge=judge_power_and_fans,
    limits=NoLimits(),
    form="NT12345-004",
)
TEMPERATURES: Final = Check(
    name="temperatures",
    reads=Temperatures,
    judge=judge_temperatures,
    limits=TemperatureLimits(),
    form="NT12345-005",
)
PORTS: Final = Check(
    name="ports", reads=Ports, judge=judge_ports, limits=NoLimits(), where=_watches_ports
)
