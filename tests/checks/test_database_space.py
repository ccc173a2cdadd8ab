"""M11 and M12: the log, tablespaces, sizes and the disk under them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from checks.database_space import (
    SizeLimits,
    TablespaceLimits,
    judge_data_space,
    judge_database_log,
    judge_sizes,
    judge_tablespaces,
)
from checks.host import FileSystemLimits
from checks.item import NoLimits
from checks.verdict import Severity, State, Verdict
from collectors.readings import FileSystem, FileSystems
from collectors.readings.database_care import (
    DatabaseLog,
    DatabaseSizes,
    LogError,
    Size,
    SpaceKind,
    Tablespace,
    Tablespaces,
)
from inventory.model import DatabaseWatch, Kind, Trait, Watch
from tests.inventory.builders import device

AT = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)
DB = device(
    "db-1",
    Kind.DATABASE,
    traits=(Trait.POSTGRESQL,),
    watch=Watch(database=DatabaseWatch(data="/data/postgresql/15")),
)
GIGABYTE = 1_000_000_000


def text(verdict: Verdict) -> str:
    assert verdict.sentence.text("zh") != verdict.sentence.text("en")
    return verdict.sentence.text("en")


# --- the log ---


def log(*errors: LogError, **given: object) -> Verdict:
    values = {"errors": errors, "count": len(errors), **given}
    reading = DatabaseLog(device="db-1", taken_at=AT, **values)  # type: ignore[arg-type]
    return judge_database_log(reading, NoLimits(), DB)


ERROR = LogError(at=AT, words="ORA-01555: snapshot too old", grave=False)
GRAVE = LogError(at=AT, words="ORA-00600: internal error", grave=True)


def test_a_log_without_an_error_is_normal() -> None:
    assert log().state is State.NORMAL


def test_a_grave_error_is_critical_and_quoted_before_others() -> None:
    assert log(ERROR).severity is Severity.WARNING
    verdict = log(ERROR, GRAVE)
    assert verdict.severity is Severity.CRITICAL
    assert text(verdict).endswith("such as: 2026-11-21 09:00 ORA-00600: internal error")


def test_more_errors_than_can_be_counted_are_said_to_be_more() -> None:
    assert "2 errors and more" in text(log(ERROR, ERROR, more=True))


def test_lines_that_nobody_saw_are_never_normal() -> None:
    assert log(gap=True).state is State.UNKNOWN
    assert log(skipped_bytes=1).state is State.ABNORMAL


# --- tablespaces ---


def spaces(percent: float, kind: SpaceKind, offline: tuple[str, ...] = ()) -> Verdict:
    one = Tablespace(
        name="HOTLINE",
        kind=kind,
        used_percent=percent,
        used_bytes=GIGABYTE,
        most_bytes=2 * GIGABYTE,
    )
    reading = Tablespaces(device="db-1", taken_at=AT, spaces=(one,), offline=offline)
    return judge_tablespaces(reading, TablespaceLimits(), DB)


@pytest.mark.parametrize(
    ("percent", "state", "severity"),
    [
        (84.9, State.NORMAL, None), (85.0, State.ABNORMAL, Severity.WARNING),
        (94.9, State.ABNORMAL, Severity.WARNING), (95.0, State.ABNORMAL, Severity.CRITICAL),
        (100.0, State.ABNORMAL, Severity.CRITICAL),
    ],
)  # fmt: skip
def test_a_tablespace_is_too_full_at_its_limits(
    percent: float, state: State, severity: Severity | None
) -> None:
    verdict = spaces(percent, SpaceKind.PERMANENT)
    assert (verdict.state, verdict.severity) == (state, severity)


@pytest.mark.parametrize(
    ("kind", "words"), [(SpaceKind.TEMPORARY, "temporary"), (SpaceKind.UNDO, "undo")]
)
def test_space_that_is_used_again_and_again_may_be_nearly_full(kind: SpaceKind, words: str) -> None:
    assert spaces(97.9, kind).state is State.NORMAL
    verdict = spaces(98.0, kind)
    assert (verdict.state, verdict.severity) == (State.ABNORMAL, Severity.WARNING)
    assert f"{words} tablespace HOTLINE is 98.0 % full" in text(verdict)


def test_a_tablespace_that_is_offline_is_critical() -> None:
    verdict = spaces(10.0, SpaceKind.PERMANENT, offline=("ARCHIVE",))
    assert verdict.severity is Severity.CRITICAL
    assert "tablespace ARCHIVE is offline" in text(verdict)


# --- sizes ---


def sizes(size: int, before: int | None = None, **limits: float) -> Verdict:
    one = Size(name="hotline", size=size, before=before, since=None if before is None else AT)
    reading = DatabaseSizes(device="db-1", taken_at=AT, databases=(one,), tablespaces=())
    return judge_sizes(reading, SizeLimits(**limits), DB)


@pytest.mark.parametrize(
    ("size", "state"),
    [(4_999_999_999, State.NORMAL), (5_000_000_000, State.ABNORMAL)],
)
def test_a_database_is_too_large_at_the_limit_of_the_site(size: int, state: State) -> None:
    assert sizes(size, database_gigabytes=5.0).state is state
    assert sizes(size).state is State.NORMAL


@pytest.mark.parametrize(
    ("size", "state"),
    [(14_999_999_999, State.NORMAL), (15_000_000_000, State.ABNORMAL)],
)
def test_a_database_grows_too_fast_at_its_limit(size: int, state: State) -> None:
    verdict = sizes(size, before=10 * GIGABYTE)
    assert verdict.state is state
    assert state is State.NORMAL or "has grown by 50 % to 15.0 GB since 2026-11-21 09:00" in text(
        verdict
    )


def test_a_small_database_may_grow_manifold() -> None:
    assert sizes(GIGABYTE, before=8_000_000).state is State.NORMAL
    assert sizes(GIGABYTE, before=0).state is State.ABNORMAL


# --- the disk ---


def disk(*mounted: tuple[str, float]) -> Verdict:
    found = tuple(
        FileSystem(mount=mount, size=GIGABYTE, used_percent=percent) for mount, percent in mounted
    )
    reading = FileSystems(device="db-1", taken_at=AT, mounted=found)
    return judge_data_space(reading, FileSystemLimits(), DB)


@pytest.mark.parametrize(
    ("mounted", "state"),
    [
        ((("/", 99.0), ("/data", 40.0)), State.NORMAL),
        ((("/", 40.0), ("/data", 96.0)), State.ABNORMAL),
        ((("/", 40.0), ("/data", 40.0), ("/data/postgresql", 96.0)), State.ABNORMAL),
        ((("/", 40.0), ("/dat", 96.0)), State.NORMAL),
        ((("/boot", 40.0),), State.UNKNOWN),
    ],
)
def test_only_the_file_system_under_the_data_is_judged(
    mounted: tuple[tuple[str, float], ...], state: State
) -> None:
    assert disk(*mounted).state is state
