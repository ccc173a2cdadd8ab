"""Oracle over its real protocol: M06 to M09 as 正常, 异常 and 未知, each with its evidence."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from checks.catalogue import item
from checks.judging import Judgement, judge_item, wanted
from checks.verdict import State
from collectors.readings import (
    Connections,
    DatabaseJobs,
    Deadlocks,
    Reading,
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
from collectors.sources.oracle_care_queries import DATAGUARD_LAGS
from collectors.sources.oracle_queries import QUERIES, READ_ONLY, ROWS_LIMIT
from lab.embedded.oracle import data as world
from lab.embedded.oracle.data import OracleData, QueueJob, SchedulerJob
from lab.embedded.oracle.listener import OracleListener
from lab.embedded.oracle.messages import OracleError
from tests.collectors.hosts import Remembered, unanswered, visit
from tests.collectors.oracles import oracle, oracle_device, oracle_means

__all__ = ["oracle"]

ALL: tuple[type[Reading], ...] = (
    Connections, DatabaseJobs, Deadlocks, UserLocks, Archiving, DatabaseBackups, DatabaseLog,
    Replication, Tablespaces,
)  # fmt: skip
CLOSED_PORT = 1
Change = Callable[[OracleData], None]


async def judged(
    listener: OracleListener, name: str, memory: Remembered | None = None
) -> Judgement:
    device = oracle_device(listener.port)
    seen = await visit(device, oracle_means(), wanted(item(name), device), memory)
    (judgement,) = judge_item(item(name), device, seen)
    return judgement


def _overdue(data: OracleData) -> None:
    data.jobs[0].overdue = True


def _broken(data: OracleData) -> None:
    data.jobs[0].enabled, data.jobs[0].state, data.jobs[0].failures = False, "BROKEN", 16


def _queue_failing(data: OracleData) -> None:
    data.queue_jobs = [QueueJob(23, "HOTLINE", failures=3)]


def _crowd(data: OracleData) -> None:
    data.connections = 900


def _processes_full(data: OracleData) -> None:
    data.processes_limit = 262


def _no_alert_log(data: OracleData) -> None:
    data.alert_log = False


def _deny(*views: str) -> Change:
    return lambda data: data.denied.update(views)


HEALTHY: Change = lambda data: None  # noqa: E731

SHOWN = [
    ("M06", HEALTHY, State.NORMAL, "5 database jobs run as they should, 1 are switched off"),
    ("M06", world.fail_job, State.ABNORMAL, "HOTLINE.ARCHIVE_WORK_ORDERS failed at"),
    ("M06", _overdue, State.ABNORMAL, "HOTLINE.ARCHIVE_WORK_ORDERS did not run when it was due"),
    ("M06", _broken, State.ABNORMAL, "HOTLINE.ARCHIVE_WORK_ORDERS is broken after 16 failures"),
    ("M06", _queue_failing, State.ABNORMAL, "HOTLINE job 23 has failed 3 times"),
    ("M06", _deny("dba_jobs"), State.UNKNOWN, "GRANT SELECT ON sys.dba_jobs TO inspect"),
    ("M07", HEALTHY, State.NORMAL, "no new deadlock"),
    ("M07", world.log_deadlock, State.ABNORMAL, "1 deadlocks since"),
    ("M07", _no_alert_log, State.UNKNOWN, "no line of its alert log"),
    ("M07", _deny("v$diag_alert_ext"), State.UNKNOWN, "sys.v_$diag_alert_ext"),
    ("M08", HEALTHY, State.NORMAL, "no session is blocked"),
    ("M08", world.block_session, State.ABNORMAL, "for 120 s (limit 30 s) by 311 HOTLINE_APP"),
    ("M08", world.lock_account, State.ABNORMAL, "account HOTLINE_APP (LOCKED(TIMED)) cannot"),
    ("M08", _deny("dba_users"), State.UNKNOWN, "GRANT SELECT ON sys.dba_users TO inspect"),
    ("M09", HEALTHY, State.NORMAL, "205 user connections, limit 900"),
    ("M09", _crowd, State.ABNORMAL, "900 user connections, limit 900"),
    ("M09", _processes_full, State.ABNORMAL, "are 90 % or more of the 206 that the server takes"),
    ("M09", _deny("v$resource_limit"), State.UNKNOWN, "sys.v_$resource_limit"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "change", "state", "words"), SHOWN)
async def test_every_item_is_judged_by_what_the_database_tells(
    oracle: OracleListener, name: str, change: Change, state: State, words: str
) -> None:
    change(oracle.data)
    judgement = await judged(oracle, name)
    sentence = judgement.verdict.sentence.text("en")
    assert judgement.verdict.state is state, sentence
    assert words in sentence
    assert "PostgreSQL" not in sentence
    if state is not State.UNKNOWN:
        assert judgement.exchanges
        assert all(one.protocol == "oracle" and one.answer for one in judgement.exchanges)


async def test_one_login_answers_all_questions_of_a_visit(oracle: OracleListener) -> None:
    seen = await visit(oracle_device(oracle.port), oracle_means(), ALL)
    assert {type(answer) for answer in seen.answers.values()} == set(ALL)
    assert dict(seen.sessions) == {"oracle": 1}
    assert (oracle.logins, oracle.left) == (1, 1)
    assert oracle.statements[0] == READ_ONLY
    of_a_standby = {DATAGUARD_LAGS.strip()}
    every = {READ_ONLY, *(sql.strip() for sql in QUERIES)}
    assert set(oracle.statements) == every - of_a_standby
    assert oracle.modules == {("lineguard", "inspection")}


async def test_a_missing_grant_leaves_the_other_questions_their_answers(
    oracle: OracleListener,
) -> None:
    oracle.data.denied = {"v$session"}
    seen = await visit(oracle_device(oracle.port), oracle_means(), ALL)
    assert unanswered(seen.answers[Connections]).trouble is Trouble.REFUSED
    assert isinstance(seen.answers[DatabaseJobs], DatabaseJobs)
    assert oracle.logins == 1


# --- memory ---


async def test_a_deadlock_is_new_once(oracle: OracleListener) -> None:
    device, memory = oracle_device(oracle.port), Remembered()
    world.log_deadlock(oracle.data)
    news = []
    for _ in range(2):
        seen = await visit(device, oracle_means(), [Deadlocks], memory)
        memory.keep(seen)
        answer = seen.answers[Deadlocks]
        assert isinstance(answer, Deadlocks)
        news.append((answer.new, answer.total))
    assert news == [(1, 1), (0, 1)]


@pytest.mark.parametrize(("hours", "new"), [(23, 1), (25, 0)])
async def test_a_first_look_counts_the_last_day(
    oracle: OracleListener, hours: int, new: int
) -> None:
    world.log_deadlock(oracle.data, datetime.now(UTC) - timedelta(hours=hours))
    seen = await visit(oracle_device(oracle.port), oracle_means(), [Deadlocks])
    answer = seen.answers[Deadlocks]
    assert isinstance(answer, Deadlocks)
    assert answer.new == new


@pytest.mark.parametrize(
    "note", ["", "{}", "[]", '{"until": 7}', '{"until": "2026-11-21T00:00:00"}']
)
async def test_a_note_that_cannot_be_read_is_none(oracle: OracleListener, note: str) -> None:
    world.log_deadlock(oracle.data)
    memory = Remembered({("db-dr-1", "deadlocks"): note})
    assert (await judged(oracle, "M07", memory)).verdict.state is State.ABNORMAL


# --- rows ---


async def test_names_in_chinese_and_control_characters_come_out_readable(
    oracle: OracleListener,
) -> None:
    oracle.data.locked_accounts = {"热线\x1b[31m": "LOCKED"}
    seen = await visit(oracle_device(oracle.port), oracle_means(), [UserLocks])
    answer = seen.answers[UserLocks]
    assert isinstance(answer, UserLocks)
    assert answer.locked_accounts == ("热线 (LOCKED)",)


@pytest.mark.parametrize(("more", "whole"), [(0, True), (1, False)])
async def test_more_rows_than_the_limit_are_no_answer(
    oracle: OracleListener, more: int, whole: bool
) -> None:
    oracle.data.jobs = [SchedulerJob("S", f"J{one}") for one in range(ROWS_LIMIT + more)]
    seen = await visit(oracle_device(oracle.port), oracle_means(), [DatabaseJobs])
    answer = seen.answers[DatabaseJobs]
    assert isinstance(answer, DatabaseJobs) is whole
    assert whole or unanswered(answer).trouble is Trouble.TOO_LARGE


async def test_a_blocker_on_another_instance_is_named_as_such(oracle: OracleListener) -> None:
    world.block_session(oracle.data)
    oracle.data.lock_sessions = [oracle.data.lock_sessions[1]]
    oracle.data.lock_sessions[0].blocker = -57
    sentence = (await judged(oracle, "M08")).verdict.sentence.text("en")
    assert sentence.endswith("by session 57 on another instance")


# --- login ---


@pytest.mark.parametrize(
    ("error", "trouble", "words"),
    [
        ((28000, "the account is locked"), Trouble.REFUSED, "ALTER USER inspect ACCOUNT UNLOCK"),
        ((28001, "the password has expired"), Trouble.REFUSED, "has expired"),
        ((1045, "lacks CREATE SESSION"), Trouble.REFUSED, "GRANT CREATE SESSION TO inspect"),
        ((1033, "initialization in progress"), Trouble.REFUSED, "is not open"),
        ((20, "maximum number of processes"), Trouble.REFUSED, "takes no more sessions"),
        ((4031, "out of shared memory"), Trouble.REFUSED, "ORA-04031: out of shared memory"),
    ],
)
async def test_a_refused_login_says_what_to_do(
    oracle: OracleListener, error: tuple[int, str], trouble: Trouble, words: str
) -> None:
    oracle.terms.login_error = OracleError(*error)
    assert await _login_trouble(oracle, words) is trouble


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [("protocol", 314, "older than 12.1"), ("verifier", 0x939, "only the 10G form")],
)
async def test_a_database_that_the_thin_mode_cannot_ask_is_said_to_be_so(
    oracle: OracleListener, field: str, value: int, words: str
) -> None:
    setattr(oracle.terms, field, value)
    assert await _login_trouble(oracle, words) is Trouble.UNSUPPORTED


async def test_a_wrong_password_a_wrong_service_and_a_closed_port_are_told_apart(
    oracle: OracleListener,
) -> None:
    assert await _login_trouble(oracle, "wrong name or password", "very wrong") is Trouble.REFUSED
    assert await _login_trouble(oracle, "no service other", service="other") is Trouble.REFUSED
    closed = await _login_trouble(oracle, f"port {CLOSED_PORT}", port=CLOSED_PORT)
    assert closed is Trouble.UNREACHABLE


async def _login_trouble(
    listener: OracleListener,
    words: str,
    password: str | None = None,
    **access: Any,  # noqa: ANN401
) -> Trouble:
    device = oracle_device(**{"port": listener.port, **access})
    means = oracle_means(password) if password else oracle_means()
    seen = await visit(device, means, [Connections])
    answer = unanswered(seen.answers[Connections])
    said = answer.why.text("en")
    assert words in said
    assert (password or means.secrets.secret("db")) not in said
    return answer.trouble
