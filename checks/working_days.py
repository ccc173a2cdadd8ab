"""Working days of China: Monday to Friday, but for public holidays and the days that make up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

SATURDAY: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkingDay:
    """Does China work on that day? `certain` is false for a year whose holidays the State
    Council has not published to us: then Monday to Friday is assumed, and that is to be said."""

    day: date
    works: bool
    certain: bool


def working_day(day: date) -> WorkingDay:
    """Public holidays and make-up days by the State Council's notices, as `chinese_calendar`
    has them."""
    # Imported here: only what asks for a working day pays for its tables.
    import chinese_calendar

    try:
        return WorkingDay(day=day, works=chinese_calendar.is_workday(day), certain=True)
    except NotImplementedError:  # what the library raises for a year it does not know
        return WorkingDay(day=day, works=day.weekday() < SATURDAY, certain=False)
