"""Who stands behind whom: which silent device explains another's silence. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Topology:
    """The estate's `depends_on`, walked through as many steps as there are."""

    depends_on: Mapping[str, tuple[str, ...]]
    _known: dict[str, frozenset[str]] = field(default_factory=dict)

    def upstream(self, device: str) -> frozenset[str]:
        """Everything that `device` needs to be reached, directly or not."""
        if device not in self._known:
            self._known[device] = frozenset(self._walk(device))
        return self._known[device]

    def root_of(self, device: str, down: frozenset[str]) -> str:
        """The device among `down` whose silence explains that of `device`, or `device` itself.

        A root has nothing down above it. Devices that need each other in a ring are roots
        together; the first by name stands for them, so that a ring is never left without one.
        """
        chain = (self.upstream(device) & down) | {device}
        return min(one for one in chain if self._is_root(one, down))

    def _is_root(self, device: str, down: frozenset[str]) -> bool:
        return all(device in self.upstream(above) for above in self.upstream(device) & down)

    def _walk(self, device: str) -> Iterator[str]:
        seen: set[str] = set()
        waiting = list(self.depends_on.get(device, ()))
        while waiting:
            one = waiting.pop()
            if one not in seen:
                seen.add(one)
                yield one
                waiting.extend(self.depends_on.get(one, ()))
