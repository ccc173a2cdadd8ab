"""Rows of databases: a driver gives whatever types the other side names."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from checks.verdict import State
from collectors.parsers.blocking import blocked_sessions, typed
from collectors.readings import Connections, DatabaseJobs, Deadlocks, Reading, UserLocks
from collectors.sources import oracle_queries as ora
from collectors.sources import postgres_queries as pg
from collectors.sources.oracle import OracleSession
from collectors.sources.postgres import PostgresSession
from tests.collectors.hosts import Remembered
from tests.fuzz.judged import (
    ACCESS,
    DATABASE,
    MEANS,
    SaidLine,
    driven,
    notebook,
    state_of_answer,
)
from tests.fuzz.mutation import Spoil, all_null, no_rows, varied_rows
from tests.fuzz.target import Target

THEN: Final = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
NAIVE: Final = datetime(2026, 11, 20, 8, 0)  # noqa: DTZ001  (as the driver gives it)
BLOCKED_PAIR: Final = [
    (311, "hotline_app", "hotline", "app", "idle in transaction", 120.0, [], "UPDATE work_order"),
    (458, "cti_app", "hotline", "cti", "active", 120.0, [311], "UPDATE work_order"),
]
ORACLE_PAIR: Final = [
    (311, "HOTLINE_APP", "app-1", "JDBC", "INACTIVE: SQL*Net message", 120, None, " "),
    (458, "CTI_APP", "cti-1", "JDBC", "ACTIVE: enq: TX", 120, 311, "7abc"),
]

Tables = dict[str, list[Any]]


KNOWN: Final = Remembered(
    {
        (DATABASE.name, "deadlocks"): json.dumps(
            {
                "at": THEN.isoformat(),
                "databases": {"postgres": [0, None], "hotline": [3, THEN.isoformat()]},
            }
        )
    }
)
"""What the look before has noted of PostgreSQL; Oracle's notes are of another shape: none."""


def _look(session_of: Any, question: type[Reading]) -> Callable[[Tables], State | None]:  # noqa: ANN401
    def look(tables: Tables) -> State | None:
        line = SaidLine(tables, ACCESS)
        session = session_of(DATABASE, MEANS, notebook(DATABASE), line)
        return state_of_answer(driven(session.ask(question, KNOWN)), DATABASE)

    return look


def target_of(
    protocol: str, question: type[Reading], *seeds: Tables, spoil: tuple[Spoil, ...]
) -> Target:
    """A question of a database, asked of these rows."""
    session_of = OracleSession if protocol == "oracle" else PostgresSession
    return Target(
        name=f"{protocol}: {question.__name__}",
        look=_look(session_of, question),
        seeds=seeds,
        reads=((protocol, question),),
        parses=(blocked_sessions, typed),
        vary=varied_rows,
        spoil=spoil,
    )


TARGETS: Final = (
    target_of("postgres", Connections, {pg.CONNECTIONS: [(205, 990, True)]},
        spoil=(no_rows, all_null),
   ),
    target_of(
        "postgres", Deadlocks, {pg.DEADLOCKS: [("postgres", 0, None), ("hotline", 3, THEN)]},
        spoil=(no_rows, all_null),
    ),
    target_of(
        "postgres", UserLocks,
        {pg.SEES_ALL: [(True,)], pg.BLOCKED: [], pg.LOCKED_ACCOUNTS: []},
        {pg.SEES_ALL: [(True,)], pg.BLOCKED: BLOCKED_PAIR, pg.LOCKED_ACCOUNTS: [("hotline_app",)]},
        spoil=(no_rows, all_null),
    ),
    target_of(
        "postgres", DatabaseJobs,
        {
            pg.SCHEDULERS: [("cron", "job", False), ("cron", "job_run_details", False)],
            pg.CRON_JOBS: [("archive", True, False)],
            pg.CRON_FAILURES: [],
        },
        {
            pg.SCHEDULERS: [("pgagent", "pga_job", False), ("pgagent", "pga_joblog", False)],
            pg.PGAGENT_JOBS: [("archive", True, False)],
            pg.PGAGENT_FAILURES: [("archive", "failed", THEN)],
        },
        spoil=(no_rows, all_null),
    ),
    target_of(
        "oracle", Connections,
        {
            ora.CONNECTIONS: [(205,)],
            ora.RESOURCE_LIMITS: [("processes", 260, "1500"), ("sessions", 260, "UNLIMITED")],
        },
        spoil=(no_rows, all_null),
    ),
    target_of(
        "oracle", Deadlocks,
        {ora.ALERT_LOG: [(NAIVE, 1)], ora.DEADLOCKS: []},
        {ora.ALERT_LOG: [(NAIVE, 1)],
         ora.DEADLOCKS: [(NAIVE - timedelta(hours=1), "ORA-00060: Deadlock detected.")]},
        spoil=(no_rows, all_null),
    ),
    # No rows at all is how a healthy database says that nobody is blocked.
    target_of(
        "oracle", UserLocks,
        {ora.BLOCKED: [], ora.LOCKED_ACCOUNTS: []},
        {ora.BLOCKED: ORACLE_PAIR, ora.LOCKED_ACCOUNTS: [("HOTLINE_APP", "LOCKED(TIMED)")]},
        spoil=(),
    ),
    target_of(
        "oracle", DatabaseJobs,
        {
            ora.SCHEDULER_JOBS: [("HOTLINE.ARCHIVE", "TRUE", "SCHEDULED", 0, 0)],
            ora.SCHEDULER_FAILURES: [],
            ora.QUEUE_JOBS: [(23, "HOTLINE", "N", 0, 0)],
        },
        {
            ora.SCHEDULER_JOBS: [("HOTLINE.ARCHIVE", "TRUE", "BROKEN", 16, 0)],
            ora.SCHEDULER_FAILURES: [("HOTLINE.ARCHIVE", "FAILED", 1653, "ORA-01653", NAIVE)],
            ora.QUEUE_JOBS: [(23, "HOTLINE", "Y", 16, 0)],
        },
        spoil=(all_null,),
    ),
)  # fmt: skip
