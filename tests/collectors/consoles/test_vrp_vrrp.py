"""`display vrrp brief` is read whole or not at all."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.consoles.shapes import Garbled
from collectors.consoles.vrp_vrrp import groups
from tests.tiers import count

SWITCH = """\
Total:2     Master:1     Backup:1     Non-active:0
VRID  State        Interface                Type     Virtual IP
----------------------------------------------------------------
1     Master       GE0/0/2.10               Normal   10.3.1.254
2     Backup       Vlanif20                 Normal   10.3.2.254
"""
ROUTER = """\
Total:1     Master:0    Backup:0    Non-active:1
VRID   State      Interface        Type     Virtual IP       Master IP       Local IP
-------------------------------------------------------------------------------------
10     Initialize Eth-Trunk1.1     Admin    10.1.1.1       10.1.1.254 24    10.1.1.254 24
"""
COUNTS_BELOW = "\n".join([*SWITCH.split("\n")[1:5], "-" * 64, SWITCH.split("\n")[0], ""])


@pytest.mark.parametrize("text", [SWITCH, COUNTS_BELOW])
def test_the_groups_of_a_switch_are_read(text: str) -> None:
    found = groups(tuple(text.split("\n")))
    assert [(one.vrid, one.interface, one.state, one.address) for one in found] == [
        (1, "GE0/0/2.10", "master", "10.3.1.254"),
        (2, "Vlanif20", "backup", "10.3.2.254"),
    ]


def test_further_columns_of_a_router_are_left_out() -> None:
    (found,) = groups(tuple(ROUTER.split("\n")))
    assert (found.vrid, found.state) == (10, "initialize")


def test_only_a_count_of_none_is_none() -> None:
    assert groups(("Total:0     Master:0     Backup:0     Non-active:0",)) == ()
    for lines in (("",), ("nothing here",), tuple(SWITCH.split("\n")[1:])):
        with pytest.raises(Garbled):
            groups(lines)


@pytest.mark.parametrize(
    ("old", "new"),
    [("Total:2", "Total:3"), ("Master ", "Asleep "), ("10.3.2.254", "nowhere"), ("\n2 ", "\nx ")],
)
def test_another_shape_is_not_understood(old: str, new: str) -> None:
    with pytest.raises(Garbled):
        groups(tuple(SWITCH.replace(old, new).split("\n")))


@settings(max_examples=count(200, 5_000), deadline=None)
@given(st.integers(0, 5), st.text(max_size=80))
def test_a_damaged_answer_never_loses_a_group(at: int, put: str) -> None:
    lines = SWITCH.split("\n")
    lines[at] = put
    try:
        found = groups(tuple(lines))
    except Garbled:
        return
    assert len(found) == 2 or "Total" in put
