"""Self-doubt: points outside the estate that answer when Lineguard's own way out is whole."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from collectors.readings import Reachability
from collectors.session import Means
from collectors.visitor import Visitor
from inventory.model import Access, Device, Icmp, Kind, Tcp

LIMIT_S: Final = 5.0
"""For one point; a way out that needs longer carries no round either."""


class NothingRemembered:
    """A memory without anything in it: a point is only asked whether it answers."""

    def recall(self, device: str, topic: str) -> None:
        """Never anything."""


@dataclass(frozen=True, slots=True)
class ReferencePoints:
    """`points` as the settings have them; fulfils `maintenance.doubt.SelfCheck`."""

    points: Sequence[str]
    means: Means

    async def cut_off(self) -> bool:
        """True only when there is at least one point and none of them answers."""
        answers = await self.answers()
        return bool(answers) and not any(answers.values())

    async def answers(self) -> dict[str, bool]:
        """Whether each point answers now; all are asked at once."""
        devices = {point: device_of(point) for point in self.points}
        visitor = Visitor(devices, self.means, LIMIT_S)
        wanted = frozenset({Reachability})
        memory = NothingRemembered()
        visits = await asyncio.gather(
            *(visitor.visit(point, wanted, memory) for point in self.points)
        )
        return {visit.device: visit.contact.reached for visit in visits}


def device_of(point: str) -> Device:
    """A point as something that can be visited; `tcp://host:port` or `icmp://host`."""
    scheme, _slashes, rest = point.partition("://")
    if scheme == "icmp":
        return _device(point, rest, Access(icmp=Icmp()))
    host, _colon, port = rest.rpartition(":")
    return _device(point, host, Access(tcp=Tcp(port=int(port))))


def _device(point: str, address: str, access: Access) -> Device:
    # It belongs to no site and no item; a kind is only needed because every device has one.
    return Device(name=point, kind=Kind.NMS, site="", address=address, access=access)
