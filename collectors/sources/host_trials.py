"""Trial restores of the dumps that a host keeps: fetched over its session, restored on the bench.

What the dump itself refuses is the dump's fault; everything else (no bench, no room, no time, a
line that broke) leaves the dump unknown.
"""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from collectors.parsers.plain import plain
from collectors.readings import Exchange, Trouble
from collectors.readings.backups import KeptTrials, SeenTrial, Unread
from collectors.restoring import Bench, CannotTry, DoesNotRestore, Outcome
from collectors.sources.host_copies import Found, newest
from collectors.sources.host_questions import NoAnswer, Question
from collectors.sources.secure_shell import LineDropped
from inventory.model import KeptFile
from phrases import Phrase, say

PROTOCOL: Final = "pg_restore"
"""Of the evidence of a trial."""
MEGABYTE: Final = 1_000_000
FETCH_SHARE: Final = 0.5
"""Of a trial's time, what fetching may take."""
LARGEST_DUMP: Final = 64 * 2**30
"""Bytes. What is larger than 64 GiB is restored at the drill."""

log = logging.getLogger(__name__)


async def trials(asked: Question) -> KeptTrials:
    """Of every path that is to be restored. Raises `NoAnswer` when the connection is of no use."""
    wanted = [kept for kept in asked.device.keeps if kept.restore_s is not None]
    bench = asked.means.bench
    if not wanted or bench is None:
        why = say("{device}: it keeps no dump that can be restored on trial here",
                  device=asked.device.name)  # fmt: skip
        raise NoAnswer(Trouble.NOT_CONFIGURED, why)
    seen = [await _trial(asked, bench, kept) for kept in wanted]
    return KeptTrials(
        device=asked.device.name,
        taken_at=asked.taken_at,
        exchanges=tuple(asked.exchanges),
        seen=tuple(seen),
    )


async def _trial(asked: Question, bench: Bench, kept: KeptFile) -> SeenTrial:
    found = await newest(asked, kept.path)
    if not isinstance(found, Found):
        return SeenTrial(path=kept.path, untried=found)
    seen = SeenTrial(path=kept.path, file=found.file)
    work = _Work(asked, bench, found, time.monotonic() + (kept.restore_s or 0.0))
    try:
        outcome, fetch_s = await work.done()
    except CannotTry as reason:
        return replace(seen, untried=Unread(trouble=reason.trouble, why=reason.why))
    except DoesNotRestore as reason:
        work.keep(reason.said)
        return replace(seen, failed=reason.why)
    work.keep(outcome.said)
    return replace(seen, restored=replace(outcome.restored, fetch_s=fetch_s))


@dataclass(slots=True)
class _Work:
    """One dump under way, until `ends` of `time.monotonic`."""

    asked: Question
    bench: Bench
    found: Found
    ends: float

    async def done(self) -> tuple[Outcome, float]:
        """The outcome, and how many seconds fetching took. Raises `CannotTry`,
        `DoesNotRestore`."""
        if self.found.size > LARGEST_DUMP:
            raise CannotTry(
                Trouble.TOO_LARGE,
                say("{file} has {size} bytes; a dump of more than {limit} is left to the drill",
                    file=self.found.file, size=self.found.size, limit=LARGEST_DUMP),
            )  # fmt: skip
        room = self.bench.room(self.found.size, self.ends)
        target = await asyncio.to_thread(room.__enter__)
        try:
            fetch_s = await self._fetch(target)
            log.info("%s: restoring %s on trial", self.asked.device.name, self.found.file)
            self._tell(say("{device}: restoring {file} on trial …", **self._words()))
            outcome = await asyncio.to_thread(self.bench.restore, target, self.ends)
        finally:
            await asyncio.shield(asyncio.to_thread(room.__exit__, None, None, None))
        return outcome, fetch_s

    async def _fetch(self, target: Path) -> float:
        began = time.monotonic()
        log.info("%s: fetching %s", self.asked.device.name, self.found.file)
        megabytes = self.found.size / MEGABYTE
        self._tell(say("{device}: fetching {file} ({megabytes:.1f} MB) …", megabytes=megabytes,
                       **self._words()))  # fmt: skip
        try:
            with await asyncio.to_thread(target.open, "wb") as file:
                came = await self.asked.shell.fetch(
                    self.found.file, file, self.found.size, (self.ends - began) * FETCH_SHARE
                )
        except LineDropped as dropped:
            raise self._not_fetched(timed_out=dropped.timed_out) from None
        if came != self.found.size:
            raise self._not_fetched(timed_out=False)
        return time.monotonic() - began

    def _tell(self, what: Phrase) -> None:
        self.asked.means.tell(what)

    def _words(self) -> dict[str, str]:
        return {"device": self.asked.device.name, "file": self.found.file}

    def _not_fetched(self, *, timed_out: bool) -> CannotTry:
        return CannotTry(
            Trouble.TIMED_OUT if timed_out else Trouble.GARBLED,
            say("{device}: {file} could not be fetched whole over SFTP",
                device=self.asked.device.name, file=self.found.file),
        )  # fmt: skip

    def keep(self, said: bytes) -> None:
        """The evidence: what the bench printed."""
        limit = self.asked.means.answer_limit
        self.asked.exchanges.append(
            Exchange(
                protocol=PROTOCOL,
                asked=f"pg_restore {plain(self.found.file)}",
                answer=said[:limit],
                at=self.asked.means.clock(),
                duration_ms=0,
                truncated=len(said) > limit,
            )
        )
