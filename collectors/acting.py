"""Questions that do something when they are asked, such as sending a text message.

Whoever may act says so in the memory it hands in: under `permit(question)` stands the name of the
occasion, such as a slot. A look that only looks hands in no permit, so that it can never act.
`done(question)` remembers, before anything is sent, the occasion that was last acted on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from collectors.readings import Reading
from collectors.readings.application import MessageDelivery
from collectors.visit import Memory

ACTING: Final[frozenset[type[Reading]]] = frozenset({MessageDelivery})
"""What is asked by doing."""


def permit(question: type[Reading]) -> str:
    """The topic under which a memory allows it; its value names the occasion."""
    return f"may act: {question.__name__}"


def done(question: type[Reading]) -> str:
    """The topic that remembers the occasion it was last done for; empty: nothing was done."""
    return f"acted: {question.__name__}"


@dataclass(frozen=True, slots=True)
class Permitted:
    """A memory that also allows one device to be acted on, for one occasion."""

    memory: Memory
    device: str
    occasion: str

    def recall(self, device: str, topic: str) -> str | None:
        """As `collectors.visit.Memory`."""
        if device == self.device and topic in {permit(one) for one in ACTING}:
            return self.occasion
        return self.memory.recall(device, topic)
