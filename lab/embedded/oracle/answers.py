"""What the practice database answers to each statement: those of `oracle_queries` and no others.

That a statement is answered here says nothing of whether Oracle would take it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Final

from collectors.sources import oracle_queries as asked
from lab.embedded.oracle.care_answers import CARE_ANSWERS, Rows
from lab.embedded.oracle.care_data import CareData
from lab.embedded.oracle.data import LockSession, OracleData
from lab.embedded.oracle.messages import OracleError, Table
from lab.embedded.oracle.values import Column, Value, number, text, timestamp

NOT_THERE: Final = OracleError(942, "table or view does not exist")
SESSIONS_PER_PROCESS: Final = 7
"""Sessions beyond one per process: recursive ones."""
SECONDS_A_DAY: Final = 86_400
EMPTY: Final = " "


def answer(sql: str, data: OracleData) -> Table | OracleError | None:
    """The rows of a query, an error, or None for a statement that is no query."""
    known = folded(sql)
    if known == asked.READ_ONLY:
        return None
    if known not in ANSWERS:
        return NOT_THERE
    denied = next((at for at in map(known.lower().find, sorted(data.denied)) if at >= 0), None)
    if denied is not None:
        return OracleError(NOT_THERE.number, NOT_THERE.words, position=denied)
    columns, rows = ANSWERS[known]
    return Table(columns, tuple(rows(data)))


def folded(sql: str) -> str:
    """Blanks and line ends make no difference."""
    return " ".join(sql.split())


def _moment(at: datetime) -> datetime:
    """In UTC without a zone, as the queries ask for it."""
    return at.astimezone(UTC).replace(tzinfo=None)


def _now() -> datetime:
    return _moment(datetime.now(UTC))


def _flag(true: bool) -> int:
    return 1 if true else 0


def _scheduler_jobs(data: OracleData) -> Rows:
    return [
        (f"{one.owner}.{one.name}", str(one.enabled).upper(), one.state, one.failures,
         _flag(one.overdue))
        for one in data.jobs
    ]  # fmt: skip


def _scheduler_failures(data: OracleData) -> Rows:
    return [
        (f"{one.owner}.{one.name}", one.status, one.error, one.info, _now() - one.ago)
        for one in data.failed_runs
    ]


def _queue_jobs(data: OracleData) -> Rows:
    return [
        (one.number, one.owner, "Y" if one.broken else "N", one.failures, _flag(one.overdue))
        for one in data.queue_jobs
    ]


def _alert_log(data: OracleData) -> Rows:
    return [(_now(), _flag(data.alert_log))]


def _deadlocks(data: OracleData) -> Rows:
    return [(_moment(one.at), one.words) for one in data.deadlocks] if data.alert_log else []


def _blocked(data: OracleData) -> Rows:
    return [_session(one) for one in data.lock_sessions]


def _session(one: LockSession) -> tuple[Value, ...]:
    state = f"{one.status or EMPTY}: {one.event or EMPTY}"
    user, machine, program = (part or EMPTY for part in (one.user, one.machine, one.program))
    blocker, statement = one.blocker, one.sql_id or EMPTY
    return one.sid, user, machine, program, state, one.waited_s, blocker, statement


def _locked_accounts(data: OracleData) -> Rows:
    return [*sorted(data.locked_accounts.items())]


def _expiring_accounts(data: OracleData) -> Rows:
    left = sorted(data.expiring_accounts.items(), key=lambda one: one[1])
    return [(account, round(days * SECONDS_A_DAY)) for account, days in left]


def _connections(data: OracleData) -> Rows:
    return [(data.connections,)]


def _resource_limits(data: OracleData) -> Rows:
    used = data.connections + 1 + data.background
    return [
        ("processes", used, _most(data.processes_limit)),
        ("sessions", used + SESSIONS_PER_PROCESS, _most(data.sessions_limit)),
    ]


def _most(limit: int | None) -> str:
    return "UNLIMITED" if limit is None else str(limit)


def _of_care(rows: Callable[[CareData], Rows], data: OracleData) -> Rows:
    return rows(data.care)


ANSWERS: Final[Mapping[str, tuple[tuple[Column, ...], Callable[[OracleData], Rows]]]] = {
    folded(sql): (columns, rows)
    for sql, columns, rows in (
        (
            asked.SCHEDULER_JOBS,
            (text("JOB", 261), text("ENABLED", 5), text("STATE", 20), number("FAILURE_COUNT"),
             number("OVERDUE")),
            _scheduler_jobs,
        ),
        (
            asked.SCHEDULER_FAILURES,
            (text("JOB", 261), text("STATUS", 30), number("ERROR"), text("INFO", 800),
             timestamp("LOGGED")),
            _scheduler_failures,
        ),
        (
            asked.QUEUE_JOBS,
            (number("JOB"), text("LOG_USER", 128), text("BROKEN", 1), number("FAILURES"),
             number("OVERDUE")),
            _queue_jobs,
        ),
        (asked.ALERT_LOG, (timestamp("NOW"), number("LINES")), _alert_log),
        (asked.DEADLOCKS, (timestamp("LOGGED"), text("MESSAGE", 800)), _deadlocks),
        (
            asked.BLOCKED,
            (number("SID"), text("USERNAME", 128), text("MACHINE", 240), text("PROGRAM", 240),
             text("STATE", 80), number("WAITED"), number("BLOCKER"), text("STATEMENT", 13)),
            _blocked,
        ),
        (
            asked.LOCKED_ACCOUNTS,
            (text("USERNAME", 128), text("ACCOUNT_STATUS", 32)),
            _locked_accounts,
        ),
        (
            asked.ACCOUNT_EXPIRY,
            (text("USERNAME", 128), number("SECONDS")),
            _expiring_accounts,
        ),
        (asked.CONNECTIONS, (number("USERS"),), _connections),
        (
            asked.RESOURCE_LIMITS,
            (text("RESOURCE_NAME", 30), number("CURRENT_UTILIZATION"), text("MOST", 40)),
            _resource_limits,
        ),
    )
} | {
    folded(sql): (columns, partial(_of_care, rows)) for sql, columns, rows in CARE_ANSWERS
}  # fmt: skip
