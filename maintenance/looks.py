"""Looking at devices: one visit each, many at once, never more than allowed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeVar

from checks.item import Item
from checks.judging import Judgement, judge_item, wanted
from collectors.configurations.known import Fetched
from collectors.gathering import Gathering
from collectors.readings import Reading, Trouble, Unanswered
from collectors.visit import Answer, Collector, Contact, Memory, Note, Visit
from collectors.visitor import NOT_ASKED
from incidents.model import Sighting
from inventory.model import Device, Estate
from phrases import Phrase, say

DEVICES_AT_ONCE: Final = 32
"""Visits under way together. Most of a visit is waiting; what bounds this is the number of SSH
logins (about 30 ms of CPU each, docs/measured) and of open sockets."""

BATCH_DEVICES: Final = 50
BATCH_S: Final = 0.5
"""What is recorded in one transaction: so many devices, or those of so long."""

T = TypeVar("T")

log = logging.getLogger(__name__)

Clock = Callable[[], datetime]
"""Gives the time now, aware, in UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A device to be visited, and the items that are to be judged from the visit. `purposes` are
    those of the watch's timetable that it serves; a round has none."""

    device: Device
    items: tuple[Item, ...]
    purposes: frozenset[str] = frozenset()

    @property
    def wanted(self) -> frozenset[type[Reading]]:
        """Every reading that the items need; empty when none of them has a check."""
        return frozenset().union(*(wanted(item, self.device) for item in self.items))


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What came of a call. `contact` is None when the visit cannot tell whether the device can be
    reached: nothing was asked, or there was no way to ask it."""

    call: Call
    started_at: datetime
    ended_at: datetime
    contact: Contact | None
    judgements: tuple[Judgement, ...]
    notes: tuple[Note, ...] = ()
    fetched: tuple[Fetched, ...] = ()

    @property
    def device(self) -> Device:
        """The device that was looked at."""
        return self.call.device

    @property
    def reached(self) -> bool:
        """Did anything at all come back?"""
        return self.contact is not None and self.contact.reached

    @property
    def silent(self) -> bool:
        """Was it asked, and nothing came back?"""
        return self.contact is not None and not self.contact.reached

    @property
    def sighting(self) -> Sighting:
        """The same, for the incident desk."""
        return Sighting(
            device=self.device.name,
            site=self.device.site,
            contact=self.contact,
            judgements=self.judgements,
        )


def burst(collector: Collector, estate: Estate, calls: Iterable[Call], clock: Clock) -> Collector:
    """The collector for one burst of looks, in which no device is visited twice for the facts
    that it keeps for others."""
    devices = {one.name: one for one in estate.devices}
    wants = {call.device.name: call.wanted for call in calls}
    return Gathering(collector, devices, wants, clock)


async def look(collector: Collector, call: Call, memory: Memory, clock: Clock) -> Looked:
    """Visit one device and judge what it said. A defect of ours in reading it harms this look
    only: it is logged, and all its questions count as not understood."""
    began = clock()
    if not call.wanted:
        return _judged(call, _nothing_asked(call, began))
    try:
        return _judged(call, await collector.visit(call.device.name, call.wanted, memory))
    except Exception as defect:  # noqa: BLE001  the one boundary: a defect harms one look
        # %r, because the text of the exception may be a device's.
        log.error("looking at %s failed: %r", call.device.name, defect)
        return _judged(call, _not_understood(call, began, clock(), type(defect).__name__))


async def in_batches(
    visits: Iterable[Callable[[], Coroutine[Any, Any, T]]], at_once: int = DEVICES_AT_ONCE
) -> AsyncGenerator[list[T], None]:
    """All visits, at most `at_once` under way, given back in batches in the order in which they
    ended. Leaving the loop early cancels the rest."""
    waiting = iter(visits)
    running: set[asyncio.Task[T]] = set()
    batch: list[T] = []
    begun = asyncio.get_running_loop().time()
    try:
        while True:
            while len(running) < at_once and (visit := next(waiting, None)) is not None:
                running.add(asyncio.create_task(visit()))
            if not running:
                break
            done, running = await asyncio.wait(
                running, timeout=BATCH_S, return_when=asyncio.FIRST_COMPLETED
            )
            batch.extend(task.result() for task in done)
            now = asyncio.get_running_loop().time()
            if batch and (len(batch) >= BATCH_DEVICES or now - begun >= BATCH_S):
                yield batch
                batch, begun = [], now
        if batch:
            yield batch
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


def _judged(call: Call, visit: Visit) -> Looked:
    return Looked(
        call=call,
        started_at=visit.started_at,
        ended_at=visit.ended_at,
        contact=visit.contact if _was_asked(visit.answers) else None,
        judgements=tuple(
            one for item in call.items for one in judge_item(item, call.device, visit)
        ),
        notes=visit.notes,
        fetched=visit.fetched,
    )


def _was_asked(answers: Mapping[type[Reading], Answer]) -> bool:
    """Was there a way to put at least one question to the device itself?"""
    return any(
        not (isinstance(one, Unanswered) and one.trouble in NOT_ASKED)
        for question, one in answers.items()
        if question.of_device
    )


def _nothing_asked(call: Call, at: datetime) -> Visit:
    """The visit that is spared: none of the items has a check."""
    why = say("{device} was not asked anything", device=call.device.name)
    contact = Contact(reached=False, trouble=None, why=why)
    return Visit(device=call.device.name, started_at=at, ended_at=at, contact=contact, answers={})


def unseen(call: Call, began: datetime, ended: datetime, why: Phrase) -> Looked:
    """A look that did not come to its end. It says nothing of whether the device can be reached."""
    answers: dict[type[Reading], Answer] = {
        question: Unanswered(
            device=call.device.name, taken_at=ended, trouble=Trouble.TIMED_OUT,
            why=say("{device}: {why}", device=call.device.name, why=why),
        )
        for question in call.wanted
    }  # fmt: skip
    judged = tuple(
        one
        for item in call.items
        for one in judge_item(
            item,
            call.device,
            Visit(
                device=call.device.name, started_at=began, ended_at=ended, answers=answers,
                contact=Contact(reached=False, trouble=Trouble.TIMED_OUT, why=why),
            ),
        )
    )  # fmt: skip
    return Looked(call=call, started_at=began, ended_at=ended, contact=None, judgements=judged)


def _not_understood(call: Call, began: datetime, ended: datetime, defect: str) -> Visit:
    why = say(
        "{device}: the answer could not be processed ({defect}); the log has the details",
        device=call.device.name,
        defect=defect,
    )
    answers: dict[type[Reading], Answer] = {
        question: Unanswered(
            device=call.device.name, taken_at=ended, trouble=Trouble.GARBLED, why=why
        )
        for question in call.wanted
    }
    return Visit(
        device=call.device.name,
        started_at=began,
        ended_at=ended,
        contact=Contact(reached=True, trouble=Trouble.GARBLED, why=why),
        answers=answers,
    )
