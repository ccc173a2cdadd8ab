"""Judges for storage arrays."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from checks.storage import (
    NAMED,
    ArrayCapacityLimits,
    ArrayPartLimits,
    judge_capacity,
    judge_parts,
)
from checks.verdict import Severity, State, Verdict
from collectors.readings.storage import (
    ArrayCapacity,
    ArrayPart,
    ArrayParts,
    Health,
    PartHealth,
    PoolUse,
)
from inventory.model import Kind
from tests.inventory.builders import device

SAN = device("san-1", Kind.STORAGE)
AT: dict[str, Any] = {"device": "san-1", "taken_at": datetime(2026, 11, 20, tzinfo=UTC)}


def part(
    what: ArrayPart = ArrayPart.DISK,
    health: Health = Health.WELL,
    name: str = "CTE0.0",
    celsius: float | None = None,
) -> PartHealth:
    return PartHealth(part=what, name=name, health=health, word=str(health), celsius=celsius)


def judged(*parts: PartHealth) -> Verdict:
    return judge_parts(ArrayParts(parts=parts, **AT), ArrayPartLimits(), SAN)


@pytest.mark.parametrize("what", ArrayPart)
@pytest.mark.parametrize(
    ("health", "state"),
    [
        (Health.WELL, State.NORMAL),
        (Health.FAILING, State.ABNORMAL),
        (Health.FAILED, State.ABNORMAL),
        (Health.UNTOLD, State.UNKNOWN),
    ],
)
def test_a_part_that_is_not_well_is_found_in_its_severity(
    what: ArrayPart, health: Health, state: State
) -> None:
    verdict = judged(part(), part(what, health, "X"))
    assert verdict.state is state
    serious = health is Health.FAILED and what is not ArrayPart.DISK
    if state is State.ABNORMAL:
        assert verdict.severity is (Severity.CRITICAL if serious else Severity.WARNING)
        assert " X: health is " in verdict.sentence.text("en")


def test_a_fault_beside_what_is_not_told_is_a_fault() -> None:
    assert judged(part(health=Health.UNTOLD), part(health=Health.FAILED)).state is State.ABNORMAL


@pytest.mark.parametrize(
    ("celsius", "state"),
    [(59.9, State.NORMAL), (60.0, State.ABNORMAL), (61.0, State.ABNORMAL), (None, State.NORMAL)],
)
def test_a_disk_at_its_limit_is_too_warm(celsius: float | None, state: State) -> None:
    assert judged(part(celsius=celsius)).state is state


def test_a_well_array_says_how_much_of_it_was_seen() -> None:
    verdict = judged(part(), part(), part(ArrayPart.POOL), part(ArrayPart.CONTROLLER))
    assert verdict.sentence.text("en") == (
        "san-1: 2 disks, 1 controllers, 1 pools and 0 LUNs are well"
    )


def test_of_many_faults_some_are_named_and_all_are_counted() -> None:
    verdict = judged(*(part(health=Health.FAILED, name=f"d{one}") for one in range(NAMED + 3)))
    assert verdict.sentence.text("en").endswith("and 3 more")
    assert verdict.measured == NAMED + 3


@pytest.mark.parametrize(
    ("percent", "severity"),
    [
        (84.9, None),
        (85.0, Severity.WARNING),
        (94.9, Severity.WARNING),
        (95.0, Severity.CRITICAL),
        (95.1, Severity.CRITICAL),
    ],
)
def test_the_fullest_pool_decides(percent: float, severity: Severity | None) -> None:
    pools = (PoolUse(name="a", used_percent=10), PoolUse(name="b", used_percent=percent))
    verdict = judge_capacity(ArrayCapacity(pools=pools, **AT), ArrayCapacityLimits(), SAN)
    assert verdict.severity is severity
    assert verdict.state is (State.NORMAL if severity is None else State.ABNORMAL)
    assert "pool b" in verdict.sentence.text("en")
