"""Days, working days, shifts, busy hours and periods, in Shanghai time."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from checks.item import Period
from maintenance.calendar import (
    CalendarSettings,
    Hours,
    Shift,
    busy_windows,
    day_of,
    days_of,
    hours,
    period_name,
    period_of,
    shift_at,
    working_day,
)

WORKS, OFF = True, False


@pytest.mark.parametrize(
    ("day", "works"),
    [
        ("2025-01-26", WORKS),  # a Sunday, made up for Spring Festival
        ("2025-01-27", WORKS),
        ("2025-01-28", OFF),  # Spring Festival 2025: 28 January to 4 February
        ("2025-02-04", OFF),
        ("2025-02-05", WORKS),
        ("2025-02-08", WORKS),  # a Saturday, made up
        ("2025-02-09", OFF),
        ("2025-09-28", WORKS),  # a Sunday, made up for National Day
        ("2025-10-01", OFF),  # National Day with Mid-Autumn: 1 to 8 October
        ("2025-10-08", OFF),
        ("2025-10-09", WORKS),
        ("2025-10-11", WORKS),  # a Saturday, made up
        ("2026-02-14", WORKS),  # a Saturday, made up for Spring Festival
        ("2026-02-15", OFF),  # Spring Festival 2026: 15 to 23 February
        ("2026-02-23", OFF),
        ("2026-02-24", WORKS),
        ("2026-02-28", WORKS),  # a Saturday, made up
        ("2026-09-20", WORKS),  # a Sunday, made up for National Day
        ("2026-10-01", OFF),
        ("2026-10-07", OFF),
        ("2026-10-08", WORKS),
        ("2026-10-10", WORKS),  # a Saturday, made up
        ("2026-11-20", WORKS),  # a common Friday
        ("2026-11-21", OFF),  # a common Saturday
    ],
)
def test_a_day_is_worked_as_the_state_council_announced(day: str, works: bool) -> None:
    found = working_day(date.fromisoformat(day))
    assert (found.works, found.certain) == (works, True)


@pytest.mark.parametrize(
    ("day", "works"),
    [(date(2090, 10, 2), WORKS), (date(2090, 10, 7), OFF), (date(1999, 10, 1), WORKS)],
)
def test_a_year_without_data_falls_back_to_the_weekday_and_says_so(day: date, works: bool) -> None:
    found = working_day(day)
    assert (found.works, found.certain) == (works, False)


@pytest.mark.parametrize(
    ("at", "day"),
    [
        (datetime(2026, 11, 19, 15, 59, 59, tzinfo=UTC), date(2026, 11, 19)),
        (datetime(2026, 11, 19, 16, 0, tzinfo=UTC), date(2026, 11, 20)),
    ],
)
def test_a_day_begins_at_midnight_in_shanghai(at: datetime, day: date) -> None:
    assert day_of(at) == day


@pytest.mark.parametrize(
    ("clock", "name", "day"),
    [
        ("07:59", "夜班", date(2026, 11, 19)),
        ("08:00", "白班", date(2026, 11, 20)),
        ("19:59", "白班", date(2026, 11, 20)),
        ("20:00", "夜班", date(2026, 11, 20)),
        ("00:00", "夜班", date(2026, 11, 19)),
    ],
)
def test_the_night_shift_belongs_to_the_day_it_begins_on(clock: str, name: str, day: date) -> None:
    at = Hours(begins=time.fromisoformat(clock), ends=time(0)).on(date(2026, 11, 20)).opens
    turn = shift_at(at, CalendarSettings())
    assert turn is not None
    assert (turn.shift.name, turn.day) == (name, day)
    assert turn.span.closes - turn.span.opens == timedelta(hours=12)


def test_a_gap_of_the_roster_has_no_shift() -> None:
    day_only = CalendarSettings(shifts=(Shift(name="白班", hours=hours("08:00-20:00")),))
    assert shift_at(datetime(2026, 11, 20, 13, 0, tzinfo=UTC), day_only) is None


def test_busy_hours_on_days_off_may_be_others_or_none() -> None:
    workday, day_off = date(2026, 11, 20), date(2026, 11, 21)
    same = CalendarSettings()
    assert len(busy_windows(workday, same)) == len(busy_windows(day_off, same)) == 2
    fewer = CalendarSettings(busy_hours_off=(hours("10:00-11:00"),))
    assert len(busy_windows(workday, fewer)) == 2
    (only,) = busy_windows(day_off, fewer)
    assert only.opens == datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
    assert busy_windows(date(2026, 2, 14), fewer) != busy_windows(date(2026, 2, 15), fewer)
    assert len(busy_windows(date(2026, 2, 14), fewer)) == 2  # a made-up Saturday is a workday


@pytest.mark.parametrize("text", ["09:00", "9-11 Uhr", "25:00-26:00", ""])
def test_hours_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        hours(text)


@pytest.mark.parametrize(
    ("day", "period", "first", "following", "name"),
    [
        ("2026-11-20", Period.DAY, "2026-11-20", "2026-11-21", "2026-11-20"),
        ("2026-11-22", Period.WEEK, "2026-11-16", "2026-11-23", "2026-W47"),
        ("2027-01-03", Period.WEEK, "2026-12-28", "2027-01-04", "2026-W53"),
        ("2024-12-30", Period.WEEK, "2024-12-30", "2025-01-06", "2025-W01"),
        ("2026-12-31", Period.MONTH, "2026-12-01", "2027-01-01", "2026-12"),
        ("2028-02-29", Period.MONTH, "2028-02-01", "2028-03-01", "2028-02"),
        ("2026-11-20", Period.QUARTER, "2026-10-01", "2027-01-01", "2026-Q4"),
        ("2026-03-31", Period.QUARTER, "2026-01-01", "2026-04-01", "2026-Q1"),
    ],
)
def test_a_period_has_its_bounds_and_its_name(
    day: str, period: Period, first: str, following: str, name: str
) -> None:
    given = date.fromisoformat(day)
    assert days_of(given, period) == (date.fromisoformat(first), date.fromisoformat(following))
    assert period_name(given, period) == name
    span = period_of(given, period)
    assert day_of(span.opens) == date.fromisoformat(first)
    assert day_of(span.closes - timedelta(microseconds=1)) < date.fromisoformat(following)
