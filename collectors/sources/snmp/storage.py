"""Storage arrays by SNMP: Huawei OceanStor. An array that is a server in disguise is read by
`host.file_systems`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from collectors.readings import Reading
from collectors.readings.storage import (
    ArrayCapacity,
    ArrayPart,
    ArrayParts,
    PartHealth,
    PoolUse,
)
from collectors.sources.snmp import room_oids as oids
from collectors.sources.snmp.agent import Agent
from collectors.sources.snmp.port import Garbled, Value
from collectors.sources.snmp.texts import words
from inventory.model import Device
from phrases import Phrase, say

CELSIUS_RANGE: Final = (1, 120)
"""What a disk's sensor can mean; 0 is none."""
TABLES: Final = (
    (ArrayPart.CONTROLLER, oids.CONTROLLER_HEALTH, oids.CONTROLLER_LOCATION),
    (ArrayPart.POOL, oids.POOL_HEALTH, oids.POOL_NAME),
    (ArrayPart.LUN, oids.LUN_HEALTH, oids.LUN_NAME),
)
"""Beside the disks: what part, and the columns of its health and name."""


async def parts(device: Device, agent: Agent) -> ArrayParts | Phrase:
    """Disks, controllers, pools and LUNs. Without disks it is no array that we know."""
    disks = await _disks(agent)
    if not disks:
        return say(
            "{device} does not tell the health of its disks by SNMP (OceanStor MIB)",
            device=device.name,
        )
    others = [one for table in TABLES for one in await _parts(agent, *table)]
    return ArrayParts(parts=(*disks, *others), **agent.stamp())


async def _disks(agent: Agent) -> list[PartHealth]:
    health = await agent.column(oids.DISK_HEALTH)
    names = await agent.column(oids.DISK_LOCATION) if health else {}
    degrees = await agent.column(oids.DISK_CELSIUS) if health else {}
    return [
        _part(ArrayPart.DISK, words(names.get(index)) or index, code, degrees.get(index))
        for index, code in health.items()
    ]


async def _parts(agent: Agent, part: ArrayPart, health: str, name: str) -> list[PartHealth]:
    codes = await agent.column(health)
    names = await agent.column(name) if codes else {}
    return [_part(part, words(names.get(index)) or index, code) for index, code in codes.items()]


def _part(part: ArrayPart, name: str, code: Value, degrees: Value | None = None) -> PartHealth:
    """Raises `Garbled` for a health that is no number."""
    if not isinstance(code, int):
        raise Garbled("a health that is no number")
    low, high = CELSIUS_RANGE
    told = isinstance(degrees, int) and low <= degrees <= high
    return PartHealth(
        part=part,
        name=name,
        health=oids.health(code),
        word=oids.HEALTH_WORDS.get(code, str(code)),
        celsius=float(degrees) if told and isinstance(degrees, int) else None,
    )


async def capacity(device: Device, agent: Agent) -> ArrayCapacity | Phrase:
    """Every pool that has a size."""
    totals = await agent.column(oids.POOL_TOTAL)
    used = await agent.column(oids.POOL_USED) if totals else {}
    names = await agent.column(oids.POOL_NAME) if totals else {}
    pools = tuple(
        PoolUse(name=words(names.get(index)) or index, used_percent=_percent(used.get(index), all_))
        for index, all_ in totals.items()
        if all_ != 0
    )
    if not pools:
        return say("{device} does not tell its capacity by SNMP", device=device.name)
    return ArrayCapacity(pools=pools, **agent.stamp())


def _percent(used: Value | None, total: Value) -> float:
    """Raises `Garbled` for a pool whose numbers are missing or impossible."""
    if not isinstance(used, int) or not isinstance(total, int) or used < 0 or total <= 0:
        raise Garbled("a pool without its numbers")
    return round(100 * used / total, 1)


READERS: Final[Mapping[type[Reading], Callable[[Device, Agent], Awaitable[Reading | Phrase]]]] = {
    ArrayParts: parts,
    ArrayCapacity: capacity,
}
