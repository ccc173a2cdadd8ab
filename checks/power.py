"""Judges for UPSs: the machine side of R1. Limits are the operator's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from checks.item import Check, NoLimits
from checks.verdict import Severity, Verdict, abnormal, normal, unknown
from collectors.readings.power import Battery, Supply, UpsAlarms, UpsBattery, UpsLoad, UpsSupply
from inventory.model import Device, Kind
from phrases import Phrase, joined, say

UPS: Final = frozenset({Kind.UPS})
EXPECTED: Final = "mains"


@dataclass(frozen=True, slots=True, kw_only=True)
class UpsBatteryLimits:
    """Less charge (percent) or runtime (minutes) than this is too little; from this temperature
    on (degrees Celsius) the battery is too warm."""

    ups_charge_percent: float = 50.0
    ups_runtime_minutes: float = 10.0
    ups_battery_celsius: float = 40.0


@dataclass(frozen=True, slots=True, kw_only=True)
class UpsLoadLimits:
    """Percent; at the limit is too much."""

    ups_load_percent: float = 80.0
    ups_load_critical_percent: float = 100.0


WELL_SUPPLIED: Final[Mapping[Supply, Phrase]] = MappingProxyType(
    {
        Supply.MAINS: say("on mains"),
        Supply.ECONOMY: say("on mains, in economy mode"),
        Supply.BOOSTED: say("on mains, whose voltage it raises"),
        Supply.TRIMMED: say("on mains, whose voltage it lowers"),
        Supply.TESTING: say("testing its battery"),
    }
)


def judge_supply(reading: UpsSupply, limits: NoLimits, device: Device) -> Verdict:
    """On battery or off is critical; on bypass, or on mains that are not enough, a warning."""
    if reading.supply is None:
        return unknown(
            say("{device}: the UPS does not say where its output comes from ({word})",
                device=device.name, word=reading.word)
        )  # fmt: skip
    if reading.supply in WELL_SUPPLIED:
        return normal(
            say("{device}: the UPS is {supply}",
                device=device.name, supply=WELL_SUPPLIED[reading.supply]),
            measured=reading.supply.value, expected=EXPECTED,
        )  # fmt: skip
    sentence, severity = _badly_supplied(reading, device)
    return abnormal(sentence, severity=severity, measured=reading.supply.value, expected=EXPECTED)


def _badly_supplied(reading: UpsSupply, device: Device) -> tuple[Phrase, Severity]:
    match reading.supply:
        case Supply.BYPASS:
            return (
                say("{device}: the UPS is on bypass, nothing protects the load",
                    device=device.name),
                Severity.WARNING,
            )  # fmt: skip
        case Supply.JOINT:
            return (
                say("{device}: mains alone are not enough, the battery helps to supply the load",
                    device=device.name),
                Severity.WARNING,
            )  # fmt: skip
        case Supply.OFF:
            return say("{device}: the UPS gives no output", device=device.name), Severity.CRITICAL
    gone = say("{device}: the UPS runs on battery, mains are gone", device=device.name)
    return joined((gone, *_left(reading))), Severity.CRITICAL


def _left(reading: UpsSupply) -> Iterator[Phrase]:
    """How long it has lasted and will last, as far as it is told."""
    if reading.on_battery_s:
        yield say("for {seconds:.0f} s so far", seconds=reading.on_battery_s)
    if reading.runtime_minutes is not None:
        yield say("{minutes:g} min left", minutes=reading.runtime_minutes)
    if reading.charge_percent is not None:
        yield say("charge {percent:g} %", percent=reading.charge_percent)


# --- battery ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fault:
    severity: Severity
    sentence: Phrase
    measured: float | str
    expected: str
    unit: str | None = None


BAD_BATTERY: Final[Mapping[Battery, Phrase]] = MappingProxyType(
    {
        Battery.LOW: say("the UPS battery is low"),
        Battery.DEPLETED: say("the UPS battery is empty"),
        Battery.MISSING: say("the UPS has no battery connected"),
        Battery.FAULTY: say("the UPS battery has a fault"),
    }
)


def judge_battery(reading: UpsBattery, limits: UpsBatteryLimits, device: Device) -> Verdict:
    """Its own word first, then replacement, charge, runtime and temperature; the sentence names
    all, the worst gives the severity."""
    faults = tuple(_battery_faults(reading, limits, device))
    if faults:
        worst = next((one for one in faults if one.severity is Severity.CRITICAL), faults[0])
        return abnormal(
            joined(tuple(one.sentence for one in faults)),
            severity=worst.severity, measured=worst.measured, expected=worst.expected,
            unit=worst.unit,
        )  # fmt: skip
    if reading.state is Battery.UNKNOWN:
        return unknown(
            say("{device}: the UPS does not know the state of its battery", device=device.name)
        )
    told = (say("{device}: the UPS battery is well", device=device.name), *_battery_told(reading))
    return normal(
        joined(told), measured=reading.charge_percent,
        expected=f">= {limits.ups_charge_percent:g}", unit="%",
    )  # fmt: skip


def _battery_faults(
    reading: UpsBattery, limits: UpsBatteryLimits, device: Device
) -> Iterator[_Fault]:
    if reading.state is not None and reading.state in BAD_BATTERY:
        yield _Fault(
            severity=Severity.CRITICAL,
            sentence=say("{device}: {what}", device=device.name, what=BAD_BATTERY[reading.state]),
            measured=reading.state.value, expected=Battery.NORMAL.value,
        )  # fmt: skip
    if reading.replace:
        yield _Fault(
            severity=Severity.WARNING,
            sentence=say("{device}: the UPS battery must be replaced", device=device.name),
            measured="replace", expected=Battery.NORMAL.value,
        )  # fmt: skip
    yield from _battery_limits(reading, limits, device)


def _battery_limits(
    reading: UpsBattery, limits: UpsBatteryLimits, device: Device
) -> Iterator[_Fault]:
    charge, minutes, celsius = reading.charge_percent, reading.runtime_minutes, reading.celsius
    if charge is not None and charge < limits.ups_charge_percent:
        yield _Fault(
            severity=Severity.WARNING,
            sentence=say("{device}: UPS battery charge {percent:g} %, limit {limit:g} %",
                         device=device.name, percent=charge, limit=limits.ups_charge_percent),
            measured=charge, expected=f">= {limits.ups_charge_percent:g}", unit="%",
        )  # fmt: skip
    if minutes is not None and minutes < limits.ups_runtime_minutes:
        yield _Fault(
            severity=Severity.CRITICAL if reading.discharging else Severity.WARNING,
            sentence=say("{device}: the UPS battery lasts {minutes:g} min, limit {limit:g} min",
                         device=device.name, minutes=minutes, limit=limits.ups_runtime_minutes),
            measured=minutes, expected=f">= {limits.ups_runtime_minutes:g}", unit="min",
        )  # fmt: skip
    if celsius is not None and celsius >= limits.ups_battery_celsius:
        yield _Fault(
            severity=Severity.WARNING,
            sentence=say("{device}: UPS battery at {degrees:g} °C, limit {limit:g} °C",
                         device=device.name, degrees=celsius, limit=limits.ups_battery_celsius),
            measured=celsius, expected=f"< {limits.ups_battery_celsius:g}", unit="°C",
        )  # fmt: skip


def _battery_told(reading: UpsBattery) -> Iterator[Phrase]:
    if reading.charge_percent is not None and reading.charge_assumed:
        yield say("charge {percent:g} % (scale not confirmed, see lineguard.oids.ups_charge)",
                  percent=reading.charge_percent)  # fmt: skip
    elif reading.charge_percent is not None:
        yield say("charge {percent:g} %", percent=reading.charge_percent)
    if reading.runtime_minutes is not None:
        yield say("it lasts {minutes:g} min", minutes=reading.runtime_minutes)
    if reading.celsius is not None:
        yield say("{degrees:g} °C", degrees=reading.celsius)


# --- load and alarms -------------------------------------------------------------------------


def judge_load(reading: UpsLoad, limits: UpsLoadLimits, device: Device) -> Verdict:
    """What the UPS calls an overload is one, whatever the percentage."""
    if reading.percent is None:
        said = say("{device}: the UPS is overloaded", device=device.name)
        calm = say("{device}: the UPS is not overloaded", device=device.name)
        return _overload(said) if reading.overloaded else normal(calm)
    high = reading.percent >= limits.ups_load_critical_percent
    limit = limits.ups_load_critical_percent if high else limits.ups_load_percent
    sentence = say("{device}: UPS load {percent:g} %, limit {limit:g} %",
                   device=device.name, percent=reading.percent, limit=limit)  # fmt: skip
    if reading.overloaded:
        said = say("{device}: the UPS is overloaded, load {percent:g} %",
                   device=device.name, percent=reading.percent)  # fmt: skip
        return _overload(said, reading.percent)
    measured, expected = reading.percent, f"< {limit:g}"
    if reading.percent < limit:
        return normal(sentence, measured=measured, expected=expected, unit="%")
    severity = Severity.CRITICAL if high else Severity.WARNING
    return abnormal(sentence, severity=severity, measured=measured, expected=expected, unit="%")


def _overload(sentence: Phrase, percent: float | None = None) -> Verdict:
    unit = None if percent is None else "%"
    return abnormal(sentence, severity=Severity.CRITICAL, measured=percent, unit=unit)


def judge_alarms(reading: UpsAlarms, limits: NoLimits, device: Device) -> Verdict:
    """Any alarm is a warning; which one is serious, the UPS does not say."""
    if not reading.alarms:
        return normal(say("{device}: no UPS alarm", device=device.name), measured=0, expected="0")
    return abnormal(
        say("{device}: {count} UPS alarms, the first: {first}",
            device=device.name, count=len(reading.alarms), first=reading.alarms[0]),
        measured=len(reading.alarms), expected="0",
    )  # fmt: skip


UPS_SUPPLY: Final = Check(
    name="supply", reads=UpsSupply, judge=judge_supply, limits=NoLimits(), kinds=UPS
)
UPS_BATTERY: Final = Check(
    name="battery", reads=UpsBattery, judge=judge_battery, limits=UpsBatteryLimits(), kinds=UPS
)
UPS_LOAD: Final = Check(
    name="load", reads=UpsLoad, judge=judge_load, limits=UpsLoadLimits(), kinds=UPS, optional=True
)
UPS_ALARMS: Final = Check(
    name="ups_alarms", reads=UpsAlarms, judge=judge_alarms, limits=NoLimits(), kinds=UPS,
    optional=True,
)  # fmt: skip
