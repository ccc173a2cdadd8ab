"""Judges for received alarms: M54 and M55."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from checks.item import Check
from checks.verdict import Severity, Verdict, abnormal, normal, unknown
from collectors.readings.alarms import OtherAlarms, ReceivedAlarms, TrapAlarms
from inventory.model import Device
from phrases import Phrase, say, verbatim

NAMED: Final = 3
"""Open alarms that the sentence names; the others are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmLimits:
    """For how many seconds between two looks a receiver may have been away, as for a restart."""

    intake_gap_s: float = 60


def judge_alarms(reading: ReceivedAlarms, limits: AlarmLimits, device: Device) -> Verdict:
    """异常: an alarm is open. 未知: nothing is, but a receiver was away, or messages were lost.
    正常: it listened all the time, and nothing is open."""
    record = reading.record
    if record.open:
        worst = any(one.severity == Severity.CRITICAL.value for one in record.open)
        return abnormal(
            say("{device}: {count} alarms are open: {named}", device=device.name,
                count=len(record.open), named=_named(reading)),
            severity=Severity.CRITICAL if worst else Severity.WARNING,
            measured=len(record.open),
            expected="0",
        )  # fmt: skip
    if record.gap_s > limits.intake_gap_s:
        return unknown(
            say("{device}: since the last look nobody listened for alarms for {gap:.0f} s (at most "
                "{limit:.0f} s); what came then is not known", device=device.name,
                gap=record.gap_s, limit=limits.intake_gap_s)
        )  # fmt: skip
    if record.lost:
        return unknown(
            say("{device}: {lost} messages were lost since the last look; what they said is not "
                "known", device=device.name, lost=record.lost)
        )  # fmt: skip
    return normal(
        say("{device}: no alarm is open; {count} messages were received since the last look",
            device=device.name, count=record.stored),
        measured=0,
        expected="0",
    )  # fmt: skip


def _named(reading: ReceivedAlarms) -> Phrase:
    first = ", ".join(f"{one.device} {one.alarm}" for one in reading.record.open[:NAMED])
    more = len(reading.record.open) - NAMED
    return say("{named} and {count} more", named=first, count=more) if more > 0 else verbatim(first)


TRAP_ALARMS: Final = Check(
    name="trap_alarms", reads=TrapAlarms, judge=judge_alarms, limits=AlarmLimits(),
    rounds_only=True, raises=False,
)  # fmt: skip
OTHER_ALARMS: Final = Check(
    name="other_alarms", reads=OtherAlarms, judge=judge_alarms, limits=AlarmLimits(),
    rounds_only=True, raises=False,
)  # fmt: skip
