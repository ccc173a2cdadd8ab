"""The watch as a service of the daemon."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from lineguard import clock
from lineguard.wiring import Station

if TYPE_CHECKING:
    from maintenance.watch_desk import WatchDesk

NAME: Final = "watch"


@dataclass(frozen=True, slots=True)
class Watching:
    """Looks between rounds. Each start reads settings and estate anew."""

    station: Station

    @property
    def name(self) -> str:
        """As `Service`."""
        return NAME

    async def run(self, stop: asyncio.Event) -> None:
        """As `Service`. Raises what the watch raises, `Held` among it: somebody else watches."""
        from maintenance.watch import watch_forever

        await watch_forever(await asyncio.to_thread(self._desk), clock.now, stop)

    def _desk(self) -> WatchDesk:
        return Station(self.station.home).watch_desk()
