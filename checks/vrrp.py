"""Judge for virtual routers (M44): each is what the site says it is while all is well."""

from __future__ import annotations

import re
from typing import Final

from checks.item import Check, NoLimits
from checks.verdict import Severity, Verdict, abnormal, normal
from collectors.readings.vrrp import VrrpGroup, VrrpGroups
from inventory.model import Device, VrrpWatch
from phrases import Phrase, joined, say, verbatim

NAMED_AT_MOST: Final = 3
SHORT: Final = (
    ("xgigabitethernet", "xge"), ("gigabitethernet", "ge"), ("ethernet", "eth"),
)  # fmt: skip
"""How VRP shortens the names of interfaces."""
_NAME: Final = re.compile(r"([A-Za-z0-9-]{0,24}?[A-Za-z-])(\d.{0,40})")


def judge_vrrp(reading: VrrpGroups, limits: NoLimits, device: Device) -> Verdict:
    """A group that is gone or not active serves nobody; one whose roles have changed still does."""
    told = {(one.vrid, short(one.interface)): one for one in reading.groups}
    found = [(one, told.get((one.vrid, short(one.interface)))) for one in device.watch.vrrp]
    wrong = [(one, group) for one, group in found if group is None or group.state != one.state]
    if not wrong:
        sentence = say(
            "{device}: all {count} virtual routers are as configured",
            device=device.name, count=len(found),
        )  # fmt: skip
        return normal(sentence, measured=0, expected="0")
    serving = all(group is not None and group.state in _SERVING for _, group in wrong)
    return abnormal(
        joined(tuple(_told(device, one, group) for one, group in wrong[:NAMED_AT_MOST])),
        severity=Severity.WARNING if serving else Severity.CRITICAL,
        measured=len(wrong),
        expected="0",
    )


_SERVING: Final = frozenset({"master", "backup"})


def _told(device: Device, wanted: VrrpWatch, group: VrrpGroup | None) -> Phrase:
    if group is None:
        return say(
            "{device}: virtual router {vrid} on {interface} is not there",
            device=device.name, vrid=wanted.vrid, interface=wanted.interface,
        )  # fmt: skip
    return say(
        "{device}: virtual router {vrid} on {interface} is {state} and should be {wanted}",
        device=device.name, vrid=wanted.vrid, interface=wanted.interface,
        state=_state(group.state), wanted=_state(wanted.state),
    )  # fmt: skip


def _state(name: str) -> Phrase:
    match name:
        case "master":
            return say("master")
        case "backup":
            return say("backup router")
    return verbatim(name)


def short(interface: str) -> str:
    """The name as the device shortens it, in lower case."""
    found = _NAME.fullmatch(interface)
    if found is None:
        return interface.lower()
    kind, number = found[1].lower(), found[2].lower()
    return dict(SHORT).get(kind, kind) + number


def watches_virtual_routers(device: Device) -> bool:
    """Does the site name any?"""
    return bool(device.watch.vrrp)


VRRP: Final = Check(
    name="vrrp", reads=VrrpGroups, judge=judge_vrrp, limits=NoLimits(),
    where=watches_virtual_routers,
)  # fmt: skip
