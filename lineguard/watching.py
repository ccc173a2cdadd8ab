"""The watch as a service of the daemon."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from lineguard import clock
from lineguard.serving import pause
from lineguard.wiring import Station
from store.locks import Held

if TYPE_CHECKING:
    from maintenance.watch_desk import WatchDesk

NAME: Final = "watch"
AGAIN_S: Final = 5.0

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Watching:
    """Looks between rounds. Each start reads settings and estate anew."""

    station: Station

    @property
    def name(self) -> str:
        """As `Service`."""
        return NAME

    async def run(self, stop: asyncio.Event) -> None:
        """As `Service`. Raises what the watch raises; waits while somebody else watches."""
        from maintenance.watch import watch_forever

        while not stop.is_set():
            try:
                await watch_forever(await asyncio.to_thread(self._desk), clock.now, stop)
            except Held as busy:  # a `watch --once` by cron or by hand: it is soon over
                log.info("watch: %s", busy)
                await pause(stop, AGAIN_S)

    def _desk(self) -> WatchDesk:
        return Station(self.station.home).watch_desk()
