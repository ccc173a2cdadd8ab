"""M18: abnormal lines, floods, and lines that nobody saw."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from checks.catalogue import item
from checks.item import NoLimits
from checks.logs import LOGS, judge_logs
from checks.verdict import State, Verdict
from collectors.readings import LogLines
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
    assert item("M18").checks == (LOGS,)


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
