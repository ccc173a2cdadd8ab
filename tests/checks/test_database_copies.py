"""M10 and M39: backups and archived logs, at their limits and either side."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from checks.catalogue import item
from checks.database_copies import (
    ArchivingLimits,
    BackupLimits,
    judge_archiving,
    judge_backups,
)
from checks.verdict import Severity, State, Verdict
from collectors.readings.database_care import (
    ArchiveDestination,
    ArchiveFailure,
    Archiving,
    BackupRun,
    DatabaseBackups,
    Outcome,
    Scope,
)
from inventory.model import DatabaseWatch, Kind, Trait, Watch
from tests.inventory.builders import device

AT = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
POSTGRES = device("db-1", Kind.DATABASE, traits=(Trait.POSTGRESQL,))
ORACLE = device("db-dr-1", Kind.DATABASE, traits=(Trait.ORACLE,))
GOOD = BackupRun(scope=Scope.WHOLE, outcome=Outcome.GOOD, told="full", age=5 * HOUR)


def text(verdict: Verdict) -> str:
    assert verdict.sentence.text("zh") != verdict.sentence.text("en")
    return verdict.sentence.text("en")


# --- backups ---


def backups(*runs: BackupRun, **given: object) -> Verdict:
    reading = DatabaseBackups(device="db-1", taken_at=AT, tool="RMAN", runs=runs)
    return judge_backups(replace(reading, **given), BackupLimits(), POSTGRES)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("hours", "state"),
    [(191.9, State.NORMAL), (192.0, State.ABNORMAL), (192.1, State.ABNORMAL)],
)
def test_a_backup_is_too_old_at_its_limit(hours: float, state: State) -> None:
    assert backups(replace(GOOD, age=hours * HOUR)).state is state


def test_no_backup_at_all_is_critical_and_says_how_far_back_that_is_known() -> None:
    verdict = backups(history=timedelta(days=7))
    assert (verdict.state, verdict.severity) == (State.ABNORMAL, Severity.CRITICAL)
    assert "no whole backup that ended well in the last 7 days" in text(verdict)
    assert "knows no whole backup that ended well" in text(backups())


@pytest.mark.parametrize(
    ("scope", "words"),
    [
        (Scope.WHOLE, "the last whole backup, 1.0 h ago, did not end well: FAILED"),
        (Scope.ARCHIVE, "the last backup of the archived logs, 1.0 h ago"),
        (Scope.OTHER, "the last backup of a part, 1.0 h ago"),
    ],
)
def test_a_run_that_failed_after_a_good_one_is_a_warning(scope: Scope, words: str) -> None:
    failed = BackupRun(scope=scope, outcome=Outcome.FAILED, told="FAILED", age=HOUR)
    verdict = backups(failed, GOOD)
    assert (verdict.state, verdict.severity) == (State.ABNORMAL, Severity.WARNING)
    assert words in text(verdict)


def test_a_failure_that_a_later_run_made_good_is_over() -> None:
    failed = BackupRun(scope=Scope.WHOLE, outcome=Outcome.FAILED, told="FAILED", age=9 * HOUR)
    assert backups(GOOD, failed).state is State.NORMAL


def test_a_backup_of_archived_logs_is_no_backup_of_the_database() -> None:
    assert backups(replace(GOOD, scope=Scope.ARCHIVE)).severity is Severity.CRITICAL


@pytest.mark.parametrize(("hours", "state"), [(23, State.NORMAL), (24, State.ABNORMAL)])
def test_a_backup_may_run_for_a_day(hours: int, state: State) -> None:
    running = BackupRun(
        scope=Scope.WHOLE, outcome=Outcome.RUNNING, told="RUNNING", age=hours * HOUR
    )
    assert backups(running, GOOD).state is state


def test_what_the_tool_complains_of_is_critical() -> None:
    verdict = backups(GOOD, complaint="different across repos (4)")
    assert verdict.severity is Severity.CRITICAL
    assert "RMAN reports: different across repos (4)" in text(verdict)


def test_a_standby_without_backups_of_its_own_is_judged_at_its_primary() -> None:
    assert backups(standby=True).state is State.NOT_APPLICABLE
    assert backups(replace(GOOD, age=500 * HOUR), standby=True).state is State.ABNORMAL


def test_rman_stands_in_two_items_as_one_finding() -> None:
    for name in ("M10", "M39"):
        (rman,) = (check for check in item(name).checks if check.name == "rman")
        assert rman.root == "M39"


# --- archived logs ---


def archiving(family: Trait = Trait.POSTGRESQL, **given: object) -> Verdict:
    healthy = Archiving(
        device="db-1", taken_at=AT, on=True, failing=None, waiting=0, oldest=0 * HOUR
    )
    of = ORACLE if family is Trait.ORACLE else POSTGRES
    return judge_archiving(replace(healthy, **given), ArchivingLimits(), of)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("family", "limit"), [(Trait.POSTGRESQL, 0.25 * HOUR), (Trait.ORACLE, 26 * HOUR)]
)
def test_a_log_waits_too_long_at_the_limit_of_its_family(family: Trait, limit: timedelta) -> None:
    second = timedelta(seconds=1)
    states = [
        archiving(family, waiting=4, oldest=limit + by).state
        for by in (-second, 0 * second, second)
    ]
    assert states == [State.NORMAL, State.ABNORMAL, State.ABNORMAL]


def test_an_archiver_that_fails_is_critical() -> None:
    verdict = archiving(failing=ArchiveFailure(log="0000A1", count=3, ago=timedelta(seconds=8)))
    assert verdict.severity is Severity.CRITICAL
    assert "0000A1 cannot be archived: 3 attempts have failed, the last 8 s ago" in text(verdict)


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("VALID", State.NORMAL), ("ALTERNATE", State.NORMAL), ("ERROR", State.ABNORMAL),
        ("FULL", State.ABNORMAL), ("odd", State.ABNORMAL),
    ],
)  # fmt: skip
def test_a_destination_works_or_waits_to_stand_in(status: str, state: State) -> None:
    one = ArchiveDestination(name="DEST_1", status=status, message="ORA-19502")
    verdict = archiving(Trait.ORACLE, destinations=(one,))
    assert verdict.state is state
    assert state is State.NORMAL or f"DEST_1 is {status}: ORA-19502" in text(verdict)


def test_a_server_that_archives_nothing_is_abnormal_unless_the_site_means_it() -> None:
    off = Archiving(device="db-1", taken_at=AT, on=False, failing=None, waiting=0, oldest=0 * HOUR)
    meant = device(
        "db-1",
        Kind.DATABASE,
        traits=(Trait.POSTGRESQL,),
        watch=Watch(database=DatabaseWatch(archiving=False)),
    )
    verdicts = [judge_archiving(off, ArchivingLimits(), of) for of in (POSTGRES, meant)]
    assert [one.state for one in verdicts] == [State.ABNORMAL, State.NOT_APPLICABLE]
    assert "watch.database.archiving: false" in text(verdicts[0])
