"""Self-doubt: before a silent device is blamed, Lineguard asks whether it is cut off itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from incidents.topology import Topology
from maintenance.looks import Looked


class SelfCheck(Protocol):
    """The port to the configured reference points: addresses near by that always answer."""

    async def cut_off(self) -> bool:
        """True only when there is at least one reference point and none of them answers."""
        ...


@dataclass(slots=True)
class Doubt:
    """Holds silent looks back until it is known what they mean.

    Something outside must have answered after the silence began: that proves that Lineguard could
    see at that time. For looks that nothing vouches for, `maintenance.rounds` and
    `maintenance.watch` ask the reference points in the end. And the looks under way at what stands
    before the device must have ended, so that a dead switch is one incident and not one for each
    device behind it.
    """

    topology: Topology = field(default_factory=lambda: Topology({}))
    pending: set[str] = field(default_factory=set)
    """Devices whose look has not ended."""
    held: list[Looked] = field(default_factory=list)
    last_answer: datetime | None = None

    def believe(self, looked: Iterable[Looked]) -> list[Looked]:
        """Of these and of the ones held, those that can be believed, in order."""
        candidates = [*self.held, *looked]
        for one in candidates:
            self.pending.discard(one.device.name)
            if one.reached and (self.last_answer is None or one.ended_at > self.last_answer):
                self.last_answer = one.ended_at
        self.held = [one for one in candidates if one.silent and not self._is_clear(one)]
        doubted = {id(one) for one in self.held}
        return [one for one in candidates if id(one) not in doubted]

    def release(self) -> list[Looked]:
        """All that is held, which is then nobody's any more."""
        held, self.held = self.held, []
        return held

    def _is_clear(self, one: Looked) -> bool:
        vouched_for = self.last_answer is not None and self.last_answer >= one.started_at
        return vouched_for and self.pending.isdisjoint(self.topology.upstream(one.device.name))
