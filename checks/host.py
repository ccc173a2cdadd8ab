"""Judges for servers: load at busy hour, and file systems. The limits are the operator's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from checks.item import Check
from checks.verdict import Severity, Verdict, abnormal, normal
from collectors.readings import FileSystem, FileSystems, HostLoad
from inventory.model import Device
from phrases import Phrase, joined, say


@dataclass(frozen=True, slots=True, kw_only=True)
class HostCpuLimits:
    """Percent; at the limit is too much."""

    host_cpu_percent: float = 80.0


@dataclass(frozen=True, slots=True, kw_only=True)
class HostMemoryLimits:
    """Percent without buffers and cache; at the limit is too much."""

    host_memory_percent: float = 90.0


@dataclass(frozen=True, slots=True, kw_only=True)
class FileSystemLimits:
    """Percent; at the limit is too full."""

    disk_warning_percent: float = 85.0
    disk_critical_percent: float = 95.0
    inode_percent: float = 85.0
    inode_critical_percent: float = 95.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fault:
    severity: Severity
    sentence: Phrase
    measured: float | str
    expected: str


def judge_host_cpu(reading: HostLoad, limits: HostCpuLimits, device: Device) -> Verdict:
    """The average of all cores."""
    verdict = abnormal if reading.cpu_percent >= limits.host_cpu_percent else normal
    return verdict(
        say(
            "{device}: CPU {percent:g} %, limit {limit:g} %",
            device=device.name,
            percent=reading.cpu_percent,
            limit=limits.host_cpu_percent,
        ),
        measured=reading.cpu_percent,
        expected=f"< {limits.host_cpu_percent:g}",
        unit="%",
    )


def judge_host_memory(reading: HostLoad, limits: HostMemoryLimits, device: Device) -> Verdict:
    """Memory that programs hold."""
    verdict = abnormal if reading.memory_percent >= limits.host_memory_percent else normal
    return verdict(
        say(
            "{device}: memory {percent:g} %, limit {limit:g} %",
            device=device.name,
            percent=reading.memory_percent,
            limit=limits.host_memory_percent,
        ),
        measured=reading.memory_percent,
        expected=f"< {limits.host_memory_percent:g}",
        unit="%",
    )


def judge_file_systems(reading: FileSystems, limits: FileSystemLimits, device: Device) -> Verdict:
    """Every file system: its space, its inodes where they are known, and that it can be written.
    The worst fault gives severity and measure; the sentence names all."""
    faults = [fault for one in reading.mounted for fault in _faults(one, limits, device) if fault]
    if not faults:
        return _all_fit(reading, limits, device)
    worst = next((one for one in faults if one.severity is Severity.CRITICAL), faults[0])
    return abnormal(
        joined(tuple(fault.sentence for fault in faults)),
        severity=worst.severity,
        measured=worst.measured,
        expected=worst.expected,
        unit="%" if isinstance(worst.measured, float) else None,
    )


def _all_fit(reading: FileSystems, limits: FileSystemLimits, device: Device) -> Verdict:
    fullest = max(reading.mounted, key=lambda one: one.used_percent)
    return normal(
        say(
            "{device}: {count} file systems, the fullest is {mount} at {percent:g} %",
            device=device.name,
            count=len(reading.mounted),
            mount=fullest.mount,
            percent=fullest.used_percent,
        ),
        measured=fullest.used_percent,
        expected=f"< {limits.disk_warning_percent:g}",
        unit="%",
    )


def _faults(one: FileSystem, limits: FileSystemLimits, device: Device) -> tuple[_Fault | None, ...]:
    return (
        _space(one, limits, device),
        _inodes(one, limits, device),
        _read_only(one, device),
    )


def _space(one: FileSystem, limits: FileSystemLimits, device: Device) -> _Fault | None:
    limit = _passed(one.used_percent, limits.disk_warning_percent, limits.disk_critical_percent)
    if limit is None:
        return None
    return _Fault(
        severity=_severity(limit, limits.disk_critical_percent),
        sentence=say(
            "{device}: file system {mount} is {percent:g} % full, limit {limit:g} %",
            device=device.name,
            mount=one.mount,
            percent=one.used_percent,
            limit=limit,
        ),
        measured=float(one.used_percent),
        expected=f"< {limit:g}",
    )


def _inodes(one: FileSystem, limits: FileSystemLimits, device: Device) -> _Fault | None:
    if one.inode_percent is None:
        return None
    limit = _passed(one.inode_percent, limits.inode_percent, limits.inode_critical_percent)
    if limit is None:
        return None
    return _Fault(
        severity=_severity(limit, limits.inode_critical_percent),
        sentence=say(
            "{device}: file system {mount} has used {percent:g} % of its inodes, limit {limit:g} %",
            device=device.name,
            mount=one.mount,
            percent=one.inode_percent,
            limit=limit,
        ),
        measured=float(one.inode_percent),
        expected=f"< {limit:g}",
    )


def _read_only(one: FileSystem, device: Device) -> _Fault | None:
    if not one.read_only:
        return None
    return _Fault(
        severity=Severity.CRITICAL,
        sentence=say(
            "{device}: file system {mount} is mounted read only",
            device=device.name,
            mount=one.mount,
        ),
        measured="read only",
        expected="writable",
    )


def _passed(percent: float, warning: float, critical: float) -> float | None:
    """The higher of the two limits that was reached."""
    if percent >= critical:
        return critical
    return warning if percent >= warning else None


def _severity(limit: float, critical: float) -> Severity:
    return Severity.CRITICAL if limit == critical else Severity.WARNING


HOST_CPU: Final = Check(name="cpu", reads=HostLoad, judge=judge_host_cpu, limits=HostCpuLimits())
HOST_MEMORY: Final = Check(
    name="memory", reads=HostLoad, judge=judge_host_memory, limits=HostMemoryLimits()
)
FILE_SYSTEMS: Final = Check(
    name="file_systems",
    reads=FileSystems,
    judge=judge_file_systems,
    limits=FileSystemLimits(),
)
