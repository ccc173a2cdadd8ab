"""Recorded outputs of real devices, read whole; they are no part of this repository."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from collectors.consoles import vrp_parts, vrp_state
from collectors.consoles.shapes import Garbled
from collectors.consoles.transcript import lines_of

RECORDED = Path(__file__).parents[3] / "../shared/recordings/cli/tests/huawei_vrp"

pytestmark = pytest.mark.skipif(
    not RECORDED.is_dir(), reason="the recordings are not beside this checkout"
)


def lines(name: str) -> tuple[str, ...]:
    return lines_of(recorded(name))


def recorded(name: str) -> bytes:
    """As the console sends it before its prompt: with its last line ended."""
    (found,) = RECORDED.glob(f"*/{name}.raw")
    return found.read_bytes().rstrip(b"\n") + b"\n"


def test_a_chassis_with_boards_supplies_and_fans_is_well() -> None:
    boards = vrp_parts.boards(lines("huawei_vrp_display_device"))
    assert len(boards) == 23
    assert all(one.present and one.healthy for one in boards)
    assert boards[11].name == "15 CMU(MPU 9)"


def test_cards_are_boards_as_well() -> None:
    names = [one.name for one in vrp_parts.boards(lines("huawei_vrp_display_device_card"))]
    assert names == ["1/3 CE88-D16Q", "1/4 CE88-D24S2CQ"]


def test_an_ne_tells_the_temperature_of_each_sensor() -> None:
    parts = vrp_parts.temperatures(lines("huawei_vrp_display_temperature"))
    assert [degrees for _, degrees in parts] == [38, 36, 28, 55, 37, 41, 30, 36, 25]
    assert len(dict(parts)) == len(parts), "every sensor has a name of its own"


def test_members_of_a_trunk_and_speeds_are_read() -> None:
    ports = {one.name: one for one in vrp_state.ports(lines("huawei_vrp_display_interface_brief"))}
    assert len(ports) == 18
    assert not ports["Aux0/0/1"].oper_up and ports["Aux0/0/1"].admin_up
    assert ports["GigabitEthernet15/1/0"].oper_up
    assert ports["Eth-Trunk5.100"].oper_up


@pytest.mark.parametrize(
    ("name", "parse"),
    [
        ("huawei_vrp_display_device", vrp_parts.boards),
        ("huawei_vrp_display_device_card", vrp_parts.boards),
        ("huawei_vrp_display_temperature", vrp_parts.temperatures),
        ("huawei_vrp_display_interface_brief", vrp_state.ports),
    ],
)
def test_a_recording_cut_in_mid_line_is_never_read(
    name: str, parse: Callable[[tuple[str, ...]], object]
) -> None:
    raw = recorded(name)
    for cut in range(len(raw)):
        if not raw[:cut].endswith(b"\n"):
            with pytest.raises(Garbled):
                parse(lines_of(raw[:cut]))
