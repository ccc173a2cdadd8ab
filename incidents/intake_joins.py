"""What is told unasked of something that a check looks at as well: one root cause, one incident.

A port that the site watches, a board and a UPS on its battery are seen by a check and told of by
traps and logs. Both findings have the check's cause, whichever comes first; the incident ends with
the message that ends the last part of it, or when the check sees it well. What a look has seen
replaces what was told before.

An incident's `covers` hold its parts (`M44:GigabitEthernet0/0/1`) and, for M54 and M55, what was
told of it (`M54:link:GigabitEthernet0/0/1`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from checks.item import Check, Item
from checks.network import MODULES
from checks.network import PORTS as PORTS_CHECK
from checks.power import UPS_SUPPLY
from checks.verdict import Severity
from incidents.causes import ITEM, item_of, part_cover
from incidents.intake_rules import BOARDS, ITEMS, PORTS, SUPPLY, Meaning
from incidents.model import Finding, OpenIncident
from inventory.model import Device
from phrases import Phrase

CHECKS: Final[Mapping[str, tuple[str, Check[Any, Any]]]] = {
    PORTS: ("M44", PORTS_CHECK), BOARDS: ("M44", MODULES), SUPPLY: ("R1", UPS_SUPPLY),
}  # fmt: skip
"""What each of them is looked at by: the item and its check."""
SEVERITY: Final = Severity.CRITICAL
"""As these checks grade a port that is down, a faulty board and a UPS on its battery: an incident
is not raised by the look that confirms what a trap said."""
TOLD: Final = frozenset(f"{item}:" for item in ITEMS.values())
QUIET: Final = "quiet_min="
"""In an incident's `covers`: after how many minutes without a repeat it is over."""
MOST_PARTS: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Join:
    """The check that looks at it on one device. `parts` are those that it looks at, each under
    its name in small letters; empty: all there are."""

    item: str
    check: str
    cause: str
    parts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Joined:
    """One message that speaks of what a check looks at: of which part, and its own mark."""

    join: Join
    part: str
    mark: str


Joins = Mapping[tuple[str, str], Join]
"""By device and by what the rule speaks of."""


def joins_of(devices: Iterable[Device], schedule: Iterable[Item]) -> Joins:
    """What the schedule looks at on each device. A switch whose ports no item looks at has none."""
    items = {one.id: one for one in schedule}
    found: dict[tuple[str, str], Join] = {}
    for device in devices:
        for what, (name, check) in CHECKS.items():
            item = items.get(name)
            looked_at = item is not None and item.applies_to(device) and check in item.checks
            if looked_at and check.applies_to(device):
                watched = device.watch.ports if what == PORTS else ()
                found[device.name, what] = Join(
                    item=name,
                    check=check.name,
                    cause=f"{ITEM}{device.name}:{check.root or name}:{check.name}",
                    parts={port.casefold(): port for port in watched},
                )
    return found


def joined(joins: Joins, device: str, meaning: Meaning) -> Joined | None:
    """The check that what the message says belongs to. None where none looks at that part, also
    where a trap gives a port by its number only: that is an alarm by itself."""
    join = joins.get((device, meaning.joins))
    if join is None:
        return None
    part = join.parts.get(meaning.part.casefold()) if join.parts else meaning.part
    if part is None:
        return None
    return Joined(join, part, f"{meaning.item}:{meaning.key}")


class Gathered:
    """What the messages of one batch say of the parts; the last word on each counts."""

    def __init__(self, live: Mapping[str, OpenIncident]) -> None:
        self._live = live
        self._joins: dict[str, Join] = {}
        self._covers: dict[str, set[str]] = {}
        self._wrong: dict[str, dict[str, Finding]] = {}
        self._ended: dict[str, Phrase] = {}

    def began(self, one: Joined, finding: Finding, quiet_min: int | None) -> None:
        """That part is in trouble."""
        covers = self._of(one.join)
        found = replace(finding, cause=one.join.cause, severity=SEVERITY,
                        item=one.join.item, check=one.join.check)  # fmt: skip
        if len(covers) < MOST_PARTS:
            covers |= {part_cover(one.join.item, one.part)} if one.part else set()
            covers |= {one.mark}
        if quiet_min is not None:
            covers |= {part_cover(one.join.item, f"{QUIET}{quiet_min}")}
        wrong = self._wrong.setdefault(one.join.cause, {})
        wrong.pop(one.part, None)
        wrong[one.part] = found

    def ended(self, one: Joined, why: Phrase) -> None:
        """That part is well again, by whichever way it is told."""
        covers = self._of(one.join)
        key = one.mark.partition(":")[2]
        gone = {part_cover(one.join.item, one.part), *(f"{item}{key}" for item in TOLD)}
        if covers & gone:
            covers -= gone
            self._wrong.get(one.join.cause, {}).pop(one.part, None)
            self._ended[one.join.cause] = why

    def findings(self) -> Iterable[Finding]:
        """Of each cause that is in trouble what was told last, with all that is."""
        for cause, wrong in self._wrong.items():
            if wrong:
                yield replace([*wrong.values()][-1], covers=frozenset(self._covers[cause]))

    def over(self) -> Iterable[tuple[str, Phrase]]:
        """The causes of which every part is well."""
        for cause, why in self._ended.items():
            if not self._left(cause):
                yield cause, why

    def fewer(self) -> Iterable[tuple[str, frozenset[str]]]:
        """The causes of which some parts are well, with what they stand for now."""
        for cause in self._ended:
            if self._left(cause):
                yield cause, frozenset(self._covers[cause])

    def _of(self, join: Join) -> set[str]:
        self._joins[join.cause] = join
        if join.cause not in self._covers:
            known = self._live.get(join.cause)
            self._covers[join.cause] = set(known.covers) if known else set()
        return self._covers[join.cause]

    def _left(self, cause: str) -> bool:
        item = self._joins[cause].item
        return any(item_of(one) == item for one in self._covers[cause])


def told(one: OpenIncident) -> bool:
    """Does what was told unasked stand in that incident?"""
    return any(cover.startswith(tuple(TOLD)) for cover in one.covers)
