"""Judges for the watched services of a host: M13, M16, M31, M32, M58."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from checks.item import Check, NoLimits
from checks.logs import judge_logs
from checks.verdict import Severity, Verdict, abnormal, normal, not_applicable
from collectors.readings.services import (
    ApplicationLog,
    AsrServer,
    AsrServices,
    ItemLog,
    MdsServices,
    ProxyLog,
    ProxyServices,
    ServiceState,
    ServiceStates,
    TtsServer,
)
from inventory.model import Device
from phrases import Phrase, joined, say

EXPECTED: Final = "every service runs, listens and answers"


def judge_services(reading: ServiceStates, limits: NoLimits, device: Device) -> Verdict:
    """A service that does not run, listen or answer does not serve: critical. One that runs with
    fewer processes than it should is a warning."""
    if reading.absent:
        return _absent(reading.item, device)
    faults = [fault for one in reading.services for fault in _faults(one, device)]
    if not faults:
        return _in_order(reading, device)
    critical = any(severity is Severity.CRITICAL for severity, _ in faults)
    return abnormal(
        joined(tuple(sentence for _, sentence in faults)),
        severity=Severity.CRITICAL if critical else Severity.WARNING,
        measured=len(faults),
        expected=EXPECTED,
    )


def judge_item_log(reading: ItemLog, limits: NoLimits, device: Device) -> Verdict:
    """As every log of a host."""
    if reading.absent:
        return _absent(reading.item, device)
    return judge_logs(reading, limits, device)


def _absent(item: str, device: Device) -> Verdict:
    return not_applicable(
        say(
            "{device}: the service of {item} does not stand on it, says its watch.absent",
            device=device.name, item=item,
        )
    )  # fmt: skip


def _faults(one: ServiceState, device: Device) -> Iterator[tuple[Severity, Phrase]]:
    if one.processes is not None and one.processes < one.count:
        severity = Severity.WARNING if one.processes else Severity.CRITICAL
        yield severity, _too_few(one, one.processes, device)
    for port in one.closed:
        yield (
            Severity.CRITICAL,
            say(
                "{device}: nothing listens on port {port} of service {service}",
                device=device.name, port=port, service=one.name,
            ),
        )  # fmt: skip
    if one.refused:
        yield (
            Severity.CRITICAL,
            say(
                "{device}: port {port} of service {service} takes no connection",
                device=device.name, port=one.connect or 0, service=one.name,
            ),
        )  # fmt: skip


def _too_few(one: ServiceState, running: int, device: Device) -> Phrase:
    if not running:
        return say("{device}: service {service} does not run", device=device.name, service=one.name)
    return say(
        "{device}: service {service} runs with {running} processes, at least {count} are needed",
        device=device.name, service=one.name, running=running, count=one.count,
    )  # fmt: skip


def _in_order(reading: ServiceStates, device: Device) -> Verdict:
    return normal(
        say(
            "{device}: {count} services run, listen and answer: {names}",
            device=device.name,
            count=len(reading.services),
            names=", ".join(one.name for one in reading.services),
        ),
        measured=0,
        expected=EXPECTED,
    )


NO_LIMITS: Final = NoLimits()

MDS: Final = Check(name="services", reads=MdsServices, judge=judge_services, limits=NO_LIMITS)
PROXY: Final = Check(
    name="services", reads=ProxyServices, judge=judge_services, limits=NO_LIMITS, optional=True
)
"""Optional, as its log is: a proxy whose alarms are told in a log need not be told as a service."""
ASR_SERVER: Final = Check(name="services", reads=AsrServer, judge=judge_services, limits=NO_LIMITS)
TTS_SERVER: Final = Check(name="services", reads=TtsServer, judge=judge_services, limits=NO_LIMITS)
ASR_SERVICES: Final = Check(
    name="services", reads=AsrServices, judge=judge_services, limits=NO_LIMITS
)

APPLICATION_LOG: Final = Check(
    name="logs", reads=ApplicationLog, judge=judge_item_log, limits=NO_LIMITS
)
PROXY_LOG: Final = Check(
    name="alarms", reads=ProxyLog, judge=judge_item_log, limits=NO_LIMITS, optional=True
)
