"""Databases, of whatever family."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from collectors.readings.base import Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRun:
    """One failed run of a scheduled database job."""

    job: str
    message: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenJob:
    """A job that fails again and again, by the scheduler's own count since its last success.
    `given_up`: the scheduler starts it no more."""

    job: str
    failures: int
    given_up: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseJobs(Reading):
    """Jobs of the schedulers that are installed (`schedulers`, such as pg_cron or pgagent)."""

    schedulers: tuple[str, ...]
    total: int
    failed: tuple[JobRun, ...]
    broken: tuple[BrokenJob, ...] = ()
    disabled: tuple[str, ...] = ()
    overdue: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadlocks(Reading):
    """Deadlocks since the last look; `since` is that look or the reset of the statistics."""

    new: int
    total: int
    since: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockedSession:
    """A session that waits for another's lock. `blockers` is the chain, nearest first."""

    session: str
    user: str
    waiting: timedelta
    blockers: tuple[str, ...]
    statement: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpiringAccount:
    """An account that can log in now, and not for much longer."""

    account: str
    left: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class UserLocks(Reading):
    """Both meanings of M08: blocked sessions, and application accounts that cannot log in. Those
    whose password is about to expire are told 90 days ahead."""

    blocked: tuple[BlockedSession, ...]
    locked_accounts: tuple[str, ...]
    expiring: tuple[ExpiringAccount, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Connections(Reading):
    """User sessions now, and the server's own limit for them."""

    users: int
    server_limit: int
