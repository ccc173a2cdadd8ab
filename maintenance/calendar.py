"""The centre's calendar: its days, working days, shifts, busy hours and periods.

Pure: a time is handed in, nothing reads the clock. Days are those of Shanghai; spans are UTC.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from types import MappingProxyType
from typing import Final

from checks.item import Period
from checks.working_days import WorkingDay as WorkingDay
from checks.working_days import working_day as working_day

SHANGHAI: Final = timezone(timedelta(hours=8), "Asia/Shanghai")
"""China has had one zone since 1949 and no summer time since 1991 (IANA tz, file `asia`), so the
fixed offset is exact and no zone data has to be installed."""

ONE_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """From `opens` up to, and without, `closes`; aware, in UTC."""

    opens: datetime
    closes: datetime

    def holds(self, at: datetime) -> bool:
        """Is that moment inside?"""
        return self.opens <= at < self.closes


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """A daily stretch of Shanghai time. One that ends at or before it begins runs past midnight."""

    begins: time
    ends: time

    def on(self, day: date) -> Span:
        """The stretch that begins on that day."""
        opens = datetime.combine(day, self.begins, SHANGHAI)
        last = day if self.ends > self.begins else day + ONE_DAY
        closes = datetime.combine(last, self.ends, SHANGHAI)
        return Span(opens=opens.astimezone(UTC), closes=closes.astimezone(UTC))


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """A turn of duty, by the name the roster gives it."""

    name: str
    hours: Hours


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftTurn:
    """One turn of duty on one day; a night shift belongs to the day it begins on."""

    shift: Shift
    day: date
    span: Span


def hours(text: str) -> Hours:
    """`09:00-11:00` as hours. Raises `ValueError` for anything else."""
    begins, dash, ends = text.partition("-")
    if not dash:
        raise ValueError(f"{text!r} is not of the form HH:MM-HH:MM")
    return Hours(begins=time.fromisoformat(begins.strip()), ends=time.fromisoformat(ends.strip()))


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarSettings:
    """What a site may set. The defaults are ours, the tender names no hours.

    `busy_hours_off` holds on days off; None means that they are as busy as working days, which is
    so for a hotline that answers round the clock.
    """

    shifts: tuple[Shift, ...] = (
        Shift(name="白班", hours=Hours(begins=time(8), ends=time(20))),
        Shift(name="夜班", hours=Hours(begins=time(20), ends=time(8))),
    )
    busy_hours: tuple[Hours, ...] = (
        Hours(begins=time(9), ends=time(11)),
        Hours(begins=time(15), ends=time(17)),
    )
    busy_hours_off: tuple[Hours, ...] | None = None


def day_of(at: datetime) -> date:
    """The day it is in Shanghai."""
    return at.astimezone(SHANGHAI).date()


def busy_windows(day: date, settings: CalendarSettings) -> tuple[Span, ...]:
    """The busy hours of one day, in order."""
    chosen = settings.busy_hours
    if settings.busy_hours_off is not None and not working_day(day).works:
        chosen = settings.busy_hours_off
    return tuple(sorted((one.on(day) for one in chosen), key=lambda span: span.opens))


def shift_at(at: datetime, settings: CalendarSettings) -> ShiftTurn | None:
    """The shift on duty, or None in a gap of the roster."""
    today = day_of(at)
    for day in (today, today - ONE_DAY):
        for shift in settings.shifts:
            span = shift.hours.on(day)
            if span.holds(at):
                return ShiftTurn(shift=shift, day=day, span=span)
    return None


@dataclass(frozen=True, slots=True)
class OnDuty:
    """The calendar as a rota asks it (`incidents.rota.DutyCalendar`)."""

    settings: CalendarSettings

    def works(self, day: date) -> bool:
        """Does China work on that day?"""
        return working_day(day).works

    def shift_at(self, at: datetime) -> str | None:
        """The name of the shift on duty; None in a gap of the roster."""
        turn = shift_at(at, self.settings)
        return None if turn is None else turn.shift.name

    def shift_begins(self) -> tuple[time, ...]:
        """The times of day at which shifts begin and end."""
        hours = (one.hours for one in self.settings.shifts)
        return tuple(moment for one in hours for moment in (one.begins, one.ends))


def days_of(day: date, period: Period) -> tuple[date, date]:
    """The first day of the period that `day` lies in, and the first day after it. Not of a
    shift, which a day holds several of."""
    return _BOUNDS[period](day)


def period_of(day: date, period: Period) -> Span:
    """The period that `day` lies in: the day, the ISO week from Monday, the month, the quarter.
    Not a shift."""
    first, following = days_of(day, period)
    return Span(opens=_midnight(first), closes=_midnight(following))


def period_name(day: date, period: Period) -> str:
    """`2026-11-20`, `2026-W47`, `2026-11` or `2026-Q4`. A shift has a name of its own, see
    `term_name`."""
    return _NAMES[period](day)


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One particular period, such as the week 2026-W47 or the shift that began at 08:00."""

    name: str
    span: Span


def terms_of(day: date, period: Period, settings: CalendarSettings) -> tuple[Term, ...]:
    """The one period that `day` lies in; of shifts all that begin on it, in order."""
    if period is not Period.SHIFT:
        return (Term(name=period_name(day, period), span=period_of(day, period)),)
    spans = sorted((one.hours.on(day) for one in settings.shifts), key=lambda span: span.opens)
    terms = {(name := term_name(span.opens, period)): Term(name=name, span=span) for span in spans}
    return tuple(terms.values())


def term_name(opens: datetime, period: Period) -> str:
    """The name of the period that begins then. A shift is named by its beginning,
    `2026-11-20T08:00` in Shanghai: the roster's word for it may change, its slots may not."""
    if period is Period.SHIFT:
        return f"{opens.astimezone(SHANGHAI):%Y-%m-%dT%H:%M}"
    return period_name(day_of(opens), period)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(0), SHANGHAI).astimezone(UTC)


def _week(day: date) -> tuple[date, date]:
    monday = day - timedelta(days=day.weekday())
    return monday, monday + timedelta(days=7)


def _month(day: date) -> tuple[date, date]:
    first = day.replace(day=1)
    return first, _months_later(first, 1)


def _quarter(day: date) -> tuple[date, date]:
    first = day.replace(month=_quarter_number(day) * 3 - 2, day=1)
    return first, _months_later(first, 3)


def _months_later(first: date, months: int) -> date:
    years, month = divmod(first.month - 1 + months, 12)
    return date(first.year + years, month + 1, 1)


def _quarter_number(day: date) -> int:
    return (day.month + 2) // 3


def _week_name(day: date) -> str:
    year, week, _weekday = day.isocalendar()
    return f"{year}-W{week:02d}"


_BOUNDS: Final[Mapping[Period, Callable[[date], tuple[date, date]]]] = MappingProxyType(
    {
        Period.DAY: lambda day: (day, day + ONE_DAY),
        Period.WEEK: _week,
        Period.MONTH: _month,
        Period.QUARTER: _quarter,
    }
)

_NAMES: Final[Mapping[Period, Callable[[date], str]]] = MappingProxyType(
    {
        Period.DAY: date.isoformat,
        Period.WEEK: _week_name,
        Period.MONTH: lambda day: f"{day:%Y-%m}",
        Period.QUARTER: lambda day: f"{day.year}-Q{_quarter_number(day)}",
    }
)
