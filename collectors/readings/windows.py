"""Windows hosts: events, virus protection, patches. Load and disks are those of every host."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from collectors.readings.base import Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event: level 1 critical, 2 error, 3 warning; `text` on one line."""

    level: int
    source: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemEvents(Reading):
    """Events of level 1 to 3 in the System log since the last recorded look, newest first.

    `more`: older new ones were not read; `gap`: the log has run over or was cleared since.
    """

    entries: tuple[Event, ...]
    more: bool = False
    first_look: bool = False
    gap: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendAgent:
    """The Trend Micro agent as the registry has it. None: not said there."""

    pattern_date: date | None
    real_time: bool | None
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Defender:
    """Microsoft Defender. Ages in days, None for a scan that never was; `mode` as Windows says it,
    `Normal` where it is the scanner that guards."""

    real_time: bool
    mode: str
    signature_days: int
    quick_scan_days: int | None
    full_scan_days: int | None
    active_threats: int
    detections: int
    """In the last seven days, whatever became of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VirusProtection(Reading):
    """Who guards. `services` has the state of the Trend Micro services that the site names, None
    for one that is not there; `trend` and `defender` are None where they are not installed."""

    services: Mapping[str, str | None]
    trend: TrendAgent | None
    defender: Defender | None
    today: date


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingPatch:
    """`severity` is critical, important, moderate, low or empty (not rated)."""

    kb: str
    title: str
    severity: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Patches(Reading):
    """What Windows Update has found missing at `searched_at`, its last search that succeeded."""

    missing: tuple[MissingPatch, ...]
    searched_at: datetime
    last_installed: datetime | None
    reboot_pending: bool
