"""The daemon of one home: its services, the lock that keeps it alone, and what systemd is told."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from checks.verdict import Severity
from incidents.model import Finding
from lineguard import clock
from lineguard.serving import Service, Supervisor
from lineguard.systemd import ALIVE, READY, STOPPING, Notifier
from logbook.keys import KeyTrouble
from phrases import Phrase, say
from store.trouble import StoreTrouble

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from incidents.desk import IncidentDesk
    from lineguard.cli.asked import Asked
    from lineguard.wiring import Station
    from store.database import Store

LOCK: Final = "serve"
ACTOR: Final = "serve"
ALIVE_PARTS: Final = 3
"""systemd is told so often within the time after which it would end us."""
VITAL: Final = frozenset({"tick"})
"""Without these nobody is told of anything."""

log = logging.getLogger(__name__)


def services_of(
    asked: Asked, station: Station, standing: Callable[[], Mapping[str, bool]]
) -> tuple[Service, ...]:
    """What runs in this home, in the order in which it is started: one line each. `standing` says
    which of them are up."""
    from lineguard.intaking import intakes
    from lineguard.own_pages import listeners
    from lineguard.ticking import Ticking
    from lineguard.watching import Watching

    return (
        Ticking(asked),
        Watching(station),
        *listeners(station, standing),
        *intakes(station),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfReports:
    """Deaths of services as incidents about Lineguard itself, one for each service."""

    store: Store
    incidents: IncidentDesk

    async def died(self, service: str, why: Phrase) -> None:
        """Open, or seen again."""
        finding = Finding(
            cause=cause_of(service),
            severity=Severity.CRITICAL if service in VITAL else Severity.WARNING,
            sentence=say(
                "Lineguard's service {name} fails and is started again: {why}",
                name=service,
                why=why,
            ),
        )
        await asyncio.to_thread(
            self._write, lambda tx: self.incidents.declare(tx, finding, clock.now(), ACTOR)
        )

    async def well(self, service: str) -> None:
        """Over, if there was anything."""
        why = say("Lineguard's service {name} runs again", name=service)
        await asyncio.to_thread(
            self._write,
            lambda tx: self.incidents.settle(tx, cause_of(service), why, clock.now(), ACTOR),
        )

    def _write(self, what: Callable[[Connection], object]) -> None:
        """A database in trouble is often why a service died: then the log must do."""
        try:
            with self.store.write() as tx:
                what(tx)
        except (StoreTrouble, KeyTrouble) as trouble:
            log.error("an incident about Lineguard itself could not be written: %s", trouble)


def cause_of(service: str) -> str:
    """The key of the incident about a service that dies."""
    return f"self:service:{service}"


@dataclass(slots=True, kw_only=True)
class Daemon:
    """Runs until SIGTERM or SIGINT."""

    supervisor: Supervisor
    notifier: Notifier
    stop: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        """All services, then all of them ended."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._end)
        running = asyncio.create_task(self.supervisor.run(self.stop))
        beating = asyncio.create_task(self._beat())
        self.notifier.tell(READY)
        log.info("serving: %s", ", ".join(self.supervisor.standing))
        try:
            await running
        finally:
            beating.cancel()
            with suppress(asyncio.CancelledError):
                await beating
        log.info("stopped")

    def _end(self) -> None:
        self.notifier.tell(STOPPING)
        self.stop.set()

    async def _beat(self) -> None:
        """While this loop turns and no service hangs, systemd is told so; else we begin anew."""
        while self.notifier.watchdog_s is not None:
            if self.supervisor.hanging:
                log.error("hanging: %s", ", ".join(sorted(self.supervisor.hanging)))
            else:
                self.notifier.tell(ALIVE)
            await asyncio.sleep(self.notifier.watchdog_s / ALIVE_PARTS)
