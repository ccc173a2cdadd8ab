"""The gate of a device: visits pass it together, a change of its password passes it alone.

So nobody logs in with a password that is being changed at that moment. It is a file lock of this
home, for all its processes: the secrets are files of the home as well.
"""

from __future__ import annotations

import asyncio
import errno
import fcntl
import os
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

POLL_S: Final = 0.05


class Gate(Protocol):
    """What the visitor passes before it visits."""

    def open_for(self, device: str) -> AbstractAsyncContextManager[None]:
        """Waits until no password of the device is being changed; the block keeps it so."""
        ...


@dataclass(frozen=True, slots=True)
class DeviceGates:
    """One lock file a device, in `folder`."""

    folder: Path

    def open_for(self, device: str) -> AbstractAsyncContextManager[None]:
        """As `Gate`."""
        return self._held(device, fcntl.LOCK_SH)

    def closed_for(self, device: str) -> AbstractAsyncContextManager[None]:
        """Waits until nobody visits the device; nobody does during the block."""
        return self._held(device, fcntl.LOCK_EX)

    def worker_lock(self, device: str) -> Path:
        """Held by a playbook that works on the device, which may outlive whoever started it."""
        return self._path(f"changing.{device}")

    @asynccontextmanager
    async def no_worker(self, device: str) -> AsyncIterator[None]:
        """Waits for the end of a playbook that was left behind by a killed run."""
        async with self._locked(self.worker_lock(device), fcntl.LOCK_EX):
            pass
        yield

    @asynccontextmanager
    async def _held(self, device: str, how: int) -> AsyncIterator[None]:
        async with self._locked(self._path(f"gate.{device}"), how):
            yield

    @asynccontextmanager
    async def _locked(self, path: Path, how: int) -> AsyncIterator[None]:
        try:
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            if error.errno == errno.EROFS and how == fcntl.LOCK_SH:
                yield  # nobody changes a password in a home that takes no writing
                return
            raise
        try:
            while True:
                try:
                    fcntl.flock(handle, how | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    await asyncio.sleep(POLL_S)
            yield
        finally:
            os.close(handle)

    def _path(self, name: str) -> Path:
        self.folder.mkdir(parents=True, exist_ok=True)
        return self.folder / f"{name}.lock"
