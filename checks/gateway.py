"""Judges for the 1960 voice gateway. What its console is asked is site data; what the values mean
is the contract's: form NT12345-001 wants CPU average below 50 % and maximum below 70 %."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from checks.item import Check, NoLimits
from checks.network import with_maximum
from checks.verdict import Severity, Verdict, abnormal, normal, unknown
from collectors.readings import GatewayAddresses, GatewayAlarms, GatewayLoad
from inventory.model import Device
from phrases import Phrase, say, verbatim

PERCENT: Final = "%"
QUOTED: Final = 120
"""Characters of a device's words in one sentence."""
SERIOUS: Final = ("critical", "major", "紧急", "重要")
"""How an alarm begins that interrupts service; in English and in Chinese software."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayLoadLimits:
    """Percent; at the limit is too much."""

    cpu_average: float = 50.0
    cpu_maximum: float = 70.0


def judge_load(reading: GatewayLoad, limits: GatewayLoadLimits, device: Device) -> Verdict:
    """One value is the average; a second one is the maximum."""
    values = [_percent(value) for value in reading.values]
    if len(values) not in (1, 2) or reading.unit != PERCENT:
        return unknown(_not_a_load(device))
    average, maximum = values[0], values[-1]
    if average is None or maximum is None:
        return unknown(_not_a_load(device))
    if len(values) == 2 and average < limits.cpu_average and maximum >= limits.cpu_maximum:
        sentence = say(
            "{device}: CPU maximum {maximum:g} %, limit {limit:g} %",
            device=device.name, maximum=maximum, limit=limits.cpu_maximum,
        )  # fmt: skip
        return abnormal(
            sentence, measured=maximum, expected=f"< {limits.cpu_maximum:g}", unit=PERCENT
        )
    verdict = abnormal if average >= limits.cpu_average else normal
    sentence = say(
        "{device}: CPU average {average:g} %, limit {limit:g} %",
        device=device.name, average=average, limit=limits.cpu_average,
    )  # fmt: skip
    told = maximum if len(values) == 2 else None
    sentence = with_maximum(sentence, told, limits.cpu_maximum)
    return verdict(sentence, measured=average, expected=f"< {limits.cpu_average:g}", unit=PERCENT)


def _percent(text: str) -> float | None:
    digits = text.replace(".", "", 1)
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 6):
        return None
    value = float(text)
    return value if value <= 100 else None


def _not_a_load(device: Device) -> Phrase:
    return say(
        "{device}: what its console question cpu gave is not one or two percentages",
        device=device.name,
    )


def judge_alarms(reading: GatewayAlarms, limits: NoLimits, device: Device) -> Verdict:
    """Every match of the site's pattern is an active alarm; none only where the console said so."""
    count = len(reading.values)
    if not count:
        return normal(say("{device}: no active alarm", device=device.name), measured=0)
    serious = [one for one in reading.values if one.lower().startswith(SERIOUS)]
    first = (serious or reading.values)[0][:QUOTED]
    return abnormal(
        say(
            "{device}: {count} active alarms, the first: {alarm}",
            device=device.name, count=count, alarm=verbatim(first),
        ),
        severity=Severity.CRITICAL if serious else Severity.WARNING,
        measured=count,
        expected="0",
    )  # fmt: skip


def judge_addresses(reading: GatewayAddresses, limits: NoLimits, device: Device) -> Verdict:
    """The set of addresses must be the one in the site data (parted by commas)."""
    expected = {one.strip() for one in (reading.expect or "").split(",") if one.strip()}
    if not expected:
        return unknown(
            say("{device}: the site data says no expected addresses for it", device=device.name)
        )
    seen = set(reading.values)
    told, wanted = ", ".join(sorted(seen))[:QUOTED], ", ".join(sorted(expected))
    if seen == expected:
        sentence = say("{device}: addresses {addresses}", device=device.name, addresses=told)
        return normal(sentence, measured=told, expected=wanted)
    return abnormal(
        say(
            "{device}: addresses {addresses}, expected {expected}",
            device=device.name, addresses=told, expected=wanted[:QUOTED],
        ),
        severity=Severity.CRITICAL,
        measured=told,
        expected=wanted,
    )  # fmt: skip


GATEWAY_LOAD: Final = Check(
    name="cpu",
    reads=GatewayLoad,
    judge=judge_load,
    limits=GatewayLoadLimits(),
    form="NT12345-001",
)
GATEWAY_ALARMS: Final = Check(
    name="alarms", reads=GatewayAlarms, judge=judge_alarms, limits=NoLimits()
)
GATEWAY_ADDRESSES: Final = Check(
    name="addresses", reads=GatewayAddresses, judge=judge_addresses, limits=NoLimits()
)
