"""How values of `lineguard.toml` are read: each reader gives the value, or raises `ValueError`."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise
from typing import Any, Final

HOURS: Final = re.compile(r"([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d", re.ASCII)

Reader = Callable[[Any], Any]
"""Gives the value as the dataclass has it, or raises `ValueError`."""


def flag(value: Any) -> bool:  # noqa: ANN401  (whatever the file holds)
    if not isinstance(value, bool):
        raise ValueError
    return value


def text_value(pattern: re.Pattern[str] | None = None) -> Reader:
    def read(value: Any) -> str:  # noqa: ANN401
        if not isinstance(value, str) or (pattern and value and not pattern.fullmatch(value)):
            raise ValueError
        if not value.isprintable():
            raise ValueError
        return value

    return read


def texts_value(pattern: re.Pattern[str]) -> Reader:
    def read(value: Any) -> tuple[str, ...]:  # noqa: ANN401
        if not isinstance(value, list):
            raise ValueError
        return tuple(full_match(one, pattern) for one in value)

    return read


def full_match(value: Any, pattern: re.Pattern[str]) -> str:  # noqa: ANN401
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise ValueError
    return value


def number_value(most: int) -> Reader:
    def read(value: Any) -> int:  # noqa: ANN401
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
            raise ValueError
        return value

    return read


def busy_hours(value: Any) -> tuple[str, ...]:  # noqa: ANN401
    """Hours that can be met: each begins before it ends, and none overlaps another."""
    chosen: tuple[str, ...] = texts_value(HOURS)(value)
    bounds = [bound for one in sorted(chosen) for bound in one.split("-")]
    if any(first >= second for first, second in pairwise(bounds)):
        raise ValueError
    return chosen


def shifts_value(value: Any) -> dict[str, str]:  # noqa: ANN401
    if not isinstance(value, dict):
        raise ValueError
    if not all(name.strip() and name.isprintable() for name in value):
        raise ValueError
    return {name: _lasting(full_match(one, HOURS)) for name, one in value.items()}


def _lasting(hours: str) -> str:
    begins, ends = hours.split("-")
    if begins == ends:
        raise ValueError
    return hours
