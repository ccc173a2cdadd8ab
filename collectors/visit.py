"""One visit: all due questions to one device, in one session per protocol."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from collectors.configurations.known import Fetched
from collectors.readings import Reading, Trouble, Unanswered
from phrases import Phrase

Answer = Reading | Unanswered


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Something to remember until the next look, such as a log offset. Whoever records the
    visit stores its notes in the same transaction; a look that records nothing drops them."""

    device: str
    topic: str
    value: str


class Memory(Protocol):
    """What earlier looks asked to remember."""

    def recall(self, device: str, topic: str) -> str | None:
        """The value last noted, or None."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """Was the device reached at all, over any of its protocols?"""

    reached: bool
    trouble: Trouble | None
    why: Phrase


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What came of it. `answers` has every reading type that was asked for."""

    device: str
    started_at: datetime
    ended_at: datetime
    contact: Contact
    answers: Mapping[type[Reading], Answer]
    notes: tuple[Note, ...] = ()
    fetched: tuple[Fetched, ...] = ()
    """Texts of which whoever records the visit keeps versions."""
    sessions: Mapping[str, int] = field(default_factory=dict)
    """Sessions opened, by protocol: never more than one each. A probe that only knocks is none."""


class Collector(Protocol):
    """The port that rounds and the watch ask through; wiring fills it."""

    async def visit(self, device: str, wanted: frozenset[type[Reading]], memory: Memory) -> Visit:
        """Ask one device everything in `wanted`. Never raises for what a device does."""
        ...
