"""UPSs by SNMP: UPS-MIB (RFC 1628), HUAWEI-UPS-MIB or PowerNet-MIB, by what the agent really
offers. sysObjectID decides nothing: cards of other makers and plain net-snmp agents stand before
UPSs of every make."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Final

from collectors.readings import Reading
from collectors.readings.power import (
    Battery,
    Supply,
    UpsAlarms,
    UpsBattery,
    UpsLoad,
    UpsSupply,
)
from collectors.sources.snmp import power_oids as oids
from collectors.sources.snmp.agent import Agent
from collectors.sources.snmp.port import Value
from collectors.sources.snmp.texts import number, words
from collectors.ups_words import UpsTold
from inventory.model import Device
from phrases import Phrase, say

CHARGE_RANGE: Final = (0, 100)
LOAD_RANGE: Final = (0, 400)
CELSIUS_RANGE: Final = (-40, 120)
MINUTES_RANGE: Final = (0, 100_000)
CHARGE_TOPIC: Final = "ups_charge"

Told = UpsTold | None


async def supply(device: Device, agent: Agent) -> Reading | Phrase:
    """Where the output comes from."""
    return await _ask(UpsSupply, device, agent)


async def battery(device: Device, agent: Agent) -> Reading | Phrase:
    """What the battery can do."""
    return await _ask(UpsBattery, device, agent)


async def load(device: Device, agent: Agent) -> Reading | Phrase:
    """How much is drawn."""
    return await _ask(UpsLoad, device, agent)


async def alarms(device: Device, agent: Agent) -> Reading | Phrase:
    """What else the UPS complains of."""
    return await _ask(UpsAlarms, device, agent)


READERS: Final[Mapping[type[Reading], Callable[[Device, Agent], Awaitable[Reading | Phrase]]]] = {
    UpsSupply: supply,
    UpsBattery: battery,
    UpsLoad: load,
    UpsAlarms: alarms,
}


async def _ask(question: type[Reading], device: Device, agent: Agent) -> Reading | Phrase:
    """One of the four readings of a UPS, by the first MIB that tells where its output comes
    from."""
    for by in (_by_rfc1628, _by_huawei, _by_powernet):
        told = await by(device, agent)
        if told is None:
            continue
        reading = told.reading(question, agent.stamp())
        return reading or say("{device}: this UPS does not tell that by SNMP", device=device.name)
    return say(
        "{device} tells nothing of a UPS by SNMP: neither UPS-MIB (RFC 1628) nor HUAWEI-UPS-MIB "
        "nor PowerNet-MIB",
        device=device.name,
    )


# --- RFC 1628 ----------------------------------------------------------------------------------

RFC_SCALARS: Final = (
    oids.RFC_BATTERY_STATUS,
    oids.RFC_SECONDS_ON_BATTERY,
    oids.RFC_MINUTES_REMAINING,
    oids.RFC_CHARGE,
    oids.RFC_BATTERY_CELSIUS,
    oids.RFC_OUTPUT_SOURCE,
    oids.RFC_ALARMS_PRESENT,
)


async def _by_rfc1628(device: Device, agent: Agent) -> Told:
    told = await agent.get(RFC_SCALARS)
    source = number(told.get(oids.RFC_OUTPUT_SOURCE))
    if source is None:
        return None
    supply = oids.RFC_SUPPLY.get(int(source))
    loads = (await agent.column(oids.RFC_OUTPUT_LOAD)).values()
    present = number(told.get(oids.RFC_ALARMS_PRESENT))
    codes = await _rfc_alarms(agent) if present else []
    battery = _meant(told.get(oids.RFC_BATTERY_STATUS), oids.RFC_BATTERY)
    known = [_well_known(one) for one in codes]
    return UpsTold(
        supply_word=f"upsOutputSource {source:g}",
        supply=supply,
        on_battery_s=number(told.get(oids.RFC_SECONDS_ON_BATTERY)),
        battery=_with_bad_battery(battery, known),
        charge_percent=within(told.get(oids.RFC_CHARGE), *CHARGE_RANGE),
        runtime_minutes=within(told.get(oids.RFC_MINUTES_REMAINING), *MINUTES_RANGE),
        battery_celsius=within(told.get(oids.RFC_BATTERY_CELSIUS), *CELSIUS_RANGE),
        load_percent=_greatest(within(one, *LOAD_RANGE) for one in loads),
        overloaded=True if oids.ALARM_OVERLOAD in known else None,
        alarms=None if present is None else _alarm_words(codes, supply, int(present)),
    )


async def _rfc_alarms(agent: Agent) -> list[str]:
    """What stands in upsAlarmDescr: object identifiers."""
    return [words(one) for one in (await agent.column(oids.RFC_ALARM_DESCR)).values()]


def _well_known(alarm: str) -> int:
    """The number of a well-known alarm, else 0. Some cards put `.0` behind it."""
    head, _, tail = alarm.lstrip(".").partition(f"{oids.WELL_KNOWN_ALARMS}.")
    first = tail.partition(".")[0]
    return int(first) if not head and first.isdecimal() and len(first) < 4 else 0


def _alarm_words(codes: list[str], supply: Supply | None, present: int) -> tuple[str, ...]:
    """The alarms that nothing else tells. Fewer rows than the UPS counts: the rest, unnamed."""
    elsewhere = set(oids.ALARMS_TOLD_ELSEWHERE)
    if supply is Supply.BATTERY:
        elsewhere.add(oids.ALARM_INPUT_BAD)
    named = [(code, _well_known(code)) for code in codes]
    told = [oids.ALARM_NAMES.get(known) or code for code, known in named if known not in elsewhere]
    unnamed = ["upsAlarmsPresent"] * min(max(0, present - len(codes)), 1)
    return (*told, *unnamed)


def _with_bad_battery(battery: Battery | None, alarms: list[int]) -> Battery | None:
    fine = battery in (None, Battery.NORMAL, Battery.UNKNOWN)
    return Battery.FAULTY if fine and oids.ALARM_BATTERY_BAD in alarms else battery


# --- HUAWEI-UPS-MIB ----------------------------------------------------------------------------


async def _by_huawei(device: Device, agent: Agent) -> Told:
    """Of several UPSs behind one agent, the worst."""
    supplies = [number(one) for one in (await agent.column(oids.HW_SUPPLY)).values()]
    codes = [int(one) for one in supplies if one is not None]
    if not codes:
        return None
    code = next((one for one in WORST_FIRST if one in codes), codes[0])
    batteries = (await agent.column(oids.HW_BATTERY)).values()
    states = [_meant(one, oids.HW_BATTERIES) for one in batteries]
    loads = [one for column in oids.HW_LOADS for one in (await agent.column(column)).values()]
    minutes = await _scaled(agent, oids.HW_RUNTIME_S, 1 / 60, MINUTES_RANGE)
    degrees = await _scaled(agent, oids.HW_BATTERY_CELSIUS, 0.1, CELSIUS_RANGE)
    charge, assumed = await _charge(device, agent)
    return UpsTold(
        supply_word=f"hwUpsSupplyMethod {code}",
        supply=oids.HW_SUPPLIES.get(code),
        battery=Battery.MISSING if Battery.MISSING in states else next(iter(states), None),
        charge_percent=charge,
        charge_assumed=assumed,
        runtime_minutes=min(minutes, default=None),
        battery_celsius=max(degrees, default=None),
        load_percent=_greatest(_tenths(one, LOAD_RANGE) for one in loads),
    )


WORST_FIRST: Final = (1, 4, 7, 2, 5)
"""Supply methods that are not mains, the worst first."""


async def _charge(device: Device, agent: Agent) -> tuple[float | None, bool]:
    """The charge, and whether its scale is only assumed. What is above 100 is tenths for sure."""
    site = dict(device.oids).get(CHARGE_TOPIC)
    confirmed = site is not None and site.confirmed
    if site is not None and site.oid is not None and confirmed:
        raw = [(await agent.get([site.oid])).get(site.oid)]
    else:
        raw = list((await agent.column(oids.HW_CHARGE)).values())
    numbers = [one for one in map(number, raw) if one is not None]
    if not numbers:
        return None, False
    if site is not None and confirmed:
        scale = site.scale
    else:
        scale = 0.1 if max(numbers) > CHARGE_RANGE[1] else 1.0
    percent = round(min(numbers) * scale, 1)
    low, high = CHARGE_RANGE
    told = percent if low <= percent <= high else None
    return told, not confirmed and scale == 1.0


async def _scaled(agent: Agent, column: str, scale: float, limits: tuple[int, int]) -> list[float]:
    told = [number(one) for one in (await agent.column(column)).values()]
    scaled = [round(one * scale, 1) for one in told if one is not None]
    return [one for one in scaled if limits[0] <= one <= limits[1]]


# --- PowerNet ----------------------------------------------------------------------------------

APC_SCALARS: Final = (
    oids.APC_BATTERY_STATUS,
    oids.APC_TIME_ON_BATTERY,
    oids.APC_CHARGE,
    oids.APC_CELSIUS,
    oids.APC_RUNTIME,
    oids.APC_REPLACE,
    oids.APC_CHARGE_TENTHS,
    oids.APC_CELSIUS_TENTHS,
    oids.APC_OUTPUT_STATUS,
    oids.APC_LOAD,
    oids.APC_LOAD_TENTHS,
)


async def _by_powernet(device: Device, agent: Agent) -> Told:
    told = await agent.get(APC_SCALARS)
    status = number(told.get(oids.APC_OUTPUT_STATUS))
    if status is None:
        return None
    runtime, on_battery = (
        number(told.get(one)) for one in (oids.APC_RUNTIME, oids.APC_TIME_ON_BATTERY)
    )
    return UpsTold(
        supply_word=f"upsBasicOutputStatus {status:g}",
        supply=oids.APC_SUPPLY.get(int(status)),
        on_battery_s=None if on_battery is None else on_battery / 100,
        battery=_meant(told.get(oids.APC_BATTERY_STATUS), oids.APC_BATTERY),
        replace=number(told.get(oids.APC_REPLACE)) == oids.NEEDS_REPLACING,
        charge_percent=_first(
            _tenths(told.get(oids.APC_CHARGE_TENTHS), CHARGE_RANGE),
            within(told.get(oids.APC_CHARGE), *CHARGE_RANGE),
        ),
        runtime_minutes=None if runtime is None else round(runtime / 6000, 1),
        battery_celsius=_first(
            _tenths(told.get(oids.APC_CELSIUS_TENTHS), CELSIUS_RANGE),
            within(told.get(oids.APC_CELSIUS), *CELSIUS_RANGE),
        ),
        load_percent=_first(
            _tenths(told.get(oids.APC_LOAD_TENTHS), LOAD_RANGE),
            within(told.get(oids.APC_LOAD), *LOAD_RANGE),
        ),
    )


# --- numbers -----------------------------------------------------------------------------------


def within(value: Value | None, low: int, high: int) -> float | None:
    """The number if it can mean what it should."""
    told = number(value)
    return told if told is not None and low <= told <= high else None


def _tenths(value: Value | None, limits: tuple[int, int]) -> float | None:
    told = number(value)
    scaled = None if told is None else round(told / 10, 1)
    return scaled if scaled is not None and limits[0] <= scaled <= limits[1] else None


def _first(*told: float | None) -> float | None:
    return next((one for one in told if one is not None), None)


def _greatest(told: Iterable[float | None]) -> float | None:
    return max((one for one in told if one is not None), default=None)


def _meant(value: Value | None, meanings: Mapping[int, Battery]) -> Battery | None:
    """What the code means; one that the MIB does not have is no knowledge."""
    code = number(value)
    return None if code is None else meanings.get(int(code), Battery.UNKNOWN)
