"""The contract's clocks, from facts and a time alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from checks import power
from checks.verdict import Severity
from incidents.clocks import (
    RULES,
    UNFIRED,
    UPS_CHECK,
    UPS_SUPPLY,
    Case,
    Event,
    Fired,
    Span,
    clocks_of,
    events,
    running,
)
from incidents.model import IncidentState
from incidents.silences import Silence, Where

EVE = datetime(2027, 2, 5, 15, 30, tzinfo=UTC)
"""Half an hour before midnight in Shanghai, and before the Spring Festival of 2027 begins."""
MONTH_END = datetime(2026, 11, 30, 15, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
BY_NAME = {rule.name: rule for rule in RULES}


def case(
    start: datetime = EVE,
    severity: Severity = Severity.CRITICAL,
    cause: str = "device:fw-1:unreachable",
    work: tuple[Silence, ...] = (),
    taken: float | None = None,
    ended: float | None = None,
) -> Case:
    def after(minutes: float | None) -> datetime | None:
        return None if minutes is None else start + minutes * MINUTE

    span = Span(opened_at=start, acknowledged_at=after(taken), ended_at=after(ended))
    state = IncidentState.OPEN if ended is None else IncidentState.RESOLVED
    return Case(
        incident=1, cause=cause, severity=severity, state=state, span=span, device="fw-1", work=work
    )


def work(begins: float, ends: float, start: datetime = EVE) -> Silence:
    return Silence(
        id=1,
        where=Where(device="fw-1"),
        begins=start + begins * MINUTE,
        until=start + ends * MINUTE,
        why="planned",
        actor="陈静",
    )


def told(name: str, of: Case, minutes: float, fired: Fired = UNFIRED) -> list[Event]:
    at = of.span.opened_at + minutes * MINUTE
    return list(events(running(BY_NAME[name], of, at), fired, at))


LIMITS = [
    # name, cause, limit in minutes, and the tender's wording that sets it
    ("cure", "device:fw-1:unreachable", 60),
    ("head_decides", "device:fw-1:unreachable", 60),
    ("seat", "reported:site_primary:seat:x", 5),
    ("power_cut", "reported:site_primary:power:x", 5),
    ("acknowledge", "device:fw-1:unreachable", 5),
]


@pytest.mark.parametrize("start", [EVE, MONTH_END])
@pytest.mark.parametrize(("name", "cause", "limit"), LIMITS)
def test_every_clock_runs_out_at_its_limit_and_is_met_before_it(
    name: str, cause: str, limit: int, start: datetime
) -> None:
    of = case(start, cause=cause)
    assert name in {one.rule.name for one in clocks_of(of, start, RULES)}
    second = 1 / 60
    assert Event.BREACHED not in told(name, of, limit)
    assert Event.BREACHED in told(name, of, limit + second)
    in_time = case(start, cause=cause, ended=limit, taken=limit)
    assert told(name, in_time, limit + 1) == [Event.MET]
    late = case(start, cause=cause, ended=limit + second, taken=limit + second)
    assert told(name, late, limit + 1) == [Event.BREACHED, Event.STOPPED]


@pytest.mark.parametrize(
    ("item", "check", "severity", "runs"),
    [
        ("R1", "supply", Severity.CRITICAL, True),
        ("R1", "supply", Severity.WARNING, False),  # on bypass: the mains are there
        ("R1", "battery", Severity.CRITICAL, False),
        ("M46", "supply", Severity.CRITICAL, False),
        (None, UPS_CHECK, Severity.CRITICAL, True),  # told by trap
    ],
)
def test_a_power_cut_has_its_clock_whoever_finds_it(
    item: str | None, check: str, severity: Severity, runs: bool
) -> None:
    of = replace(case(severity=severity, cause="item:x"), item=item, check=check)
    assert ("power_cut" in {one.rule.name for one in clocks_of(of, EVE, RULES)}) is runs
    assert power.UPS_SUPPLY.name == UPS_SUPPLY[1]


def test_a_power_cut_counts_from_when_a_bypass_became_one() -> None:
    item, check = UPS_SUPPLY
    of = replace(case(), item=item, check=check, raised_at=EVE + 90 * MINUTE)
    assert running(BY_NAME["power_cut"], of, EVE).due_at == EVE + 95 * MINUTE
    assert running(BY_NAME["cure"], of, EVE).due_at == EVE + 60 * MINUTE


def test_a_power_cut_that_is_reported_counts_from_the_first_word_of_it() -> None:
    of = replace(case(cause="reported:site_primary:power:x"), raised_at=EVE + 90 * MINUTE)
    assert running(BY_NAME["power_cut"], of, EVE).due_at == EVE + 5 * MINUTE


def test_a_clock_warns_once_before_it_runs_out() -> None:
    assert told("cure", case(), 44) == []
    assert told("cure", case(), 45) == [Event.WARNED]
    assert told("cure", case(), 50, Fired(warned=True)) == []
    assert told("cure", case(), 61, Fired(warned=True)) == [Event.BREACHED]
    assert told("cure", case(), 62, Fired(warned=True, breached=True)) == []


def test_what_ran_out_while_nobody_ticked_fires_at_the_next_tick_as_a_breach_alone() -> None:
    assert told("cure", case(), 60 * 24 * 3) == [Event.BREACHED]


@pytest.mark.parametrize(
    ("planned", "due"),
    [
        ((), 60),
        ((work(-30, -10),), 60),  # over before it began
        ((work(-30, 10),), 70),
        ((work(10, 40),), 90),
        ((work(10, 40), work(20, 50)), 100),  # overlapping work is held once
        ((work(60, 90),), 60),  # it had run out when the work began
        ((work(59, 90),), 91),
    ],
)
def test_planned_work_holds_a_clock_for_as_long_as_it_covers_the_incident(
    planned: tuple[Silence, ...], due: int
) -> None:
    one = running(BY_NAME["cure"], case(work=planned), EVE)
    assert one.due_at == EVE + due * MINUTE


def test_planned_and_unplanned_time_are_kept_apart() -> None:
    at = EVE + 30 * MINUTE
    assert running(BY_NAME["cure"], case(work=(work(10, 40),)), at).planned == 20 * MINUTE
    over = case(work=(work(10, 40),), ended=15)
    assert running(BY_NAME["cure"], over, at).planned == 5 * MINUTE


def test_a_warning_has_more_time_to_be_taken_and_no_head_decides_on_it() -> None:
    of = case(severity=Severity.WARNING)
    names = {one.rule.name for one in clocks_of(of, EVE, RULES)}
    assert names == {"acknowledge", "cure"}
    assert told("acknowledge", of, 14) == []
    assert told("acknowledge", of, 15.1) == [Event.BREACHED]


def test_what_is_only_said_has_no_clock() -> None:
    assert clocks_of(case(severity=Severity.INFO), EVE, RULES) == ()
