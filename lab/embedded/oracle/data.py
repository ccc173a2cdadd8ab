"""What a practice Oracle database tells, healthy until changed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from lab.embedded.oracle.care_data import CareData


@dataclass(slots=True)
class SchedulerJob:
    """A job of DBMS_SCHEDULER. `overdue`: it should have begun and did not."""

    owner: str
    name: str
    enabled: bool = True
    state: str = "SCHEDULED"
    failures: int = 0
    overdue: bool = False


@dataclass(slots=True)
class FailedRun:
    """A run of the last day that did not succeed, so long before the question."""

    owner: str
    name: str
    info: str | None
    status: str = "FAILED"
    error: int = 0
    ago: timedelta = timedelta(minutes=30)


@dataclass(slots=True)
class QueueJob:
    """A job of DBMS_JOB."""

    number: int
    owner: str
    broken: bool = False
    failures: int | None = 0
    overdue: bool = False


@dataclass(slots=True)
class AlertLine:
    """A line of the alert log; `at` is aware."""

    at: datetime
    words: str


@dataclass(slots=True)
class LockSession:
    """A session that waits for another, or that others wait for. `blocker` is its number,
    negative on another instance."""

    sid: int
    user: str
    machine: str = "cti-1"
    program: str = "JDBC Thin Client"
    status: str = "ACTIVE"
    event: str = "enq: TX - row lock contention"
    waited_s: int = 0
    blocker: int | None = None
    sql_id: str = "7ws837zynp1zv"


@dataclass(slots=True)
class Resource:
    """A line of V$RESOURCE_LIMIT; no `most`: UNLIMITED."""

    used: int
    most: int | None


def _jobs() -> list[SchedulerJob]:
    return [
        SchedulerJob("HOTLINE", "ARCHIVE_WORK_ORDERS"),
        SchedulerJob("HOTLINE", "PURGE_RECORDINGS"),
        SchedulerJob("SYS", "PURGE_LOG"),
        SchedulerJob("SYS", "XMLDB_NFS_CLEANUP_JOB", enabled=False, state="DISABLED"),
    ]


@dataclass(slots=True)
class OracleData:
    """A healthy hotline database. `connections` leaves out whoever asks. What stands in `denied`
    (names of views, lower case) is not there for the login; without `alert_log` its view is empty.
    """

    jobs: list[SchedulerJob] = field(default_factory=_jobs)
    failed_runs: list[FailedRun] = field(default_factory=list)
    queue_jobs: list[QueueJob] = field(default_factory=lambda: [QueueJob(23, "HOTLINE")])
    alert_log: bool = True
    deadlocks: list[AlertLine] = field(default_factory=list)
    lock_sessions: list[LockSession] = field(default_factory=list)
    locked_accounts: dict[str, str] = field(default_factory=dict)
    expiring_accounts: dict[str, float] = field(default_factory=dict)
    """Days that are left of each."""
    connections: int = 205
    background: int = 55
    processes_limit: int | None = 1_500
    sessions_limit: int | None = 2_272
    denied: set[str] = field(default_factory=set)
    care: CareData = field(default_factory=CareData)


# --- faults ---------------------------------------------------------------------------------


def fail_job(data: OracleData) -> None:
    """The last run of the archive's job failed."""
    words = 'ORA-01653: unable to extend table HOTLINE.ARCHIVE by 128 in tablespace "HOTLINE"'
    data.failed_runs = [FailedRun("HOTLINE", "ARCHIVE_WORK_ORDERS", words, error=1653)]
    data.jobs[0].failures = 1


def block_session(data: OracleData, *, waited_s: int = 120) -> None:
    """One session waits for a row that an idle one keeps locked."""
    data.lock_sessions = [
        LockSession(
            311, "HOTLINE_APP", machine="app-1", status="INACTIVE",
            event="SQL*Net message from client", waited_s=waited_s,
        ),
        LockSession(458, "CTI_APP", waited_s=waited_s, blocker=311),
    ]  # fmt: skip


def log_deadlock(data: OracleData, at: datetime | None = None) -> None:
    """The alert log has a line about a deadlock, now unless told otherwise."""
    words = "ORA-00060: Deadlock detected. See Note 60.1 at My Oracle Support for details."
    data.deadlocks.insert(0, AlertLine(at or datetime.now(UTC), words))


def lock_account(data: OracleData, account: str = "HOTLINE_APP") -> None:
    """An application's account is locked after too many wrong passwords."""
    data.locked_accounts[account] = "LOCKED(TIMED)"


def let_expire(data: OracleData, account: str = "HOTLINE_APP", *, days: float = 5.0) -> None:
    """The password of an application's account is valid for so many days more."""
    data.expiring_accounts[account] = days
