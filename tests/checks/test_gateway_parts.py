"""Version, ports and hardware of the gateway, against the site's own words."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from checks.catalogue import item
from checks.gateway_parts import GATEWAY_HARDWARE, GATEWAY_PORTS, GATEWAY_VERSION
from checks.item import NoLimits
from checks.verdict import Severity, State, Verdict
from collectors.readings import GatewayHardware, GatewayPorts, GatewayVersion
from tests.inventory.builders import device

GATEWAY = device("gw-1", "gateway_1960")
UP = ("E1 0/0\tin service", "E1 0/1\tin service")
SOME = "E1 0/0, E1 0/1: in service"


def fields(values: tuple[str, ...], expect: str | None) -> dict[str, Any]:
    at = datetime(2026, 11, 21, tzinfo=UTC)
    return {
        "device": "gw-1", "taken_at": at, "topic": "ports", "values": values, "unit": None,
        "expect": expect,
    }  # fmt: skip


def ports(values: tuple[str, ...], expect: str | None) -> Verdict:
    return GATEWAY_PORTS.judge(GatewayPorts(**fields(values, expect)), NoLimits(), GATEWAY)


def version(values: tuple[str, ...], expect: str | None) -> Verdict:
    return GATEWAY_VERSION.judge(GatewayVersion(**fields(values, expect)), NoLimits(), GATEWAY)


@pytest.mark.parametrize(
    ("values", "expect", "state"),
    [
        (UP, "in service", State.NORMAL),
        (UP, SOME, State.NORMAL),
        ((*UP, "E1 0/7\tunused"), SOME, State.NORMAL),
        ((*UP, "E1 0/7\tunused"), "in service", State.ABNORMAL),
        (("E1 0/0\tin service", "E1 0/1\tnot in service"), "in service", State.ABNORMAL),
        (("E1 0/0\tin service", "E1 0/1\tnot in service"), SOME, State.ABNORMAL),
        (UP[:1], SOME, State.ABNORMAL),
        (UP, None, State.UNKNOWN),
        (UP, "E1 0/0:", State.UNKNOWN),
    ],
)
def test_every_port_that_counts_must_be_there_and_in_the_expected_state(
    values: tuple[str, ...], expect: str | None, state: State
) -> None:
    assert ports(values, expect).state is state


def test_the_sentence_names_the_port_and_both_states() -> None:
    told = ports(("E1 0/0\tout of service",), "E1 0/0, E1 0/1: in service")
    assert told.severity is Severity.CRITICAL
    assert told.sentence.text("en") == (
        "gw-1: E1 0/0 is out of service, expected in service; gw-1: E1 0/1 is not there any more"
    )


def test_a_sentence_names_five_faults_and_counts_the_rest() -> None:
    many = tuple(f"E1 {number}\tdown" for number in range(8))
    assert ports(many, "up").sentence.text("en").endswith("; and 3 more")


def test_hardware_is_a_warning_and_fills_the_form_of_modules() -> None:
    reading = GatewayHardware(**fields(("FAN 1\tfault",), "normal"))
    assert GATEWAY_HARDWARE.judge(reading, NoLimits(), GATEWAY).severity is Severity.WARNING
    assert GATEWAY_HARDWARE.form == "NT12345-003"


@pytest.mark.parametrize(
    ("values", "expect", "state"),
    [
        (("V2",), "V2", State.NORMAL),
        (("V2", "V2"), "V2", State.NORMAL),
        (("V2.1",), "V2", State.ABNORMAL),
        (("V2", "V3"), "V2", State.ABNORMAL),
        (("V2",), None, State.UNKNOWN),
    ],
)
def test_the_version_is_the_baselines_letter_for_letter(
    values: tuple[str, ...], expect: str | None, state: State
) -> None:
    assert version(values, expect).state is state


def test_the_items_are_judged_by_them() -> None:
    assert [item(name).checks for name in ("M36", "M37", "M38")] == [
        (GATEWAY_VERSION,), (GATEWAY_PORTS,), (GATEWAY_HARDWARE,),
    ]  # fmt: skip
