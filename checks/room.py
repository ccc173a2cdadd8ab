"""Judges for the equipment room: the machine side of R3. Limits are the operator's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from checks.item import Check
from checks.verdict import Severity, Verdict, abnormal, normal
from collectors.readings.room import Probe, RoomHumidity, RoomTemperature
from inventory.model import Device, Kind
from phrases import Phrase, joined, say

SENSORS: Final = frozenset({Kind.ROOM_SENSOR})


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomTemperatureLimits:
    """Degrees Celsius. At or above a high limit is too warm, at or below the low one too cold."""

    room_low_celsius: float = 10.0
    room_high_celsius: float = 28.0
    room_critical_celsius: float = 35.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomHumidityLimits:
    """Percent of relative humidity: at or beyond either limit is abnormal."""

    room_low_humidity: float = 20.0
    room_high_humidity: float = 80.0


Finding = tuple[Phrase, Severity, float | None, str]
"""The sentence, how bad, the value and what was expected."""


def judge_temperature(
    reading: RoomTemperature, limits: RoomTemperatureLimits, device: Device
) -> Verdict:
    """Every sensor that is too warm or too cold, or broken."""
    found = [
        *_broken(reading.probes, device),
        *(one for probe in reading.probes for one in _degrees(probe, limits, device)),
    ]
    if found:
        return _found(found, "°C")
    warmest = max(_values(reading.probes), key=lambda one: one[1])
    return normal(
        say("{device}: {name} at {degrees:g} °C, limit {limit:g} °C",
            device=device.name, name=warmest[0], degrees=warmest[1],
            limit=limits.room_high_celsius),
        measured=warmest[1], expected=f"< {limits.room_high_celsius:g}", unit="°C",
    )  # fmt: skip


def _degrees(probe: Probe, limits: RoomTemperatureLimits, device: Device) -> Iterator[Finding]:
    value, low, high = probe.value, limits.room_low_celsius, limits.room_high_celsius
    if value is None or low < value < high:
        return
    if value <= low:
        cold = say("{device}: {name} only at {degrees:g} °C, limit {limit:g} °C",
                   device=device.name, name=probe.name, degrees=value, limit=low)  # fmt: skip
        yield cold, Severity.WARNING, value, f"> {low:g}"
        return
    critical = value >= limits.room_critical_celsius
    limit = limits.room_critical_celsius if critical else high
    warm = say("{device}: {name} at {degrees:g} °C, limit {limit:g} °C",
               device=device.name, name=probe.name, degrees=value, limit=limit)  # fmt: skip
    yield warm, Severity.CRITICAL if critical else Severity.WARNING, value, f"< {limit:g}"


def judge_humidity(reading: RoomHumidity, limits: RoomHumidityLimits, device: Device) -> Verdict:
    """Every sensor that is too damp or too dry, or broken."""
    found = [
        *_broken(reading.probes, device),
        *(one for probe in reading.probes for one in _percent(probe, limits, device)),
    ]
    if found:
        return _found(found, "%")
    name, value = max(_values(reading.probes), key=lambda one: one[1])
    low, high = limits.room_low_humidity, limits.room_high_humidity
    return normal(
        say("{device}: {name} humidity {percent:g} %, limits {low:g} and {high:g} %",
            device=device.name, name=name, percent=value, low=low, high=high),
        measured=value, expected=f"{low:g} - {high:g}", unit="%",
    )  # fmt: skip


def _percent(probe: Probe, limits: RoomHumidityLimits, device: Device) -> Iterator[Finding]:
    low, high = limits.room_low_humidity, limits.room_high_humidity
    if probe.value is not None and not low < probe.value < high:
        sentence = say("{device}: {name} humidity {percent:g} %, limits {low:g} and {high:g} %",
                       device=device.name, name=probe.name, percent=probe.value, low=low,
                       high=high)  # fmt: skip
        yield sentence, Severity.WARNING, probe.value, f"{low:g} - {high:g}"


def _values(probes: Iterable[Probe]) -> list[tuple[str, float]]:
    return [(one.name, one.value) for one in probes if one.value is not None]


def _broken(probes: Iterable[Probe], device: Device) -> Iterator[Finding]:
    for one in probes:
        if one.value is None:
            sentence = say("{device}: sensor {name} is out of order",
                           device=device.name, name=one.name)  # fmt: skip
            yield sentence, Severity.WARNING, None, "in order"


def _found(found: list[Finding], unit: str) -> Verdict:
    worst = next((one for one in found if one[1] is Severity.CRITICAL), found[-1])
    return abnormal(
        joined(tuple(one[0] for one in found)),
        severity=worst[1], measured=worst[2], expected=worst[3],
        unit=None if worst[2] is None else unit,
    )  # fmt: skip


ROOM_TEMPERATURE: Final = Check(
    name="room_temperature", reads=RoomTemperature, judge=judge_temperature,
    limits=RoomTemperatureLimits(), kinds=SENSORS,
)  # fmt: skip
ROOM_HUMIDITY: Final = Check(
    name="room_humidity", reads=RoomHumidity, judge=judge_humidity, limits=RoomHumidityLimits(),
    kinds=SENSORS, optional=True,
)  # fmt: skip
