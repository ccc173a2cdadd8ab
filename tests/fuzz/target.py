"""One thing that reads what devices say, and how it is tried."""

from __future__ import annotations

import faulthandler
import os
import random
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Any, Final

from checks.verdict import State
from collectors.readings import Reading
from tests.fuzz.mutation import SPOILT_TEXT, Spoil, Vary, varied_text

HANG_S: Final = 1.0
"""Of processor time, that one input may take: a busy machine does not make a parser slow."""
STUCK_S: Final = 120.0
"""Beyond its budget, after which a target that no signal ends is dumped and the process with it."""
SHOWN: Final = 2_000
"""Characters of an input that a failure shows."""


@dataclass(frozen=True, kw_only=True)
class Target:
    """`look` reads and judges one input as the product does: the state of the verdict, or None
    where the answer was refused. It raises nothing. Every seed is understood, and one is normal.

    `reads`: the questions, by source, whose answers come through here. `parses`: functions that
    are tried here, by themselves or below `look`.
    """

    name: str
    look: Callable[[Any], State | None]
    seeds: tuple[Any, ...]
    reads: tuple[tuple[str, type[Reading]], ...] = ()
    parses: tuple[Callable[..., object], ...] = ()
    vary: Vary = varied_text
    spoil: tuple[Spoil, ...] = SPOILT_TEXT

    def __str__(self) -> str:
        return self.name


class TookTooLong(Exception):
    """One input took more than `HANG_S`."""


class Found(AssertionError):
    """A target failed: the message has the input."""


def tried(target: Target, seconds: float, seed: int) -> int:
    """Try for so long; how many inputs that were. The same seed gives the same inputs in the same
    order. Raises `Found`."""
    chance = random.Random(f"{seed}:{target.name}")  # noqa: S311
    ends, count = time.monotonic() + seconds, 0
    with _dumped_when_stuck(seconds), _limited():
        while time.monotonic() < ends:
            _look(target, target.vary(chance, target.seeds))
            _never_normal(target, chance)
            count += 1
    return count


def _never_normal(target: Target, chance: random.Random) -> None:
    if not target.spoil:
        return
    spoilt = chance.choice(target.spoil)(chance, chance.choice(target.seeds))
    if spoilt is not None and _look(target, spoilt) is State.NORMAL:
        raise Found(f"{target.name}: taken for normal: {_shown(spoilt)}")


def _look(target: Target, given: Any) -> State | None:  # noqa: ANN401
    signal.setitimer(signal.ITIMER_PROF, HANG_S)
    try:
        return target.look(given)
    except TookTooLong:
        raise Found(f"{target.name}: more than {HANG_S:g} s for {_shown(given)}") from None
    except Exception as error:
        raise Found(f"{target.name}: {error!r} for {_shown(given)}") from error
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def _shown(given: object) -> str:
    text = repr(given)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}… ({len(text)} characters)"


@contextmanager
def _limited() -> Iterator[None]:
    def too_long(_signal: int, _frame: FrameType | None) -> None:
        raise TookTooLong

    before = signal.signal(signal.SIGPROF, too_long)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


@contextmanager
def _dumped_when_stuck(seconds: float) -> Iterator[None]:
    """Code that never gives Python a moment to see the signal."""
    told = os.dup(sys.__stderr__.fileno()) if sys.__stderr__ else os.dup(2)
    faulthandler.dump_traceback_later(seconds + STUCK_S, exit=True, file=told)
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()
        os.close(told)
