"""Reachability and data interfaces at their limits."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from checks.catalogue import item, limit_names
from checks.reach import EXCHANGE, REACHABILITY
from checks.verdict import Severity, State, Verdict
from collectors.readings import InterfaceExchange, Reachability
from tests.inventory.builders import device

AT = datetime(2026, 11, 21, 8, tzinfo=UTC)


def reach(sent: int, answered: int, trip: float | None, **limits: float) -> Verdict:
    reading = Reachability(
        device="x", taken_at=AT, protocol="sip", sent=sent, answered=answered, round_trip_ms=trip
    )
    target = device("x", limits=limits)
    return REACHABILITY.judge(reading, REACHABILITY.limits_for(target), target)


@pytest.mark.parametrize(
    ("sent", "answered", "trip", "state", "severity"),
    [
        (3, 3, 1.0, State.NORMAL, None),
        (3, 3, 200.0, State.NORMAL, None),
        (3, 3, 200.1, State.ABNORMAL, Severity.WARNING),
        (3, 2, 1.0, State.ABNORMAL, Severity.WARNING),
        (3, 0, None, State.ABNORMAL, Severity.CRITICAL),
    ],
)
def test_silence_is_critical_and_loss_and_slowness_are_warnings(
    sent: int, answered: int, trip: float | None, state: State, severity: Severity | None
) -> None:
    verdict = reach(sent, answered, trip)
    assert (verdict.state, verdict.severity) == (state, severity)


@pytest.mark.parametrize(("limit", "state"), [(34, State.NORMAL), (33, State.ABNORMAL)])
def test_a_lossy_way_may_have_a_limit_of_its_own(limit: float, state: State) -> None:
    assert reach(3, 2, 1.0, reach_loss_percent=limit).state is state


def test_loss_is_said_with_its_numbers() -> None:
    sentence = reach(3, 2, 1.0).sentence.text("en")
    assert sentence == "x: 33 % of 3 probes lost over sip, limit 0 %"


def exchange(
    status: int = 200, age: timedelta | None = timedelta(), backlog: int | None = 0
) -> Verdict:
    reading = InterfaceExchange(
        device="di-city",
        taken_at=AT,
        status=status,
        last_exchange=None if age is None else AT - age,
        backlog=backlog,
    )
    target = device("di-city", "data_interface")
    return EXCHANGE.judge(reading, EXCHANGE.limits_for(target), target)


@pytest.mark.parametrize(
    ("status", "age", "backlog", "state"),
    [
        (200, timedelta(hours=2), 999, State.NORMAL),
        (204, timedelta(), 0, State.NORMAL),
        (200, timedelta(hours=2, seconds=1), 0, State.ABNORMAL),
        (200, timedelta(), 1_000, State.ABNORMAL),
        (199, timedelta(), 0, State.ABNORMAL),
        (300, timedelta(), 0, State.ABNORMAL),
        (503, None, None, State.ABNORMAL),
        (200, None, None, State.UNKNOWN),
        (200, -timedelta(minutes=5), 0, State.NORMAL),
        (200, -timedelta(minutes=5, seconds=1), 0, State.UNKNOWN),
    ],
)
def test_an_interface_answers_lately_and_has_a_short_queue(
    status: int, age: timedelta | None, backlog: int | None, state: State
) -> None:
    assert exchange(status, age, backlog).state is state


def test_an_old_exchange_is_said_in_hours() -> None:
    sentence = exchange(age=timedelta(hours=3, minutes=30)).sentence.text("en")
    assert sentence == "di-city: last exchange 3.5 h ago, limit 2 h"


def test_the_catalogue_names_these_checks_and_their_limits() -> None:
    assert [check.name for check in item("M53").checks] == ["reachability"]
    assert [check.name for check in item("M59").checks] == ["exchange"]
    for name in ("M33", "M34", "M35"):
        assert item(name).checks
    assert {"reach_loss_percent", "reach_round_trip_ms", "exchange_hours"} <= limit_names()
