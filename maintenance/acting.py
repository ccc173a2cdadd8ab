"""Looks that do something, such as sending a test message: once for each slot, whatever happens.

The occasion is written down and durable before anything is sent. A round that was killed in between
leaves it standing, and the next one asks what became of it in place of doing it again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from checks.item import Item
from checks.judging import wanted
from collectors.acting import ACTING, Permitted, done
from collectors.readings import Reading, Trouble
from collectors.visit import Collector, Memory, Note
from inventory.model import Device
from maintenance.looks import Call, Clock, Looked, look
from maintenance.memory import remember
from maintenance.slots import DueSlot
from store.database import Store


def acts(item: Item, device: Device) -> frozenset[type[Reading]]:
    """What of an item is asked of that device by doing something."""
    return wanted(item, device) & ACTING


def occasion_of(call: Call, slots: Iterable[DueSlot]) -> str | None:
    """The slot that a call acts for; None for a call that only looks."""
    acting = {item.id for item in call.items if acts(item, call.device)}
    return next((one.id for one in slots if one.item in acting), None)


async def look_once(
    collector: Collector, call: Call, memory: Memory, clock: Clock, occasion: str
) -> Looked:
    """A look that may act, for that occasion. Where it surely did nothing, its notes say so."""
    allowed = Permitted(memory, call.device.name, occasion)
    looked = await look(collector, call, allowed, clock)
    if any(_undone(looked, item) for item in call.items):
        undone = (*looked.notes, *_notes(call, ""))
        return replace(looked, notes=undone)
    return looked


def mark(store: Store, call: Call, occasion: str, at: datetime) -> None:
    """Write down that this is about to be done. Raises `StoreTrouble`."""
    with store.write() as tx:
        remember(tx, _notes(call, occasion), at)


def keep_undone(store: Store, looked: Sequence[Looked], at: datetime) -> None:
    """Of looks that are not recorded, keep what they did not do. Raises `StoreTrouble`."""
    topics = {done(one) for one in ACTING}
    notes = [note for one in looked for note in one.notes if note.topic in topics]
    if notes:
        with store.write() as tx:
            remember(tx, notes, at)


def _undone(looked: Looked, item: Item) -> bool:
    """Was there no way to ask at all?"""
    asked = acts(item, looked.device)
    names = {check.name for check in item.checks if check.reads in asked}
    return any(
        one.item == item.id and one.check in names and one.trouble is Trouble.NOT_CONFIGURED
        for one in looked.judgements
    )


def _notes(call: Call, occasion: str) -> tuple[Note, ...]:
    asked = frozenset().union(*(acts(item, call.device) for item in call.items))
    return tuple(
        Note(device=call.device.name, topic=done(one), value=occasion)
        for one in sorted(asked, key=lambda one: one.__name__)
    )
