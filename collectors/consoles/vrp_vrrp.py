"""Virtual routers as VRP prints them.

Source of the shape: `display vrrp brief` in sessions of S, AR, CE and NE as published: a line of
counts above or below the table (`Total:2 Master:1 Backup:1 Non-active:0`), a heading, and rows of
group, state, interface, type and address; NE adds two columns of addresses.
"""

from __future__ import annotations

import re
from typing import Final

from collectors.consoles.shapes import Garbled, is_rule
from collectors.readings.vrrp import VrrpGroup

STATES: Final = frozenset({"master", "backup", "initialize"})

_COUNTS: Final = re.compile(
    r"^Total *: *(\d{1,5}) +Master *: *\d{1,5} +Backup *: *\d{1,5} +Non-active *: *\d{1,5}$"
)
_VRID: Final = re.compile(r"[1-9]\d{0,2}")
_ADDRESS: Final = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}")


def groups(lines: tuple[str, ...]) -> tuple[VrrpGroup, ...]:
    """`display vrrp brief`. Raises `Garbled` when it holds another number of groups than it says,
    or does not say how many: only a count of none is none."""
    total: int | None = None
    heading = False
    found: list[VrrpGroup] = []
    for line in lines:
        words = line.split()
        if (counted := _COUNTS.match(line.strip())) is not None:
            total = int(counted[1])
        elif words[:2] == ["VRID", "State"]:
            heading = True
        elif heading and words and not is_rule(line):
            found.append(_group(words))
    if total is None or len(found) != total:
        raise Garbled
    return tuple(found)


def _group(words: list[str]) -> VrrpGroup:
    if len(words) < 5 or not _VRID.fullmatch(words[0]) or not _ADDRESS.fullmatch(words[4]):
        raise Garbled
    state = words[1].lower()
    if state not in STATES:
        raise Garbled
    return VrrpGroup(vrid=int(words[0]), interface=words[2], state=state, address=words[4])
