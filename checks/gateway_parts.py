"""Judges for the 1960 gateway's version, ports and hardware (M36-M38), by site data."""

from __future__ import annotations

from typing import Final

from checks.item import Check, NoLimits
from checks.verdict import Severity, Verdict, abnormal, normal, unknown
from collectors.readings import GatewayHardware, GatewayParts, GatewayPorts, GatewayVersion
from inventory.model import Device
from phrases import Phrase, joined, say, verbatim

QUOTED: Final = 120
"""Characters of a device's words in one sentence."""
FAULTS_TOLD: Final = 5
"""Parts that one sentence names; the rest is counted."""


def judge_version(reading: GatewayVersion, limits: NoLimits, device: Device) -> Verdict:
    """As the baseline in the site data has it, letter for letter."""
    told = " ".join(reading.values)[:QUOTED]
    expected = (reading.expect or "").strip()
    if not expected:
        return unknown(
            say("{device}: version {version}; the site data says no expected one",
                device=device.name, version=verbatim(told))
        )  # fmt: skip
    if all(one == expected for one in reading.values):
        sentence = say("{device}: version {version}", device=device.name, version=verbatim(told))
        return normal(sentence, measured=told, expected=expected)
    return abnormal(
        say("{device}: version {version}, expected {expected}",
            device=device.name, version=verbatim(told), expected=verbatim(expected[:QUOTED])),
        measured=told,
        expected=expected,
    )  # fmt: skip


def judge_ports(reading: GatewayPorts, limits: NoLimits, device: Device) -> Verdict:
    """A trunk or port out of service keeps callers out."""
    return _judged(reading, device, Severity.CRITICAL)


def judge_hardware(reading: GatewayHardware, limits: NoLimits, device: Device) -> Verdict:
    """Boards, supplies and fans."""
    return _judged(reading, device, Severity.WARNING)


def _judged(reading: GatewayParts, device: Device, severity: Severity) -> Verdict:
    wanted, expected = _expectation(reading.expect)
    if not expected:
        return unknown(
            say("{device}: the site data says no expected state for {topic}",
                device=device.name, topic=reading.topic)
        )  # fmt: skip
    states = [tuple(one.split("\t", 1)) for one in reading.values]
    names = {name for name, _ in states}
    looked = [(name, state) for name, state in states if not wanted or name in wanted]
    bad = [(name, state) for name, state in looked if state != expected]
    gone = sorted(wanted - names)
    if not bad and not gone:
        return normal(
            say("{device}: {count} parts, all {expected}",
                device=device.name, count=len(looked), expected=verbatim(expected)),
            measured=len(looked),
            expected=expected,
        )  # fmt: skip
    faults = (
        *(_fault(device, name, state, expected) for name, state in bad),
        *(say("{device}: {part} is not there any more", device=device.name, part=name)
          for name in gone),
    )  # fmt: skip
    return abnormal(
        _named(faults), severity=severity, measured=len(faults), expected=expected
    )  # fmt: skip


def _expectation(expect: str | None) -> tuple[frozenset[str], str]:
    """`STATE`, or `NAME, NAME: STATE`. Names may hold a colon, states may not."""
    names, _, state = (expect or "").rpartition(":")
    return frozenset(one.strip() for one in names.split(",") if one.strip()), state.strip()


def _fault(device: Device, name: str, state: str, expected: str) -> Phrase:
    return say(
        "{device}: {part} is {state}, expected {expected}",
        device=device.name, part=verbatim(name[:QUOTED]), state=verbatim(state[:QUOTED]),
        expected=verbatim(expected[:QUOTED]),
    )  # fmt: skip


def _named(faults: tuple[Phrase, ...]) -> Phrase:
    told = joined(faults[:FAULTS_TOLD])
    more = len(faults) - FAULTS_TOLD
    return told if more <= 0 else say("{first}; and {count} more", first=told, count=more)


GATEWAY_VERSION: Final = Check(
    name="version", reads=GatewayVersion, judge=judge_version, limits=NoLimits()
)
GATEWAY_PORTS: Final = Check(name="ports", reads=GatewayPorts, judge=judge_ports, limits=NoLimits())
GATEWAY_HARDWARE: Final = Check(
    name="hardware",
    reads=GatewayHardware,
    judge=judge_hardware,
    limits=NoLimits(),
    form="NT12345-003",
)
