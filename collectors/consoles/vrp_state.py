"""Ports, hot standby and active alarms as VRP prints them.

Sources: recorded `display interface brief` (NE40E); `display hrp state` of USG devices, healthy,
switched and of the old V100/V300 kind; `display alarm active` with its wrapped rows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from collectors.consoles.shapes import Garbled, is_rule
from collectors.consoles.transcript import unwrapped
from collectors.readings import Alarm, Port

PEER_NOT_TOLD: Final = "not told"
"""The old USG prints its own role only."""
NO_PEER: Final = frozenset({"none", "unknown", "na", "-"})
OLD_ROLES: Final = {"MASTER": "active", "SLAVE": "standby"}
SEVERITIES: Final = {"1": "critical", "2": "major", "3": "minor", "4": "warning"}
"""The legend above the table: `1:Critical  2:Major  3:Minor  4:Warning`."""

_PHYSICAL: Final = re.compile(r"([*^!#]?)(up|down)((?:\([a-zA-Z]\)){0,3})")
_SPEED: Final = re.compile(r"\(\d{1,4}[GM]\)$")
_HELD_DOWN: Final = re.compile(r"\([EbBed]\)")
"""E-Trunk, BFD, bit errors, Ethernet OAM or dampening hold the port down; (s) and (l) do not."""
_ROLE: Final = re.compile(
    r'^Role: ?([a-z-]{1,24}), peer: ?([A-Za-z-]{1,24})( \(should be "[a-z-]{1,40}"\))?$'
)
_OLD_ROLE: Final = re.compile(r"^The firewall's config state is ?: ?(MASTER|SLAVE)$", re.IGNORECASE)
_ALARM: Final = re.compile(r"^(\d{1,10}) +(0x[0-9A-Fa-f]{1,10}) +(\w{1,12}) +\S{8,10}(?: +(.*))?$")
_CLOCK: Final = re.compile(r"^\d{2}:\d{2}:\d{2}\S{0,6} *")
_NO_ALARM: Final = re.compile(r"^(?:Info: )?.{0,40}\bno (?:active )?alarms?\b", re.IGNORECASE)


def ports(lines: tuple[str, ...]) -> tuple[Port, ...]:
    """`display interface brief`. Raises `Garbled`."""
    told: list[Port] = []
    heading = False
    held: list[str] = []
    for line in lines:
        words = [*held, *line.split()]
        held = []
        if words[:2] == ["Interface", "PHY"]:
            heading = True
        elif not heading and len(words) > 2 and _PHYSICAL.fullmatch(words[1]):
            raise Garbled  # a row above its heading
        elif heading and len(words) == 1:
            held = words
        elif heading and words:
            told.append(_port(words))
    if held or not told:
        raise Garbled
    return tuple(told)


def _port(words: list[str]) -> Port:
    found = _PHYSICAL.fullmatch(words[1])
    if found is None:
        raise Garbled
    mark, link, flags = found.groups()
    up = link == "up" and not mark and not _HELD_DOWN.search(flags)
    return Port(name=_SPEED.sub("", words[0]), admin_up=mark != "*", oper_up=up)


@dataclass(frozen=True, slots=True, kw_only=True)
class HotStandby:
    """As `collectors.readings.HaState`."""

    role: str
    peer: str | None
    switched: bool


def hot_standby(lines: tuple[str, ...]) -> HotStandby:
    """`display hrp state`, new or old. Raises `Garbled`."""
    told = [line.strip() for line in unwrapped(lines)]
    new = [found for line in told if (found := _ROLE.match(line))]
    old = [found for line in told if (found := _OLD_ROLE.match(line))]
    if len(new) == 1:
        role, peer, should = new[0].groups()
        other = None if peer.lower() in NO_PEER else peer
        return HotStandby(role=role, peer=other, switched=should is not None)
    if len(old) == 1 and not new:
        role = OLD_ROLES[old[0][1].upper()]
        return HotStandby(role=role, peer=PEER_NOT_TOLD, switched=False)
    raise Garbled


def active_alarms(lines: tuple[str, ...]) -> tuple[Alarm, ...]:
    """`display alarm active`: shape E, or the words that there is none. Raises `Garbled`."""
    body = _under_heading(lines)
    if body is None:
        if any(_NO_ALARM.match(line.strip()) for line in lines):
            return ()
        raise Garbled
    found: list[Alarm] = []
    for line in body:
        if line.startswith(" ") and found:
            found[-1] = _continued(found[-1], line.strip())
        else:
            found.append(_alarm(line))
    return tuple(found)


def _under_heading(lines: tuple[str, ...]) -> list[str] | None:
    for index, line in enumerate(lines):
        words = line.split()
        if words[:2] == ["Sequence", "AlarmId"] and "Description" in words:
            if any(_ALARM.match(row) for row in lines[:index]):
                raise Garbled
            return [row for row in lines[index + 1 :] if row.strip() and not is_rule(row)]
    return None


def _alarm(line: str) -> Alarm:
    found = _ALARM.match(line)
    if found is None:
        raise Garbled
    level = found[3].lower()
    severity = SEVERITIES.get(level, level)
    if severity not in SEVERITIES.values():
        raise Garbled
    return Alarm(severity=severity, text=(found[4] or "").strip())


def _continued(alarm: Alarm, more: str) -> Alarm:
    """A row goes on in its last column, broken inside words; the time stands before it."""
    return Alarm(severity=alarm.severity, text=alarm.text + _CLOCK.sub("", more))
