"""Every known shape is read, with its traps; every other one is not understood."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from collectors.consoles import vrp_load, vrp_parts, vrp_state
from collectors.consoles.shapes import Garbled, NotOffered, NotPermitted
from collectors.consoles.transcript import lines_of
from collectors.readings import Alarm, Module, Port
from tests.collectors.consoles import samples


def lines(text: str) -> tuple[str, ...]:
    return lines_of(text.encode())


@pytest.mark.parametrize(
    ("answer", "average", "maximum"),
    [
        (samples.CPU_A, 28, 31),
        (samples.CPU_AP, 2.4, None),
        (samples.CPU_B, 54, 54),
        (samples.CPU_C, 9, None),
    ],
)
def test_the_load_is_the_systems_and_its_maximum_is_of_the_running_windows(
    answer: str, average: float, maximum: float | None
) -> None:
    load = vrp_load.processor_load(lines(answer))
    assert (load.average, load.maximum) == (average, maximum)


@pytest.mark.parametrize("value", ["101%", "-1%", "1e9%", "nan%", "%", "999999999999999%"])
def test_a_load_that_is_no_percentage_is_not_understood(value: str) -> None:
    with pytest.raises(Garbled):
        vrp_load.processor_load(lines(f"CPU Usage            : {value} Max: 87%\n"))


@pytest.mark.parametrize(
    ("answer", "percent"), [(samples.MEMORY_D, 22), (samples.MEMORY_D_KBYTES, 56)]
)
def test_memory_is_read_from_its_percentage_whatever_the_unit(answer: str, percent: float) -> None:
    assert vrp_load.memory_use(lines(answer)) == (("main", percent),)


def test_memory_of_several_slots_is_told_apart() -> None:
    two = f"Slot 0:\n{samples.MEMORY_D}Slot 1:\n{samples.MEMORY_D_KBYTES}"
    assert vrp_load.memory_use(lines(two)) == (("slot 0", 22), ("slot 1", 56))


def test_a_wrapped_alarm_is_put_together_again() -> None:
    assert vrp_state.active_alarms(lines(samples.ALARMS_E)) == (
        Alarm(
            severity="critical",
            text="The CA certificate is invalid. (CACertStartTime=2022-02-14 06:48:00)",
        ),
        Alarm(severity="minor", text="The interface status changes."),
    )


@pytest.mark.parametrize(
    "answer",
    [
        "Info: No active alarm.\n",
        "\n".join(samples.ALARMS_E.splitlines()[:4]) + "\n",
    ],
)
def test_no_alarm_is_only_what_says_so(answer: str) -> None:
    assert vrp_state.active_alarms(lines(answer)) == ()


def test_an_alarm_whose_text_says_no_alarm_is_an_alarm_all_the_same() -> None:
    answer = samples.ALARMS_E.replace("The interface status changes.", "No active alarm.")
    assert len(vrp_state.active_alarms(lines(answer))) == 2


@pytest.mark.parametrize("level", ["0", "5", "11", "x"])
def test_an_alarm_of_an_unknown_level_is_not_understood(level: str) -> None:
    answer = samples.ALARMS_E.replace("0xF10091   1 ", f"0xF10091   {level} ")
    with pytest.raises(Garbled):
        vrp_state.active_alarms(lines(answer))


def test_fans_are_judged_by_status_and_an_empty_place_is_none() -> None:
    assert vrp_parts.fans(lines(samples.FANS_F)) == (
        Module(name="0/1", state="Normal", healthy=True),
        Module(name="0/2", state="Abnormal", healthy=False),
        Module(name="0/3", state="Absent", healthy=False, present=False),
    )


def test_a_supply_that_does_not_supply_is_not_well() -> None:
    assert vrp_parts.supplies(lines(samples.POWER_G)) == (
        Module(name="0/PWR1", state="Supply", healthy=True),
        Module(name="0/PWR2", state="NotSupply", healthy=False),
        Module(name="0/PWR3", state="Absent", healthy=False, present=False),
    )


def test_a_temperature_is_the_current_one_and_not_the_last_column() -> None:
    assert vrp_parts.temperatures(lines(samples.TEMPERATURE_H)) == (
        ("slot 0", 37),
        ("slot 1 2", 51),
    )


@pytest.mark.parametrize(
    ("register", "status", "power", "state", "healthy"),
    [
        ("Registered", "Normal", "PowerOn", "Normal", True),
        ("Unregistered", "Normal", "PowerOn", "Unregistered", False),
        ("Registered", "Abnormal", "PowerOn", "Abnormal", False),
        ("Registered", "Normal", "PowerOff", "PowerOff", False),
    ],
)
def test_a_board_is_well_when_it_is_registered_normal_and_on(
    register: str, status: str, power: str, state: str, healthy: bool
) -> None:
    answer = (
        "Slot  Sub Type         Online    Power      Register     Status     Role\n"
        f"0     -   CMU(MPU 9)   Present   {power}    {register}   {status}     Master\n"
        "*1    -   -            Absent    PowerOff   Unregistered NA         NA\n"
    )
    board, absent = vrp_parts.boards(lines(answer))
    assert board == Module(name="0 CMU(MPU 9)", state=state, healthy=healthy)
    assert not absent.present and absent.name == "1"


@pytest.mark.parametrize(
    ("told", "admin_up", "oper_up"),
    [
        ("up", True, True),
        ("down", True, False),
        ("*down", False, False),
        ("^down", True, False),
        ("up(s)", True, True),
        ("up(l)", True, True),
        ("up(b)", True, False),
        ("down(E)", True, False),
    ],
)
def test_a_port_is_up_only_when_nothing_holds_it_down(
    told: str, admin_up: bool, oper_up: bool
) -> None:
    answer = f"Interface  PHY  Protocol\n  GigabitEthernet4/0/4(10G) {told} up 0% 0%\n"
    assert vrp_state.ports(lines(answer)) == (
        Port(name="GigabitEthernet4/0/4", admin_up=admin_up, oper_up=oper_up),
    )


@pytest.mark.parametrize(
    ("answer", "role", "peer", "switched"),
    [
        (samples.HRP_I, "active", "standby", False),
        (samples.HRP_SWITCHED, "active", "standby", True),
        (samples.HRP_OLD, "standby", vrp_state.PEER_NOT_TOLD, False),
        (" Role: active, peer: unknown\n", "active", None, False),
    ],
)
def test_hot_standby_is_read_new_and_old(
    answer: str, role: str, peer: str | None, switched: bool
) -> None:
    state = vrp_state.hot_standby(lines(answer))
    assert (state.role, state.peer, state.switched) == (role, peer, switched)


PARSERS = [
    vrp_load.processor_load,
    vrp_load.memory_use,
    vrp_parts.boards,
    vrp_parts.fans,
    vrp_parts.supplies,
    vrp_parts.temperatures,
    vrp_state.ports,
    vrp_state.hot_standby,
    vrp_state.active_alarms,
]


@pytest.mark.parametrize("parser", PARSERS)
@pytest.mark.parametrize(
    "answer", ["nothing of the kind\n", "Info: x\n", "Slot Online\n", "-----\n", "0 0 0 0 0\n"]
)
def test_another_shape_is_not_understood(
    parser: Callable[[tuple[str, ...]], object], answer: str
) -> None:
    with pytest.raises(Garbled):
        parser(lines(answer))


@pytest.mark.parametrize("answer", ["", "\r\n", "  \n \n", "2021-02-22 16:43:00.840\n", "\x00"])
def test_an_empty_answer_is_not_understood(answer: str) -> None:
    with pytest.raises(Garbled):
        lines(answer)


def test_a_refusal_is_told_from_a_shape() -> None:
    with pytest.raises(NotOffered):
        lines(samples.REFUSED)
    with pytest.raises(NotPermitted):
        lines(samples.FORBIDDEN)
