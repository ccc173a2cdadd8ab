"""Judges for virus protection of Windows hosts: M27 (Trend Micro) and M49."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from checks.item import Check
from checks.verdict import Severity, Verdict, abnormal, normal, unknown
from collectors.readings.windows import Defender, TrendAgent, VirusProtection
from inventory.model import Device
from phrases import Phrase, joined, say

RUNNING: Final = "running"
GUARDS: Final = "normal"
"""Defender's running mode in which it is the one that guards; others are passive."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VirusLimits:
    """More days than these are too old; more detections than that in seven days are abnormal.
    The operator's: a pattern comes every day, and the item is looked at every week."""

    virus_pattern_days: float = 7.0
    virus_scan_days: float = 8.0
    virus_detections: float = 0.0


@dataclass(frozen=True, slots=True)
class _Fault:
    sentence: Phrase
    measured: float | str
    expected: str
    unit: str | None = None
    severity: Severity = Severity.WARNING


def judge_trend_micro(reading: VirusProtection, limits: VirusLimits, device: Device) -> Verdict:
    """The agent is there, its services run, it guards in real time, and its pattern is fresh."""
    if reading.trend is None and not any(reading.services.values()):
        return abnormal(
            say("{device}: the Trend Micro agent is not installed on it", device=device.name),
            severity=Severity.CRITICAL, measured="not installed", expected="running",
        )  # fmt: skip
    stopped = tuple(_stopped(reading, device))
    if reading.trend is None:
        return _abnormal(stopped) if stopped else _no_registry(device)
    faults = (*stopped, *_trend(reading.trend, reading, limits, device))
    if faults:
        return _abnormal(faults)
    if reading.trend.pattern_date is None:
        return _no_pattern(device)
    return normal(
        say(
            "{device}: the Trend Micro agent runs, its pattern is of {day}",
            device=device.name, day=reading.trend.pattern_date.isoformat(),
        ),
        measured=(reading.today - reading.trend.pattern_date).days,
        expected=f"<= {limits.virus_pattern_days:g}", unit="d",
    )  # fmt: skip


def judge_virus_protection(
    reading: VirusProtection, limits: VirusLimits, device: Device
) -> Verdict:
    """Some scanner guards in real time: Trend Micro where its services run, else Defender. What
    Defender found counts whoever guards."""
    found = tuple(_found(reading.defender, limits, device))
    if reading.trend is not None and not tuple(_stopped(reading, device)):
        return _by_trend(reading.trend, found, reading, limits, device)
    if reading.defender is not None and reading.defender.mode.lower() == GUARDS:
        return _by_defender(reading.defender, found, limits, device)
    nobody = _Fault(
        say("{device}: no virus scanner guards it", device=device.name),
        "none", "one that runs", severity=Severity.CRITICAL,
    )  # fmt: skip
    return _abnormal((nobody, *found))


def _by_trend(
    trend: TrendAgent,
    found: tuple[_Fault, ...],
    reading: VirusProtection,
    limits: VirusLimits,
    device: Device,
) -> Verdict:
    faults = (*found, *_trend(trend, reading, limits, device))
    if faults:
        return _abnormal(faults)
    if trend.pattern_date is None:
        return _no_pattern(device)
    days = (reading.today - trend.pattern_date).days
    return normal(
        say(
            "{device}: Trend Micro guards it, virus pattern {days} days old, limit {limit:g}",
            device=device.name, days=days, limit=limits.virus_pattern_days,
        ),
        measured=days, expected=f"<= {limits.virus_pattern_days:g}", unit="d",
    )  # fmt: skip


def _by_defender(
    defender: Defender, found: tuple[_Fault, ...], limits: VirusLimits, device: Device
) -> Verdict:
    faults = (*found, *_defender(defender, limits, device))
    if faults:
        return _abnormal(faults)
    return normal(
        say(
            "{device}: Defender guards it, virus pattern {days} days old, limit {limit:g}",
            device=device.name, days=defender.signature_days, limit=limits.virus_pattern_days,
        ),
        measured=defender.signature_days, expected=f"<= {limits.virus_pattern_days:g}", unit="d",
    )  # fmt: skip


def _stopped(reading: VirusProtection, device: Device) -> Iterator[_Fault]:
    for name, state in reading.services.items():
        if state is None or state.lower() != RUNNING:
            yield _Fault(
                say(
                    "{device}: the Trend Micro service {service} does not run",
                    device=device.name, service=name,
                ),
                state or "not installed", RUNNING, severity=Severity.CRITICAL,
            )  # fmt: skip


def _trend(
    trend: TrendAgent, reading: VirusProtection, limits: VirusLimits, device: Device
) -> Iterator[_Fault]:
    if trend.real_time is False:
        yield _unguarded(device)
    if trend.pattern_date is not None:
        yield from _old((reading.today - trend.pattern_date).days, limits, device)


def _defender(defender: Defender, limits: VirusLimits, device: Device) -> Iterator[_Fault]:
    if not defender.real_time:
        yield _unguarded(device)
    yield from _old(defender.signature_days, limits, device)
    scans = [
        days for days in (defender.quick_scan_days, defender.full_scan_days) if days is not None
    ]
    if not scans:
        yield _Fault(
            say("{device}: Defender has never scanned it", device=device.name),
            "never", f"<= {limits.virus_scan_days:g}",
        )  # fmt: skip
    elif min(scans) > limits.virus_scan_days:
        yield _Fault(
            say(
                "{device}: the last virus scan was {days} days ago, limit {limit:g}",
                device=device.name, days=min(scans), limit=limits.virus_scan_days,
            ),
            min(scans), f"<= {limits.virus_scan_days:g}", "d",
        )  # fmt: skip


def _old(days: int, limits: VirusLimits, device: Device) -> Iterator[_Fault]:
    if days > limits.virus_pattern_days:
        yield _Fault(
            say(
                "{device}: virus pattern {days} days old, limit {limit:g}",
                device=device.name, days=days, limit=limits.virus_pattern_days,
            ),
            days, f"<= {limits.virus_pattern_days:g}", "d",
        )  # fmt: skip


def _found(defender: Defender | None, limits: VirusLimits, device: Device) -> Iterator[_Fault]:
    if defender is None:
        return
    if defender.active_threats:
        yield _Fault(
            say(
                "{device}: {count} viruses are active on it",
                device=device.name, count=defender.active_threats,
            ),
            defender.active_threats, "0", severity=Severity.CRITICAL,
        )  # fmt: skip
    if defender.detections > limits.virus_detections:
        yield _Fault(
            say(
                "{device}: Defender found {count} viruses in the last seven days",
                device=device.name, count=defender.detections,
            ),
            defender.detections, f"<= {limits.virus_detections:g}",
        )  # fmt: skip


def _unguarded(device: Device) -> _Fault:
    return _Fault(
        say("{device}: real-time virus protection is off", device=device.name),
        "off", "on", severity=Severity.CRITICAL,
    )  # fmt: skip


def _abnormal(faults: tuple[_Fault, ...]) -> Verdict:
    worst = next((one for one in faults if one.severity is Severity.CRITICAL), faults[0])
    return abnormal(
        joined(tuple(one.sentence for one in faults)),
        severity=worst.severity,
        measured=worst.measured,
        expected=worst.expected,
        unit=worst.unit,
    )


def _no_registry(device: Device) -> Verdict:
    return unknown(
        say("{device}: the Trend Micro services run, but the registry does not tell their pattern; "
            "its product may be of another generation", device=device.name)
    )  # fmt: skip


def _no_pattern(device: Device) -> Verdict:
    return unknown(
        say("{device}: the registry does not tell the date of the Trend Micro pattern",
            device=device.name)
    )  # fmt: skip


TREND_MICRO: Final = Check(
    name="trend_micro", reads=VirusProtection, judge=judge_trend_micro, limits=VirusLimits()
)
VIRUS_PROTECTION: Final = Check(
    name="virus_protection",
    reads=VirusProtection,
    judge=judge_virus_protection,
    limits=VirusLimits(),
)
