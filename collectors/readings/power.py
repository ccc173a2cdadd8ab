"""UPS: where the load's power comes from, what the battery can do, how much is drawn, what it
complains of. One reading each, because not every UPS tells all four."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from collectors.readings.base import Reading


class Supply(StrEnum):
    """Where the output comes from."""

    MAINS = "mains"
    ECONOMY = "economy"
    """Mains past the inverter, on purpose; the battery takes over when mains fail."""
    BOOSTED = "boosted"
    TRIMMED = "trimmed"
    BATTERY = "battery"
    TESTING = "testing"
    """On battery because it tests or calibrates it: mains are there."""
    JOINT = "joint"
    """Mains and battery together: mains alone are not enough."""
    BYPASS = "bypass"
    """Mains as they are: nothing takes over when they fail."""
    OFF = "off"


class Battery(StrEnum):
    """What the UPS says of its battery."""

    NORMAL = "normal"
    LOW = "low"
    DEPLETED = "depleted"
    MISSING = "missing"
    FAULTY = "faulty"
    UNKNOWN = "unknown"
    """The UPS says that it does not know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UpsSupply(Reading):
    """`supply` is None where the UPS says something that its own documentation gives no meaning;
    `word` is what it said. Seconds on battery, minutes and percent left, where they are told."""

    supply: Supply | None
    word: str
    on_battery_s: float | None = None
    runtime_minutes: float | None = None
    charge_percent: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UpsBattery(Reading):
    """At least one of its values is told. `state` is None where the UPS has no word for it.
    `charge_assumed`: the scale of the charge is our assumption, nobody has confirmed it."""

    state: Battery | None
    replace: bool = False
    discharging: bool = False
    charge_percent: float | None = None
    runtime_minutes: float | None = None
    celsius: float | None = None
    charge_assumed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class UpsLoad(Reading):
    """Percent of what the UPS can give, of its fullest phase; None where only `overloaded` is
    told."""

    percent: float | None
    overloaded: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class UpsAlarms(Reading):
    """The UPS's own alarms in its words, without those that the other three readings tell."""

    alarms: tuple[str, ...]
