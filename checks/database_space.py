"""Judges for a database's log (M11) and for its space (M12)."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import PurePosixPath
from typing import Final
from zoneinfo import ZoneInfo

from checks.database import told
from checks.database_copies import of_site
from checks.host import FileSystemLimits, judge_file_systems
from checks.item import Check, NoLimits
from checks.verdict import Severity, Verdict, abnormal, normal, unknown
from collectors.readings import FileSystems
from collectors.readings.database_care import (
    DatabaseLog,
    DatabaseSizes,
    Size,
    SpaceKind,
    Tablespace,
    Tablespaces,
)
from inventory.model import Device, Trait
from phrases import Phrase, joined, say

SHANGHAI: Final = ZoneInfo("Asia/Shanghai")
GIGABYTE: Final = 1_000_000_000
GROWTH_FROM: Final = GIGABYTE
"""Bytes: less growth than this is nobody's business, however many per cent it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TablespaceLimits:
    """Percent of the most that a tablespace may grow to. Temporary and undo space is used again
    and again, and may stand nearly full for long."""

    tablespace_warning_percent: float = 85.0
    tablespace_critical_percent: float = 95.0
    reused_space_percent: float = 98.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeLimits:
    """Of one database or tablespace of PostgreSQL: gigabytes (a petabyte, which is no limit, until
    the site sets one), and growth since the last recorded look, which is a week ago."""

    database_gigabytes: float = 1_000_000.0
    database_growth_percent: float = 50.0


# --- M11 ---


def judge_database_log(reading: DatabaseLog, limits: NoLimits, device: Device) -> Verdict:
    """Any error since the last look is abnormal. Where lines may be unseen and none was found,
    nobody knows."""
    faults = (*_errors(reading, device), *_flood(reading, device))
    if faults:
        grave = any(one.grave for one in reading.errors)
        severity = Severity.CRITICAL if grave else Severity.WARNING
        sentence = joined(faults)
        return abnormal(
            sentence, severity=severity, measured=reading.count, expected="0", unit="lines"
        )
    if reading.gap:
        return unknown(
            say(
                "{device}: the database log does not reach back to the last look; "
                "lines may be unseen",
                device=device.name,
            )
        )
    return normal(
        say("{device}: no error in the database log since the last look", device=device.name),
        measured=0,
        expected="0",
        unit="lines",
    )


def _errors(reading: DatabaseLog, device: Device) -> Iterator[Phrase]:
    if reading.count == 0:
        return
    worst = next((one for one in reading.errors if one.grave), reading.errors[0])
    words = worst.words if worst.at is None else f"{_clock_time(worst.at)} {worst.words}"
    if reading.more:
        yield say(
            "{device}: {count} errors and more in the database log since the last look, "
            "such as: {words}",
            device=device.name,
            count=reading.count,
            words=words,
        )
    else:
        yield say(
            "{device}: {count} errors in the database log since the last look, such as: {words}",
            device=device.name,
            count=reading.count,
            words=words,
        )


def _flood(reading: DatabaseLog, device: Device) -> Iterator[Phrase]:
    if reading.skipped_bytes:
        yield say(
            "{device}: the database log grew too fast to be read, {bytes} bytes were not looked at",
            device=device.name,
            bytes=reading.skipped_bytes,
        )


def _clock_time(at: datetime) -> str:
    """As it is read on the wall, in Shanghai."""
    return at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")


# --- M12 on Oracle ---


def judge_tablespaces(reading: Tablespaces, limits: TablespaceLimits, device: Device) -> Verdict:
    """All online, and none near the most that it may grow to."""
    full = [one for one in reading.spaces if _limit(one, limits) is not None]
    fullest = max(reading.spaces, key=_fullness)
    faults = (
        *(_too_full(one, limits, device) for one in full),
        *(_offline(name, device) for name in reading.offline),
    )
    measured = round(fullest.used_percent, 1)
    if faults:
        grave = reading.offline or any(
            _limit(one, limits) == limits.tablespace_critical_percent for one in full
        )
        return abnormal(
            told(faults, device),
            severity=Severity.CRITICAL if grave else Severity.WARNING,
            measured=measured,
            expected=f"< {limits.tablespace_warning_percent:g}",
            unit="%",
        )
    return normal(
        say(
            "{device}: {count} tablespaces, the fullest is {name} at {percent:.1f} % of the most "
            "that it may grow to",
            device=device.name,
            count=len(reading.spaces),
            name=fullest.name,
            percent=fullest.used_percent,
        ),
        measured=measured,
        expected=f"< {limits.tablespace_warning_percent:g}",
        unit="%",
    )


def _fullness(one: Tablespace) -> tuple[bool, float]:
    """What holds data comes first: space that is used again may be nearly full for long."""
    return one.kind is SpaceKind.PERMANENT, one.used_percent


def _limit(one: Tablespace, limits: TablespaceLimits) -> float | None:
    """The highest limit that was reached."""
    reached = (limits.tablespace_critical_percent, limits.tablespace_warning_percent)
    if one.kind is not SpaceKind.PERMANENT:
        reached = (limits.reused_space_percent, math.inf)
    return next((limit for limit in reached if one.used_percent >= limit), None)


def _too_full(one: Tablespace, limits: TablespaceLimits, device: Device) -> Phrase:
    return say(
        "{device}: {kind} {name} is {percent:.1f} % full ({used:.1f} of {most:.1f} GB), "
        "limit {limit:g} %",
        device=device.name, kind=_kind(one.kind), name=one.name, percent=one.used_percent,
        used=one.used_bytes / GIGABYTE, most=one.most_bytes / GIGABYTE,
        limit=_limit(one, limits) or 0.0,
    )  # fmt: skip


def _kind(kind: SpaceKind) -> Phrase:
    if kind is SpaceKind.TEMPORARY:
        return say("temporary tablespace")
    if kind is SpaceKind.UNDO:
        return say("undo tablespace")
    return say("tablespace")


def _offline(name: str, device: Device) -> Phrase:
    return say("{device}: tablespace {name} is offline", device=device.name, name=name)


# --- M12 on PostgreSQL ---


def judge_sizes(reading: DatabaseSizes, limits: SizeLimits, device: Device) -> Verdict:
    """No database and no tablespace is larger than it should be, or grows much faster."""
    every = (*reading.databases, *reading.tablespaces)
    faults = tuple(fault for one in every for fault in _outgrown(one, limits, device))
    if faults:
        return abnormal(told(faults, device), measured=len(faults), expected="0")
    largest = max(reading.databases, key=lambda one: one.size)
    total = sum(one.size for one in reading.databases)
    return normal(
        say(
            "{device}: {count} databases take {total:.1f} GB, the largest is {name} at "
            "{size:.1f} GB",
            device=device.name, count=len(reading.databases), total=total / GIGABYTE,
            name=largest.name, size=largest.size / GIGABYTE,
        ),
        measured=round(total / GIGABYTE, 1),
        unit="GB",
    )  # fmt: skip


def _outgrown(one: Size, limits: SizeLimits, device: Device) -> Iterator[Phrase]:
    size = one.size / GIGABYTE
    if size >= limits.database_gigabytes:
        yield say(
            "{device}: {name} takes {size:.2f} GB, limit {limit:g} GB",
            device=device.name,
            name=one.name,
            size=size,
            limit=limits.database_gigabytes,
        )
    if one.before is None or one.since is None or one.size - one.before < GROWTH_FROM:
        return
    grown = (one.size - one.before) * 100 / max(one.before, 1)
    if grown >= limits.database_growth_percent:
        yield say(
            "{device}: {name} has grown by {percent:.0f} % to {size:.1f} GB since {since}, "
            "limit {limit:g} %",
            device=device.name, name=one.name, percent=grown, size=size,
            since=_clock_time(one.since), limit=limits.database_growth_percent,
        )  # fmt: skip


# --- M12: the file system under the data ---


def judge_data_space(reading: FileSystems, limits: FileSystemLimits, device: Device) -> Verdict:
    """The one file system that holds the data folder, by the limits of any file system."""
    folder = PurePosixPath(of_site(device).data or "/")
    above = [one for one in reading.mounted if folder.is_relative_to(one.mount)]
    if not above:
        return unknown(
            say(
                "{device}: no file system is seen to hold {folder} (watch.database.data)",
                device=device.name,
                folder=str(folder),
            )
        )
    nearest = max(above, key=lambda one: len(PurePosixPath(one.mount).parts))
    return judge_file_systems(replace(reading, mounted=(nearest,)), limits, device)


def _names_its_data(device: Device) -> bool:
    return of_site(device).data is not None


DATABASE_LOG: Final = Check(
    name="database_log",
    reads=DatabaseLog,
    judge=judge_database_log,
    limits=NoLimits(),
    traits=frozenset({Trait.ORACLE, Trait.POSTGRESQL}),
)
TABLESPACES: Final = Check(
    name="tablespaces",
    reads=Tablespaces,
    judge=judge_tablespaces,
    limits=TablespaceLimits(),
    traits=frozenset({Trait.ORACLE}),
)
SIZES: Final = Check(
    name="sizes",
    reads=DatabaseSizes,
    judge=judge_sizes,
    limits=SizeLimits(),
    traits=frozenset({Trait.POSTGRESQL}),
)
DATA_SPACE: Final = Check(
    name="data_space",
    reads=FileSystems,
    judge=judge_data_space,
    limits=FileSystemLimits(),
    traits=frozenset({Trait.ORACLE, Trait.POSTGRESQL}),
    where=_names_its_data,
)
