"""One run of the ticket mirror: take transitions over, carry out what waits, look what was done.

Exactly once, whoever dies when: a task is counted as tried before it is tried; one that was tried
is looked for before it is done again; and one run goes on at a time. Nothing is ever given up:
what the service does not take waits, and `ticket list` shows why.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from incidents.tickets import health, outbox
from incidents.tickets.listing import waiting_since
from incidents.tickets.looking import look
from incidents.tickets.port import Declined, TicketPort, Unclear
from incidents.tickets.sending import Sending
from incidents.tickets.taking import Persons
from incidents.tickets.turn import Stop, Turn
from logbook.book import Logbook
from phrases import Lang, Phrase
from store.database import Store

LOCK: Final = "tickets"
RUN_LIMIT_S: Final = 25.0
"""A run of `tick` begins nothing more after so long: the next one comes with the next minute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Synced:
    """What one run did. `trouble`: why it went no further."""

    filed: int = 0
    told: int = 0
    """Steps and answers that were written on tickets."""
    came: int = 0
    """Transitions that came from tickets."""
    waiting: int = 0
    trouble: Phrase | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mirror:
    """Everything that the mirror needs; wiring fills it."""

    store: Store
    logbook: Logbook
    port: TicketPort
    persons: Persons
    clock: Callable[[], datetime]
    lang: Lang = "zh"
    run_limit_s: float = RUN_LIMIT_S

    async def sync(self, *, at_once: bool = False) -> Synced:
        """One run; with `at_once` although the service was silent a moment ago. Raises
        `store.locks.Held` while another one is at it, and `StoreTrouble`."""
        with self.store.hold(LOCK):
            with self.store.write() as tx:
                outbox.enlist(tx, self.clock())
                known = health.health(tx)
            try:
                synced = Synced()
                if at_once or known.due(self.clock()):
                    synced = await self._run(failing=known.failing_since is not None)
            finally:
                await self.port.close()
            with self.store.read() as tx:
                left, _oldest = waiting_since(tx)
        return replace(synced, waiting=left)

    async def _run(self, *, failing: bool) -> Synced:
        turn = Turn(
            store=self.store, logbook=self.logbook, port=self.port, clock=self.clock,
            lang=self.lang, ends=time.monotonic() + self.run_limit_s,
        )  # fmt: skip
        sending = Sending(turn, self.persons)
        came, trouble = 0, None
        try:
            if failing:
                await _there(turn)
            await sending.send()
            came = await look(turn, self.persons)
            await sending.send()
        except Stop as stop:
            trouble = stop.why
        self._how_it_was(turn, trouble)
        return Synced(filed=sending.filed, told=sending.told, came=came, trouble=trouble)

    def _how_it_was(self, turn: Turn, trouble: Phrase | None) -> None:
        if trouble is None and not turn.answered:
            return
        with self.store.write() as tx:
            if trouble is not None:
                health.failed(tx, self.logbook, trouble, self.clock())
            else:
                health.answered(tx, self.logbook, self.clock())


def unusable(store: Store, logbook: Logbook, why: Phrase, at: datetime) -> Synced:
    """A run that cannot begin, because settings or secrets are amiss: what happens is taken over
    all the same, and that it goes no further is an incident like a service that is silent. Raises
    `store.locks.Held` and `StoreTrouble`."""
    with store.hold(LOCK), store.write() as tx:
        outbox.enlist(tx, at)
        health.failed(tx, logbook, why, at)
        left, _oldest = waiting_since(tx)
    return Synced(waiting=left, trouble=why)


async def _there(turn: Turn) -> None:
    """A service that failed is asked for a sign of life first, before tasks are tried on it."""
    try:
        await turn.asked(turn.port.ping())
    except (Unclear, Declined) as trouble:
        raise Stop(trouble.why) from None
