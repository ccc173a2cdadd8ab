"""Which process is the running site of a home: who holds the lock, never a guess by number."""

from __future__ import annotations

import fcntl
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

LOCK_NAME: Final = "lock"
LOCK_MODE: Final = 0o600
ATTEMPTS: Final = 20
ATTEMPT_S: Final = 0.05
"""Asking who holds the lock takes it for an instant: that is no reason to give up."""


@dataclass(slots=True)
class SiteLock:
    """The lock of one running site; the kernel frees it when its process ends, however it ends."""

    descriptor: int

    def release(self) -> None:
        """Give it up."""
        os.close(self.descriptor)


def take(folder: Path) -> SiteLock | None:
    """Become this home's running site, or None when another process is. The file then holds the
    process id, which is only ever believed while the lock is held."""
    descriptor = os.open(folder / LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, LOCK_MODE)
    for _ in range(ATTEMPTS):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(ATTEMPT_S)
            continue
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        return SiteLock(descriptor)
    os.close(descriptor)
    return None


def holder(folder: Path) -> int | None:
    """The process id of the running site, or None when there is none."""
    try:
        descriptor = os.open(folder / LOCK_NAME, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        written = os.pread(descriptor, 32, 0).strip()
        return int(written) if written.isdigit() else 0
    finally:
        os.close(descriptor)
    return None
