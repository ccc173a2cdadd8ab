"""What was received of alarms: M54 (from the network-management side) and M55 (from elsewhere)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from collectors.readings.base import Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenAlarm:
    """An incident that a trap, a log or an alert opened and nothing has ended."""

    incident: int
    device: str
    alarm: str
    severity: str
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmRecord:
    """What is on record of a stretch of time. `receivers` that are set up; `gap_s` for how many
    seconds of it one of them did not listen; `stored` and `lost` count messages, by the hour."""

    receivers: tuple[str, ...]
    gap_s: float
    stored: int
    lost: int
    open: tuple[OpenAlarm, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedAlarms(Reading):
    """The record since `since`. It is Lineguard's own: that it was read says nothing about the
    device."""

    of_device: ClassVar[bool] = False
    item: ClassVar[str]

    since: datetime
    record: AlarmRecord


class TrapAlarms(ReceivedAlarms):
    """By SNMP trap: M54."""

    __slots__ = ()
    item: ClassVar[str] = "M54"


class OtherAlarms(ReceivedAlarms):
    """By syslog, Alertmanager and webhook: M55."""

    __slots__ = ()
    item: ClassVar[str] = "M55"
