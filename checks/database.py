"""Judges for a database, PostgreSQL or Oracle: jobs, deadlocks, user locks, connections.

A database of neither family has none of these checks, so its items stand as 未知.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from checks.item import Check, NoLimits
from checks.verdict import Severity, Verdict, abnormal, normal, unknown
from collectors.readings import Connections, DatabaseJobs, Deadlocks, UserLocks
from inventory.model import Device, Trait
from phrases import Phrase, joined, say

SHANGHAI: Final = ZoneInfo("Asia/Shanghai")
FAMILIES: Final = frozenset({Trait.ORACLE, Trait.POSTGRESQL})
NAMED: Final = 5
"""Findings of one kind that a sentence names; the rest are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UserLockLimits:
    """Seconds that a session may wait for another's lock, and days that an account's password must
    still be valid; at the limit is too long, or too few. Expiry is told 90 days ahead at most."""

    blocked_seconds: float = 30.0
    account_expiry_days: float = 14.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionLimits:
    """The contract wants fewer than 900 user connections (M09). The second is the percentage of
    the server's own places at which new callers are about to be turned away."""

    user_connections: float = 900.0
    server_limit_percent: float = 90.0


# --- M06 ---


def judge_jobs(reading: DatabaseJobs, limits: NoLimits, device: Device) -> Verdict:
    """No failed run that was not made good, no job that fails again and again, and none that
    should have begun and did not."""
    if reading.total == 0:
        return unknown(
            say(
                "{device}: {schedulers} is there, but has no job that could be looked at",
                device=device.name,
                schedulers=", ".join(reading.schedulers),
            )
        )
    faults = (*_failed(reading, device), *_broken(reading, device), *_overdue(reading, device))
    if faults:
        return abnormal(told(faults, device), measured=len(faults), expected="0")
    return normal(
        say(
            "{device}: {count} database jobs run as they should, {disabled} are switched off",
            device=device.name,
            count=reading.total,
            disabled=len(reading.disabled),
        ),
        measured=0,
        expected="0",
    )


def _failed(reading: DatabaseJobs, device: Device) -> Iterator[Phrase]:
    for run in reading.failed:
        yield say(
            "{device}: database job {job} failed at {at}: {message}",
            device=device.name,
            job=run.job,
            at=_clock_time(run.at),
            message=run.message,
        )


def _broken(reading: DatabaseJobs, device: Device) -> Iterator[Phrase]:
    for job in reading.broken:
        if job.given_up:
            yield say(
                "{device}: database job {job} is broken after {count} failures, "
                "the scheduler starts it no more",
                device=device.name,
                job=job.job,
                count=job.failures,
            )
        else:
            yield say(
                "{device}: database job {job} has failed {count} times since it last succeeded",
                device=device.name,
                job=job.job,
                count=job.failures,
            )


def _overdue(reading: DatabaseJobs, device: Device) -> Iterator[Phrase]:
    for job in reading.overdue:
        yield say(
            "{device}: database job {job} did not run when it was due",
            device=device.name,
            job=job,
        )


# --- M07 ---


def judge_deadlocks(reading: Deadlocks, limits: NoLimits, device: Device) -> Verdict:
    """Any new one is abnormal. A counter only grows (PostgreSQL), so the first look knows of new
    ones only when it is still zero; a log tells when each was (Oracle)."""
    if reading.new > 0:
        return abnormal(
            say(
                "{device}: {count} deadlocks since {since}",
                device=device.name,
                count=reading.new,
                since=_clock_time(reading.since),
            ),
            measured=reading.new,
            expected="0",
        )
    if reading.since is None and reading.total > 0:
        return unknown(
            say(
                "{device}: {count} deadlocks were counted before this first look; "
                "the next look will know of new ones",
                device=device.name,
                count=reading.total,
            )
        )
    return normal(say("{device}: no new deadlock", device=device.name), measured=0, expected="0")


# --- M08 ---


def judge_user_locks(reading: UserLocks, limits: UserLockLimits, device: Device) -> Verdict:
    """No session blocked for too long, no application's account locked or about to be."""
    faults = (
        *_blocked(reading, limits, device),
        *_locked(reading, device),
        *_expiring(reading, limits, device),
    )
    if faults:
        return abnormal(told(faults, device), measured=len(faults), expected="0")
    return normal(
        say(
            "{device}: no session is blocked for {limit:g} s or longer, no account is locked",
            device=device.name,
            limit=limits.blocked_seconds,
        ),
        measured=0,
        expected="0",
    )


def _blocked(reading: UserLocks, limits: UserLockLimits, device: Device) -> Iterator[Phrase]:
    for session in reading.blocked:
        waited = session.waiting.total_seconds()
        if waited >= limits.blocked_seconds:
            yield say(
                "{device}: session {session} has been blocked for {seconds:.0f} s "
                "(limit {limit:g} s) by {chain}",
                device=device.name,
                session=session.session,
                seconds=waited,
                limit=limits.blocked_seconds,
                chain=" <- ".join(session.blockers[:NAMED]),
            )


def _locked(reading: UserLocks, device: Device) -> Iterator[Phrase]:
    for account in reading.locked_accounts:
        yield say(
            "{device}: account {account} cannot log in: it is locked, its password has expired, "
            "or it may have no connection",
            device=device.name,
            account=account,
        )


def _expiring(reading: UserLocks, limits: UserLockLimits, device: Device) -> Iterator[Phrase]:
    for one in reading.expiring:
        days = one.left / timedelta(days=1)
        if days <= limits.account_expiry_days:
            yield say(
                "{device}: the password of account {account} expires in {days:.1f} days "
                "(limit {limit:g} days); renew it before its application is locked out",
                device=device.name,
                account=one.account,
                days=days,
                limit=limits.account_expiry_days,
            )


# --- M09 ---


def judge_connections(reading: Connections, limits: ConnectionLimits, device: Device) -> Verdict:
    """Fewer than the contract's number: at it is too many, and critical."""
    expected = f"< {limits.user_connections:g}"
    if reading.users >= limits.user_connections:
        return abnormal(
            say(
                "{device}: {users} user connections, limit {limit:g}",
                device=device.name,
                users=reading.users,
                limit=limits.user_connections,
            ),
            severity=Severity.CRITICAL,
            measured=reading.users,
            expected=expected,
        )
    if reading.users * 100 >= reading.server_limit * limits.server_limit_percent:
        return abnormal(
            _nearly_full(reading, limits, device),
            measured=reading.users,
            expected=f"< {limits.server_limit_percent:g} % of {reading.server_limit}",
        )
    return normal(
        say(
            "{device}: {users} user connections, limit {limit:g}; the server takes {places}",
            device=device.name,
            users=reading.users,
            limit=limits.user_connections,
            places=reading.server_limit,
        ),
        measured=reading.users,
        expected=expected,
    )


def _nearly_full(reading: Connections, limits: ConnectionLimits, device: Device) -> Phrase:
    return say(
        "{device}: {users} user connections are {percent:g} % or more of the {places} that the "
        "server takes",
        device=device.name,
        users=reading.users,
        percent=limits.server_limit_percent,
        places=reading.server_limit,
    )


# --- shared ---


def told(faults: tuple[Phrase, ...], device: Device) -> Phrase:
    """The first few in full, the rest as a number."""
    if len(faults) <= NAMED:
        return joined(faults)
    more = say("{device}: {count} more of the kind", device=device.name, count=len(faults) - NAMED)
    return joined((*faults[:NAMED], more))


def _clock_time(at: datetime | None) -> str:
    """As it is read on the wall, in Shanghai."""
    return at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M") if at else "?"


JOBS: Final = Check(
    name="jobs",
    reads=DatabaseJobs,
    judge=judge_jobs,
    limits=NoLimits(),
    traits=FAMILIES,
)
DEADLOCKS: Final = Check(
    name="deadlocks",
    reads=Deadlocks,
    judge=judge_deadlocks,
    limits=NoLimits(),
    traits=FAMILIES,
)
USER_LOCKS: Final = Check(
    name="user_locks",
    reads=UserLocks,
    judge=judge_user_locks,
    limits=UserLockLimits(),
    traits=FAMILIES,
)
CONNECTIONS: Final = Check(
    name="connections",
    reads=Connections,
    judge=judge_connections,
    limits=ConnectionLimits(),
    traits=FAMILIES,
)
