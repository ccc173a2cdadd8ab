"""Judges for what a lost database would be brought back from: backups and archived logs.

M39 is RMAN's; M10 is all of it, with the standbys (`checks.database_standbys`). RMAN stands in
both, as one cause.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from checks.database import told
from checks.item import Check
from checks.verdict import Severity, Verdict, abnormal, normal, not_applicable
from collectors.readings.database_care import (
    Archiving,
    BackupRun,
    DatabaseBackups,
    Outcome,
    Scope,
)
from inventory.model import DatabaseWatch, Device, Trait
from phrases import Phrase, say

HOUR: Final = timedelta(hours=1)
MINUTE: Final = timedelta(minutes=1)
NO_SITE_DATA: Final = DatabaseWatch()


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupLimits:
    """Hours since the last whole backup that ended well (a week and a day, for sites that make
    whole ones weekly), and hours that one may run."""

    backup_age_hours: float = 192.0
    backup_running_hours: float = 24.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivingLimits:
    """How old the oldest finished log may be that is not where it belongs: minutes until
    PostgreSQL has archived a WAL segment, hours until RMAN has backed up an archived redo log."""

    wal_waiting_minutes: float = 15.0
    redo_waiting_hours: float = 26.0


def of_site(device: Device) -> DatabaseWatch:
    """What the site says of its database; nothing, where it says nothing."""
    return device.watch.database or NO_SITE_DATA


# --- backups: M10, M39 ---


def judge_backups(reading: DatabaseBackups, limits: BackupLimits, device: Device) -> Verdict:
    """A whole backup that ended well and is young enough, none after it that failed, and none that
    runs without end. No run at all is as bad as one that failed."""
    if reading.standby and not reading.runs:
        return not_applicable(
            say(
                "{device}: is a standby and knows no {tool} backup of its own; "
                "those of its primary are judged there",
                device=device.name,
                tool=reading.tool,
            )
        )
    missing = (*_complaint(reading, device), *_too_old(reading, limits, device))
    faults = (*missing, *_failed(reading, device), *_endless(reading, limits, device))
    expected = f"< {limits.backup_age_hours:g}"
    good = _last_good(reading)
    age = None if good is None else round(good.age / HOUR, 1)
    if faults:
        severity = Severity.CRITICAL if missing else Severity.WARNING
        return abnormal(
            told(faults, device), severity=severity, measured=age, expected=expected, unit="h"
        )
    assert good is not None and age is not None  # noqa: S101  (else it is missing)
    return normal(
        say(
            "{device}: {tool}: the last whole backup ended {hours:.1f} h ago ({told}), "
            "limit {limit:g} h",
            device=device.name, tool=reading.tool, hours=age, told=good.told,
            limit=limits.backup_age_hours,
        ),
        measured=age,
        expected=expected,
        unit="h",
    )  # fmt: skip


def _last_good(reading: DatabaseBackups) -> BackupRun | None:
    good = (one for one in reading.runs if one.scope is Scope.WHOLE and one.outcome is Outcome.GOOD)
    return min(good, key=lambda one: one.age, default=None)


def _complaint(reading: DatabaseBackups, device: Device) -> Iterator[Phrase]:
    if reading.complaint is not None:
        yield say(
            "{device}: {tool} reports: {words}",
            device=device.name,
            tool=reading.tool,
            words=reading.complaint,
        )


def _too_old(reading: DatabaseBackups, limits: BackupLimits, device: Device) -> Iterator[Phrase]:
    good = _last_good(reading)
    if good is None:
        yield _none_at_all(reading, device)
    elif good.age >= limits.backup_age_hours * HOUR:
        yield say(
            "{device}: {tool}: the last whole backup that ended well is {hours:.1f} h old, "
            "limit {limit:g} h",
            device=device.name, tool=reading.tool, hours=good.age / HOUR,
            limit=limits.backup_age_hours,
        )  # fmt: skip


def _none_at_all(reading: DatabaseBackups, device: Device) -> Phrase:
    if reading.history is None:
        return say(
            "{device}: {tool} knows no whole backup that ended well",
            device=device.name,
            tool=reading.tool,
        )
    return say(
        "{device}: {tool} knows no whole backup that ended well in the last {days:g} days, "
        "which is as far as it remembers",
        device=device.name,
        tool=reading.tool,
        days=reading.history.days,
    )


def _failed(reading: DatabaseBackups, device: Device) -> Iterator[Phrase]:
    """Of each scope only the newest that has an outcome: a later success made it good."""
    for scope in Scope:
        runs = [
            one for one in reading.runs if one.scope is scope and one.outcome is not Outcome.RUNNING
        ]
        newest = min(runs, key=lambda one: one.age, default=None)
        if newest is not None and newest.outcome is Outcome.FAILED:
            yield say(
                "{device}: {tool}: the last {what}, {hours:.1f} h ago, did not end well: {told}",
                device=device.name, tool=reading.tool, what=_named(scope),
                hours=newest.age / HOUR, told=newest.told,
            )  # fmt: skip


def _named(scope: Scope) -> Phrase:
    if scope is Scope.WHOLE:
        return say("whole backup")
    if scope is Scope.ARCHIVE:
        return say("backup of the archived logs")
    return say("backup of a part")


def _endless(reading: DatabaseBackups, limits: BackupLimits, device: Device) -> Iterator[Phrase]:
    for one in reading.runs:
        if one.outcome is Outcome.RUNNING and one.age >= limits.backup_running_hours * HOUR:
            yield say(
                "{device}: {tool}: a backup has been running for {hours:.1f} h, limit {limit:g} h",
                device=device.name, tool=reading.tool, hours=one.age / HOUR,
                limit=limits.backup_running_hours,
            )  # fmt: skip


# --- archived logs: M10 ---


def judge_archiving(reading: Archiving, limits: ArchivingLimits, device: Device) -> Verdict:
    """Every finished log leaves the server soon, or is backed up soon; each destination works."""
    if not reading.on:
        return _switched_off(device)
    faults = (*_refused(reading, device), *_waiting(reading, limits, device))
    if faults:
        return abnormal(
            told(faults, device),
            severity=Severity.CRITICAL,
            measured=reading.waiting,
            expected="0",
        )
    return normal(
        say(
            "{device}: logs are archived as they should be, {count} wait their turn",
            device=device.name,
            count=reading.waiting,
        ),
        measured=reading.waiting,
    )


def _switched_off(device: Device) -> Verdict:
    if not of_site(device).archiving:
        return not_applicable(
            say("{device}: logs are not archived, as the estate has it", device=device.name)
        )
    return abnormal(
        say(
            "{device}: logs are not archived: what changed since the last backup would be lost "
            "with the server (if that is meant: watch.database.archiving: false)",
            device=device.name,
        ),
        severity=Severity.CRITICAL,
    )


def _refused(reading: Archiving, device: Device) -> Iterator[Phrase]:
    if reading.failing is not None:
        yield say(
            "{device}: {log} cannot be archived: {count} attempts have failed, the last "
            "{seconds:.0f} s ago; logs that stay behind fill the disk",
            device=device.name, log=reading.failing.log, count=reading.failing.count,
            seconds=reading.failing.ago.total_seconds(),
        )  # fmt: skip
    for one in reading.destinations:
        if one.status not in WORKING:
            yield say(
                "{device}: archive destination {name} is {status}: {words}",
                device=device.name, name=one.name, status=one.status, words=one.message or "-",
            )  # fmt: skip


WORKING: Final = ("VALID", "ALTERNATE")
"""V$ARCHIVE_DEST_STATUS.STATUS of a destination that works, or waits to stand in for another."""


def _waiting(reading: Archiving, limits: ArchivingLimits, device: Device) -> Iterator[Phrase]:
    if not reading.waiting:
        return
    if Trait.ORACLE in device.traits:
        if reading.oldest >= limits.redo_waiting_hours * HOUR:
            yield say(
                "{device}: {count} archived logs have no backup, the oldest for {hours:.1f} h, "
                "limit {limit:g} h",
                device=device.name, count=reading.waiting, hours=reading.oldest / HOUR,
                limit=limits.redo_waiting_hours,
            )  # fmt: skip
    elif reading.oldest >= limits.wal_waiting_minutes * MINUTE:
        yield say(
            "{device}: {count} WAL segments wait to be archived, the oldest for {minutes:.0f} min, "
            "limit {limit:g} min",
            device=device.name, count=reading.waiting, minutes=reading.oldest / MINUTE,
            limit=limits.wal_waiting_minutes,
        )  # fmt: skip


RMAN: Final = Check(
    name="rman",
    reads=DatabaseBackups,
    judge=judge_backups,
    limits=BackupLimits(),
    traits=frozenset({Trait.ORACLE}),
    root="M39",
)
BACKUPS: Final = Check(
    name="backups",
    reads=DatabaseBackups,
    judge=judge_backups,
    limits=BackupLimits(),
    traits=frozenset({Trait.POSTGRESQL}),
)
ARCHIVING: Final = Check(
    name="archiving",
    reads=Archiving,
    judge=judge_archiving,
    limits=ArchivingLimits(),
    traits=frozenset({Trait.ORACLE, Trait.POSTGRESQL}),
)
