"""The way of what arrives: sockets, backlog, decoding, store, answer.

The event loop only receives; decoding and storing happen in a thread, one batch after the other, so
that a slow disk makes the backlog longer and nothing else. What does not fit into the backlog is
counted, and one incident says so.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

from collectors.intake.backlog import Backlog
from collectors.intake.datagrams import Datagrams
from collectors.intake.decoding import Decoder
from collectors.intake.model import LOST, Arrived, Decoded, Outcome, Receiver
from incidents.intake_desk import IntakeDesk
from logbook.keys import KeyTrouble
from store.trouble import StoreTrouble

BATCH: Final = 1_000
GATHER_S: Final = 0.25
"""How long the first of a batch waits for others."""
HEARTBEAT: Final = timedelta(seconds=5)
"""How often it is stored that the receivers listen."""
CALM: Final = timedelta(seconds=5)
"""When so long nothing was lost, a flood is over."""
SWEEP: Final = timedelta(minutes=1)
RETRY_S: Final = 1.0
LAST_TRIES: Final = 10
"""Of storing, when told to stop."""

log = logging.getLogger(__name__)
Answers = list[tuple[Arrived, Decoded]]


class Closing(Protocol):
    """A listening socket."""

    async def close(self) -> None:
        """No more of it."""
        ...


@dataclass(slots=True)
class Flood:
    """What was lost since it began, and when last."""

    since: datetime
    last: datetime
    lost: int = 0
    told: bool = False


@dataclass(slots=True, kw_only=True)
class IntakeFlow:
    """Everything between the sockets and the store."""

    backlog: Backlog
    decoder: Decoder
    desk: IntakeDesk
    clock: Callable[[], datetime]
    receivers: tuple[Receiver, ...]
    datagrams: Sequence[Datagrams] = ()
    others: Sequence[Closing] = ()
    keep: timedelta = timedelta(days=30)
    keep_messages: int = 2_000_000
    """How long messages are kept, and how many at most."""
    _runs: tuple[int, ...] = ()
    _flood: Flood | None = None
    _seen: datetime | None = None
    _swept: datetime | None = None
    _behind: bool = False
    _troubled: bool = False

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop` is set and all that had arrived is stored. Whatever it raises, the sockets
        are closed, so that it can be begun anew."""
        try:
            await self._begin()
            while not stop.is_set():
                await self._step(stop)
                if len(self.backlog) < BATCH:
                    await self._wait(stop)
            await self._end(stop)
        except BaseException:
            for one in self.datagrams:
                one.abandon()
            for other in self.others:
                await other.close()
            raise
        finally:
            if self.backlog.tally is not None:
                self.backlog.tally.close()

    async def _begin(self) -> None:
        now, tally = self.clock(), self.backlog.tally
        left = None if tally is None else tally.left
        self._runs = await asyncio.to_thread(self.desk.begin, self.receivers, now, left)
        if tally is not None:
            tally.begin()
        if await asyncio.to_thread(self.desk.flooded):
            self._flood = Flood(now, now)
        for one in self.datagrams:
            one.start()

    async def _end(self, stop: asyncio.Event) -> None:
        """The sockets first, then what they had brought."""
        closing = asyncio.gather(*(one.close() for one in (*self.datagrams, *self.others)))
        while not closing.done() or len(self.backlog):
            await self._step(stop)
            await asyncio.sleep(0)
            if not closing.done():
                await asyncio.wait({closing}, timeout=GATHER_S)
        await closing
        await self._step(stop)
        if self.backlog.tally is not None:
            self.backlog.tally.end()

    async def _wait(self, stop: asyncio.Event) -> None:
        """For something to store; then a moment longer, for what comes with it."""
        limit = 1.0 if self._flood else HEARTBEAT.total_seconds()
        waiting = {asyncio.ensure_future(one.wait()) for one in (stop, self.backlog.filled)}
        await asyncio.wait(waiting, timeout=limit, return_when=asyncio.FIRST_COMPLETED)
        for one in waiting:
            one.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        if not stop.is_set() and len(self.backlog) < BATCH:
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), GATHER_S)

    async def _step(self, stop: asyncio.Event) -> None:
        """Store what waits, tell those who wait for it, and look after the rest."""
        for one in self.datagrams:
            if not stop.is_set():
                one.look()
        batch, counts = self.backlog.take(BATCH), self.backlog.counted()
        now = self.clock()
        if batch or counts or self._seen is None or now - self._seen >= HEARTBEAT:
            answers = await self._stored(batch, counts, stop)
            self._seen = now
            self._answer(answers)
        await self._look_after(sum(counts[one, way] for one in Receiver for way in LOST), now)

    async def _stored(
        self, batch: list[Arrived], counts: Counter[tuple[Receiver, Outcome]], stop: asyncio.Event
    ) -> Answers:
        """Try until it is stored; meanwhile the backlog fills. When told to stop, it gives up."""
        decoded = await asyncio.to_thread(self._decode, batch, counts)
        messages = [message for _, one in decoded for message in one.messages]
        tries = 0
        while True:
            try:
                await asyncio.to_thread(self.desk.take, messages, counts, self._runs, self.clock())
            except (StoreTrouble, KeyTrouble) as trouble:
                tries += stop.is_set()
                self._trouble(trouble)
                if tries > LAST_TRIES:
                    log.error("%d messages could not be stored and are lost", len(messages))
                    return []
                await asyncio.sleep(RETRY_S)
            else:
                self._troubled = False
                if self.backlog.tally is not None:
                    self.backlog.tally.settled(Counter(one.receiver for one in batch))
                return decoded

    def _decode(self, batch: list[Arrived], counts: Counter[tuple[Receiver, Outcome]]) -> Answers:
        found = self.decoder.decode_all(batch)
        for one, decoded in found:
            counts[one.receiver, decoded.outcome] += len(decoded.messages) or 1
        return found

    def _answer(self, answers: Answers) -> None:
        sockets = {one.receiver: one for one in self.datagrams}
        for one, decoded in answers:
            if one.answer is not None:
                one.answer(decoded.outcome)
            elif decoded.reply is not None and one.receiver in sockets:
                sockets[one.receiver].send(decoded.reply, one.source, one.port)

    async def _look_after(self, lost: int, now: datetime) -> None:
        """What is tried again at the next step when the store is in trouble."""
        try:
            await self._tides(lost, now)
            await self._tidy(now)
        except (StoreTrouble, KeyTrouble) as trouble:
            self._trouble(trouble)

    async def _tides(self, lost: int, now: datetime) -> None:
        """Open the incident about a flood, and end it."""
        flood = self._flood
        if lost:
            flood = self._flood = flood or Flood(now - timedelta(seconds=GATHER_S), now)
            flood.last, flood.lost = now, flood.lost + lost
        if flood is None:
            return
        if flood.lost and not flood.told:
            await asyncio.to_thread(self.desk.flood, flood.lost, flood.since, now)
            flood.told = True
        elif now - flood.last >= CALM:
            await asyncio.to_thread(self.desk.ebb, flood.lost, now)
            still = await asyncio.to_thread(self.desk.flooded)
            self._flood = Flood(now, now) if still else None

    async def _tidy(self, now: datetime) -> None:
        """Once a minute; letting go goes on with every step while it is behind."""
        due = self._swept is None or now - self._swept >= SWEEP
        if due:
            self._swept = now
            await asyncio.to_thread(self.desk.sweep, now)
        if due or self._behind:
            self._behind = await asyncio.to_thread(
                self.desk.let_go, now - self.keep, self.keep_messages, now
            )

    def _trouble(self, trouble: Exception) -> None:
        if not self._troubled:
            log.error("what arrives cannot be stored yet: %s", trouble)
        self._troubled = True
