"""Looking now, outside any round: visits side by side, judged, recorded nowhere."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from checks.item import Item
from checks.judging import Judgement, judge_item, wanted
from collectors.readings import Reading
from collectors.visit import Collector, Memory
from inventory.model import Device


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One device and the items it is asked about."""

    device: Device
    items: tuple[Item, ...]

    def questions(self) -> frozenset[type[Reading]]:
        """Everything that is asked of it, in one visit."""
        return frozenset[type[Reading]]().union(*(wanted(one, self.device) for one in self.items))


def looks(devices: Sequence[Device], items: Sequence[Item]) -> tuple[Look, ...]:
    """Every device that one of the items applies to."""
    found = (
        Look(device=device, items=tuple(one for one in items if one.applies_to(device)))
        for device in devices
    )
    return tuple(look for look in found if look.items)


async def carry_out(
    collector: Collector,
    planned: Sequence[Look],
    memory: Memory,
    at_once: int,
    told: Callable[[Look], None],
) -> tuple[Judgement, ...]:
    """The judgements in the order planned; `told` hears of each device that is done."""
    turns = asyncio.Semaphore(at_once)

    async def one(look: Look) -> tuple[Judgement, ...]:
        async with turns:
            visit = await collector.visit(look.device.name, look.questions(), memory)
        told(look)
        return tuple(
            judgement for item in look.items for judgement in judge_item(item, look.device, visit)
        )

    judged = await asyncio.gather(*(one(look) for look in planned))
    return tuple(judgement for several in judged for judgement in several)
