"""M10: standbys, at their limits and either side."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from checks.database_standbys import ReplicationLimits, judge_replication
from checks.verdict import Severity, State, Verdict
from collectors.readings.database_care import (
    BackupRun,
    Follower,
    Leader,
    Outcome,
    Replication,
    Scope,
    Slot,
)
from inventory.model import DatabaseWatch, Kind, Trait, Watch
from tests.inventory.builders import device

AT = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
SITE = Watch(database=DatabaseWatch(standbys=("hotline2",)))
POSTGRES = device("db-1", Kind.DATABASE, traits=(Trait.POSTGRESQL,))
ORACLE = device("db-dr-1", Kind.DATABASE, traits=(Trait.ORACLE,))
FOLLOWED = device("db-1", Kind.DATABASE, traits=(Trait.POSTGRESQL,), watch=SITE)
GOOD = BackupRun(scope=Scope.WHOLE, outcome=Outcome.GOOD, told="full", age=5 * HOUR)


def text(verdict: Verdict) -> str:
    assert verdict.sentence.text("zh") != verdict.sentence.text("en")
    return verdict.sentence.text("en")


def followed(
    *followers: Follower, slots: tuple[Slot, ...] = (), leader: Leader | None = None
) -> Verdict:
    reading = Replication(
        device="db-1", taken_at=AT, role="primary", followers=followers, slots=slots, leader=leader
    )
    return judge_replication(reading, ReplicationLimits(), FOLLOWED)


WELL = Follower(name="HOTLINE2", complaint="", behind_bytes=0, behind=None)


@pytest.mark.parametrize(
    ("seconds", "state"), [(299, State.NORMAL), (300, State.ABNORMAL), (301, State.ABNORMAL)]
)
def test_a_standby_is_too_far_behind_at_its_limit(seconds: int, state: State) -> None:
    late = timedelta(seconds=seconds)
    assert followed(replace(WELL, behind=late)).state is state
    own = Leader(complaint="", behind=late, silence=timedelta())
    assert followed(leader=own).state is state


@pytest.mark.parametrize(
    ("size", "state"), [(1_023_999_999, State.NORMAL), (1_024_000_000, State.ABNORMAL)]
)
def test_a_standby_is_too_far_behind_in_bytes(size: int, state: State) -> None:
    assert followed(replace(WELL, behind_bytes=size)).state is state


def test_a_standby_that_must_follow_and_does_not_is_critical() -> None:
    verdict = followed(replace(WELL, name="somebody"))
    assert (verdict.state, verdict.severity) == (State.ABNORMAL, Severity.CRITICAL)
    assert "the standby hotline2 does not follow this database" in text(verdict)


def test_a_database_that_nothing_follows_is_said_to_be_so_where_none_is_named() -> None:
    reading = Replication(device="db-1", taken_at=AT, role="primary")
    verdict = judge_replication(reading, ReplicationLimits(), POSTGRES)
    assert verdict.state is State.NOT_APPLICABLE
    assert "watch.database.standbys" in text(verdict)


@pytest.mark.parametrize(
    ("active", "lost", "severity", "words"),
    [
        (False, False, Severity.WARNING, "nobody uses the replication slot s; it keeps 17 MB"),
        (True, True, Severity.CRITICAL, "the replication slot s has lost what its standby needs"),
    ],
)
def test_a_slot_that_nobody_uses_or_that_lost_its_log_is_abnormal(
    active: bool, lost: bool, severity: Severity, words: str
) -> None:
    slot = Slot(name="s", active=active, lost=lost, kept_bytes=17_000_000)
    verdict = followed(WELL, slots=(slot,))
    assert verdict.severity is severity
    assert words in text(verdict)


@pytest.mark.parametrize(
    ("silence", "words"),
    [(None, "nothing has ever come"), (timedelta(seconds=120), "the last came 120 s ago")],
)
def test_no_lag_during_silence_is_not_believed(silence: timedelta | None, words: str) -> None:
    verdict = followed(leader=Leader(complaint="", behind=timedelta(), silence=silence))
    assert (verdict.state, verdict.severity) == (State.ABNORMAL, Severity.CRITICAL)
    assert words in text(verdict)


def test_a_standby_that_does_not_tell_its_lag_is_unknown() -> None:
    verdict = followed(leader=Leader(complaint="", behind=None, silence=timedelta()))
    assert verdict.state is State.UNKNOWN


def test_a_standby_that_heard_something_of_late_is_believed() -> None:
    heard = Leader(complaint="", behind=timedelta(), silence=timedelta(seconds=119))
    assert followed(leader=heard).state is State.NORMAL
