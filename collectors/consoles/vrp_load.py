"""CPU and memory as VRP prints them: `display cpu-usage`, `display memory-usage`.

The shapes A, B and C (CPU) and D (memory) are those of S, AR, USG, NE and CE devices.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from collectors.consoles.shapes import Garbled, percent

WINDOWS: Final = 3
"""Five seconds, one minute, five minutes: always together."""

_NOW: Final = re.compile(
    r"^(?:System )?CPU (?:Usage|use rate is|Using Percentage)\s*: *(\d{1,3}(?:\.\d{1,2})?) ?%",
    re.IGNORECASE,
)
_WINDOWS: Final = re.compile(r"^CPU utilization for (.{1,120})$", re.IGNORECASE)
_WINDOW: Final = re.compile(
    r"(?:five seconds|one minute|five minutes) *: *(\d{1,3}(?:\.\d{1,2})?) ?%", re.IGNORECASE
)
_MEMORY: Final = re.compile(
    r"^(?:System )?Memory Using Percentage(?: Is)? *: *(\d{1,3}(?:\.\d{1,2})?) ?%", re.IGNORECASE
)
_SLOT: Final = re.compile(r"\bslot *:? *(\w{1,8})", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Percent. `maximum` is the highest of the running windows (5 s, 1 min, 5 min), not the
    `Max` that VRP remembers since it started: that one never comes down again."""

    average: float
    maximum: float | None


def processor_load(lines: tuple[str, ...]) -> Load:
    """Shapes A, B and C. With several boards, the busiest. Raises `Garbled`."""
    now = [percent(found[1]) for line in lines if (found := _NOW.match(line.strip()))]
    told = [found[1] for line in lines if (found := _WINDOWS.match(line.strip()))]
    windows = [percent(value) for one in told for value in _WINDOW.findall(one)]
    if not now or len(windows) != WINDOWS * len(told):
        raise Garbled
    return Load(average=max(now), maximum=max((*now, *windows)) if windows else None)


def memory_use(lines: tuple[str, ...]) -> tuple[tuple[str, float], ...]:
    """Shape D: each board's percentage. The totals are left alone: their unit is bytes on one
    make and kilobytes on the next. Raises `Garbled`."""
    boards: list[tuple[str, float]] = []
    slot = "main"
    for line in lines:
        if found := _MEMORY.match(line.strip()):
            boards.append((slot, percent(found[1])))
        elif named := _SLOT.search(line):
            slot = f"slot {named[1]}"
    if not boards:
        raise Garbled
    return tuple(boards)
