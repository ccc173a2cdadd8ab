"""Times that another machine gives: aware, and near enough to now to be reckoned with."""

from __future__ import annotations

from datetime import datetime
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
