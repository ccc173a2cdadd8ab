"""Services that run side by side in one process until they are told to stop.

A service that dies is started again after a pause that doubles, said in the log once and held as an
incident about Lineguard itself until it has run well for a while. Told to stop, the services end in
the reverse of their order, each in its own time.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final, Protocol, runtime_checkable

from phrases import Phrase, say

FIRST_PAUSE_S: Final = 1.0
LONGEST_PAUSE_S: Final = 60.0
SETTLED_S: Final = 60.0
"""What has run for so long after it was started again is well."""
END_LIMIT_S: Final = 20.0
"""A service that has not ended so long after it was told to is given up."""
LONGEST_REASON: Final = 300

log = logging.getLogger(__name__)


class Service(Protocol):
    """Something that runs until `stop` is set. `name` is a word such as `tick`."""

    @property
    def name(self) -> str:
        """How logs, metrics and incidents call it."""
        ...

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set. Whatever it raises ends this run of it, nothing else."""
        ...


@runtime_checkable
class MayHang(Protocol):
    """A service whose work may never come back, while everything else runs on."""

    def hangs(self) -> bool:
        """Has its work taken too long by now?"""
        ...


class Reporter(Protocol):
    """Where it is kept that a service died, or is well again."""

    async def died(self, service: str, why: Phrase) -> None:
        """It died; called for every death."""
        ...

    async def well(self, service: str) -> None:
        """It has run for a while; called once for every start of it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Pauses:
    """Seconds: the pause before the first new start, the longest, and when a service is well."""

    first_s: float = FIRST_PAUSE_S
    longest_s: float = LONGEST_PAUSE_S
    settled_s: float = SETTLED_S
    end_limit_s: float = END_LIMIT_S

    def after(self, deaths: int) -> float:
        """How long to wait after so many deaths in a row."""
        return min(self.first_s * 2.0 ** min(deaths - 1, 30), self.longest_s)


@dataclass(slots=True)
class Supervisor:
    """Runs services. Working state: who is up, and how often each died in a row."""

    services: tuple[Service, ...]
    reporter: Reporter
    pauses: Pauses = field(default_factory=Pauses)
    _up: dict[str, bool] = field(default_factory=dict)
    _deaths: dict[str, int] = field(default_factory=dict)

    @property
    def standing(self) -> Mapping[str, bool]:
        """Which service is up at this moment; one that hangs is not."""
        hanging = self.hanging
        return {
            one.name: self._up.get(one.name, False) and one.name not in hanging
            for one in self.services
        }

    @property
    def hanging(self) -> frozenset[str]:
        """Those that hang: nothing but a new process helps them."""
        return frozenset(
            one.name for one in self.services if isinstance(one, MayHang) and one.hangs()
        )

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop` is set; then all of them end, the last one first."""
        stops = [asyncio.Event() for _ in self.services]
        pairs = zip(self.services, stops, strict=True)
        tasks = [asyncio.create_task(self._keep(one, own), name=one.name) for one, own in pairs]
        try:
            await stop.wait()
        finally:
            for own, task in zip(reversed(stops), reversed(tasks), strict=True):
                own.set()
                await self._ended(task)

    async def _ended(self, task: asyncio.Task[None]) -> None:
        _done, waiting = await asyncio.wait({task}, timeout=self.pauses.end_limit_s)
        if waiting:
            log.error("service %s did not end in time and is given up", task.get_name())
            task.cancel()
            await asyncio.wait({task}, timeout=self.pauses.end_limit_s)

    async def _keep(self, service: Service, stop: asyncio.Event) -> None:
        while not stop.is_set():
            why = await self._once(service, stop)
            if why is None:
                return
            deaths = self._deaths[service.name] = self._deaths.get(service.name, 0) + 1
            if deaths == 1:
                log.error("service %s died: %s", service.name, why.text("en"))
            await self.reporter.died(service.name, why)
            await pause(stop, self.pauses.after(deaths))

    async def _once(self, service: Service, stop: asyncio.Event) -> Phrase | None:
        """One run of it; why it died, or None when it ended as it was told to."""
        self._up[service.name] = True
        settling = asyncio.create_task(self._settle(service.name))
        try:
            await service.run(stop)
        except Exception as error:  # noqa: BLE001  (the boundary of a service: the others run on)
            return _reason(error)
        finally:
            self._up[service.name] = False
            settling.cancel()
            await asyncio.gather(settling, return_exceptions=True)
        return None if stop.is_set() else say("it ended though nobody told it to")

    async def _settle(self, name: str) -> None:
        """Says that it is well, once it has run for a while: it may have died in an earlier process
        as well."""
        await asyncio.sleep(self.pauses.settled_s)
        if self._deaths.pop(name, 0):
            log.warning("service %s is well again", name)
        await self.reporter.well(name)


def _reason(error: Exception) -> Phrase:
    phrase = getattr(error, "phrase", None) or getattr(error, "why", None)
    if isinstance(phrase, Phrase):
        return phrase
    text = " ".join(str(error).split())[:LONGEST_REASON]
    return say("{name}: {reason}", name=type(error).__name__, reason=text)


async def pause(stop: asyncio.Event, seconds: float) -> None:
    """That long, or until it is to stop."""
    with suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)
