"""What has arrived and waits to be stored: bounded, counted, and shared fairly.

It belongs to the event loop; nothing else touches it.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from collectors.intake.model import Arrived, Outcome, Receiver
from collectors.intake.tally import Tally

MOST: Final = 20_000
MOST_BYTES: Final = 16_000_000
SHARE: Final = 4
"""When it is half full, one source may hold no more than this part of it (a quarter): whoever
floods loses first."""

Counts = Mapping[tuple[Receiver, Outcome], int]


@dataclass(slots=True)
class Backlog:
    """Waiting arrivals, in order, and the counts of what was turned away since they were taken."""

    most: int = MOST
    most_bytes: int = MOST_BYTES
    filled: asyncio.Event = field(default_factory=asyncio.Event)
    """Something waits."""
    room: asyncio.Event = field(default_factory=asyncio.Event)
    """It is less than half full: senders that can be held up may go on."""
    tally: Tally | None = None
    """Counts what is in hand, where that is to be known after the process was killed."""
    _waiting: deque[Arrived] = field(default_factory=deque)
    _bytes: int = 0
    _held: Counter[str] = field(default_factory=Counter)
    _counts: Counter[tuple[Receiver, Outcome]] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.room.set()

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, one: Arrived) -> bool:
        """Let it wait. False, and counted, when there is no room for it."""
        if self._too_much(one.source, len(one.raw)):
            self._counts[one.receiver, Outcome.LOST_IN_QUEUE] += 1
            return False
        self._add(one)
        return True

    def offer(self, one: Arrived) -> bool:
        """Let it wait, if there is room for it beyond what cannot be held up. False when not: the
        sender waits for `room`, and nothing is counted."""
        if not self.room.is_set():
            return False
        self._add(one)
        return True

    def _add(self, one: Arrived) -> None:
        size = len(one.raw)
        if self.tally is not None:
            self.tally.received(one.receiver)
        self._waiting.append(one)
        self._bytes += size
        self._held[one.source] += 1
        if self._half_full:
            self.room.clear()
        self.filled.set()

    def count(self, receiver: Receiver, outcome: Outcome, times: int = 1) -> None:
        """Something that never came to wait."""
        if times:
            self._counts[receiver, outcome] += times
            self.filled.set()

    def take(self, most: int) -> list[Arrived]:
        """The oldest ones."""
        taken = [self._waiting.popleft() for _ in range(min(most, len(self._waiting)))]
        for one in taken:
            self._bytes -= len(one.raw)
            self._held[one.source] -= 1
            if not self._held[one.source]:
                del self._held[one.source]
        if not self._half_full:
            self.room.set()
        if not self._waiting:
            self.filled.clear()
        return taken

    def counted(self) -> Counter[tuple[Receiver, Outcome]]:
        """The counts since they were last asked for."""
        counts, self._counts = self._counts, Counter()
        return counts

    @property
    def _half_full(self) -> bool:
        return len(self._waiting) * 2 >= self.most or self._bytes * 2 >= self.most_bytes

    def _too_much(self, source: str, size: int) -> bool:
        if len(self._waiting) >= self.most or self._bytes + size > self.most_bytes:
            return True
        return self._half_full and self._held[source] * SHARE >= self.most
