"""Call-detail records, counted where they are kept. Nobody's number is in any of this."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar, Literal

from collectors.readings.base import Reading, Trouble
from collectors.readings.gathered import Gathered
from phrases import Phrase

HOURS: int = 24
"""The hours that are counted: the last ones that are over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallCounts:
    """The calls of `owner` by the hour in which they began.

    `hours` has `HOURS` whole hours in order, each by its beginning in UTC; an hour without a call
    counts 0. `files` is how many files were written lately, `newest_age_s` how long ago the last of
    them was, None where there is none. `earlier` are the counts of former looks: by the day (in the
    site's time) 24 counts, None for an hour that nobody counted.
    """

    owner: str
    counted: Literal["records", "cti"]
    hours: tuple[tuple[datetime, int], ...]
    files: int
    newest_age_s: int | None
    earlier: Mapping[date, tuple[int | None, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class NotCounted:
    """Files that could not be counted, and why."""

    owner: str
    counted: Literal["records", "cti"]
    trouble: Trouble
    why: Phrase


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptCallCounts(Reading):
    """All that one device keeps of anybody's calls."""

    kept: tuple[CallCounts | NotCounted, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnCallCounts(Gathered):
    """What is kept of one gateway's calls, by those that keep it."""

    gathers: ClassVar[type[Reading]] = KeptCallCounts
