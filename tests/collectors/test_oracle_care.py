"""M10 to M12 and M39 on Oracle over its real protocol: 正常, 异常 and 未知, each with its evidence.

The listener proves how answers are read and judged. That Oracle would take the statements, and
answer as it does, is not proven here: docs/oracle.md.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from checks.catalogue import item
from checks.judging import Judgement, judge_item, wanted
from checks.verdict import Severity, State
from collectors.readings import Reading, Trouble, UserLocks
from collectors.readings.database_care import (
    DatabaseBackups,
    DatabaseLog,
    Replication,
    Tablespaces,
)
from collectors.sources.oracle_care_queries import ALERT_ROWS
from collectors.sources.oracle_copies import lag_of
from inventory.model import DatabaseWatch, Watch
from lab.embedded.oracle import care_data as care
from lab.embedded.oracle.care_data import AlertRow, CareData, Destination, Lag, RmanJob, Space
from lab.embedded.oracle.data import let_expire
from lab.embedded.oracle.listener import OracleListener
from tests.collectors.hosts import Remembered, unanswered, visit
from tests.collectors.oracles import oracle, oracle_device, oracle_means
from tests.witness import shown

__all__ = ["oracle"]

PEER = "practice Oracle listener"
Change = Callable[[CareData], None]
HOUR = timedelta(hours=1)


async def judged(
    listener: OracleListener, name: str, memory: Remembered | None = None
) -> tuple[Judgement, ...]:
    device = oracle_device(listener.port)
    seen = await visit(device, oracle_means(), wanted(item(name), device), memory)
    return tuple(shown(one, PEER) for one in judge_item(item(name), device, seen))


async def judged_by(listener: OracleListener, name: str, check: str) -> Judgement:
    return next(one for one in await judged(listener, name) if one.check == check)


def _put(**values: object) -> Change:
    def change(data: CareData) -> None:
        for name, value in values.items():
            setattr(data, name, value)

    return change


def _alert(data: CareData) -> None:
    care.log_internal_error(data, datetime.now(UTC))


def _jobs(*jobs: RmanJob) -> Change:
    return _put(jobs=list(jobs))


def _spaces(*spaces: Space) -> Change:
    return _put(spaces=list(spaces))


def _standby(*lags: Lag) -> Change:
    return _put(role="PHYSICAL STANDBY", lags=list(lags))


HEALTHY: Change = lambda data: None  # noqa: E731
FULL = RmanJob("DB FULL")

SHOWN = [
    ("M39", "rman", HEALTHY, State.NORMAL, "the last whole backup ended 5.0 h ago (DB INCR, "),
    ("M39", "rman", care.fail_backup, State.ABNORMAL, "did not end well: DB INCR, FAILED"),
    ("M39", "rman", care.forget_backups, State.ABNORMAL, "in the last 14 days"),
    ("M39", "rman", _jobs(RmanJob("DB FULL", ended=200 * HOUR)), State.ABNORMAL, "is 200.0 h old"),
    ("M39", "rman", _jobs(FULL, RmanJob("ARCHIVELOG", "COMPLETED WITH ERRORS")), State.ABNORMAL,
     "backup of the archived logs"),
    ("M39", "rman", _jobs(FULL, RmanJob("DB FULL", "RUNNING WITH ERRORS", HOUR, HOUR)),
     State.ABNORMAL, "RUNNING WITH ERRORS"),
    ("M39", "rman", _jobs(FULL, RmanJob("DB FULL", "RUNNING", 25 * HOUR, HOUR)), State.ABNORMAL,
     "has been running for 25.0 h"),
    ("M39", "rman", _jobs(RmanJob("DB FULL", "WONDERFUL")), State.UNKNOWN, "not as they were"),
    ("M39", "rman", _jobs(RmanJob("ARCHIVELOG")), State.ABNORMAL, "knows no whole backup"),
    ("M10", "rman", care.fail_backup, State.ABNORMAL, "did not end well: DB INCR, FAILED"),
    ("M10", "archiving", HEALTHY, State.NORMAL, "archived as they should be, 3 wait"),
    ("M10", "archiving", _put(log_mode="NOARCHIVELOG"), State.ABNORMAL, "logs are not archived"),
    ("M10", "archiving", _put(oldest_without_backup=27 * HOUR), State.ABNORMAL,
     "3 archived logs have no backup, the oldest for 27.0 h, limit 26 h"),
    ("M10", "archiving", _put(destinations=[Destination("D1", status="FULL", error="ORA-00257")]),
     State.ABNORMAL, "archive destination D1 is FULL: ORA-00257"),
    ("M10", "replication", HEALTHY, State.NORMAL, "1 standbys follow"),
    ("M10", "replication", care.lose_standby, State.ABNORMAL, "hotline2 is not well: ERROR, ORA-1"),
    ("M10", "replication",
     _put(destinations=[Destination("D2", "PHYSICAL", standby="x", gap="RESOLVABLE GAP")]),
     State.ABNORMAL, "the standby x is not well: RESOLVABLE GAP"),
    ("M10", "replication", care.become_standby, State.NORMAL, "is 2 s behind its primary"),
    ("M10", "replication", _standby(Lag("apply lag", "+00 00:12:00"), Lag("transport lag")),
     State.ABNORMAL, "is 720 s behind its primary, limit 300 s"),
    ("M10", "replication", _standby(Lag("apply lag", datum=HOUR)), State.ABNORMAL,
     "receives nothing from its primary: the last came 3600 s ago"),
    ("M10", "replication", _standby(Lag("apply lag", datum=None)), State.ABNORMAL, "has ever"),
    ("M10", "replication", _standby(Lag("apply lag", "")), State.UNKNOWN, "does not tell how far"),
    ("M10", "replication", _standby(Lag("apply lag", "soon")), State.UNKNOWN, "not as they were"),
    ("M10", "replication", _standby(), State.UNKNOWN, "not as they were asked for"),
    ("M11", "database_log", HEALTHY, State.NORMAL, "no error in the database log"),
    ("M11", "database_log", _alert, State.ABNORMAL, "2 errors in the database log since"),
    ("M12", "tablespaces", HEALTHY, State.NORMAL, "the fullest is HOTLINE at 61.5 %"),
    ("M12", "tablespaces", care.fill_tablespace, State.ABNORMAL, "HOTLINE is 96.0 % full"),
    ("M12", "tablespaces", _spaces(Space("A"), Space("B", status="OFFLINE", used_percent=None)),
     State.ABNORMAL, "tablespace B is offline"),
    ("M12", "tablespaces", _spaces(Space("A", used_percent=None)), State.UNKNOWN, "not as they"),
    ("M12", "tablespaces", _spaces(), State.UNKNOWN, "not as they were asked for"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "check", "change", "state", "words"), SHOWN)
async def test_every_item_is_judged_by_what_the_database_tells(
    oracle: OracleListener, name: str, check: str, change: Change, state: State, words: str
) -> None:
    change(oracle.data.care)
    judgement = await judged_by(oracle, name, check)
    sentence = judgement.verdict.sentence.text("en")
    assert judgement.verdict.state is state, sentence
    assert words in sentence
    assert judgement.exchanges
    assert all(one.protocol == "oracle" and one.answer for one in judgement.exchanges)


@pytest.mark.parametrize(
    ("name", "check", "view", "granted"),
    [
        ("M39", "rman", "v$rman_backup_job_details", "v_$rman_backup_job_details"),
        ("M39", "rman", "v$parameter", "v_$parameter"),
        ("M10", "archiving", "v$archived_log", "v_$archived_log"),
        ("M10", "replication", "v$archive_dest_status", "v_$archive_dest_status"),
        ("M11", "database_log", "v$diag_alert_ext", "v_$diag_alert_ext"),
        ("M12", "tablespaces", "dba_tablespace_usage_metrics", "dba_tablespace_usage_metrics"),
    ],
)
async def test_a_missing_grant_is_unknown_and_names_the_grant(
    oracle: OracleListener, name: str, check: str, view: str, granted: str
) -> None:
    oracle.data.denied = {view}
    judgement = await judged_by(oracle, name, check)
    assert judgement.verdict.state is State.UNKNOWN
    said = judgement.verdict.sentence.text("en")
    assert f"GRANT SELECT ON sys.{granted} TO inspect" in said


async def test_a_standby_without_backups_of_its_own_has_none_to_judge(
    oracle: OracleListener,
) -> None:
    care.become_standby(oracle.data.care)
    care.forget_backups(oracle.data.care)
    verdict = (await judged_by(oracle, "M39", "rman")).verdict
    assert verdict.state is State.NOT_APPLICABLE


@pytest.mark.parametrize(("keep", "days"), [(7, 7), (400, 31), (0, 31)])
async def test_the_history_reaches_back_as_far_as_it_is_kept_and_asked_for(
    oracle: OracleListener, keep: int, days: int
) -> None:
    oracle.data.care.keep_days = keep
    answer = (await visit(oracle_device(oracle.port), oracle_means(), [DatabaseBackups])).answers
    found = answer[DatabaseBackups]
    assert isinstance(found, DatabaseBackups)
    assert found.history == timedelta(days=days)


# --- the alert log ---


async def look(
    listener: OracleListener, memory: Remembered, watch: Watch | None = None
) -> DatabaseLog:
    device = oracle_device(listener.port, watch=watch)
    seen = await visit(device, oracle_means(), [DatabaseLog], memory)
    memory.keep(seen)
    answer = seen.answers[DatabaseLog]
    assert isinstance(answer, DatabaseLog), answer
    return answer


async def test_a_line_of_the_alert_log_is_new_once(oracle: OracleListener) -> None:
    memory = Remembered()
    _alert(oracle.data.care)
    first, second = await look(oracle, memory), await look(oracle, memory)
    assert (first.count, second.count) == (2, 0)
    assert first.errors[0].grave and "ORA-00600" in first.errors[0].words


async def test_both_readers_of_the_alert_log_remember_for_themselves(
    oracle: OracleListener,
) -> None:
    memory = Remembered()
    await look(oracle, memory)
    assert ("db-dr-1", "deadlocks") not in memory.values
    assert len(memory.values) == 1


@pytest.mark.parametrize(("days", "count"), [(6.9, 1), (7.1, 0)])
async def test_a_first_look_goes_back_a_week(
    oracle: OracleListener, days: float, count: int
) -> None:
    oracle.data.care.alerts = [AlertRow(datetime.now(UTC) - timedelta(days=days), "ORA-01555")]
    assert (await look(oracle, Remembered())).count == count


async def test_a_look_that_was_too_long_ago_leaves_a_gap(oracle: OracleListener) -> None:
    long_ago = (datetime.now(UTC) - timedelta(days=9)).isoformat()
    memory = Remembered({("db-dr-1", "alert-log"): f'{{"until": "{long_ago}"}}'})
    assert (await look(oracle, memory)).gap


async def test_as_many_lines_as_were_asked_for_may_not_be_all(oracle: OracleListener) -> None:
    now = datetime.now(UTC)
    oracle.data.care.alerts = [
        AlertRow(now - timedelta(seconds=one), "ORA-01555") for one in range(ALERT_ROWS)
    ]
    found = await look(oracle, Remembered())
    assert (found.count, found.more) == (ALERT_ROWS, True)


async def test_lines_that_the_site_calls_harmless_are_not_counted(oracle: OracleListener) -> None:
    _alert(oracle.data.care)
    site = Watch(database=DatabaseWatch(log_ignore=("ORA-01555*too old",)))
    found = await look(oracle, Remembered(), site)
    assert [one.words[:9] for one in found.errors] == ["ORA-00600"]


@pytest.mark.parametrize("note", ["", "[]", '{"until": 7}', '{"until": "2026-11-21T00:00:00"}'])
async def test_a_note_that_cannot_be_read_is_none(oracle: OracleListener, note: str) -> None:
    _alert(oracle.data.care)
    assert (await look(oracle, Remembered({("db-dr-1", "alert-log"): note}))).count == 2


# --- the rest ---


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("+00 00:00:00", 0), ("+00 00:00:07", 7), ("+01 01:01:01.5", 90_061), ("-00 00:00:03", -3)],
)
def test_a_lag_is_read_as_oracle_writes_it(value: str, seconds: int) -> None:
    assert lag_of(value) == timedelta(seconds=seconds)


@pytest.mark.parametrize("value", ["", "0", "+00", "+00 0:0:0", "00 00:00:00", "+00 00:00:00 x"])
def test_what_is_no_lag_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="interval"):
        lag_of(value)


@pytest.mark.parametrize(("days", "state"), [(14.01, State.NORMAL), (14.0, State.ABNORMAL)])
async def test_an_account_that_is_about_to_expire_is_told_in_time(
    oracle: OracleListener, days: float, state: State
) -> None:
    let_expire(oracle.data, "CTI_APP", days=days)
    verdict = (await judged_by(oracle, "M08", "user_locks")).verdict
    assert verdict.state is state
    assert state is State.NORMAL or verdict.severity is Severity.WARNING


async def test_an_account_that_expires_later_is_told_as_well(oracle: OracleListener) -> None:
    let_expire(oracle.data, "CTI_APP\x1b[2J", days=60)
    seen = await visit(oracle_device(oracle.port), oracle_means(), [UserLocks])
    answer = seen.answers[UserLocks]
    assert isinstance(answer, UserLocks)
    assert [(one.account, one.left.days) for one in answer.expiring] == [("CTI_APP", 60)]


@pytest.mark.parametrize("question", [DatabaseBackups, DatabaseLog, Replication, Tablespaces])
async def test_garbage_is_no_answer(oracle: OracleListener, question: type[Reading]) -> None:
    oracle.behaviour.garbage = True
    seen = await visit(oracle_device(oracle.port), oracle_means(), [question])
    assert unanswered(seen.answers[question]).trouble in (Trouble.GARBLED, Trouble.TIMED_OUT)
