"""What one run of the mirror shares: its means, its end, and when the service counts as failing."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar

from incidents.tickets.port import Declined, NotReached, TicketPort, Unclear
from logbook.book import Logbook
from phrases import Lang, Phrase, say
from store.database import Store

UNCLEAR_IN_A_ROW: Final = 3
"""So many requests that came to nothing, one after the other, are the service's fault; fewer may
be the fault of what was asked, and hold up nothing else."""

GRACE_S: Final = 15.0
"""What is under way when a run's time is over may still end; then it is given up, because the next
tick has clocks to strike."""

Found = TypeVar("Found")


class Stop(Exception):
    """The service itself is in trouble; the rest waits."""

    def __init__(self, why: Phrase) -> None:
        super().__init__(why.text("en"))
        self.why = why


@dataclass(slots=True, kw_only=True)
class Turn:
    """One run under way."""

    store: Store
    logbook: Logbook
    port: TicketPort
    clock: Callable[[], datetime]
    lang: Lang
    ends: float
    """By the monotonic clock: nothing is begun after it."""
    answered: bool = False
    unclear: int = 0

    @property
    def late(self) -> bool:
        """Is its time over?"""
        return time.monotonic() >= self.ends

    async def asked(self, request: Awaitable[Found]) -> Found:
        """What came of a request. Raises `Unclear`, `Declined`, and `Stop` where asking on would
        help nobody."""
        try:
            async with asyncio.timeout(self.ends + GRACE_S - time.monotonic()):
                found = await request
        except TimeoutError:
            raise Stop(say("the ticket service is too slow to be waited for")) from None
        except NotReached as trouble:
            raise Stop(trouble.why) from None
        except Unclear as trouble:
            self.unclear += 1
            if self.unclear >= UNCLEAR_IN_A_ROW:
                raise Stop(trouble.why) from None
            raise
        except Declined:
            self._well()
            raise
        self._well()
        return found

    def _well(self) -> None:
        self.answered, self.unclear = True, 0
