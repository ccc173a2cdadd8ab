"""The judge for what the CTI tells of itself: M14."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Final

from checks.item import Check
from checks.verdict import Severity, Verdict, abnormal, normal
from collectors.readings.application import CallCentreState
from inventory.model import Device
from phrases import Phrase, joined, say

SHANGHAI: Final = timezone(timedelta(hours=8), "Asia/Shanghai")
"""China has one zone and no summer time; `maintenance.calendar` says more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallCentreLimits:
    """A queue of `calls_queued` or more is too long: in the contract's dial tests fewer than five
    may wait. Agents and calls are looked for between these hours of Shanghai only."""

    calls_queued: float = 5.0
    agents_least: float = 1.0
    agents_from_hour: float = 8.0
    agents_to_hour: float = 20.0
    calls_least: float = 1.0
    calls_from_hour: float = 9.0
    calls_to_hour: float = 17.0


def judge_call_centre(
    reading: CallCentreState, limits: CallCentreLimits, device: Device
) -> Verdict:
    """The links first: without them no figure means anything."""
    broken = tuple(_broken(reading, device))
    faults = (*broken, *_queue(reading, limits, device), *_idle(reading, limits, device))
    measured, expected = _deciding(reading, limits)
    if faults:
        return abnormal(
            joined(faults),
            severity=Severity.CRITICAL if broken else Severity.WARNING,
            measured=measured,
            expected=expected,
        )
    return normal(_well(reading, device), measured=measured, expected=expected)


def _broken(reading: CallCentreState, device: Device) -> Iterator[Phrase]:
    if reading.link_up is False:
        yield say("{device}: the CTI link is not up, its state is “{word}”",
                  device=device.name, word=reading.link or "")  # fmt: skip
    if reading.ivr_up is False:
        yield say("{device}: the IVR is not up, its state is “{word}”",
                  device=device.name, word=reading.ivr or "")  # fmt: skip


def _queue(reading: CallCentreState, limits: CallCentreLimits, device: Device) -> Iterator[Phrase]:
    if reading.queue_length is not None and reading.queue_length >= limits.calls_queued:
        yield say("{device}: {count} callers wait in the queue, limit {limit:g}",
                  device=device.name, count=reading.queue_length,
                  limit=limits.calls_queued)  # fmt: skip


def _idle(reading: CallCentreState, limits: CallCentreLimits, device: Device) -> Iterator[Phrase]:
    """Too few agents or calls, at an hour at which there must be some."""
    agents = reading.agents_signed_in
    at_work = _within(reading.taken_at, limits.agents_from_hour, limits.agents_to_hour)
    if agents is not None and agents < limits.agents_least and at_work:
        yield say("{device}: {count} agents are signed in, at least {least:g} should be",
                  device=device.name, count=agents, least=limits.agents_least)  # fmt: skip
    busy = _within(reading.taken_at, limits.calls_from_hour, limits.calls_to_hour)
    if reading.calls_online < limits.calls_least and busy:
        yield say("{device}: {count} calls on line in the busy hours, at least {least:g} should be",
                  device=device.name, count=reading.calls_online,
                  least=limits.calls_least)  # fmt: skip


def _within(at: datetime, from_hour: float, to_hour: float) -> bool:
    local = at.astimezone(SHANGHAI)
    hour = local.hour + local.minute / 60
    return from_hour <= hour < to_hour


def _deciding(reading: CallCentreState, limits: CallCentreLimits) -> tuple[int, str | None]:
    if reading.queue_length is None:
        return reading.calls_online, None
    return reading.queue_length, f"< {limits.calls_queued:g}"


def _well(reading: CallCentreState, device: Device) -> Phrase:
    """All that was told, and nothing that was not."""
    told = [say("{device}: {count} calls on line", device=device.name, count=reading.calls_online)]
    if reading.agents_signed_in is not None:
        told.append(say("{count} agents signed in", count=reading.agents_signed_in))
    if reading.queue_length is not None:
        told.append(say("{count} in the queue", count=reading.queue_length))
    if reading.link_up is not None:
        told.append(say("CTI link {word}", word=reading.link or ""))
    if reading.ivr_up is not None:
        told.append(say("IVR {word}", word=reading.ivr or ""))
    return joined(tuple(told))


CALL_CENTRE: Final = Check(
    name="call_centre",
    reads=CallCentreState,
    judge=judge_call_centre,
    limits=CallCentreLimits(),
)
