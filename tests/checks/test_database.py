"""M06 to M09 on PostgreSQL and Oracle; a database of neither family stands as 未知."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from checks.catalogue import item
from checks.database import (
    ConnectionLimits,
    UserLockLimits,
    judge_connections,
    judge_deadlocks,
    judge_jobs,
    judge_user_locks,
)
from checks.item import NoLimits
from checks.judging import judge_item, wanted
from checks.verdict import Severity, State, Verdict
from collectors.readings import (
    BlockedSession,
    BrokenJob,
    Connections,
    DatabaseJobs,
    Deadlocks,
    JobRun,
    UserLocks,
)
from collectors.visit import Contact, Visit
from inventory.model import Kind, Trait
from phrases import say
from tests.inventory.builders import device

DB = device("db-1", Kind.DATABASE, traits=(Trait.POSTGRESQL,))
AT = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)


# --- M06 ---


def jobs(
    total: int = 3,
    failed: int = 0,
    overdue: tuple[str, ...] = (),
    disabled: tuple[str, ...] = (),
    broken: tuple[BrokenJob, ...] = (),
) -> Verdict:
    runs = tuple(JobRun(job=f"job-{one}", message="no", at=AT) for one in range(failed))
    reading = DatabaseJobs(
        device="db-1", taken_at=AT, schedulers=("pg_cron",), total=total, failed=runs,
        disabled=disabled, overdue=overdue, broken=broken,
    )  # fmt: skip
    return judge_jobs(reading, NoLimits(), DB)


def test_jobs_that_all_ran_are_normal_and_those_switched_off_are_counted() -> None:
    verdict = jobs(disabled=("old",))
    assert verdict.state is State.NORMAL
    assert "1 are switched off" in verdict.sentence.text("en")


def test_a_scheduler_without_jobs_is_unknown() -> None:
    assert jobs(total=0).state is State.UNKNOWN


def test_a_failed_job_is_named_with_the_time_on_the_wall() -> None:
    verdict = jobs(failed=1)
    assert (verdict.state, verdict.severity) == (State.ABNORMAL, Severity.WARNING)
    assert verdict.sentence.text("en") == (
        "db-1: database job job-0 failed at 2026-11-21 09:00: no"
    )


def test_a_job_that_did_not_run_is_abnormal() -> None:
    assert jobs(overdue=("nightly",)).state is State.ABNORMAL


@pytest.mark.parametrize(
    ("given_up", "sentence"),
    [
        (True, "db-1: database job q is broken after 16 failures, the scheduler starts it no more"),
        (False, "db-1: database job q has failed 16 times since it last succeeded"),
    ],
)
def test_a_job_that_fails_again_and_again_is_abnormal(given_up: bool, sentence: str) -> None:
    verdict = jobs(broken=(BrokenJob(job="q", failures=16, given_up=given_up),))
    assert verdict.state is State.ABNORMAL
    assert verdict.sentence.text("en") == sentence


@pytest.mark.parametrize(("failed", "more"), [(5, False), (6, True)])
def test_many_failures_are_counted_after_the_first_five(failed: int, more: bool) -> None:
    assert ("1 more of the kind" in jobs(failed=failed).sentence.text("en")) is more


# --- M07 ---


@pytest.mark.parametrize(
    ("new", "total", "since", "state"),
    [
        (0, 0, None, State.NORMAL),
        (0, 4, AT, State.NORMAL),
        (1, 4, AT, State.ABNORMAL),
        (0, 4, None, State.UNKNOWN),
    ],
)
def test_only_new_deadlocks_count_and_a_first_look_knows_none(
    new: int, total: int, since: datetime | None, state: State
) -> None:
    reading = Deadlocks(device="db-1", taken_at=AT, new=new, total=total, since=since)
    assert judge_deadlocks(reading, NoLimits(), DB).state is state


# --- M08 ---


def locks(waiting_s: float | None, *accounts: str) -> Verdict:
    blocked = BlockedSession(
        session="12 app@hotline",
        user="app",
        waiting=timedelta(seconds=waiting_s or 0),
        blockers=("11 app@hotline", "9 batch@hotline"),
        statement="UPDATE",
    )
    reading = UserLocks(
        device="db-1",
        taken_at=AT,
        blocked=() if waiting_s is None else (blocked,),
        locked_accounts=accounts,
    )
    return judge_user_locks(reading, UserLockLimits(), DB)


@pytest.mark.parametrize(
    ("waiting_s", "state"),
    [
        (None, State.NORMAL),
        (29.9, State.NORMAL),
        (30.0, State.ABNORMAL),
        (30.1, State.ABNORMAL),
    ],
)
def test_a_session_may_wait_less_than_the_limit(waiting_s: float | None, state: State) -> None:
    assert locks(waiting_s).state is state


def test_the_chain_of_blockers_is_named() -> None:
    assert locks(31.0).sentence.text("en") == (
        "db-1: session 12 app@hotline has been blocked for 31 s (limit 30 s) by "
        "11 app@hotline <- 9 batch@hotline"
    )


def test_a_locked_account_is_abnormal() -> None:
    verdict = locks(None, "hotline_app")
    assert verdict.state is State.ABNORMAL
    assert "account hotline_app cannot log in" in verdict.sentence.text("en")


# --- M09 ---


@pytest.mark.parametrize(
    ("users", "places", "state", "severity"),
    [
        (899, 2000, State.NORMAL, None),
        (900, 2000, State.ABNORMAL, Severity.CRITICAL),
        (905, 2000, State.ABNORMAL, Severity.CRITICAL),
        (89, 100, State.NORMAL, None),
        (90, 100, State.ABNORMAL, Severity.WARNING),
        (91, 100, State.ABNORMAL, Severity.WARNING),
    ],
)
def test_connections_stay_below_the_contracts_and_the_servers_limits(
    users: int, places: int, state: State, severity: Severity | None
) -> None:
    reading = Connections(device="db-1", taken_at=AT, users=users, server_limit=places)
    verdict = judge_connections(reading, ConnectionLimits(), DB)
    assert (verdict.state, verdict.severity) == (state, severity)
    assert verdict.measured == users


def test_the_sentence_has_the_number_and_the_limit() -> None:
    reading = Connections(device="db-1", taken_at=AT, users=905, server_limit=2000)
    text = judge_connections(reading, ConnectionLimits(), DB).sentence.text("en")
    assert text == "db-1: 905 user connections, limit 900"


# --- by trait ---


@pytest.mark.parametrize("name", ["M06", "M07", "M08", "M09"])
@pytest.mark.parametrize("trait", [Trait.ORACLE, Trait.POSTGRESQL])
def test_a_database_of_either_family_is_asked_the_same(name: str, trait: Trait) -> None:
    asked = wanted(item(name), device("db-2", Kind.DATABASE, traits=(trait,)))
    assert asked == wanted(item(name), DB) != frozenset()


@pytest.mark.parametrize("name", ["M06", "M07", "M08", "M09"])
def test_a_database_of_no_family_stands_as_unknown(name: str) -> None:
    unsaid = device("db-2", Kind.DATABASE)
    visit = Visit(
        device="db-2",
        started_at=AT,
        ended_at=AT,
        contact=Contact(reached=True, trouble=None, why=say("{device} answers", device="db-2")),
        answers={},
    )
    assert wanted(item(name), unsaid) == frozenset()
    (judgement,) = judge_item(item(name), unsaid, visit)
    assert judgement.verdict.state is State.UNKNOWN
