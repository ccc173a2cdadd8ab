"""Judges for storage arrays: the machine side of R2. Limits are the operator's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from checks.host import FILE_SYSTEMS
from checks.item import Check
from checks.verdict import Severity, Verdict, abnormal, normal, unknown
from collectors.readings.storage import (
    ArrayCapacity,
    ArrayPart,
    ArrayParts,
    Health,
    PartHealth,
)
from inventory.model import Device, Kind
from phrases import Phrase, joined, say

ARRAYS: Final = frozenset({Kind.STORAGE})
NAMED: Final = 8
"""Faults that a sentence names; of more it says how many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrayPartLimits:
    """Degrees Celsius of a disk; at the limit is too warm."""

    array_disk_celsius: float = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrayCapacityLimits:
    """Percent; at the limit is too full."""

    array_warning_percent: float = 85.0
    array_critical_percent: float = 95.0


PARTS: Final[Mapping[ArrayPart, Phrase]] = MappingProxyType(
    {
        ArrayPart.DISK: say("disk"),
        ArrayPart.CONTROLLER: say("controller"),
        ArrayPart.POOL: say("pool"),
        ArrayPart.LUN: say("LUN"),
    }
)
SERIOUS: Final = frozenset({ArrayPart.CONTROLLER, ArrayPart.POOL, ArrayPart.LUN})
"""One disk is what an array is built to lose; these are not."""


def judge_parts(reading: ArrayParts, limits: ArrayPartLimits, device: Device) -> Verdict:
    """Every part that is not well, and every disk that is too warm."""
    faults = [*_ill(reading, device), *_warm(reading, limits, device)]
    if faults:
        return abnormal(
            joined((*(sentence for sentence, _ in faults[:NAMED]), *_more(len(faults)))),
            severity=max((how_bad for _, how_bad in faults), key=list(Severity).index),
            measured=len(faults), expected="0",
        )  # fmt: skip
    untold = [one for one in reading.parts if one.health is Health.UNTOLD]
    if untold:
        return unknown(
            say("{device}: the array does not say how {part} {name} is ({word})",
                device=device.name, part=PARTS[untold[0].part], name=untold[0].name,
                word=untold[0].word)
        )  # fmt: skip
    counted = Counter(one.part for one in reading.parts)
    return normal(
        say("{device}: {disks} disks, {controllers} controllers, {pools} pools and {luns} LUNs "
            "are well",
            device=device.name, disks=counted[ArrayPart.DISK],
            controllers=counted[ArrayPart.CONTROLLER], pools=counted[ArrayPart.POOL],
            luns=counted[ArrayPart.LUN]),
        measured=0, expected="0",
    )  # fmt: skip


def _ill(reading: ArrayParts, device: Device) -> Iterator[tuple[Phrase, Severity]]:
    for one in reading.parts:
        if one.health in (Health.FAILING, Health.FAILED):
            yield (
                say("{device}: {part} {name}: health is {word}",
                    device=device.name, part=PARTS[one.part], name=one.name, word=one.word),
                _how_bad(one),
            )  # fmt: skip


def _how_bad(one: PartHealth) -> Severity:
    failed = one.health is Health.FAILED
    return Severity.CRITICAL if failed and one.part in SERIOUS else Severity.WARNING


def _warm(
    reading: ArrayParts, limits: ArrayPartLimits, device: Device
) -> Iterator[tuple[Phrase, Severity]]:
    for one in reading.parts:
        if one.celsius is not None and one.celsius >= limits.array_disk_celsius:
            yield (
                say("{device}: {part} {name} at {degrees:g} °C, limit {limit:g} °C",
                    device=device.name, part=PARTS[one.part], name=one.name,
                    degrees=one.celsius, limit=limits.array_disk_celsius),
                Severity.WARNING,
            )  # fmt: skip


def _more(count: int) -> tuple[Phrase, ...]:
    return (say("and {count} more", count=count - NAMED),) if count > NAMED else ()


def judge_capacity(reading: ArrayCapacity, limits: ArrayCapacityLimits, device: Device) -> Verdict:
    """The fullest pool decides."""
    fullest = max(reading.pools, key=lambda one: one.used_percent)
    critical = fullest.used_percent >= limits.array_critical_percent
    limit = limits.array_critical_percent if critical else limits.array_warning_percent
    told = normal(
        say("{device}: pool {name} is {percent:g} % full, limit {limit:g} %",
            device=device.name, name=fullest.name, percent=fullest.used_percent, limit=limit),
        measured=fullest.used_percent, expected=f"< {limit:g}", unit="%",
    )  # fmt: skip
    if fullest.used_percent < limit:
        return told
    severity = Severity.CRITICAL if critical else Severity.WARNING
    return abnormal(
        told.sentence, severity=severity, measured=told.measured, expected=told.expected,
        unit=told.unit,
    )  # fmt: skip


ARRAY_PARTS: Final = Check(
    name="array_parts", reads=ArrayParts, judge=judge_parts, limits=ArrayPartLimits(),
    kinds=ARRAYS,
)  # fmt: skip
ARRAY_CAPACITY: Final = Check(
    name="array_capacity", reads=ArrayCapacity, judge=judge_capacity,
    limits=ArrayCapacityLimits(), kinds=ARRAYS, optional=True,
)  # fmt: skip
ARRAY_FILE_SYSTEMS: Final = replace(FILE_SYSTEMS, kinds=ARRAYS, optional=True)
"""What an array that is a server in disguise tells by HOST-RESOURCES-MIB. It says nothing of
disks, so the check of the parts stays unknown beside it."""
