"""Judges for logs: the watched logs of a host, and what a network device logs itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from checks.item import Check, NoLimits
from checks.verdict import Severity, Verdict, abnormal, normal, unknown
from collectors.readings import DeviceLog, LogLines
from inventory.model import Device
from phrases import Phrase, joined, say, verbatim


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


def _has_files(device: Device) -> bool:
    """Windows keeps events instead (`checks.events`)."""
    return device.access.winssh is None


CRITICAL_UP_TO: Final = 2
"""Syslog severities 0 emergency, 1 alert, 2 critical."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceLogLimits:
    """Lines of this syslog severity and worse (lower) are abnormal; 4 is a warning."""

    log_severity: float = 4.0


def judge_device_log(reading: DeviceLog, limits: DeviceLogLimits, device: Device) -> Verdict:
    """Form NT12345-006: is there an abnormal line? Where the buffer has run over and holds none,
    nobody knows."""
    found = [one for one in reading.entries if one.severity <= limits.log_severity]
    if found:
        worst = min(found, key=lambda one: one.severity)
        critical = worst.severity <= CRITICAL_UP_TO
        return abnormal(
            say(
                "{device}: {count} log lines of severity 0 to {limit:g}, the worst: {line}",
                device=device.name, count=len(found), limit=limits.log_severity,
                line=verbatim(worst.text),
            ),
            severity=Severity.CRITICAL if critical else Severity.WARNING,
            measured=len(found),
            expected="0",
            unit="lines",
        )  # fmt: skip
    if reading.gap:
        return unknown(
            say(
                "{device}: its log buffer has run over since the last look; lines may be unseen",
                device=device.name,
            )
        )
    return normal(
        say(
            "{device}: {count} new lines in its log buffer, none of severity 0 to {limit:g}",
            device=device.name, count=len(reading.entries), limit=limits.log_severity,
        ),
        measured=0,
        expected="0",
        unit="lines",
    )  # fmt: skip


LOGS: Final = Check(
    name="logs", reads=LogLines, judge=judge_logs, limits=NoLimits(), where=_has_files
)
DEVICE_LOG: Final = Check(
    name="log_buffer",
    reads=DeviceLog,
    judge=judge_device_log,
    limits=DeviceLogLimits(),
    form="NT12345-006",
)
