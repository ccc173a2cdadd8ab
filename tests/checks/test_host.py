"""Judges for servers, at their limits and one either side."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from checks import host
from checks.catalogue import item, limit_names
from checks.verdict import Severity, State
from collectors.readings import FileSystem, FileSystems, HostLoad
from tests.inventory.builders import device

AT = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
SERVER = device("app-1", "app_server")


def load(cpu: float = 10, memory: float = 20) -> HostLoad:
    return HostLoad(device="app-1", taken_at=AT, cpu_percent=cpu, memory_percent=memory)


@pytest.mark.parametrize(
    ("cpu", "state"), [(79.9, State.NORMAL), (80.0, State.ABNORMAL), (91.0, State.ABNORMAL)]
)
def test_cpu_must_stay_below_its_limit(cpu: float, state: State) -> None:
    verdict = host.judge_host_cpu(load(cpu=cpu), host.HostCpuLimits(), SERVER)
    assert verdict.state is state
    assert verdict.sentence.text("en") == f"app-1: CPU {cpu:g} %, limit 80 %"
    assert (verdict.measured, verdict.expected, verdict.unit) == (cpu, "< 80", "%")


@pytest.mark.parametrize(
    ("memory", "state"), [(89.9, State.NORMAL), (90.0, State.ABNORMAL), (97.0, State.ABNORMAL)]
)
def test_memory_must_stay_below_its_limit(memory: float, state: State) -> None:
    verdict = host.judge_host_memory(load(memory=memory), host.HostMemoryLimits(), SERVER)
    assert verdict.state is state
    assert verdict.sentence.text("en") == f"app-1: memory {memory:g} %, limit 90 %"


def mounted(
    mount: str = "/",
    used: float = 10,
    inodes: float | None = None,
    *,
    read_only: bool = False,
) -> FileSystem:
    return FileSystem(
        mount=mount, size=10**9, used_percent=used, inode_percent=inodes, read_only=read_only
    )


def disks(*all_of_them: FileSystem) -> FileSystems:
    return FileSystems(device="app-1", taken_at=AT, mounted=all_of_them)


@pytest.mark.parametrize(
    ("used", "severity", "sentence"),
    [
        (84.9, None, "1 file systems, the fullest is / at 84.9 %"),
        (85.0, Severity.WARNING, "file system / is 85 % full, limit 85 %"),
        (94.9, Severity.WARNING, "file system / is 94.9 % full, limit 85 %"),
        (95.0, Severity.CRITICAL, "file system / is 95 % full, limit 95 %"),
        (97.0, Severity.CRITICAL, "file system / is 97 % full, limit 95 %"),
    ],
)
def test_space_has_a_warning_and_a_critical_limit(
    used: float, severity: Severity | None, sentence: str
) -> None:
    verdict = host.judge_file_systems(disks(mounted(used=used)), host.FileSystemLimits(), SERVER)
    assert verdict.severity is severity
    assert verdict.sentence.text("en") == f"app-1: {sentence}"


@pytest.mark.parametrize(
    ("inodes", "severity"),
    [(None, None), (84.0, None), (85.0, Severity.WARNING), (95.0, Severity.CRITICAL)],
)
def test_inodes_count_where_they_are_known(inodes: float | None, severity: Severity | None) -> None:
    verdict = host.judge_file_systems(
        disks(mounted(inodes=inodes)), host.FileSystemLimits(), SERVER
    )
    assert verdict.severity is severity
    if severity is not None:
        assert verdict.sentence.text("en").startswith(
            f"app-1: file system / has used {inodes:g} % of its inodes"
        )


def test_a_file_system_that_went_read_only_is_critical() -> None:
    verdict = host.judge_file_systems(
        disks(mounted("/data", read_only=True)), host.FileSystemLimits(), SERVER
    )
    assert (verdict.state, verdict.severity) == (State.ABNORMAL, Severity.CRITICAL)
    assert verdict.sentence.text("en") == "app-1: file system /data is mounted read only"


def test_the_worst_file_system_measures_and_every_one_is_named() -> None:
    verdict = host.judge_file_systems(
        disks(mounted("/var", 86), mounted("/data", 96), mounted("/")),
        host.FileSystemLimits(),
        SERVER,
    )
    assert (verdict.severity, verdict.measured) == (Severity.CRITICAL, 96)
    assert verdict.sentence.text("en") == (
        "app-1: file system /var is 86 % full, limit 85 %; "
        "app-1: file system /data is 96 % full, limit 95 %"
    )


def test_a_device_has_limits_of_its_own() -> None:
    own = device("app-1", "app_server", limits={"disk_warning_percent": 70, "cpu_average": 1})
    limits = host.FILE_SYSTEMS.limits_for(own)
    assert limits.disk_warning_percent == 70
    assert host.judge_file_systems(disks(mounted(used=71)), limits, own).state is State.ABNORMAL


def test_every_server_has_its_load_judged_each_day() -> None:
    for name in ("M01", "M17", "M21", "M24", "M28"):
        assert {check.name for check in item(name).checks} >= {"cpu", "memory"}
    assert {"host_cpu_percent", "inode_percent", "disk_critical_percent"} <= limit_names()
