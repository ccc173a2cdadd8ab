"""Who has to give a sign of life, and who is late. Pure, and light: a tick asks every minute.

Time that Lineguard itself did not run is nobody's fault: whoever could not be heard then has its
whole interval again from the moment at which the ticks went on. The same when the clock was set.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

OWN_TICK: Final = "self:tick"
"""The last tick of this home."""
RESUMED: Final = "self:resumed"
"""Since when there are ticks without a gap."""
OWN_PING: Final = "self:ping"
"""The last call of our own dead-man switch."""
CAUSE: Final = "heartbeat:"

GAP: Final = timedelta(minutes=3)
"""Ticks further apart than this have a gap between them; one that is missed has not."""
BACK: Final = timedelta(minutes=1)
"""A clock that is behind the last tick by more was set back."""

FIRST_PAUSE: Final = timedelta(minutes=1)
LONGEST_PAUSE: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Beat:
    """The last sign of life under a name. `failures`: in a row, of one that we give."""

    name: str
    at: datetime
    failures: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Heart:
    """How somebody stands who has to give signs of life."""

    name: str
    every: timedelta
    last: datetime | None
    """None: never heard of yet."""
    late_at: datetime

    def late(self, at: datetime) -> bool:
        """Is it overdue?"""
        return at > self.late_at


Beats = Mapping[str, Beat]


def hearts(expected: Mapping[str, timedelta], beats: Beats, at: datetime) -> tuple[Heart, ...]:
    """Everybody who is expected, by name."""
    since = resumed(beats, at)
    return tuple(
        _heart(name, every, beats.get(name), since, at) for name, every in sorted(expected.items())
    )


def _heart(name: str, every: timedelta, beat: Beat | None, since: datetime, at: datetime) -> Heart:
    heard = since if beat is None else max(min(beat.at, at), since)
    return Heart(name=name, every=every, last=beat.at if beat else None, late_at=heard + every)


def resumed(beats: Beats, at: datetime) -> datetime:
    """Since when Lineguard listens without a gap: `at` itself after one."""
    last, since = beats.get(OWN_TICK), beats.get(RESUMED)
    if last is None or since is None or not last.at - BACK <= at <= last.at + GAP:
        return at
    return min(since.at, at)


def to_change(every: Iterable[Heart], live: Iterable[str], at: datetime) -> tuple[Heart, ...]:
    """Those whose incident (`live`: the causes that are) does not stand as it should."""
    causes = frozenset(live)
    return tuple(one for one in every if one.late(at) != (cause_of(one.name) in causes))


def forgotten(expected: Iterable[str], live: Iterable[str]) -> tuple[str, ...]:
    """The causes of incidents about somebody whom nobody expects any more."""
    known = {cause_of(name) for name in expected}
    return tuple(sorted(one for one in live if one.startswith(CAUSE) and one not in known))


def may_ping(beats: Beats, at: datetime) -> bool:
    """Is our own call due? Every tick; after failures a pause that doubles."""
    last = beats.get(OWN_PING)
    if last is None or not last.failures or at < last.at:
        return True
    pause: timedelta = FIRST_PAUSE * int(2 ** min(last.failures - 1, 10))
    return at - last.at >= min(pause, LONGEST_PAUSE)


def ticked(known: Beats, at: datetime) -> Iterable[Beat]:
    """What a tick at `at` leaves about itself."""
    yield Beat(name=RESUMED, at=resumed(known, at))
    yield Beat(name=OWN_TICK, at=at)


def pinged(known: Beats, at: datetime, *, taken: bool) -> Beat:
    """What a call of our dead-man switch leaves."""
    before = known.get(OWN_PING)
    failures = 0 if taken else 1 + (before.failures if before else 0)
    return Beat(name=OWN_PING, at=at, failures=failures)


def cause_of(name: str) -> str:
    """The key of the incident about somebody who is late."""
    return f"{CAUSE}{name}"
