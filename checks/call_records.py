"""The judge for the records of a gateway's calls: M60.

Each hour is held against the same hour of former days of its kind, and the whole against what the
CTI counted of the same calls.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from math import sqrt
from statistics import median
from typing import Final

from checks.item import Check
from checks.verdict import Verdict, abnormal, normal, unknown
from checks.working_days import SATURDAY, working_day
from collectors.readings.calls import CallCounts, NotCounted, OwnCallCounts
from inventory.model import Device
from phrases import Phrase, joined, say, verbatim

SHANGHAI: Final = timezone(timedelta(hours=8), "Asia/Shanghai")

OF_CHANCE: Final = 5
"""So few calls may fall on either side of an hour's end."""
DAYS: Final = 8
"""Former days that say what is usual: eight weeks of one weekday."""
FEWEST: Final = 4
"""With fewer, nothing is usual yet."""
SIGMAS: Final = 3.0
NORMAL_MAD: Final = 1.4826
"""What the median distance from the median is multiplied by to be like a standard deviation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRecordLimits:
    """Ours. An hour may differ by so many percent from the usual, where that is at least
    `records_usual_least`. In the hours of work an hour has at least so many records, and the newest
    file is no older than so many hours."""

    records_usual_percent: float = 50.0
    records_usual_least: float = 20.0
    records_hour_least: float = 1.0
    records_from_hour: float = 8.0
    records_to_hour: float = 20.0
    records_age_hours: float = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AgainstCtiLimits:
    """Ours: records and the CTI's own count may be so many percent apart."""

    records_cti_percent: float = 5.0


def judge_call_records(reading: OwnCallCounts, limits: CallRecordLimits, device: Device) -> Verdict:
    """The files, and each hour. What could not be counted is never well."""
    records, why = _part(reading, device, "records")
    if records is None:
        return unknown(why)
    faults = tuple(_faults(records, limits, device))
    total = _total(records)
    if faults:
        return abnormal(joined(faults), measured=total, unit="calls")
    return normal(_well(records, device), measured=total, unit="calls")


def judge_against_cti(reading: OwnCallCounts, limits: AgainstCtiLimits, device: Device) -> Verdict:
    """The same hours as the CTI counted them; a few calls may fall on either side of an edge."""
    records, why = _part(reading, device, "records")
    if records is None:
        return unknown(why)
    cti, why = _part(reading, device, "cti")
    if cti is None:
        return unknown(why)
    theirs = dict(cti.hours)
    both = [(count, theirs[hour]) for hour, count in records.hours if hour in theirs]
    ours, others = sum(one for one, _ in both), sum(other for _, other in both)
    percent = 100 * abs(ours - others) / max(others, 1)
    apart = abs(ours - others) > OF_CHANCE and percent > limits.records_cti_percent
    verdict = abnormal if apart else normal
    return verdict(
        say("{device}: {ours} call records in {hours} hours, the CTI counted {others}: "
            "{percent:.0f} % apart, limit {limit:g} %",
            device=device.name, ours=ours, hours=len(both), others=others, percent=percent,
            limit=limits.records_cti_percent),
        measured=round(percent, 1), expected=f"<= {limits.records_cti_percent:g}", unit="%",
    )  # fmt: skip


def _part(reading: OwnCallCounts, device: Device, counted: str) -> tuple[CallCounts | None, Phrase]:
    """What is kept of this device, or why it is not known."""
    why = say("{device}: nothing is told of its call records", device=device.name)
    for _keeper, part in reading.parts:
        kept = getattr(part, "kept", ())
        for one in kept:
            if one.owner == device.name and one.counted == counted:
                if isinstance(one, NotCounted):
                    return None, one.why
                return one, why
    return None, why


def _total(counts: CallCounts) -> int:
    return sum(count for _, count in counts.hours)


# --- what can be wrong ---


def _faults(records: CallCounts, limits: CallRecordLimits, device: Device) -> Iterator[Phrase]:
    """The files first: without new ones, no hour says anything."""
    if records.newest_age_s is None:
        yield say("{device}: no call records were written in the last day", device=device.name)
        return
    age = records.newest_age_s / 3600
    if age > limits.records_age_hours:
        yield say("{device}: the newest call records were written {age:.1f} h ago, "
                  "limit {limit:g} h",
                  device=device.name, age=age, limit=limits.records_age_hours)  # fmt: skip
    empty = [hour for hour, count in records.hours if _is_empty(hour, count, limits)]
    if empty:
        yield say("{device}: {count} hours without call records, the first is {hour}",
                  device=device.name, count=len(empty), hour=_shown(empty[0]))  # fmt: skip
    yield from _unusual(records, limits, device, empty)


def _is_empty(hour: datetime, count: int, limits: CallRecordLimits) -> bool:
    local = hour.astimezone(SHANGHAI).hour
    at_work = limits.records_from_hour <= local < limits.records_to_hour
    return at_work and count < limits.records_hour_least


def _unusual(
    records: CallCounts, limits: CallRecordLimits, device: Device, told: list[datetime]
) -> Iterator[Phrase]:
    """Of the hours that are unlike their usual, the one that is most so."""
    found = [
        (abs(count - usual.calls) / usual.calls, hour, count, usual)
        for hour, count in records.hours
        if hour not in told and (usual := usual_of(records.earlier, hour)) is not None
        and usual.calls >= limits.records_usual_least
        and abs(count - usual.calls) > usual.band(limits.records_usual_percent)
    ]  # fmt: skip
    if not found:
        return
    _, hour, count, usual = max(found, key=lambda one: one[0])
    yield say("{device}: {number} hours with an unusual number of call records, the worst is "
              "{hour} with {count}, usual are {usual:.0f}",
              device=device.name, number=len(found), hour=_shown(hour), count=count,
              usual=usual.calls)  # fmt: skip


# --- what is usual ---


@dataclass(frozen=True, slots=True, kw_only=True)
class Usual:
    """The median of former days, and three times how far they scatter about it."""

    calls: float
    scatter: float

    def band(self, percent: float) -> float:
        """How far from the usual is still usual; calls that come by chance scatter by the root of
        their number (Poisson)."""
        return max(self.calls * percent / 100, self.scatter, SIGMAS * sqrt(self.calls))


def usual_of(earlier: Mapping[date, tuple[int | None, ...]], hour: datetime) -> Usual | None:
    """From the last days like this one; None when they are too few to say."""
    local = hour.astimezone(SHANGHAI)
    kind = kind_of(local.date())
    alike = [day for day in sorted(earlier, reverse=True) if day < local.date()]
    counts = [
        count
        for day in alike
        if kind_of(day) == kind and (count := earlier[day][local.hour]) is not None
    ][:DAYS]
    if len(counts) < FEWEST:
        return None
    middle = median(counts)
    scatter = SIGMAS * NORMAL_MAD * median(abs(count - middle) for count in counts)
    return Usual(calls=middle, scatter=scatter)


def kind_of(day: date) -> str:
    """Days that are alike: each weekday for itself, days that make up for a holiday, days off."""
    if not working_day(day).works:
        return "off"
    return str(day.weekday()) if day.weekday() < SATURDAY else "make-up"


def _well(records: CallCounts, device: Device) -> Phrase:
    told = [
        say("{device}: {count} call records in {hours} hours",
            device=device.name, count=_total(records), hours=len(records.hours))
    ]  # fmt: skip
    known = sum(usual_of(records.earlier, hour) is not None for hour, _ in records.hours)
    if known:
        told.append(say("{known} of the hours were held against the usual", known=known))
    else:
        told.append(say("there are too few former days to say what is usual"))
    if device.traffic is not None and device.traffic.cti is None:
        told.append(say("a count by the CTI is not named in the estate"))
    return joined(tuple(told))


def _shown(hour: datetime) -> Phrase:
    return verbatim(f"{hour.astimezone(SHANGHAI):%Y-%m-%d %H:00}")


CALL_RECORDS: Final = Check(
    name="call_records",
    reads=OwnCallCounts,
    judge=judge_call_records,
    limits=CallRecordLimits(),
)


def _has_cti_count(device: Device) -> bool:
    return device.traffic is not None and device.traffic.cti is not None


AGAINST_CTI: Final = Check(
    name="against_cti",
    reads=OwnCallCounts,
    judge=judge_against_cti,
    limits=AgainstCtiLimits(),
    where=_has_cti_count,
)
