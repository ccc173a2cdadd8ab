"""For how long nobody listened, from the spans in which somebody did."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from incidents.intake_records import FRESH, _gap

AT = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
DAY = timedelta(hours=24)


def span(begins_h: float, ends_h: float) -> tuple[datetime, datetime]:
    """Hours before the look."""
    return AT - timedelta(hours=begins_h), AT - timedelta(hours=ends_h)


@pytest.mark.parametrize(
    ("spans", "hours"),
    [
        ([], 24.0),
        ([span(30, 0)], 0.0),
        ([span(24, 0)], 0.0),
        ([span(12, 0)], 12.0),
        ([span(30, 12)], 12.0),
        ([span(30, 12), span(11, 0)], 1.0),
        ([span(30, 12), span(20, 0)], 0.0),
        ([span(90, 80)], 24.0),
        ([span(30, 20), span(19, 18), span(10, 0)], 9.0),
    ],
)
def test_what_no_span_covers_is_a_gap(spans: list[tuple[datetime, datetime]], hours: float) -> None:
    assert _gap(spans, AT - DAY, AT) == hours * 3_600


@pytest.mark.parametrize(("late", "gap"), [(timedelta(0), 0.0), (timedelta(seconds=1), 16.0)])
def test_one_that_was_heard_of_a_moment_ago_listens_still(late: timedelta, gap: float) -> None:
    assert _gap([(AT - DAY, AT - FRESH - late)], AT - DAY, AT) == gap
