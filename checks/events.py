"""Judge for the System log of a Windows host: M25 and the other system-log items."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from checks.item import Check
from checks.verdict import Severity, Verdict, abnormal, normal, unknown
from collectors.readings.windows import SystemEvents
from inventory.model import Device
from phrases import say, verbatim

CRITICAL: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class EventLimits:
    """Events of this level and worse (lower) are abnormal: 1 critical, 2 error, 3 warning. The
    operator's: a healthy Windows writes warnings every day."""

    event_level: float = 2.0


def judge_events(reading: SystemEvents, limits: EventLimits, device: Device) -> Verdict:
    """Where events may be unseen and none was found, nobody knows."""
    found = [one for one in reading.entries if one.level <= limits.event_level]
    if found:
        worst = min(found, key=lambda one: one.level)
        return abnormal(
            say(
                "{device}: {count} new events of level 1 to {limit:g} in its System log, the "
                "worst: {line}",
                device=device.name, count=len(found), limit=limits.event_level,
                line=verbatim(f"{worst.source}: {worst.text}"),
            ),
            severity=Severity.CRITICAL if worst.level == CRITICAL else Severity.WARNING,
            measured=len(found), expected="0", unit="lines",
        )  # fmt: skip
    if reading.gap or reading.more:
        return unknown(
            say(
                "{device}: its System log has more new events than were read, or was cleared; "
                "events may be unseen",
                device=device.name,
            )
        )
    return normal(
        say(
            "{device}: {count} new events in its System log, none of level 1 to {limit:g}",
            device=device.name, count=len(reading.entries), limit=limits.event_level,
        ),
        measured=0, expected="0", unit="lines",
    )  # fmt: skip


def _has_events(device: Device) -> bool:
    return device.access.winssh is not None


EVENTS: Final = Check(
    name="events", reads=SystemEvents, judge=judge_events, limits=EventLimits(), where=_has_events
)
