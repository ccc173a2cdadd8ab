"""Judges for the equipment room."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from checks.room import (
    RoomHumidityLimits,
    RoomTemperatureLimits,
    judge_humidity,
    judge_temperature,
)
from checks.verdict import Severity, State, Verdict
from collectors.readings.room import Probe, RoomHumidity, RoomTemperature
from inventory.model import Kind
from tests.inventory.builders import device

ROOM = device("room-1", Kind.ROOM_SENSOR)
AT: dict[str, Any] = {"device": "room-1", "taken_at": datetime(2026, 11, 20, tzinfo=UTC)}


def probes(*values: float | None) -> tuple[Probe, ...]:
    return tuple(Probe(name=f"p{number}", value=value) for number, value in enumerate(values, 1))


def temperature(*values: float | None) -> Verdict:
    return judge_temperature(
        RoomTemperature(probes=probes(*values), **AT), RoomTemperatureLimits(), ROOM
    )


def humidity(*values: float | None) -> Verdict:
    return judge_humidity(RoomHumidity(probes=probes(*values), **AT), RoomHumidityLimits(), ROOM)


@pytest.mark.parametrize(
    ("celsius", "severity"),
    [
        (9.9, Severity.WARNING),
        (10.0, Severity.WARNING),
        (10.1, None),
        (27.9, None),
        (28.0, Severity.WARNING),
        (34.9, Severity.WARNING),
        (35.0, Severity.CRITICAL),
        (36.0, Severity.CRITICAL),
    ],
)
def test_a_room_at_its_limits_and_either_side(celsius: float, severity: Severity | None) -> None:
    verdict = temperature(22.0, celsius)
    assert verdict.severity is severity
    assert verdict.state is (State.NORMAL if severity is None else State.ABNORMAL)


def test_the_sentence_names_the_sensor_its_value_and_the_limit() -> None:
    assert temperature(34).sentence.text("en") == "room-1: p1 at 34 °C, limit 28 °C"
    assert temperature(8).sentence.text("zh") == "room-1：p1 温度仅8 ℃，下限10 ℃"
    assert temperature(20, 23).sentence.text("en") == "room-1: p2 at 23 °C, limit 28 °C"


@pytest.mark.parametrize(
    ("percent", "state"),
    [
        (20.0, State.ABNORMAL),
        (20.1, State.NORMAL),
        (79.9, State.NORMAL),
        (80.0, State.ABNORMAL),
    ],
)
def test_humidity_at_its_limits_and_either_side(percent: float, state: State) -> None:
    assert humidity(percent).state is state


@pytest.mark.parametrize("judge", [temperature, humidity])
def test_a_sensor_out_of_order_is_never_normal(judge: Any) -> None:  # noqa: ANN401
    verdict = judge(25.0, None)
    assert verdict.state is State.ABNORMAL
    assert verdict.sentence.text("en") == "room-1: sensor p2 is out of order"
    assert judge(None).state is State.ABNORMAL
