"""The commands themselves, run by this machine's own shell, as a real host would run them."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from collectors.parsers.linux import END, INODES, MOUNTS, Unreadable, parse_file_systems, parse_load
from collectors.sources.host_commands import (
    FILE_SYSTEMS,
    LOAD,
    log_by_inode,
    log_part,
    log_state,
)

ODD_NAMES = (
    "plain.log",
    "two words.log",
    "it's; echo $HOME `id`.log",
    "-n",
    "通话.log",
    "[a]*.log",
)


def shell(command: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["/bin/sh", "-c", command], capture_output=True, timeout=20, check=False)


def test_the_load_of_a_real_linux_is_read() -> None:
    load = parse_load(shell(LOAD).stdout)
    assert 0 <= load.cpu_percent <= 100
    assert 0 < load.memory_percent < 100


def test_the_file_systems_of_a_real_linux_are_read_or_none_holds_data() -> None:
    ran = shell(FILE_SYSTEMS)
    for mark in (INODES, MOUNTS, END):
        assert mark.encode() in ran.stdout
    try:
        assert all(0 <= one.used_percent <= 100 for one in parse_file_systems(ran.stdout))
    except Unreadable as refusal:  # a container has an overlay for its root
        assert refusal.why.text("en") == "no file system that holds data is listed"


@pytest.mark.parametrize("name", ODD_NAMES)
def test_a_log_of_any_name_is_measured_read_and_found(tmp_path: Path, name: str) -> None:
    log = tmp_path / name
    log.write_bytes(b"0123456789\n")
    inode = log.stat().st_ino
    assert shell(log_state(str(log))).stdout == f"{inode} 11\n".encode()
    assert shell(log_part(str(log), 3, 4)).stdout == b"3456"
    assert shell(log_part(str(log), 0, 99)).stdout == b"0123456789\n"
    log.rename(tmp_path / "rotated")
    assert shell(log_by_inode(str(log), inode)).stdout == f"{tmp_path}/rotated\n".encode()


def test_a_log_that_may_not_be_read_fails_or_gives_nothing(tmp_path: Path) -> None:
    missing = str(tmp_path / "missing")
    assert shell(log_state(missing)).returncode != 0
    assert shell(log_part(missing, 0, 10)).stdout == b""


def test_no_command_writes(tmp_path: Path) -> None:
    """Run in an empty folder, on a log in it: nothing there has changed afterwards."""
    log = tmp_path / "a.log"
    log.write_bytes(b"x\n")
    before = log.stat()
    for command in (
        LOAD,
        FILE_SYSTEMS,
        log_state(str(log)),
        log_part(str(log), 0, 2),
        log_by_inode(str(log), before.st_ino),
    ):
        shell(f"cd {tmp_path}; {command}")
    assert os.listdir(tmp_path) == ["a.log"]  # noqa: PTH208
    assert (log.stat().st_mtime_ns, log.stat().st_size) == (before.st_mtime_ns, before.st_size)
