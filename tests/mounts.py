"""Disks that are full or take no writing, for tests that run as root; others are skipped."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def read_only(folder: Path) -> Iterator[Path]:
    """The folder, where nothing can be written during the block. Another way to the same files
    stays as it is."""
    seen = folder.with_name(f"{folder.name}-read-only")
    seen.mkdir()
    _mount("--bind", str(folder), str(seen))
    try:
        _mount("-o", "remount,ro,bind", str(seen))
        yield seen
    finally:
        _unmount(seen)


@contextmanager
def small_disk(folder: Path, kib: int) -> Iterator[Path]:
    """A disk of that many KiB at an empty folder."""
    folder.mkdir()
    _mount("-t", "tmpfs", "-o", f"size={kib}k", "tmpfs", str(folder))
    try:
        yield folder
    finally:
        _unmount(folder)


def enlarge(folder: Path) -> None:
    """Room is made on a small disk."""
    _mount("-o", "remount,size=20m", str(folder))


def _mount(*words: str) -> None:
    if os.geteuid() != 0 or not shutil.which("mount"):
        pytest.skip("only root mounts")
    done = subprocess.run(["mount", *words], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"this machine does not mount: {done.stderr.strip()}")


def _unmount(folder: Path) -> None:
    subprocess.run(["umount", "--lazy", str(folder)], check=False)
