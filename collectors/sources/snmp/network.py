"""What routers, switches and firewalls of Huawei tell of themselves (VRP and YunShan).

HUAWEI-ENTITY-EXTENT-MIB has a row for every slot, port and optic, of which only some mean
anything: boards have CPU and memory, and a reading of 0 or 2147483647 is none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import fmean
from typing import Final

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
from collectors.sources.snmp import oids
from collectors.sources.snmp.agent import Agent
from collectors.sources.snmp.port import Garbled, Value
from collectors.sources.snmp.texts import words
from inventory.model import Device
from phrases import Phrase, say

PARTS: Final = (oids.CHASSIS, oids.POWER_SUPPLY, oids.FAN, oids.MODULE)
PART_COLUMNS: Final = (
    oids.ENT_PHYSICAL_NAME,
    oids.HW_OPER_STATUS,
    oids.HW_CPU_USAGE,
    oids.HW_MEM_USAGE,
    oids.HW_TEMPERATURE,
)
TEMPERATURE_RANGE: Final = (-60, 200)
"""Degrees Celsius that a sensor in a device can mean."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A row of ENTITY-MIB with what Huawei adds to it; None where the part has no such thing."""

    name: str
    kind: int
    oper: Value | None
    cpu: int | None
    memory: int | None
    temperature: int | None


async def processor_load(device: Device, agent: Agent) -> ProcessorLoad | Phrase:
    """CPU of the main boards; of the older table where there is no newer one."""
    boards = [
        (board.name, float(board.cpu or 0)) for board in _main_boards(await _parts(agent))
    ] or await _older_processors(agent)
    if not boards:
        return say("{device} does not tell its CPU load by SNMP", device=device.name)
    loads = [load for _, load in boards]
    return ProcessorLoad(
        average=round(fmean(loads), 1),
        maximum=max(loads) if len(loads) > 1 else None,
        boards=tuple(boards),
        **agent.stamp(),
    )


async def memory_use(device: Device, agent: Agent) -> MemoryUse | Phrase:
    """Memory of the main boards."""
    parts = _main_boards(await _parts(agent))
    boards = tuple((part.name, float(part.memory)) for part in parts if part.memory)
    if not boards:
        return say("{device} does not tell its memory use by SNMP", device=device.name)
    return MemoryUse(percent=max(use for _, use in boards), boards=boards, **agent.stamp())


async def temperatures(device: Device, agent: Agent) -> Temperatures | Phrase:
    """Every part that has a sensor."""
    told = tuple(
        (part.name, float(part.temperature))
        for part in await _parts(agent)
        if part.temperature is not None
    )
    if not told:
        return say("{device} does not tell temperatures by SNMP", device=device.name)
    return Temperatures(parts=told, **agent.stamp())


async def modules(device: Device, agent: Agent) -> Modules | Phrase:
    """Boards with the state that the device gives them."""
    boards = _with_states(await _parts(agent), oids.MODULE)
    if not boards:
        return say("{device} does not tell the state of its boards by SNMP", device=device.name)
    return Modules(boards=boards, **agent.stamp())


async def power_and_fans(device: Device, agent: Agent) -> PowerAndFans | Phrase:
    """From the two status tables; where a device has neither, from its fans' and supplies' rows
    among the parts."""
    fans = await _status_table(agent, "FAN", FAN_TABLE)
    supplies = await _status_table(agent, "PWR", POWER_TABLE)
    if not (fans or supplies):
        parts = await _parts(agent)
        fans = _with_states(parts, oids.FAN)
        supplies = _with_states(parts, oids.POWER_SUPPLY)
    if not (fans or supplies):
        return say("{device} does not tell its fans and supplies by SNMP", device=device.name)
    return PowerAndFans(fans=fans, supplies=supplies, **agent.stamp())


async def ports(device: Device, agent: Agent) -> Ports | Phrase:
    """Interfaces by ifName, or by ifDescr on agents without ifXTable."""
    names = await agent.column(oids.IF_NAME) or await agent.column(oids.IF_DESCR)
    admin = await agent.column(oids.IF_ADMIN_STATUS)
    oper = await agent.column(oids.IF_OPER_STATUS)
    told = tuple(
        Port(
            name=words(name) or index,
            admin_up=admin[index] == oids.UP,
            oper_up=oper[index] == oids.UP,
        )
        for index, name in names.items()
        if index in admin and index in oper
    )
    if not told:
        return say("{device} does not tell its ports by SNMP", device=device.name)
    return Ports(ports=told, **agent.stamp())


# --- parts ---------------------------------------------------------------------------------


async def _parts(agent: Agent) -> tuple[Part, ...]:
    classes = await agent.column(oids.ENT_PHYSICAL_CLASS)
    kinds = {index: kind for index, kind in classes.items() if kind in PARTS}
    if not kinds:
        return ()
    told = await agent.get([f"{column}.{index}" for index in kinds for column in PART_COLUMNS])
    return tuple(_part(index, int(kind), told) for index, kind in kinds.items())


def _part(index: str, kind: int, told: Mapping[str, Value | None]) -> Part:
    name, oper, cpu, memory, temperature = (
        told.get(f"{column}.{index}") for column in PART_COLUMNS
    )
    return Part(
        name=words(name) or index,
        kind=kind,
        oper=oper,
        cpu=_within(cpu, 0, 100),
        memory=_within(memory, 1, 100),
        temperature=_within(temperature, *TEMPERATURE_RANGE) or None,
    )


def _within(value: Value | None, low: int, high: int) -> int | None:
    """The number if it can mean what it should; "not supported" never can."""
    return value if isinstance(value, int) and low <= value <= high else None


def _main_boards(parts: tuple[Part, ...]) -> list[Part]:
    """Modules that have a processor: they have a load or memory. A chassis repeats its main
    board's numbers, and counts only where no module has any."""
    loaded = [part for part in parts if part.cpu or (part.cpu is not None and part.memory)]
    return [part for part in loaded if part.kind == oids.MODULE] or loaded


def _with_states(parts: tuple[Part, ...], kind: int) -> tuple[Module, ...]:
    told = [part for part in parts if part.kind == kind and part.oper is not None]
    boards = [_module(part.name, part.oper, oids.OPER_STATES, oids.OPER_HEALTHY) for part in told]
    return tuple(board for board in boards if board.state != oids.OPER_UNTOLD)


def _module(
    name: str, code: Value | None, states: Mapping[int, str], healthy: frozenset[str]
) -> Module:
    """Raises `Garbled` for a state that the MIB does not have."""
    if not isinstance(code, int) or code not in states:
        raise Garbled("a state that is not in the MIB")
    state = states[code]
    return Module(
        name=name, state=state, healthy=state in healthy, present=state != oids.OPER_ABSENT
    )


async def _older_processors(agent: Agent) -> list[tuple[str, float]]:
    duty = await agent.column(oids.HW_CPU_DEV_DUTY_1MIN)
    duty = duty or await agent.column(oids.HW_CPU_DEV_DUTY_5S)
    loads = {index: _within(value, 0, 100) for index, value in duty.items()}
    return [(f"CPU {index}", float(load)) for index, load in loads.items() if load is not None]


# --- fans and supplies -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusTable:
    """The columns of hwFanStatusTable or hwPwrStatusTable that are read."""

    state: str
    present: str
    description: str
    states: Mapping[int, str]
    healthy: frozenset[str]


FAN_TABLE: Final = StatusTable(
    state=oids.HW_FAN_STATE,
    present=oids.HW_FAN_PRESENT,
    description=oids.HW_FAN_DESC,
    states=oids.FAN_STATES,
    healthy=oids.FAN_HEALTHY,
)
POWER_TABLE: Final = StatusTable(
    state=oids.HW_PWR_STATE,
    present=oids.HW_PWR_PRESENT,
    description=oids.HW_PWR_DESC,
    states=oids.PWR_STATES,
    healthy=oids.PWR_HEALTHY,
)


async def _status_table(agent: Agent, prefix: str, table: StatusTable) -> tuple[Module, ...]:
    """Rows that have a state; whether the part is there at all stands in a column that some
    devices leave out, and then the state alone counts."""
    states = await agent.column(table.state)
    if not states:
        return ()
    more = await agent.get(
        [f"{column}.{index}" for index in states for column in (table.present, table.description)]
    )
    return tuple(
        _status(
            words(more.get(f"{table.description}.{index}")) or f"{prefix} {index}",
            more.get(f"{table.present}.{index}"),
            code,
            table,
        )
        for index, code in states.items()
    )


def _status(name: str, present: Value | None, code: Value, table: StatusTable) -> Module:
    if present is not None and present != oids.PRESENT:
        return Module(name=name, state=oids.OPER_ABSENT, healthy=False, present=False)
    return _module(name, code, table.states, table.healthy)
