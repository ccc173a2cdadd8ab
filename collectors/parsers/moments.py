"""Times that another machine gives: aware, and near enough to now to be reckoned with."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

YEARS: Final = range(1990, 2200)
"""Databases know infinite times and the year 1; adding to those raises, or means nothing."""


def moment(value: object) -> datetime:
    """The value, if it is an aware time of these years. Raises `TypeError`, `ValueError`."""
    if not isinstance(value, datetime):
        raise TypeError("a time expected")
    if value.tzinfo is None or value.year not in YEARS:
        raise ValueError("a time that cannot be meant")
    return value


LONGEST_S: Final = 100 * 365 * 86_400.0
"""A century: beyond it lies nonsense."""
AHEAD_S: Final = 86_400.0
"""A day, by which a clock may be ahead of ours."""


def span(seconds: object) -> timedelta:
    """How long ago, or for how long; what lies a little ahead, by another's clock, is now. Raises
    `TypeError` for what is no number, `ValueError` for none that a device can mean."""
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise TypeError("seconds expected")
    if not -AHEAD_S <= seconds <= LONGEST_S:
        raise ValueError("nothing takes so long")
    return timedelta(seconds=max(0.0, float(seconds)))
