"""Oracle: jobs, deadlocks, blocked sessions and locked accounts, connections.

One connection per visit answers all, also what `oracle_copies` and `oracle_space` ask. The queries
stand in `oracle_queries` and `oracle_care_queries`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from collectors.parsers.blocking import blocked_sessions, typed
from collectors.parsers.moments import span
from collectors.parsers.plain import plain
from collectors.readings import (
    BrokenJob,
    Connections,
    DatabaseJobs,
    Deadlocks,
    ExpiringAccount,
    JobRun,
    Trouble,
    UserLocks,
)
from collectors.readings.database_care import (
    Archiving,
    DatabaseBackups,
    DatabaseLog,
    Replication,
    Tablespaces,
)
from collectors.session import Means, Notebook, SessionFailed
from collectors.sources.database_session import Answers, DatabaseSession, QueryFailed, Row
from collectors.sources.oracle_copies import archiving, backups, replication
from collectors.sources.oracle_line import Line, connect
from collectors.sources.oracle_queries import (
    ACCOUNT_EXPIRY,
    ALERT_LOG,
    BLOCKED,
    CONNECTIONS,
    DEADLOCK_WINDOW_DAYS,
    DEADLOCKS,
    LOCKED_ACCOUNTS,
    QUEUE_JOBS,
    RESOURCE_LIMITS,
    SCHEDULER_FAILURES,
    SCHEDULER_JOBS,
)
from collectors.sources.oracle_question import Question, utc
from collectors.sources.oracle_space import alert_log, tablespaces
from collectors.visit import Answer, Memory
from inventory.model import Device
from phrases import Phrase, say

DEADLOCK_TOPIC: Final = "deadlocks"
FIRST_LOOK: Final = timedelta(days=1)
"""How far back a first look counts deadlocks: the contract has them looked for daily."""
SCHEDULERS: Final = ("DBMS_SCHEDULER", "DBMS_JOB")
GIVEN_UP: Final = ("BROKEN", "FAILED")
"""States of DBA_SCHEDULER_JOBS in which a job is started no more."""
UNLIMITED: Final = "UNLIMITED"


async def open_session(device: Device, means: Means, notebook: Notebook) -> OracleSession:
    """Log in to the database. Raises `SessionFailed`."""
    access = device.access.oracle
    if access is None:
        raise SessionFailed(
            Trouble.NOT_CONFIGURED, say("{device} has no oracle access", device=device.name)
        )
    try:
        password = means.secrets.secret(access.secret)
    except KeyError:
        raise SessionFailed(
            Trouble.NOT_CONFIGURED,
            say("{device}: there is no secret {name}", device=device.name, name=access.secret),
        ) from None
    line = await connect(device, access, means, password)
    return OracleSession(device, means, notebook, line)


class OracleSession(DatabaseSession[Question, Line]):
    """One connection for all questions."""

    question = Question

    def answers(self) -> Answers[Question]:
        """As `DatabaseSession`."""
        return ANSWERS

    def not_as_asked(self) -> Phrase:
        """As `DatabaseSession`."""
        return say(
            "{device}: the rows from Oracle are not as they were asked for",
            device=self.device.name,
        )


# --- connections ---


async def _connections(asked: Question, memory: Memory) -> Answer:
    ((users,),) = await asked.rows(CONNECTIONS)
    limits = await asked.rows(RESOURCE_LIMITS)
    users = typed(int, users)
    return Connections(
        device=asked.name,
        taken_at=asked.at,
        exchanges=tuple(asked.exchanges),
        users=users,
        server_limit=users + _places_left(limits),
    )


def _places_left(limits: Sequence[Row]) -> int:
    """Sessions that can still be opened: processes and sessions are both used up by one, and by
    the server's own as well. Raises `ValueError` when neither has a limit."""
    left = [
        int(typed(str, most)) - typed(int, used)
        for _name, used, most in limits
        if typed(str, most) != UNLIMITED
    ]
    return max(0, min(left))


# --- deadlocks ---


async def _deadlocks(asked: Question, memory: Memory) -> Answer:
    ((clock, shown),) = await asked.rows(ALERT_LOG)
    if not typed(int, shown):
        raise QueryFailed(
            Trouble.UNSUPPORTED,
            say("{device}: Oracle shows this login no line of its alert log", device=asked.name),
        )
    now = utc(clock)
    logged = [utc(at) for at, _message in await asked.rows(DEADLOCKS)]
    since = _looked_at(memory.recall(asked.name, DEADLOCK_TOPIC), now)
    asked.notebook.note(DEADLOCK_TOPIC, _noted(max([now, *logged])))
    return Deadlocks(
        device=asked.name,
        taken_at=asked.at,
        exchanges=tuple(asked.exchanges),
        new=sum(at > since for at in logged),
        total=len(logged),
        since=since,
    )


def _looked_at(note: str | None, now: datetime) -> datetime:
    """Until when the log has been read, by the database's clock; a note that cannot be read is
    none, and the log is looked at no further back than it was asked for."""
    try:
        until = datetime.fromisoformat(json.loads(note or "")["until"])
        return min(max(until, now - timedelta(days=DEADLOCK_WINDOW_DAYS)), now)
    except (ValueError, TypeError, KeyError):
        return now - FIRST_LOOK


def _noted(until: datetime) -> str:
    return json.dumps({"until": until.isoformat()})


# --- locks ---


async def _user_locks(asked: Question, memory: Memory) -> Answer:
    sessions = await asked.rows(BLOCKED)
    accounts = await asked.rows(LOCKED_ACCOUNTS)
    expiring = await asked.rows(ACCOUNT_EXPIRY)
    return UserLocks(
        device=asked.name,
        taken_at=asked.at,
        exchanges=tuple(asked.exchanges),
        blocked=blocked_sessions([_session(row) for row in sessions]),
        locked_accounts=tuple(
            plain(f"{typed(str, name)} ({typed(str, status)})") for name, status in accounts
        ),
        expiring=tuple(
            ExpiringAccount(account=plain(typed(str, name)), left=span(seconds))
            for name, seconds in expiring
        ),
    )


def _session(row: Row) -> Row:
    """As `blocked_sessions` has it: an Oracle session has at most one blocker."""
    sid, user, machine, program, state, waited, blocker, statement = row
    blockers = () if blocker is None else (typed(int, blocker),)
    return sid, user, machine, program, state, float(waited), blockers, statement


# --- jobs ---


async def _jobs(asked: Question, memory: Memory) -> Answer:
    scheduled = await asked.rows(SCHEDULER_JOBS)
    failures = await asked.rows(SCHEDULER_FAILURES)
    queued = await asked.rows(QUEUE_JOBS)
    jobs = (*map(_scheduled, scheduled), *map(_queued, queued))
    return DatabaseJobs(
        device=asked.name,
        taken_at=asked.at,
        exchanges=tuple(asked.exchanges),
        schedulers=SCHEDULERS,
        total=len(jobs),
        failed=tuple(_run(row) for row in failures),
        broken=tuple(job.broken for job in jobs if job.broken is not None),
        disabled=tuple(job.name for job in jobs if job.disabled),
        overdue=tuple(job.name for job in jobs if job.overdue),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    """A job of either scheduler."""

    name: str
    broken: BrokenJob | None
    disabled: bool
    overdue: bool


def _scheduled(row: Row) -> _Job:
    job, enabled, state, failures, overdue = row
    name, given_up = plain(typed(str, job)), typed(str, state) in GIVEN_UP
    broken = BrokenJob(job=name, failures=typed(int, failures or 0), given_up=True)
    return _Job(
        name=name,
        broken=broken if given_up else None,
        disabled=typed(str, enabled) != "TRUE" and not given_up,
        overdue=bool(typed(int, overdue)),
    )


def _queued(row: Row) -> _Job:
    """FAILURES is NULL for a job that never ran."""
    number, user, state, failures, overdue = row
    name, count = plain(f"{typed(str, user)} job {typed(int, number)}"), typed(int, failures or 0)
    given_up = typed(str, state) == "Y"
    broken = BrokenJob(job=name, failures=count, given_up=given_up)
    return _Job(
        name=name,
        broken=broken if count or given_up else None,
        disabled=False,
        overdue=bool(typed(int, overdue)),
    )


def _run(row: Row) -> JobRun:
    """A run that Oracle has nothing to tell of is told by its status and its error's number."""
    job, status, error, info, at = row
    words = info or f"{typed(str, status)}, ORA-{typed(int, error or 0):05d}"
    return JobRun(job=plain(typed(str, job)), message=plain(typed(str, words)), at=utc(at))


ANSWERS: Final[Answers[Question]] = {
    Connections: _connections,
    Deadlocks: _deadlocks,
    UserLocks: _user_locks,
    DatabaseJobs: _jobs,
    DatabaseBackups: backups,
    Archiving: archiving,
    Replication: replication,
    DatabaseLog: alert_log,
    Tablespaces: tablespaces,
}
