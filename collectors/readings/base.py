"""What every reading has: the device, the time, and the raw evidence it was parsed from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from phrases import Phrase


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One question and the bytes that came back: the evidence.

    `answer` is as received, bounded in size; `truncated` says that more was offered.
    """

    protocol: str
    asked: str
    answer: bytes
    at: datetime
    duration_ms: int
    truncated: bool = False


class Trouble(StrEnum):
    """Why a question has no answer. The first five are faults of the device or the way to it."""

    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    """Reached, but the login, community or host key was not accepted."""
    TIMED_OUT = "timed_out"
    """Reached, but the answer was not whole within its time."""
    GARBLED = "garbled"
    """An answer that is empty, cut short, undecodable or of no known shape."""
    TOO_LARGE = "too_large"
    NOT_CONFIGURED = "not_configured"
    """No protocol, no confirmed command or no secret for this question: the site's to mend."""
    UNSUPPORTED = "unsupported"
    """The device answered that it has no such thing."""
    NOT_YET = "not_yet"
    """What is asked for has not happened yet, and the period is not over."""
    ELSEWHERE = "elsewhere"
    """Not asked, because what another device has to give for it was not there: that device's own
    look says why."""
    WITHHELD = "withheld"
    """Not asked, because asking does something: this look may only look."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The base of all readings. `taken_at` is when the last of its exchanges ended, in UTC."""

    of_device: ClassVar[bool] = True
    """Does the device itself answer? Not where Lineguard's own record is read: whether the device
    can be reached is not told by that."""

    device: str
    taken_at: datetime
    exchanges: tuple[Exchange, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Unanswered:
    """A question that got no usable answer, and why, in one sentence."""

    device: str
    taken_at: datetime
    trouble: Trouble
    why: Phrase
    exchanges: tuple[Exchange, ...] = ()
