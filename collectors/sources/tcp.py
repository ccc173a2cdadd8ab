"""Reachability by opening TCP connections: to the device's own `tcp` port, or else to the port of a
protocol it is asked over anyway. Nothing is sent."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import Final

from collectors.probes import PROBES, reachability
from collectors.readings import Reading, Trouble
from collectors.session import Means, Notebook, SessionFailed
from collectors.visit import Answer, Memory
from inventory.model import Device
from phrases import say

PROTOCOL: Final = "tcp"
PLACES: Final = ("tcp", "nut", "http", "oracle", "postgres", "ssh", "winssh", "cli")
"""Whose port is tried, in this order."""


async def open_session(device: Device, means: Means, notebook: Notebook) -> TcpProbe:
    """Nothing is opened yet. Raises `SessionFailed` when the device has no TCP port."""
    for place in PLACES:
        way = getattr(device.access, place)
        if way is not None:
            return TcpProbe(device=device, means=means, port=way.port, limit_s=way.timeout_s)
    raise SessionFailed(
        Trouble.NOT_CONFIGURED,
        say("{device}: no TCP port is configured for it", device=device.name),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class TcpProbe:
    """`PROBES` connections, one after the other, each closed at once; `limit_s` bounds them all."""

    device: Device
    means: Means
    port: int
    limit_s: float

    async def ask(self, question: type[Reading], memory: Memory) -> Answer:
        """As `collectors.session.Session`; the only question is `Reachability`."""
        trips = [await self._probe() for _ in range(PROBES)]
        asked = f"connect {self.device.address} port {self.port}"
        return reachability(self.device, self.means.clock(), PROTOCOL, asked, trips)

    async def _probe(self) -> float | None:
        """The time one connection took, in milliseconds; None when there was none."""
        began = time.monotonic()
        try:
            async with asyncio.timeout(self.limit_s / PROBES):
                _, writer = await asyncio.open_connection(self.device.address, self.port)
        except (OSError, UnicodeError):
            # UnicodeError: an address that is no host name at all
            return None
        took = (time.monotonic() - began) * 1000
        writer.transport.abort()
        return took

    async def close(self) -> None:
        """Nothing is open."""
