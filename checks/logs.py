"""Judge for the watched logs of a host."""

from __future__ import annotations

from typing import Final

from checks.item import Check, NoLimits
from checks.verdict import Verdict, abnormal, normal, unknown
from collectors.readings import LogLines
from inventory.model import Device
from phrases import Phrase, joined, say


def judge_logs(reading: LogLines, limits: NoLimits, device: Device) -> Verdict:
    """Any matching line is abnormal, and so is a log that grows faster than it can be read. Where
    lines may be unseen and none was found, nobody knows."""
    faults = (*_matches(reading, device), *_flood(reading, device))
    if faults:
        return abnormal(joined(faults), measured=reading.match_count, expected="0", unit="lines")
    if reading.gap:
        return unknown(
            say(
                "{device}: a log was rotated and the end of the old file was not found; "
                "lines may be unseen",
                device=device.name,
            )
        )
    return normal(
        say(
            "{device}: {scanned} new log lines, none of them abnormal",
            device=device.name,
            scanned=reading.scanned,
        ),
        measured=0,
        expected="0",
        unit="lines",
    )


def _matches(reading: LogLines, device: Device) -> tuple[Phrase, ...]:
    if reading.match_count == 0:
        return ()
    return (
        say(
            "{device}: {count} abnormal log lines, the first: {line}",
            device=device.name,
            count=reading.match_count,
            line=reading.matches[0] if reading.matches else "",
        ),
    )


def _flood(reading: LogLines, device: Device) -> tuple[Phrase, ...]:
    if reading.skipped_bytes == 0:
        return ()
    return (
        say(
            "{device}: its logs grew too fast to be read, {bytes} bytes were not looked at",
            device=device.name,
            bytes=reading.skipped_bytes,
        ),
    )


LOGS: Final = Check(name="logs", reads=LogLines, judge=judge_logs, limits=NoLimits())
