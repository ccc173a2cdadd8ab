"""Numbers that another machine gives: finite, and such as a machine can have."""

from __future__ import annotations

from typing import Final

MOST: Final = 1e18
"""An exabyte: beyond it lies nonsense."""


def amount(value: object) -> float:
    """The value, if it is a number that can be reckoned with. Raises `TypeError`, `ValueError`."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError("a number expected")
    if not -MOST <= value <= MOST:
        raise ValueError("a number that cannot be meant")
    return float(value)


def whole(value: object) -> int:
    """The same without its fraction."""
    return int(amount(value))
