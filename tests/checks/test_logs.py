"""M18: abnormal lines, floods, and lines that nobody saw."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from checks.catalogue import item
from checks.events import EVENTS
from checks.item import NoLimits
from checks.logs import DEVICE_LOG, LOGS, judge_logs
from checks.verdict import Severity, State, Verdict
from collectors.readings import DeviceLog, LogEntry, LogLines
from inventory.model import Kind
from tests.inventory.builders import device

APP = device("app-1", Kind.APP_SERVER)


def judged(count: int = 0, skipped: int = 0, *, gap: bool = False) -> Verdict:
    reading = LogLines(
        device="app-1",
        taken_at=datetime(2026, 11, 21, 1, 0, tzinfo=UTC),
        matches=("ERROR no ticket", "ERROR again")[:count],
        match_count=count,
        scanned=120,
        skipped_bytes=skipped,
        gap=gap,
    )
    return judge_logs(reading, NoLimits(), APP)


def test_m18_is_judged_by_it() -> None:
    assert item("M18").checks == (LOGS, EVENTS)


@pytest.mark.parametrize(
    ("count", "skipped", "gap", "state"),
    [
        (0, 0, False, State.NORMAL),
        (1, 0, False, State.ABNORMAL),
        (0, 1, False, State.ABNORMAL),
        (0, 0, True, State.UNKNOWN),
        (1, 0, True, State.ABNORMAL),
    ],
)
def test_a_line_or_a_flood_is_abnormal_and_a_gap_unknown(
    count: int, skipped: int, gap: bool, state: State
) -> None:
    assert judged(count, skipped, gap=gap).state is state


def test_the_first_line_is_quoted_and_the_flood_is_said() -> None:
    verdict = judged(2, 9_000)
    assert verdict.sentence.text("en") == (
        "app-1: 2 abnormal log lines, the first: ERROR no ticket; "
        "app-1: its logs grew too fast to be read, 9000 bytes were not looked at"
    )
    assert (verdict.measured, verdict.unit) == (2, "lines")


@pytest.mark.parametrize("name", ["M05", "M18", "M22", "M25", "M29"])
def test_every_item_of_a_servers_log_is_judged_by_it(name: str) -> None:
    assert item(name).checks == (LOGS, EVENTS)


def buffered(*severities: int, gap: bool = False, **limits: float) -> Verdict:
    target = device("rt-1", Kind.ROUTER, limits=limits)
    reading = DeviceLog(
        device="rt-1",
        taken_at=datetime(2026, 11, 21, 1, 0, tzinfo=UTC),
        entries=tuple(LogEntry(severity=one, text=f"line {one}") for one in severities),
        gap=gap,
    )
    return DEVICE_LOG.judge(reading, DEVICE_LOG.limits_for(target), target)


@pytest.mark.parametrize(
    ("severities", "gap", "state"),
    [
        ((), False, State.NORMAL),
        ((5, 6, 7), False, State.NORMAL),
        ((5, 4), False, State.ABNORMAL),
        ((0,), False, State.ABNORMAL),
        ((), True, State.UNKNOWN),
        ((5,), True, State.UNKNOWN),
        ((4,), True, State.ABNORMAL),  # what was found was found
    ],
)
def test_a_device_log_is_abnormal_from_warnings_on(
    severities: tuple[int, ...], gap: bool, state: State
) -> None:
    assert buffered(*severities, gap=gap).state is state


def test_the_worst_line_speaks_and_decides_how_bad_it_is() -> None:
    told = buffered(4, 2, 3)
    assert told.severity is Severity.CRITICAL and told.measured == 3
    assert told.sentence.text("en") == ("rt-1: 3 log lines of severity 0 to 4, the worst: line 2")
    assert buffered(4, 3).severity is Severity.WARNING


def test_a_site_may_set_another_severity() -> None:
    assert buffered(4, log_severity=3).state is State.NORMAL
    assert buffered(3, log_severity=3).state is State.ABNORMAL


def test_the_device_log_fills_form_006() -> None:
    assert item("M47").checks == (DEVICE_LOG,)
    assert DEVICE_LOG.form == "NT12345-006"
