"""Times that are typed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from lineguard import clock
from lineguard.cli.speech import BadArgument
from lineguard.cli.values import Later, Moment

NOW = datetime(2026, 11, 21, 19, 30, tzinfo=UTC)
"""Half past three at night in Shanghai, on the 22nd."""


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("06:00", datetime(2026, 11, 21, 22, 0, tzinfo=UTC)),
        ("03:31", datetime(2026, 11, 21, 19, 31, tzinfo=UTC)),
        ("03:30", datetime(2026, 11, 22, 19, 30, tzinfo=UTC)),  # now is over: tomorrow
        ("00:05", datetime(2026, 11, 22, 16, 5, tzinfo=UTC)),
        ("30m", datetime(2026, 11, 21, 20, 0, tzinfo=UTC)),
        ("2h", datetime(2026, 11, 21, 21, 30, tzinfo=UTC)),
        ("3d", datetime(2026, 11, 24, 19, 30, tzinfo=UTC)),
        ("2026-11-22T06:00", datetime(2026, 11, 21, 22, 0, tzinfo=UTC)),
        ("2026-11-22T06:00Z", datetime(2026, 11, 22, 6, 0, tzinfo=UTC)),
    ],
)
def test_a_time_to_come_can_be_typed_short(
    monkeypatch: pytest.MonkeyPatch, typed: str, meant: datetime
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    assert Later().convert(typed, None, None) == meant


@pytest.mark.parametrize(
    "typed", ["24:00", "6:00", "06:60", "2", "h", "2 h", "12345m", "２h", "-1h"]
)
def test_what_is_no_time_is_refused_with_what_would_be_one(typed: str) -> None:
    with pytest.raises(BadArgument) as caught:
        Later().convert(typed, None, None)
    assert "2026-11-21T09:30, 09:30, 30m or 2h" in caught.value.why.text("en")


@pytest.mark.parametrize("typed", ["06:00", "2h"])
def test_a_time_that_may_lie_in_the_past_is_typed_whole(typed: str) -> None:
    with pytest.raises(BadArgument):
        Moment().convert(typed, None, None)
