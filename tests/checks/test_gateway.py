"""The gateway's judges at their limits, and on values that mean nothing."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from checks.gateway import GATEWAY_ADDRESSES, GATEWAY_ALARMS, GATEWAY_LOAD
from checks.item import NoLimits
from checks.verdict import Severity, State, Verdict
from collectors.readings import GatewayAddresses, GatewayAlarms, GatewayLoad
from tests.inventory.builders import device

AT = datetime(2026, 11, 21, tzinfo=UTC)
GATEWAY = device("gw-1", "gateway_1960")


def load(*values: str, unit: str | None = "%", **limits: float) -> Verdict:
    reading = GatewayLoad(
        device="gw-1", taken_at=AT, topic="cpu", values=values, unit=unit, expect=None
    )
    target = device("gw-1", "gateway_1960", limits=limits)
    return GATEWAY_LOAD.judge(reading, GATEWAY_LOAD.limits_for(target), target)


@pytest.mark.parametrize(
    ("values", "state"),
    [
        (("49.9",), State.NORMAL),
        (("50",), State.ABNORMAL),
        (("49", "69.9"), State.NORMAL),
        (("49", "70"), State.ABNORMAL),
        (("91", "95"), State.ABNORMAL),
    ],
)
def test_load_is_normal_below_both_limits(values: tuple[str, ...], state: State) -> None:
    assert load(*values).state is state


def test_load_says_the_number_and_its_limit() -> None:
    assert load("91").sentence.text("en") == "gw-1: CPU average 91 %, limit 50 %"
    assert load("20", "41").sentence.text("en") == (
        "gw-1: CPU average 20 %, limit 50 %; maximum 41 %, limit 70 %"
    )
    assert load("40", "71").sentence.text("en") == "gw-1: CPU maximum 71 %, limit 70 %"
    assert GATEWAY_LOAD.form == "NT12345-001"


def test_a_gateway_may_have_limits_of_its_own() -> None:
    assert load("55", cpu_average=60).state is State.NORMAL


@pytest.mark.parametrize(
    "values", [(), ("a",), ("101",), ("-1",), ("1", "2", "3"), ("1e3",), ("",)]
)
def test_what_is_no_percentage_is_unknown(values: tuple[str, ...]) -> None:
    assert load(*values).state is State.UNKNOWN


def test_a_load_in_another_unit_is_unknown() -> None:
    assert load("20", unit=None).state is State.UNKNOWN


def alarms(*values: str) -> Verdict:
    reading = GatewayAlarms(
        device="gw-1", taken_at=AT, topic="alarms", values=values, unit=None, expect=None
    )
    return GATEWAY_ALARMS.judge(reading, NoLimits(), GATEWAY)


@pytest.mark.parametrize(
    ("values", "state", "severity"),
    [
        ((), State.NORMAL, None),
        (("Minor fan",), State.ABNORMAL, Severity.WARNING),
        (("Minor fan", "Critical trunk down"), State.ABNORMAL, Severity.CRITICAL),
        (("紧急 中继中断",), State.ABNORMAL, Severity.CRITICAL),
    ],
)
def test_every_alarm_is_abnormal_and_a_serious_one_critical(
    values: tuple[str, ...], state: State, severity: Severity | None
) -> None:
    verdict = alarms(*values)
    assert (verdict.state, verdict.severity) == (state, severity)


def test_the_most_serious_alarm_is_read_out() -> None:
    sentence = alarms("Minor fan", "Critical trunk down").sentence.text("en")
    assert sentence == "gw-1: 2 active alarms, the first: Critical trunk down"


def test_words_with_braces_are_words() -> None:
    assert "{device}" in alarms("Minor {device}").sentence.text("en")


def addresses(expect: str | None, *values: str) -> Verdict:
    reading = GatewayAddresses(
        device="gw-1", taken_at=AT, topic="addresses", values=values, unit=None, expect=expect
    )
    return GATEWAY_ADDRESSES.judge(reading, NoLimits(), GATEWAY)


@pytest.mark.parametrize(
    ("expect", "values", "state"),
    [
        ("10.10.1.60/24", ("10.10.1.60/24",), State.NORMAL),
        ("10.10.1.60/24, 10.10.2.60/24", ("10.10.2.60/24", "10.10.1.60/24"), State.NORMAL),
        ("10.10.1.60/24", ("10.10.1.61/24",), State.ABNORMAL),
        ("10.10.1.60/24", ("10.10.1.60/24", "10.9.9.9/24"), State.ABNORMAL),
        ("10.10.1.60/24,10.10.2.60/24", ("10.10.1.60/24",), State.ABNORMAL),
        (None, ("10.10.1.60/24",), State.UNKNOWN),
        (" , ", ("10.10.1.60/24",), State.UNKNOWN),
    ],
)
def test_addresses_are_the_very_set_that_is_expected(
    expect: str | None, values: tuple[str, ...], state: State
) -> None:
    assert addresses(expect, *values).state is state
