"""What a practice Oracle database tells of its backups, alert log, space and standby."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

GIGABYTE = 1_000_000_000


@dataclass(slots=True)
class RmanJob:
    """A row of V$RMAN_BACKUP_JOB_DETAILS, so long before the question."""

    kind: str
    status: str = "COMPLETED"
    began: timedelta = timedelta(hours=6)
    ended: timedelta | None = timedelta(hours=5)


@dataclass(slots=True)
class Destination:
    """A row of V$ARCHIVE_DEST_STATUS."""

    name: str
    kind: str = "LOCAL"
    status: str = "VALID"
    standby: str = ""
    gap: str = ""
    error: str = ""


@dataclass(slots=True)
class Lag:
    """A row of V$DATAGUARD_STATS on a standby: as it is told, and how old the newest datum is
    (None: there never was one)."""

    name: str
    value: str = "+00 00:00:00"
    datum: timedelta | None = timedelta(seconds=1)


@dataclass(slots=True)
class AlertRow:
    """A line of the alert log that tells of an error; `at` is aware."""

    at: datetime
    words: str
    kind: int = 3
    level: int = 16


@dataclass(slots=True)
class Space:
    """A tablespace; `used_percent` None where there is no measure of it."""

    name: str
    contents: str = "PERMANENT"
    status: str = "ONLINE"
    used_percent: float | None = 40.0
    most_bytes: int = 100 * GIGABYTE


def _jobs() -> list[RmanJob]:
    hours = timedelta(hours=1)
    return [
        RmanJob("ARCHIVELOG", began=2 * hours, ended=2 * hours),
        RmanJob("DB INCR"),
        RmanJob("DB FULL", "COMPLETED WITH WARNINGS", began=78 * hours, ended=75 * hours),
    ]


def _destinations() -> list[Destination]:
    return [
        Destination("LOG_ARCHIVE_DEST_1"),
        Destination("LOG_ARCHIVE_DEST_2", "PHYSICAL", standby="hotline2", gap="NO GAP"),
    ]


def _spaces() -> list[Space]:
    return [
        Space("HOTLINE", used_percent=61.5),
        Space("HOTLINE_2019", status="READ ONLY", used_percent=99.9),
        Space("SYSAUX", used_percent=12.0),
        Space("SYSTEM", used_percent=8.25),
        Space("TEMP", "TEMPORARY", used_percent=97.0),
        Space("UNDOTBS1", "UNDO", used_percent=35.0),
    ]


@dataclass(slots=True)
class CareData:
    """A healthy primary with one standby."""

    role: str = "PRIMARY"
    log_mode: str = "ARCHIVELOG"
    keep_days: int = 14
    jobs: list[RmanJob] = field(default_factory=_jobs)
    destinations: list[Destination] = field(default_factory=_destinations)
    logs_without_backup: int = 3
    oldest_without_backup: timedelta = timedelta(minutes=40)
    lags: list[Lag] = field(default_factory=list)
    alerts: list[AlertRow] = field(default_factory=list)
    spaces: list[Space] = field(default_factory=_spaces)


# --- faults ---------------------------------------------------------------------------------


def fail_backup(data: CareData) -> None:
    """The last whole backup failed; the one before that is young enough."""
    data.jobs.insert(0, RmanJob("DB INCR", "FAILED", timedelta(hours=1), timedelta(hours=1)))


def forget_backups(data: CareData) -> None:
    """No backup at all in the window."""
    data.jobs.clear()


def log_internal_error(data: CareData, at: datetime) -> None:
    """The alert log has an internal error and, below it, what the instance said about it."""
    words = "ORA-00600: internal error code, arguments: [kdsgrp1], [], [], [], [], [], [], []"
    data.alerts = [
        AlertRow(at, words, kind=2, level=1),
        AlertRow(at - timedelta(seconds=1), "ORA-01555: snapshot too old: rollback segment"),
    ]


def fill_tablespace(data: CareData, percent: float = 96.0) -> None:
    """The application's tablespace is nearly as large as it may grow."""
    data.spaces[0].used_percent = percent


def lose_standby(data: CareData) -> None:
    """The standby takes no redo any more."""
    far = data.destinations[1]
    far.status, far.error = "ERROR", "ORA-12541: TNS:no listener"


def become_standby(data: CareData, lag: str = "+00 00:00:02") -> None:
    """This database follows another."""
    data.role = "PHYSICAL STANDBY"
    data.lags = [Lag("apply lag", lag), Lag("transport lag")]
