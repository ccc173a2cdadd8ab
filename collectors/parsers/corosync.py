"""The links of corosync as `corosync-cfgtool -s` prints them.

Source: corosync's tools/corosync-cfgtool.c, through its versions:

- 3.1: `Local node ID 1, transport knet`, `LINK ID 0 udp`, `addr = ...`, and under `status:` a line
  `nodeid: 2: connected` (`disconnected`, `localhost`) a node;
- 3.0.4: the same words after `nodeid  2:`, or `disconnected (not enabled)`;
- 3.0.0-3.0.3: `nodeid  2:` or `node 1:` with `link enabled:1  link connected:1`; a node's link to
  itself may read `enabled:0`;
- 3 with udp or udpu: `status = OK`;
- 2: `RING ID 0`, `id = ...`, `status = ring 0 active with no faults`.

It ends with status 1 where a node is disconnected and also where corosync does not run; only then
is there no link. The status is printed after it, and `END`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from collectors.parsers.linux import Unreadable, whole_lines
from collectors.parsers.plain import plain
from collectors.readings.heartbeat import HeartbeatLink
from phrases import Phrase, say

STATUS: Final = "===status"
HEAD: Final = re.compile(r"(?:LINK|RING) ID (\d{1,2})(?: (?:udp|sctp))?\s*", re.ASCII)
ADDRESS: Final = re.compile(r"\s+(?:addr|id)\s*= (\S{1,60})\s*", re.ASCII)
BRIEF: Final = re.compile(r"\s+status\s*= (\S.{0,200})", re.ASCII)
NODE: Final = re.compile(r"\s+node(?:id)?:?\s+(\d{1,10}):\s+(\S.{0,100})", re.ASCII)
SAID_FIRST: Final = re.compile(r"Printing (?:link|ring) status\.|Local node ID .{1,60}", re.ASCII)
DEPRECATED: Final = "**SCTP is deprecated"
LOCAL: Final = "localhost"
GOOD: Final = re.compile(r"connected|link enabled:[01]\s+link connected:1", re.ASCII)
LOST: Final = re.compile(
    r"disconnected(?: \(not enabled\))?|connected \(not enabled\)"
    r"|link enabled:[01]\s+link connected:0",
    re.ASCII,
)
RING_IN_ORDER: Final = re.compile(r"OK|ring \d{1,2} active with no faults", re.ASCII)
THE_OTHERS: Final = "*"
"""Instead of a node id, where corosync tells of the ring as a whole."""


@dataclass(slots=True)
class _Link:
    """Mutable while its lines are read."""

    number: str
    address: str = ""
    told: bool = False
    nodes: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()


def parse_links(answer: bytes) -> tuple[int, tuple[HeartbeatLink, ...]]:
    """The exit status of the command, and every link. Raises `Unreadable`."""
    *lines, last = whole_lines(answer) or [""]
    status = _status(last)
    links: list[_Link] = []
    for line in lines:
        _take(line, links)
    return status, _checked(links)


def _status(line: str) -> int:
    mark, _, code = line.partition(" ")
    if mark != STATUS or not (code.isascii() and code.isdecimal() and len(code) <= 3):
        raise Unreadable(say("the answer is cut short"))
    return int(code)


def _take(line: str, links: list[_Link]) -> None:
    if head := HEAD.fullmatch(line):
        links.append(_Link(head[1]))
    elif SAID_FIRST.fullmatch(line) or line.startswith(DEPRECATED) or line.strip() == "status:":
        return
    elif not links:
        raise _strange()
    elif address := ADDRESS.fullmatch(line):
        links[-1].address = plain(address[1])
    elif node := NODE.fullmatch(line):
        _take_node(links[-1], node[1], node[2].strip())
    elif brief := BRIEF.fullmatch(line):
        links[-1].told = True
        links[-1].lost = () if RING_IN_ORDER.fullmatch(brief[1].strip()) else (THE_OTHERS,)
    else:
        raise _strange()


def _take_node(link: _Link, node: str, state: str) -> None:
    if node in link.nodes:
        raise _strange()
    link.nodes = (*link.nodes, node)
    if LOST.fullmatch(state):
        link.lost = (*link.lost, node)
    elif state != LOCAL and not GOOD.fullmatch(state):
        raise _strange()


def _checked(links: list[_Link]) -> tuple[HeartbeatLink, ...]:
    """Each link once, with its address, and all of them with the same nodes, two or more."""
    if len({link.number for link in links}) != len(links):
        raise _strange()
    if len({frozenset(link.nodes) for link in links}) > 1:
        raise Unreadable(say("the links of corosync do not name the same nodes"))
    for link in links:
        if not link.address or not (link.told or len(link.nodes) > 1):
            raise Unreadable(say("a link of corosync is told only in part"))
    return tuple(
        HeartbeatLink(link=one.number, address=one.address, nodes=one.nodes, lost=one.lost)
        for one in links
    )


def _strange() -> Unreadable:
    why: Phrase = say("the links of corosync are not told as corosync-cfgtool tells them")
    return Unreadable(why)
