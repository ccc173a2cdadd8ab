"""The routing table as `display ip routing-table` prints it, and how two of them differ.

Source of the shape: VRP5/VRP8 command references and recorded sessions: a legend, `Destinations :
n  Routes : m`, a heading, and rows of destination, protocol, preference, cost, flags, next hop and
interface; further routes to one destination leave its column empty. Preference, cost and age are
left out of the comparison: those of learned routes change by themselves.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from collectors.consoles.shapes import Garbled

FAMILIES: Final = {
    "static": ("static",),
    "direct": ("direct",),
    "ospf": ("ospf", "o_ase", "o_nssa", "o_intra", "o_inter"),
    "isis": ("isis", "is-is"),
    "bgp": ("bgp", "ibgp", "ebgp"),
    "rip": ("rip",),
    "unr": ("unr",),
}
"""What a site may name in `watch: {routes: [...]}`, and how VRP's protocol column begins then."""
DEFAULT_FAMILIES: Final = ("static", "direct", "ospf")
MAX_ROUTES: Final = 20_000

_COUNTS: Final = re.compile(r"Destinations *: *(\d{1,7}) +Routes *: *(\d{1,7})")
_DESTINATION: Final = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}/\d{1,2}")
_ADDRESS: Final = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}")
_SMALL: Final = re.compile(r"\d{1,10}")
_FLAGS: Final = re.compile(r"[A-Z]{1,6}")


@dataclass(frozen=True, slots=True, order=True, kw_only=True)
class Route:
    """One way to one destination; `protocol` in the device's own word."""

    destination: str
    protocol: str
    next_hop: str
    interface: str

    def line(self) -> str:
        """As it is kept and shown."""
        return f"{self.destination} {self.protocol} {self.next_hop} {self.interface}"

    def shown(self) -> str:
        """As it is read aloud."""
        return f"{self.destination} via {self.next_hop} ({self.protocol})"


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteChanges:
    """How a table differs from another: each destination stands in one of the three."""

    missing: tuple[Route, ...]
    added: tuple[Route, ...]
    changed: tuple[tuple[Route, Route], ...]
    """The way there was, and the way there is now."""

    @property
    def count(self) -> int:
        """Of all three."""
        return len(self.missing) + len(self.added) + len(self.changed)


def routes(lines: tuple[str, ...]) -> tuple[Route, ...]:
    """Every route, in the order printed. Raises `Garbled` when the answer is of another shape, or
    holds another number of routes than it says: a table that was cut short is none."""
    expected: int | None = None
    heading = False
    found: list[Route] = []
    for line in lines:
        if (counted := _COUNTS.search(line)) is not None:
            expected = int(counted[2])
        elif line.split()[:2] == ["Destination/Mask", "Proto"]:
            heading = True
        elif heading and line.strip():
            found.append(_route(line.split(), found[-1].destination if found else None))
    if expected is None or len(found) != expected or len(found) > MAX_ROUTES:
        raise Garbled
    return tuple(found)


def _route(words: list[str], above: str | None) -> Route:
    if words and _DESTINATION.fullmatch(words[0]):
        destination: str | None = words.pop(0)
    else:
        destination = above
    if destination is None or len(words) < 5:
        raise Garbled
    if len(words) == 6 and _FLAGS.fullmatch(words[3]):
        words.pop(3)
    if len(words) != 5 or not (_SMALL.fullmatch(words[1]) and _SMALL.fullmatch(words[2])):
        raise Garbled
    if not _ADDRESS.fullmatch(words[3]):
        raise Garbled
    return Route(destination=destination, protocol=words[0], next_hop=words[3], interface=words[4])


def counting(found: Iterable[Route], families: tuple[str, ...]) -> tuple[Route, ...]:
    """Those of the protocols that count, in a stable order."""
    starts = tuple(start for one in families or DEFAULT_FAMILIES for start in FAMILIES[one])
    return tuple(sorted(one for one in found if one.protocol.lower().startswith(starts)))


def read_back(lines: Iterable[str]) -> tuple[Route, ...]:
    """Routes as `Route.line` wrote them. Raises `Garbled`."""
    found: list[Route] = []
    for line in lines:
        words = line.split()
        if len(words) != 4:
            raise Garbled
        found.append(
            Route(destination=words[0], protocol=words[1], next_hop=words[2], interface=words[3])
        )
    return tuple(found)


def compared(old: Iterable[Route], new: Iterable[Route]) -> RouteChanges:
    """What became of the routes of `old`. Of several ways to one destination each counts."""
    before, after = set(old), set(new)
    gone, come = sorted(before - after), sorted(after - before)
    changed: list[tuple[Route, Route]] = []
    waiting = {one.destination: one for one in reversed(come)}
    for one in gone:
        if (other := waiting.pop(one.destination, None)) is not None:
            changed.append((one, other))
    were, are = {one for one, _ in changed}, {one for _, one in changed}
    return RouteChanges(
        missing=tuple(one for one in gone if one not in were),
        added=tuple(one for one in come if one not in are),
        changed=tuple(changed),
    )
