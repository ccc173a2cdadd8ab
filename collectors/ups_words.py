"""What a UPS says of itself, in one shape whatever it was asked by; and the readings made of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypedDict

from collectors.readings import Exchange, Reading
from collectors.readings.power import (
    Battery,
    Supply,
    UpsAlarms,
    UpsBattery,
    UpsLoad,
    UpsSupply,
)

POWER: Final[frozenset[type[Reading]]] = frozenset({UpsSupply, UpsBattery, UpsLoad, UpsAlarms})
DISCHARGING: Final = frozenset({Supply.BATTERY, Supply.JOINT, Supply.TESTING})


class Stamp(TypedDict):
    """What every reading carries; see `collectors.readings.Reading`."""

    device: str
    taken_at: datetime
    exchanges: tuple[Exchange, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class UpsTold:
    """None: it does not tell. `supply_word` is its own word for `supply`, understood or not; None
    where it says nothing of its output at all. Units as in `collectors.readings.power`."""

    supply_word: str | None
    supply: Supply | None = None
    on_battery_s: float | None = None
    battery: Battery | None = None
    replace: bool = False
    charge_percent: float | None = None
    charge_assumed: bool = False
    runtime_minutes: float | None = None
    battery_celsius: float | None = None
    load_percent: float | None = None
    overloaded: bool | None = None
    alarms: tuple[str, ...] | None = None

    def reading(self, question: type[Reading], stamp: Stamp) -> Reading | None:
        """The answer to one of `POWER`; None where the UPS does not tell it."""
        return MAKERS[question](self, stamp)


def _supply(told: UpsTold, stamp: Stamp) -> Reading | None:
    if told.supply_word is None:
        return None
    return UpsSupply(
        supply=told.supply,
        word=told.supply_word,
        on_battery_s=told.on_battery_s,
        runtime_minutes=told.runtime_minutes,
        charge_percent=told.charge_percent,
        **stamp,
    )


def _battery(told: UpsTold, stamp: Stamp) -> Reading | None:
    numbers = (told.charge_percent, told.runtime_minutes, told.battery_celsius)
    if told.battery is None and not told.replace and all(one is None for one in numbers):
        return None
    return UpsBattery(
        state=told.battery,
        replace=told.replace,
        discharging=told.supply in DISCHARGING,
        charge_percent=told.charge_percent,
        charge_assumed=told.charge_assumed,
        runtime_minutes=told.runtime_minutes,
        celsius=told.battery_celsius,
        **stamp,
    )


def _load(told: UpsTold, stamp: Stamp) -> Reading | None:
    if told.load_percent is None and told.overloaded is None:
        return None
    return UpsLoad(percent=told.load_percent, overloaded=bool(told.overloaded), **stamp)


def _alarms(told: UpsTold, stamp: Stamp) -> Reading | None:
    return None if told.alarms is None else UpsAlarms(alarms=told.alarms, **stamp)


MAKERS: Final[Mapping[type[Reading], Callable[[UpsTold, Stamp], Reading | None]]] = {
    UpsSupply: _supply,
    UpsBattery: _battery,
    UpsLoad: _load,
    UpsAlarms: _alarms,
}
