"""What `lineguard serve` runs: services beside each other, until it is stopped or one of them fails.

A service that ends before it was told to has failed, and takes the others down with it: whoever
keeps the daemon running (systemd's `Restart=`) starts all of it anew, which is tried every day,
where starting one of them anew would be tried only on the worst one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, Protocol

STOP_LIMIT_S: Final = 20.0
"""How long services may take to end; systemd's own limit is 90 s."""


class Service(Protocol):
    """Something that runs until it is told to stop."""

    @property
    def name(self) -> str:
        """What it is called on stderr."""
        ...

    async def run(self, stop: asyncio.Event) -> None:
        """Run until `stop` is set, then give back what it holds. Raises what it cannot mend."""
        ...


@dataclass(frozen=True, slots=True)
class Failed:
    """The service that ended first, unasked. `fault` is None when it merely came to its end."""

    service: str
    fault: BaseException | None


async def serve(services: Sequence[Service], stop: asyncio.Event) -> Failed | None:
    """Run all of them until `stop` is set. The first that ends before that stops the others and is
    given back; None after an ordinary end."""
    tasks = {asyncio.create_task(one.run(stop), name=one.name): one for one in services}
    asked = asyncio.create_task(stop.wait())
    await asyncio.wait({*tasks, asked}, return_when=asyncio.FIRST_COMPLETED)
    ended = [task for task in tasks if task.done()] if not stop.is_set() else []
    stop.set()
    _, late = await asyncio.wait(tasks, timeout=STOP_LIMIT_S)
    for task in late:
        task.cancel()
    faults = await asyncio.gather(*tasks, return_exceptions=True)
    with suppress(asyncio.CancelledError):
        await asked
    known = dict(zip(tasks, faults, strict=True))
    first = next(iter(ended), None) or next((one for one in tasks if _fault(known[one])), None)
    return None if first is None else Failed(tasks[first].name, _fault(known[first]))


def _fault(result: BaseException | None) -> BaseException | None:
    return result if isinstance(result, BaseException) else None
