"""What the scripts of `collectors.sources.windows_scripts` print, as facts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from statistics import fmean
from typing import Final

from collectors.parsers.linux import Unreadable
from collectors.parsers.windows_json import (
    Document,
    amount,
    document,
    flag,
    moment,
    number,
    part,
    rows,
    text,
)
from collectors.readings import FileSystem
from collectors.readings.windows import Defender, Event, MissingPatch, TrendAgent
from phrases import say

NEVER: Final = 65_535
"""Get-MpComputerStatus tells a scan that never was as 65535 or 4294967295 days."""
SEVERITIES: Final = frozenset({"critical", "important", "moderate", "low", ""})
"""MsrcSeverity of the Windows Update Agent's IUpdate."""
EVENT_TEXT: Final = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowsLoad:
    """Percentages of the whole machine."""

    cpu_percent: float
    memory_percent: float


def parse_load(answer: bytes) -> WindowsLoad:
    """Win32_Processor and Win32_OperatingSystem."""
    whole = document(answer, "load")
    loads = [amount(one, "LoadPercentage") for one in rows(whole, "processors")]
    total, free = amount(whole, "total_kb"), amount(whole, "free_kb")
    if not loads or max(loads) > 100:
        raise Unreadable(say("{key} is not told as Windows tells it", key="LoadPercentage"))
    if not 0 <= free <= total or total == 0:
        raise Unreadable(say("the memory figures contradict each other"))
    return WindowsLoad(
        cpu_percent=round(fmean(loads), 2), memory_percent=round(100 * (total - free) / total, 2)
    )


def parse_disks(answer: bytes) -> tuple[FileSystem, ...]:
    """Fixed disks of Win32_LogicalDisk. Never empty: Windows itself is on one."""
    found = tuple(_disk(one) for one in rows(document(answer, "disks"), "disks"))
    if not found:
        raise Unreadable(say("no file system that holds data is listed"))
    return found


def _disk(one: Document) -> FileSystem:
    size, free = amount(one, "Size"), amount(one, "FreeSpace")
    if size == 0 or free > size:
        raise Unreadable(say("the lists of file systems contradict each other"))
    return FileSystem(
        mount=text(one, "DeviceID", 60),
        size=size,
        used_percent=round(100 * (size - free) / size, 2),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class EventPage:
    """The new events, and the numbers of the log's oldest and newest record."""

    events: tuple[Event, ...]
    oldest: int
    newest: int


def parse_events(answer: bytes) -> EventPage:
    """Get-WinEvent of the System log, levels 1 to 3."""
    whole = document(answer, "events")
    oldest, newest = amount(whole, "oldest"), amount(whole, "newest")
    if not 0 < oldest <= newest:
        raise Unreadable(say("the numbers of the event log contradict each other"))
    return EventPage(
        events=tuple(_event(one) for one in rows(whole, "events")), oldest=oldest, newest=newest
    )


def _event(one: Document) -> Event:
    level = number(one, "level")
    if level not in (1, 2, 3):
        raise Unreadable(say("{key} is not told as Windows tells it", key="level"))
    return Event(level=level, source=text(one, "source", 100), text=text(one, "text", EVENT_TEXT))


@dataclass(frozen=True, slots=True, kw_only=True)
class Protection:
    """Every service of the host by its name in lower case, and both scanners."""

    services: Mapping[str, str]
    trend: TrendAgent | None
    defender: Defender | None


def parse_protection(answer: bytes) -> Protection:
    """Get-Service, Trend Micro's registry, Get-MpComputerStatus."""
    whole = document(answer, "protection")
    services = {text(one, "name").lower(): text(one, "status") for one in rows(whole, "services")}
    if not services:
        raise Unreadable(say("no service at all is listed"))
    trend, defender = part(whole, "trend"), part(whole, "defender")
    return Protection(
        services=services,
        trend=None if trend is None else _trend(trend),
        defender=None if defender is None else _defender(defender),
    )


def _trend(one: Document) -> TrendAgent:
    usual, smart = _day(one, "pattern_date"), _day(one, "smart_date")
    by_smart_scan = one.get("smart") not in (None, 0, "0")
    first, second = (smart, usual) if by_smart_scan else (usual, smart)
    return TrendAgent(
        pattern_date=first or second,
        real_time=None if one.get("real_time") is None else number(one, "real_time") != 0,
        version=text(one, "version", 40),
    )


def _day(one: Document, key: str) -> date | None:
    """`20261112`; nothing or 0 where this kind of pattern is not used."""
    digits = text(one, key)
    if digits in ("", "0"):
        return None
    try:
        return datetime.strptime(digits, "%Y%m%d").date()  # noqa: DTZ007  (a day has no zone)
    except ValueError:
        raise Unreadable(say("{key} is not told as Windows tells it", key=key)) from None


def _defender(one: Document) -> Defender:
    return Defender(
        real_time=flag(one, "real_time"),
        mode=text(one, "mode", 40),
        signature_days=amount(one, "signature_days"),
        quick_scan_days=_scan(one, "quick_scan_days"),
        full_scan_days=_scan(one, "full_scan_days"),
        active_threats=amount(one, "active_threats"),
        detections=amount(one, "detections"),
    )


def _scan(one: Document, key: str) -> int | None:
    days = amount(one, key)
    return None if days >= NEVER else days


@dataclass(frozen=True, slots=True, kw_only=True)
class Updates:
    """What Windows Update knew at `searched_at`; None where it never searched."""

    missing: tuple[MissingPatch, ...]
    searched_at: datetime | None
    last_installed: datetime | None
    reboot_pending: bool


def parse_updates(answer: bytes) -> Updates:
    """The Windows Update Agent's offline search, Get-HotFix, and the marks of a pending restart."""
    whole = document(answer, "patches")
    return Updates(
        missing=tuple(_patch(one) for one in rows(whole, "missing")),
        searched_at=moment(whole, "searched"),
        last_installed=moment(whole, "installed"),
        reboot_pending=flag(whole, "reboot"),
    )


def _patch(one: Document) -> MissingPatch:
    severity = text(one, "severity").lower()
    if severity not in SEVERITIES:
        raise Unreadable(say("{key} is not told as Windows tells it", key="severity"))
    return MissingPatch(kb=text(one, "kb", 20), title=text(one, "title"), severity=severity)
