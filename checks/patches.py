"""Judge for the patches of Windows hosts: M50."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from checks.item import Check
from checks.verdict import Severity, Verdict, abnormal, normal, unknown
from collectors.readings.windows import Patches
from inventory.model import Device
from phrases import Phrase, joined, say

CRITICAL: Final = "critical"
NAMED: Final = 5
"""Patches that a sentence names."""
CLOCKS_APART: Final = timedelta(days=1)
"""Times without a zone may be off by half a day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PatchLimits:
    """More missing patches than these are abnormal, and so is a host that has installed none for
    longer. A search that is older proves nothing. The operator's: Microsoft publishes monthly."""

    patches_critical: float = 0.0
    patches_missing: float = 20.0
    patch_search_days: float = 7.0
    patch_install_days: float = 90.0


def judge_patches(reading: Patches, limits: PatchLimits, device: Device) -> Verdict:
    """Critical ones first, then how many, how long ago, and whether a restart is waited for."""
    age = reading.taken_at - reading.searched_at
    if age > timedelta(days=limits.patch_search_days) or age < -CLOCKS_APART:
        return unknown(
            say(
                "{device}: Windows Update searched last on {day}, limit {limit:g} days: "
                "what is missing since is not known",
                device=device.name, day=reading.searched_at.date().isoformat(),
                limit=limits.patch_search_days,
            )
        )  # fmt: skip
    critical = [one.kb or one.title for one in reading.missing if one.severity == CRITICAL]
    faults = (
        *_critical(critical, limits, device),
        *_many(len(reading.missing), limits, device),
        *_long_ago(reading, limits, device),
        *_restart(reading, device),
    )
    if not faults:
        return _in_order(reading, len(critical), limits, device)
    grave = len(critical) > limits.patches_critical
    return abnormal(
        joined(faults),
        severity=Severity.CRITICAL if grave else Severity.WARNING,
        measured=len(critical) if grave else len(reading.missing),
        expected=f"<= {limits.patches_critical if grave else limits.patches_missing:g}",
    )


def _critical(critical: list[str], limits: PatchLimits, device: Device) -> Iterator[Phrase]:
    if len(critical) > limits.patches_critical:
        yield say(
            "{device}: {count} critical patches are missing, limit {limit:g}: {names}",
            device=device.name, count=len(critical), limit=limits.patches_critical,
            names=", ".join(critical[:NAMED]),
        )  # fmt: skip


def _many(missing: int, limits: PatchLimits, device: Device) -> Iterator[Phrase]:
    if missing > limits.patches_missing:
        yield say(
            "{device}: {count} patches are missing, limit {limit:g}",
            device=device.name, count=missing, limit=limits.patches_missing,
        )  # fmt: skip


def _long_ago(reading: Patches, limits: PatchLimits, device: Device) -> Iterator[Phrase]:
    if reading.last_installed is None:
        return
    days = (reading.taken_at - reading.last_installed).days
    if days > limits.patch_install_days:
        yield say(
            "{device}: its last patch was installed {days} days ago, limit {limit:g}",
            device=device.name, days=days, limit=limits.patch_install_days,
        )  # fmt: skip


def _restart(reading: Patches, device: Device) -> Iterator[Phrase]:
    if reading.reboot_pending:
        yield say("{device}: installed patches wait for a restart of the host", device=device.name)


def _in_order(reading: Patches, critical: int, limits: PatchLimits, device: Device) -> Verdict:
    return normal(
        say(
            "{device}: {count} patches are missing, of them {critical} critical",
            device=device.name, count=len(reading.missing), critical=critical,
        ),
        measured=len(reading.missing),
        expected=f"<= {limits.patches_missing:g}",
    )  # fmt: skip


PATCHES: Final = Check(name="patches", reads=Patches, judge=judge_patches, limits=PatchLimits())
