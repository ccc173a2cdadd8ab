"""Which channels a fault has taken: a page never depends on what it tells of. Pure.

What a channel needs is said in the settings (`needs`: the devices it leads through); what those
need is the estate's `depends_on`. A channel is doubtful while any of that is in trouble.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from incidents.model import OpenIncident
from incidents.notifying.channels import Way
from incidents.topology import Topology


@dataclass(frozen=True, slots=True)
class Paths:
    """The estate, as channels depend on it."""

    topology: Topology

    def needed(self, way: Way) -> frozenset[str]:
        """Every device that the channel leads through, directly or not."""
        through = (self.topology.upstream(name) for name in way.needs)
        return frozenset(way.needs).union(*through)

    def sound(
        self, ways: Iterable[tuple[Way, str]], troubled: frozenset[str]
    ) -> tuple[tuple[Way, str], ...]:
        """Those that need nothing which is in trouble, in their order."""
        return tuple(one for one in ways if not self.needed(one[0]) & troubled)


def troubled_by(live: Iterable[OpenIncident]) -> frozenset[str]:
    """The devices of the live incidents, and those that are silent behind them."""
    found: set[str] = set()
    for one in live:
        if one.device is not None:
            found.add(one.device)
            found.update(name for name in one.covers if ":" not in name)
    return frozenset(found)
