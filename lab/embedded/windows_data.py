"""What a Windows-like host answers from, and how Windows PowerShell 5.1 writes it: dates as
`\\/Date(milliseconds)\\/`, a collection of one as that one, an object with notes for a dated file.

Sources of the shapes: ConvertTo-Json of 5.1; Get-MpComputerStatus, Get-HotFix and Get-WinEvent as
Microsoft's documentation shows them.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from collectors.sources.windows_scripts import (
    DISKS,
    EVENTS_KEPT,
    LOAD,
    PATCHES,
    PROTECTION,
    events,
)

MEMORY_KB: Final = 16_000_000
DISK_BYTES: Final = 500_000_000_000
FIRST_RECORD: Final = 40_001
LEVELS_READ: Final = (1, 2, 3)
AFTER: Final = re.compile(re.escape(events(0)).replace("EventRecordID>0", r"EventRecordID>(\d+)"))
ACCESS_DENIED: Final = -2147024891
"""E_ACCESSDENIED (0x80070005) as .NET's HResult."""
NEVER: Final = 4_294_967_295


@dataclass(slots=True)
class EventData:
    """One event of the System log; 4 is information."""

    level: int
    text: str
    source: str = "Service Control Manager 7036"


@dataclass(slots=True)
class TrendData:
    """The Trend Micro agent's part of the registry."""

    pattern_days: int | None = 1
    real_time: int = 1
    smart: int = 0
    version: str = "14.0.12033"


@dataclass(slots=True)
class DefenderData:
    """Get-MpComputerStatus; beside another scanner it is passive."""

    real_time: bool = False
    mode: str = "Passive Mode"
    signature_days: int = 0
    quick_scan_days: int = 2
    full_scan_days: int = NEVER
    active_threats: int = 0
    detections: int = 0


@dataclass(slots=True)
class PatchData:
    """A patch that is missing; severity as Microsoft rates it."""

    kb: str
    severity: str = "Important"


def _quiet_log() -> list[EventData]:
    return [EventData(4, "The Print Spooler service entered the running state.")] * 3


@dataclass(slots=True)
class WindowsData:
    """A healthy host unless told otherwise. `trend` and `defender` None: not installed."""

    cpu_percent: int = 11
    memory_percent: float = 38.0
    disks: dict[str, float] = field(default_factory=lambda: {"C:": 41.0, "D:": 63.0})
    events: list[EventData] = field(default_factory=_quiet_log)
    cleared: int = 0
    """Records that the log has lost at its beginning."""
    services: dict[str, str] = field(
        default_factory=lambda: {
            "LanmanServer": "Running", "ntrtscan": "Running", "TmListen": "Running",
            "wuauserv": "Stopped",
        }
    )  # fmt: skip
    trend: TrendData | None = field(default_factory=TrendData)
    defender: DefenderData | None = field(default_factory=DefenderData)
    missing: list[PatchData] = field(default_factory=lambda: [PatchData("5031989", "Moderate")])
    searched_days: float = 0.5
    installed_days: int = 12
    reboot_pending: bool = False
    search_refused: bool = False
    """As newer Windows refuses the update search over SSH."""


def answer(script: str, data: WindowsData) -> str | None:
    """What a script prints; None for one that is not on the allow-list."""
    if script == LOAD:
        return _json(_load(data))
    if script == DISKS:
        return _json({"script": "disks", "disks": _disks(data)})
    if script == events(None):
        return _json(_events(data, 0))
    if asked := AFTER.fullmatch(script):
        return _json(_events(data, int(asked[1])))
    if script == PROTECTION:
        return _json(_protection(data))
    if script == PATCHES:
        return _json(_patches(data))
    return None


def _json(whole: dict[str, Any]) -> str:
    """As the scripts' own `Say`: one line of ASCII. 5.1 escapes the slashes of its dates."""
    return json.dumps(whole, separators=(",", ":")).replace("/Date(", "\\/Date(").replace(
        ")/", ")\\/"
    ) + "\r\n"  # fmt: skip


def _one_or_many(members: list[Any]) -> Any:  # noqa: ANN401
    """A pipeline gives one object as itself, none as null."""
    if len(members) == 1:
        return members[0]
    return members or None


def _date(days_ago: float) -> str:
    at = datetime.now(UTC) - timedelta(days=days_ago)
    return f"/Date({int(at.timestamp() * 1000)})/"


def _load(data: WindowsData) -> dict[str, Any]:
    processors = [{"DeviceID": "CPU0", "LoadPercentage": data.cpu_percent}]
    free = round(MEMORY_KB * (1 - data.memory_percent / 100))
    return {
        "script": "load", "processors": _one_or_many(processors), "total_kb": MEMORY_KB,
        "free_kb": free,
    }  # fmt: skip


def _disks(data: WindowsData) -> Any:  # noqa: ANN401
    return _one_or_many(
        [
            {"DeviceID": name, "Size": DISK_BYTES,
             "FreeSpace": round(DISK_BYTES * (1 - percent / 100))}
            for name, percent in data.disks.items()
        ]
    )  # fmt: skip


def _events(data: WindowsData, after: int) -> dict[str, Any]:
    numbered = list(enumerate(data.events, FIRST_RECORD + data.cleared))
    new = [
        {"level": one.level, "source": one.source, "text": one.text}
        for number, one in reversed(numbered)
        if number > after and one.level in LEVELS_READ
    ]
    return {
        "script": "events", "oldest": numbered[0][0], "newest": numbered[-1][0],
        "events": _one_or_many(new[:EVENTS_KEPT]) or [],
    }  # fmt: skip


def _protection(data: WindowsData) -> dict[str, Any]:
    services = [{"name": name, "status": state} for name, state in data.services.items()]
    return {
        "script": "protection", "services": _one_or_many(services),
        "trend": None if data.trend is None else _trend(data.trend),
        "defender": None if data.defender is None else _defender(data.defender),
    }  # fmt: skip


def _trend(trend: TrendData) -> dict[str, Any]:
    days = trend.pattern_days
    of = "" if days is None else f"{datetime.now(UTC) - timedelta(days=days):%Y%m%d}"
    return {
        "pattern_date": "0" if trend.smart else of, "smart_date": of if trend.smart else None,
        "version": trend.version, "real_time": trend.real_time, "smart": trend.smart or None,
    }  # fmt: skip


def _defender(one: DefenderData) -> dict[str, Any]:
    return {
        "real_time": one.real_time, "mode": one.mode, "signature_days": one.signature_days,
        "quick_scan_days": one.quick_scan_days, "full_scan_days": one.full_scan_days,
        "active_threats": one.active_threats, "detections": one.detections,
    }  # fmt: skip


def _patches(data: WindowsData) -> dict[str, Any]:
    if data.search_refused:
        words = "Access is denied. (Exception from HRESULT: 0x80070005 (E_ACCESSDENIED))"
        return {"script": "patches", "error": words, "code": ACCESS_DENIED}
    installed = {"value": _date(data.installed_days), "DateTime": "Monday, 9 November 2026"}
    missing = [
        {"kb": one.kb, "title": f"Cumulative update (KB{one.kb})", "severity": one.severity}
        for one in data.missing
    ]
    return {
        "script": "patches", "missing": _one_or_many(missing) or [],
        "searched": _date(data.searched_days), "installed": installed,
        "reboot": data.reboot_pending,
    }  # fmt: skip
