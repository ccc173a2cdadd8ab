"""PostgreSQL: jobs, deadlocks, blocked sessions and locked accounts, connections.

One connection per visit answers all, also what `postgres_care` asks. The queries stand in
`postgres_queries` and `postgres_care_queries`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from collectors.parsers.blocking import blocked_sessions, typed
from collectors.parsers.moments import moment
from collectors.parsers.plain import plain
from collectors.readings import (
    Connections,
    DatabaseJobs,
    Deadlocks,
    JobRun,
    Trouble,
    UserLocks,
)
from collectors.readings.database_care import (
    Archiving,
    DatabaseBackups,
    DatabaseLog,
    DatabaseSizes,
    Replication,
)
from collectors.session import Means, Notebook, SessionFailed
from collectors.sources.database_session import Answers, DatabaseSession, QueryFailed, Row
from collectors.sources.postgres_care import (
    archiving,
    expiring_accounts,
    no_shell,
    replication,
    sizes,
)
from collectors.sources.postgres_line import Line, connect
from collectors.sources.postgres_queries import (
    BLOCKED,
    CONNECTIONS,
    CRON_FAILURES,
    CRON_JOBS,
    DEADLOCKS,
    LOCKED_ACCOUNTS,
    PGAGENT_FAILURES,
    PGAGENT_JOBS,
    SCHEDULERS,
    SEES_ALL,
)
from collectors.sources.postgres_question import Question
from collectors.visit import Answer, Memory
from inventory.model import Device
from phrases import Phrase, say

DEADLOCK_TOPIC: Final = "deadlocks"
SCHEDULER_QUERIES: Final = {
    "pg_cron": ("cron", CRON_JOBS, CRON_FAILURES),
    "pgagent": ("pgagent", PGAGENT_JOBS, PGAGENT_FAILURES),
}


async def open_session(device: Device, means: Means, notebook: Notebook) -> PostgresSession:
    """Log in to the server. Raises `SessionFailed`."""
    access = device.access.postgres
    if access is None:
        raise SessionFailed(
            Trouble.NOT_CONFIGURED, say("{device} has no postgres access", device=device.name)
        )
    try:
        password = means.secrets.secret(access.secret)
    except KeyError:
        raise SessionFailed(
            Trouble.NOT_CONFIGURED,
            say("{device}: there is no secret {name}", device=device.name, name=access.secret),
        ) from None
    line = await connect(device, access, means, password)
    return PostgresSession(device, means, notebook, line)


class PostgresSession(DatabaseSession[Question, Line]):
    """One connection for all questions."""

    question = Question

    def answers(self) -> Answers[Question]:
        """As `DatabaseSession`."""
        return ANSWERS

    def not_as_asked(self) -> Phrase:
        """As `DatabaseSession`."""
        return say(
            "{device}: the rows from PostgreSQL are not as they were asked for",
            device=self.device.name,
        )


# --- connections ---


async def _connections(asked: Question, memory: Memory) -> Answer:
    ((users, limit, sees_all),) = await asked.rows(CONNECTIONS)
    if not sees_all:
        raise asked.needs_monitor()
    return Connections(
        device=asked.name,
        taken_at=asked.at,
        exchanges=tuple(asked.exchanges),
        users=typed(int, users),
        server_limit=typed(int, limit),
    )


# --- deadlocks ---


@dataclass(frozen=True, slots=True)
class _Count:
    """A database's counter and when it began (ISO 8601, or None for never reset)."""

    deadlocks: int
    reset: str | None


async def _deadlocks(asked: Question, memory: Memory) -> Answer:
    counted = {
        typed(str, name): _Count(
            typed(int, number), None if reset is None else moment(reset).isoformat()
        )
        for name, number, reset in await asked.rows(DEADLOCKS)
    }
    if not counted:
        raise ValueError("a server has at least one database")
    before, looked_at = _recalled(memory.recall(asked.name, DEADLOCK_TOPIC))
    asked.notebook.note(DEADLOCK_TOPIC, _noted(counted, asked.at))
    return Deadlocks(
        device=asked.name,
        taken_at=asked.at,
        exchanges=tuple(asked.exchanges),
        new=0 if before is None else sum(_new(counted, before)),
        total=sum(one.deadlocks for one in counted.values()),
        since=looked_at,
    )


def _new(counted: Mapping[str, _Count], before: Mapping[str, _Count]) -> Iterator[int]:
    """Per database: the difference, or all of it when the counter began anew."""
    for name, now in counted.items():
        then = before.get(name)
        anew = then is None or then.reset != now.reset or then.deadlocks > now.deadlocks
        yield now.deadlocks if anew or then is None else now.deadlocks - then.deadlocks


def _noted(counted: Mapping[str, _Count], at: datetime) -> str:
    databases = {name: [one.deadlocks, one.reset] for name, one in counted.items()}
    return json.dumps({"at": at.isoformat(), "databases": databases}, ensure_ascii=False)


def _recalled(note: str | None) -> tuple[Mapping[str, _Count] | None, datetime | None]:
    """What was noted, and when; a note that cannot be read is none."""
    try:
        kept = json.loads(note or "")
        counts = {name: _Count(int(one[0]), one[1]) for name, one in kept["databases"].items()}
        return counts, datetime.fromisoformat(kept["at"])
    except (ValueError, TypeError, KeyError, IndexError, AttributeError):
        return None, None


# --- locks ---


async def _user_locks(asked: Question, memory: Memory) -> Answer:
    ((sees_all,),) = await asked.rows(SEES_ALL)
    if not sees_all:
        raise asked.needs_monitor()
    blocked = blocked_sessions(await asked.rows(BLOCKED))
    accounts = await asked.rows(LOCKED_ACCOUNTS)
    expiring = await expiring_accounts(asked)
    return UserLocks(
        device=asked.name,
        taken_at=asked.at,
        exchanges=tuple(asked.exchanges),
        blocked=blocked,
        locked_accounts=tuple(plain(typed(str, name)) for (name,) in accounts),
        expiring=expiring,
    )


# --- jobs ---


async def _jobs(asked: Question, memory: Memory) -> Answer:
    tables = await asked.rows(SCHEDULERS)
    schemas = {schema for schema, _table, _hidden in tables}
    present = {
        name: queries for name, queries in SCHEDULER_QUERIES.items() if queries[0] in schemas
    }
    if not present:
        raise QueryFailed(
            Trouble.UNSUPPORTED,
            say("{device}: neither pg_cron nor pgAgent is in this database", device=asked.name),
        )
    if any(hidden for _schema, _table, hidden in tables):
        raise QueryFailed(Trouble.REFUSED, _rows_hidden(asked))
    jobs = [row for _, of_jobs, _ in present.values() for row in await asked.rows(of_jobs)]
    failures = [row for _, _, failed in present.values() for row in await asked.rows(failed)]
    return DatabaseJobs(
        device=asked.name,
        taken_at=asked.at,
        exchanges=tuple(asked.exchanges),
        schedulers=tuple(present),
        total=len(jobs),
        failed=tuple(_run(row) for row in failures),
        disabled=tuple(plain(typed(str, name)) for name, active, _ in jobs if not active),
        overdue=tuple(plain(typed(str, name)) for name, _, overdue in jobs if overdue),
    )


def _rows_hidden(asked: Question) -> Phrase:
    return say(
        "{device}: row security hides the jobs of others from {user}; mend it with: "
        "ALTER ROLE {user} BYPASSRLS",
        device=asked.name,
        user=asked.line.access.user,
    )


def _run(row: Row) -> JobRun:
    job, message, at = row
    return JobRun(job=plain(typed(str, job)), message=plain(typed(str, message)), at=moment(at))


ANSWERS: Final[Answers[Question]] = {
    Connections: _connections,
    Deadlocks: _deadlocks,
    UserLocks: _user_locks,
    DatabaseJobs: _jobs,
    Archiving: archiving,
    Replication: replication,
    DatabaseSizes: sizes,
    DatabaseBackups: no_shell,
    DatabaseLog: no_shell,
}
