"""M44: a virtual router is what the site says it is."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from checks.item import NoLimits
from checks.verdict import Severity, State
from checks.vrrp import VRRP, judge_vrrp, short
from collectors.readings.vrrp import VrrpGroup, VrrpGroups
from inventory.model import Kind, VrrpWatch, Watch
from tests.inventory.builders import device

WATCHED = VrrpWatch(interface="GigabitEthernet0/0/1", vrid=1, state="master")
RT = device("rt-1", Kind.ROUTER, watch=Watch(vrrp=(WATCHED,)))


def reading(*groups: tuple[int, str, str]) -> VrrpGroups:
    told = tuple(
        VrrpGroup(vrid=vrid, interface=interface, state=state, address="10.1.1.254")
        for vrid, interface, state in groups
    )
    return VrrpGroups(device="rt-1", taken_at=datetime(2026, 11, 21, tzinfo=UTC), groups=told)


@pytest.mark.parametrize(
    ("groups", "state", "severity", "said"),
    [
        ([(1, "GE0/0/1", "master")], State.NORMAL, None, "all 1 virtual routers"),
        ([(1, "GE0/0/1", "backup")], State.ABNORMAL, Severity.WARNING, "should be master"),
        ([(1, "GE0/0/1", "initialize")], State.ABNORMAL, Severity.CRITICAL, "is initialize"),
        ([(2, "GE0/0/1", "master")], State.ABNORMAL, Severity.CRITICAL, "is not there"),
        ([(1, "GE0/0/2", "master")], State.ABNORMAL, Severity.CRITICAL, "is not there"),
        ([], State.ABNORMAL, Severity.CRITICAL, "is not there"),
    ],
)
def test_a_group_is_held_to_what_the_site_says(
    groups: list[tuple[int, str, str]], state: State, severity: Severity | None, said: str
) -> None:
    verdict = judge_vrrp(reading(*groups), NoLimits(), RT)
    assert (verdict.state, verdict.severity) == (state, severity)
    assert said in verdict.sentence.text("en")


@pytest.mark.parametrize(
    ("long", "told"),
    [("GigabitEthernet0/0/1", "GE0/0/1"), ("XGigabitEthernet1/0/1.10", "XGE1/0/1.10"),
     ("Vlanif10", "vlanif10"), ("Eth-Trunk1.1", "eth-trunk1.1"), ("100GE1/0/1", "100GE1/0/1"),
     ("Ethernet1/0/1", "Eth1/0/1")],
)  # fmt: skip
def test_a_name_and_its_short_form_are_the_same(long: str, told: str) -> None:
    assert short(long) == short(told)


def test_a_device_without_virtual_routers_of_its_site_is_not_asked() -> None:
    assert VRRP.applies_to(RT)
    assert not VRRP.applies_to(device("rt-2", Kind.ROUTER))
