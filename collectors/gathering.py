"""Facts of a device that other devices keep: asked for on the keepers' own visits.

A backup of app-1 may lie on file-1, the call records of the gateway on usm-1. Each keeper is
visited once, in one session per protocol, whoever asks first; what several want of it is asked
together.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from collectors.catalogue import GATHERED
from collectors.readings import Exchange, Reading, Trouble, Unanswered
from collectors.readings.gathered import Gathered, behind
from collectors.session import unanswered
from collectors.visit import Answer, Collector, Contact, Memory, Visit
from inventory.model import Device
from phrases import Phrase, say

Wants = Mapping[str, frozenset[type[Reading]]]
"""The readings wanted of each device, by its name."""


@dataclass(slots=True)
class Gathering:
    """A `Collector` for one burst of looks, over the one that visits. `devices` are all of the
    estate; `wants` what the whole burst wants, told beforehand."""

    collector: Collector
    devices: Mapping[str, Device]
    wants: Wants
    clock: Callable[[], datetime]
    _errands: dict[str, set[type[Reading]]] = field(default_factory=dict)
    _visits: dict[str, asyncio.Task[Visit]] = field(default_factory=dict)
    _claimed: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        for name, wanted in self.wants.items():
            for question in _gathered(wanted):
                for keeper in GATHERED[question].keepers(self.devices[name]):
                    self._errands.setdefault(keeper, set()).add(question.gathers)

    async def visit(self, device: str, wanted: frozenset[type[Reading]], memory: Memory) -> Visit:
        """Ask the device for what is its own, and its keepers for the rest. A second visit of a
        device in one burst really is one: nothing is answered from the first."""
        asked_elsewhere = _gathered(wanted)
        own = wanted - frozenset(asked_elsewhere)
        visit = await self._own(device, own, memory)
        answers: dict[type[Reading], Answer] = dict(visit.answers)
        for question in asked_elsewhere:
            answers[question] = await self._gather(device, question, memory)
        return replace(visit, answers=answers)

    async def _own(self, device: str, own: frozenset[type[Reading]], memory: Memory) -> Visit:
        if device in self._claimed or not (own or device in self._errands):
            return await self._direct(device, own, memory)
        self._claimed.add(device)
        return await self._once(device, own, memory)

    async def _direct(self, device: str, own: frozenset[type[Reading]], memory: Memory) -> Visit:
        if own:
            return await self.collector.visit(device, own, memory)
        now = self.clock()
        why = say("{device} was not asked anything", device=device)
        contact = Contact(reached=False, trouble=None, why=why)
        return Visit(device=device, started_at=now, ended_at=now, contact=contact, answers={})

    async def _once(self, device: str, own: frozenset[type[Reading]], memory: Memory) -> Visit:
        """The one visit that serves the device's own items and every errand to it."""
        if device not in self._visits:
            asked = own | self._wanted_of(device) | frozenset(self._errands.get(device, ()))
            visit = self.collector.visit(device, asked, memory)
            self._visits[device] = asyncio.create_task(visit)
        return await asyncio.shield(self._visits[device])

    def _wanted_of(self, device: str) -> frozenset[type[Reading]]:
        wanted = self.wants.get(device, frozenset())
        return wanted - frozenset(_gathered(wanted))

    async def _gather(self, device: str, question: type[Gathered], memory: Memory) -> Answer:
        where = GATHERED[question]
        keepers = where.keepers(self.devices[device])
        if not keepers:
            why = where.missing(self.devices[device])
            return self._without(device, Trouble.NOT_CONFIGURED, why)
        parts = [(one, await self._part(one, question, memory)) for one in keepers]
        silent = [part for _, part in parts if isinstance(part, Unanswered)]
        if len(silent) == len(parts):
            first = silent[0]
            return replace(
                first,
                device=device,
                trouble=behind(first.trouble),
                exchanges=_exchanges(parts),
            )
        return question(
            device=device,
            taken_at=max(part.taken_at for _, part in parts),
            parts=tuple(parts),
            exchanges=_exchanges(parts),
        )

    async def _part(self, keeper: str, question: type[Gathered], memory: Memory) -> Answer:
        visit = await self._once(keeper, frozenset(), memory)
        return visit.answers[question.gathers]

    def _without(self, device: str, trouble: Trouble, why: Phrase) -> Unanswered:
        return unanswered(self.devices[device], self.clock(), trouble, why)


def _gathered(wanted: frozenset[type[Reading]]) -> list[type[Gathered]]:
    found = [one for one in wanted if issubclass(one, Gathered)]
    return sorted(found, key=lambda one: one.__name__)


def _exchanges(parts: list[tuple[str, Answer]]) -> tuple[Exchange, ...]:
    return tuple(exchange for _, part in parts for exchange in part.exchanges)
