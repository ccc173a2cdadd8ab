"""Times and waits from databases: what cannot be meant is refused."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from collectors.parsers.blocking import LONGEST_S, blocked_sessions
from collectors.parsers.moments import moment

NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "error"),
    [
        (None, TypeError),
        ("2026-11-20", TypeError),
        (NOW.replace(tzinfo=None), ValueError),
        (NOW.replace(year=1989), ValueError),
        (NOW.replace(year=2200), ValueError),
        (datetime.max.replace(tzinfo=UTC), ValueError),
    ],
)
def test_a_time_that_cannot_be_meant_is_refused(value: object, error: type[Exception]) -> None:
    with pytest.raises(error):
        moment(value)


@pytest.mark.parametrize("year", [1990, 2026, 2199])
def test_a_time_of_these_years_is_kept(year: int) -> None:
    assert moment(NOW.replace(year=year)) == NOW.replace(year=year)


def waiting(seconds: float) -> list[tuple[object, ...]]:
    return [(1, "u", "d", "a", "active", seconds, [2], "select")]


@pytest.mark.parametrize("seconds", [float("inf"), float("nan"), 1e300, LONGEST_S * 1.01])
def test_nobody_waits_for_longer_than_a_century(seconds: float) -> None:
    with pytest.raises(ValueError, match="so long"):
        blocked_sessions(waiting(seconds))


def test_a_century_can_be_told() -> None:
    (one,) = blocked_sessions(waiting(LONGEST_S))
    assert one.waiting.total_seconds() == LONGEST_S
