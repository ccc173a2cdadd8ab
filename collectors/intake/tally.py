"""How many messages are in hand: a figure that outlives the process that held them.

What a socket gives us waits in memory until its batch is stored. Each message is counted in a
shared mapping of a file before it waits and again when it is stored: a process that is killed
leaves the difference behind, for the cost of two additions. The system keeps the mapping's pages,
so it is exact as long as the system itself lives; after the system's end the number is not known.

Web requests are not counted: whoever posts gets no 200 before it is stored, and asks again.
"""

from __future__ import annotations

import hashlib
import mmap
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from collectors.intake.model import Receiver

NAME: Final = "intake.tally"
MARK: Final = int.from_bytes(b"LGTally1", "big")
"""Of this form of the file."""
BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")
"""Another one each time that the system starts (random(4))."""
COUNTED: Final = (Receiver.TRAPS, Receiver.SYSLOG, Receiver.SYSLOG_TCP, Receiver.SYSLOG_TLS)
"""In the order in which they stand in the file."""
CELL: Final = 8
FORM, OPEN, BOOT, FIRST = 0, 1, 2, 3
"""Cells: the form, whether a process works with it, the system's start; then two a receiver."""
CELLS: Final = FIRST + 2 * len(COUNTED)
PRIVATE: Final = 0o600
MOST_IN_HAND: Final = 10_000_000
"""Of one receiver: far more than memory is given for. What says more was damaged."""
MOST: Final = 1 << 62
"""Of a cell, which holds no more than 64 bits."""


@dataclass(frozen=True, slots=True)
class Left:
    """What a process that did not come to its end had in hand. `known`: the system has lived on
    since, so that these are all."""

    messages: Mapping[Receiver, int]
    known: bool

    @property
    def total(self) -> int:
        """Of all receivers."""
        return sum(self.messages.values())


class Tally:
    """The file, mapped. It belongs to the event loop of the one process that serves the home."""

    def __init__(self, path: Path, boot_id: Path = BOOT_ID) -> None:
        """Raises `OSError`."""
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE)
        try:
            os.ftruncate(handle, CELLS * CELL)
            self._map = mmap.mmap(handle, CELLS * CELL)
        finally:
            os.close(handle)
        self._cells = memoryview(self._map).cast("Q")
        self._at = {one: FIRST + 2 * place for place, one in enumerate(COUNTED)}
        self._boot = _boot(boot_id)
        damaged = self._damaged()
        if damaged or self._cells[FORM] != MARK:
            for place in range(CELLS):
                self._cells[place] = 0
            self._cells[FORM] = MARK
        self._before = {one: self._held(at) for one, at in self._at.items()}
        self.left = Left({}, known=False) if damaged else self._left()
        """What the process before this one left behind; None where it came to its end."""

    def begin(self) -> None:
        """What was left behind is on record: from now on the file is of this process. Whatever
        came in since it was opened counts as in hand."""
        for receiver, held in self._before.items():
            self._cells[self._at[receiver] + 1] += held
        self._before, self.left = {}, None
        self._cells[BOOT] = self._boot
        self._cells[OPEN] = 1
        self._map.flush()

    def received(self, receiver: Receiver) -> None:
        """One more is in hand."""
        at = self._at.get(receiver)
        if at is not None:
            self._cells[at] += 1

    def settled(self, counts: Mapping[Receiver, int]) -> None:
        """So many are stored, or were found to be nothing that is kept."""
        for receiver, count in counts.items():
            at = self._at.get(receiver)
            if at is not None:
                self._cells[at + 1] += count

    def end(self) -> None:
        """It came to its end: what is still in hand then was given up."""
        self._cells[OPEN] = 0

    def close(self) -> None:
        """No more of it, whatever is in hand; safe to call twice."""
        if not self._map.closed:
            self._cells.release()
            self._map.close()

    def _damaged(self) -> bool:
        """Does it hold what no process of ours has written? A new file is all zeros."""
        if self._cells[FORM] != MARK:
            return any(self._cells)
        return any(
            self._cells[at] > MOST or not 0 <= self._held(at) <= MOST_IN_HAND
            for at in self._at.values()
        )

    def _held(self, at: int) -> int:
        return self._cells[at] - self._cells[at + 1]

    def _left(self) -> Left | None:
        held = {one: count for one, count in self._before.items() if count > 0}
        if not self._cells[OPEN] and not held:
            return None
        same = self._cells[BOOT] == self._boot
        return Left(held if same else {}, same)


def _boot(path: Path) -> int:
    """The system's start as a number; 0 where it does not tell."""
    try:
        told = path.read_bytes()
    except OSError:
        return 0
    return int.from_bytes(hashlib.sha256(told).digest()[:CELL], "big")
