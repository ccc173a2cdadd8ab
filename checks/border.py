"""Judges for what stands at the border of the network: hot standby of firewalls, and alarms that
routers and firewalls raise themselves (M44)."""

from __future__ import annotations

from typing import Final

from checks.item import Check, NoLimits
from checks.verdict import Severity, Verdict, abnormal, normal
from collectors.readings import ActiveAlarms, HaState
from inventory.model import Device, Kind
from phrases import Phrase, say, verbatim

QUOTED: Final = 120
"""Characters of a device's words in one sentence."""
SERIOUS: Final = ("critical", "major")


def judge_ha(reading: HaState, limits: NoLimits, device: Device) -> Verdict:
    """In the role it is configured for, and not alone."""
    wanted = device.watch.ha_role or reading.role
    role = _role(reading.role)
    if reading.switched or reading.role != wanted:
        return abnormal(
            say(
                "{device}: HA role switched, it is {role} and should be {wanted}",
                device=device.name, role=role, wanted=_role(wanted),
            ),
            severity=Severity.CRITICAL,
            measured=reading.role,
            expected=wanted,
        )  # fmt: skip
    if reading.peer is None:
        return abnormal(
            say(
                "{device}: HA {role}, its peer is gone",
                device=device.name,
                role=role,
            ),
            measured=reading.role,
            expected=wanted,
        )
    if reading.peer == reading.role:
        return abnormal(
            say("{device}: HA, both sides are {role}", device=device.name, role=role),
            severity=Severity.CRITICAL,
            measured=reading.role,
            expected=wanted,
        )
    return normal(
        say(
            "{device}: HA {role}, peer {peer}",
            device=device.name, role=role, peer=_role(reading.peer),
        ),
        measured=reading.role,
        expected=wanted,
    )  # fmt: skip


def _role(name: str) -> Phrase:
    match name:
        case "active":
            return say("active")
        case "standby":
            return say("standby")
    return verbatim(name)


def judge_alarms(reading: ActiveAlarms, limits: NoLimits, device: Device) -> Verdict:
    """Any active alarm is abnormal; a critical or major one is critical."""
    if not reading.alarms:
        return normal(say("{device}: no active alarm", device=device.name), measured=0)
    serious = [one for one in reading.alarms if one.severity in SERIOUS]
    first = (serious or reading.alarms)[0]
    return abnormal(
        say(
            "{device}: {count} active alarms, the first: {alarm}",
            device=device.name,
            count=len(reading.alarms),
            alarm=verbatim(f"{first.severity} {first.text}"[:QUOTED]),
        ),
        severity=Severity.CRITICAL if serious else Severity.WARNING,
        measured=len(reading.alarms),
        expected="0",
    )


def stands_in_a_pair(device: Device) -> bool:
    """Does the site say which role this device is configured for?"""
    return device.watch.ha_role is not None


HA: Final = Check(
    name="ha",
    reads=HaState,
    judge=judge_ha,
    limits=NoLimits(),
    kinds=frozenset({Kind.FIREWALL}),
    where=stands_in_a_pair,
)
ALARMS: Final = Check(
    name="alarms", reads=ActiveAlarms, judge=judge_alarms, limits=NoLimits(), optional=True
)
