"""UPS judges: at the limit and one either side, and every state that a UPS can say."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from checks.item import NoLimits
from checks.power import (
    UpsBatteryLimits,
    UpsLoadLimits,
    judge_alarms,
    judge_battery,
    judge_load,
    judge_supply,
)
from checks.verdict import Severity, State, Verdict
from collectors.readings.power import (
    Battery,
    Supply,
    UpsAlarms,
    UpsBattery,
    UpsLoad,
    UpsSupply,
)
from inventory.model import Kind
from tests.inventory.builders import device

UPS = device("ups-1", Kind.UPS)
AT: dict[str, Any] = {"device": "ups-1", "taken_at": datetime(2026, 11, 20, tzinfo=UTC)}
BATTERY, LOAD = UpsBatteryLimits(), UpsLoadLimits()


def supply(what: Supply | None, **more: Any) -> Verdict:  # noqa: ANN401
    return judge_supply(UpsSupply(supply=what, word="OL", **more, **AT), NoLimits(), UPS)


def battery(**more: Any) -> Verdict:  # noqa: ANN401
    return judge_battery(UpsBattery(**{"state": Battery.NORMAL, **more}, **AT), BATTERY, UPS)


def load(percent: float | None, overloaded: bool = False) -> Verdict:
    return judge_load(UpsLoad(percent=percent, overloaded=overloaded, **AT), LOAD, UPS)


def told(verdict: Verdict) -> str:
    return verdict.sentence.text("en")


EXPECTED = [
    (Supply.MAINS, State.NORMAL, None),
    (Supply.ECONOMY, State.NORMAL, None),
    (Supply.BOOSTED, State.NORMAL, None),
    (Supply.TRIMMED, State.NORMAL, None),
    (Supply.TESTING, State.NORMAL, None),
    (Supply.BATTERY, State.ABNORMAL, Severity.CRITICAL),
    (Supply.JOINT, State.ABNORMAL, Severity.WARNING),
    (Supply.BYPASS, State.ABNORMAL, Severity.WARNING),
    (Supply.OFF, State.ABNORMAL, Severity.CRITICAL),
    (None, State.UNKNOWN, None),
]


@pytest.mark.parametrize(("what", "state", "severity"), EXPECTED)
def test_every_supply_has_its_state_and_severity(
    what: Supply | None, state: State, severity: Severity | None
) -> None:
    verdict = supply(what)
    assert (verdict.state, verdict.severity) == (state, severity)
    assert verdict.sentence.text("zh") != told(verdict)


def test_no_supply_is_without_an_expectation() -> None:
    assert {what for what, _, _ in EXPECTED} == {*Supply, None}


def test_on_battery_says_how_long_it_lasts_as_far_as_it_is_told() -> None:
    whole = supply(Supply.BATTERY, on_battery_s=95, runtime_minutes=12.5, charge_percent=61)
    assert told(whole) == (
        "ups-1: the UPS runs on battery, mains are gone; for 95 s so far; 12.5 min left; "
        "charge 61 %"
    )
    assert told(supply(Supply.BATTERY, on_battery_s=0)) == (
        "ups-1: the UPS runs on battery, mains are gone"
    )


@pytest.mark.parametrize(
    ("state", "abnormal"),
    [
        (None, State.NORMAL),
        (Battery.NORMAL, State.NORMAL),
        (Battery.LOW, State.ABNORMAL),
        (Battery.DEPLETED, State.ABNORMAL),
        (Battery.MISSING, State.ABNORMAL),
        (Battery.FAULTY, State.ABNORMAL),
        (Battery.UNKNOWN, State.UNKNOWN),
    ],
)
def test_the_batterys_own_word_decides(state: Battery | None, abnormal: State) -> None:
    verdict = battery(state=state, charge_percent=100.0)
    assert verdict.state is abnormal
    assert (verdict.severity is Severity.CRITICAL) is (abnormal is State.ABNORMAL)


@pytest.mark.parametrize(
    ("value", "state"),
    [
        ({"charge_percent": 51.0}, State.NORMAL),
        ({"charge_percent": 50.0}, State.NORMAL),
        ({"charge_percent": 49.9}, State.ABNORMAL),
        ({"runtime_minutes": 10.1}, State.NORMAL),
        ({"runtime_minutes": 10.0}, State.NORMAL),
        ({"runtime_minutes": 9.9}, State.ABNORMAL),
        ({"celsius": 39.9}, State.NORMAL),
        ({"celsius": 40.0}, State.ABNORMAL),
        ({"celsius": 40.1}, State.ABNORMAL),
        ({"replace": True}, State.ABNORMAL),
    ],
)
def test_battery_values_at_their_limit_and_either_side(value: dict[str, Any], state: State) -> None:
    verdict = battery(**value)
    assert verdict.state is state
    assert verdict.severity is (Severity.WARNING if state is State.ABNORMAL else None)


def test_too_little_runtime_is_critical_once_the_battery_carries_the_load() -> None:
    assert battery(runtime_minutes=4, discharging=True).severity is Severity.CRITICAL


def test_all_that_is_wrong_with_a_battery_is_said_and_the_worst_counts() -> None:
    verdict = battery(state=Battery.LOW, replace=True, charge_percent=8)
    assert told(verdict) == (
        "ups-1: the UPS battery is low; ups-1: the UPS battery must be replaced; "
        "ups-1: UPS battery charge 8 %, limit 50 %"
    )
    assert (verdict.severity, verdict.measured) == (Severity.CRITICAL, "low")


def test_an_unknown_battery_with_a_fault_is_a_fault() -> None:
    assert battery(state=Battery.UNKNOWN, celsius=44).state is State.ABNORMAL


def test_a_charge_on_a_scale_that_nobody_confirmed_says_so() -> None:
    verdict = battery(charge_percent=98, charge_assumed=True)
    assert "scale not confirmed, see lineguard.oids.ups_charge" in told(verdict)
    assert "not confirmed" not in told(battery(charge_percent=98))


@pytest.mark.parametrize(
    ("percent", "severity"),
    [
        (79.9, None),
        (80.0, Severity.WARNING),
        (99.9, Severity.WARNING),
        (100.0, Severity.CRITICAL),
        (101.0, Severity.CRITICAL),
    ],
)
def test_load_at_its_limits_and_either_side(percent: float, severity: Severity | None) -> None:
    verdict = load(percent)
    assert verdict.severity is severity
    assert verdict.state is (State.NORMAL if severity is None else State.ABNORMAL)


def test_what_the_ups_calls_an_overload_is_one_whatever_the_percentage() -> None:
    assert told(load(64, True)) == "ups-1: the UPS is overloaded, load 64 %"
    assert load(None, True).severity is Severity.CRITICAL
    assert load(None, False).state is State.NORMAL


def test_an_alarm_is_told_by_its_name() -> None:
    one = UpsAlarms(alarms=("upsAlarmFanFailure", "x"), **AT)
    verdict = judge_alarms(one, NoLimits(), UPS)
    assert told(verdict) == "ups-1: 2 UPS alarms, the first: upsAlarmFanFailure"
    assert judge_alarms(UpsAlarms(alarms=(), **AT), NoLimits(), UPS).state is State.NORMAL
