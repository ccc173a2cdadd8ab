"""The equipment room: temperature and humidity."""

from __future__ import annotations

from dataclasses import dataclass

from collectors.readings.base import Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """One sensor's value, degrees Celsius or percent; None when it says that it is broken."""

    name: str
    value: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomTemperature(Reading):
    """Degrees Celsius; never empty."""

    probes: tuple[Probe, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomHumidity(Reading):
    """Percent of relative humidity; never empty."""

    probes: tuple[Probe, ...]
