"""The ticket service of the practice site: a real Roundup tracker, laid once per home."""

from __future__ import annotations

import asyncio
import errno
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from lab.embedded.ports import is_free
from lab.embedded.ticket_service import end, launch, tracker_url

ADMIN: Final = "admin"
"""Roundup's own first user."""
ROUNDS: Final = 1_000
"""PBKDF2 rounds of a password. Roundup's default costs each request 0.2 s of CPU, which guards
nothing here: the passwords lie beside it."""


@dataclass(slots=True)
class PracticeTracker:
    """One tracker at one port, as a process of its own. What was filed stays in the home."""

    folder: Path
    passwords: Mapping[str, str] = field(repr=False)
    """Of its users, `admin` among them."""
    _running: subprocess.Popen[bytes] | None = None

    async def start(self, host: str, port: int) -> None:
        """Lay it where it is not there yet, and serve it. Raises `OSError`."""
        if not is_free(port):
            raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE), f"{host}:{port}")
        await asyncio.to_thread(self._lay, tracker_url(port))
        self._running = await asyncio.to_thread(launch, self.folder, port)

    async def stop(self) -> None:
        """End its process."""
        running, self._running = self._running, None
        if running is not None:
            await asyncio.to_thread(end, running)

    def _lay(self, url: str) -> None:
        """Whole or not at all. One that is there learns its address, which a moved port changes."""
        from incidents.tickets.tracker_home import Tracker, lay, move

        if self.folder.exists():
            move(self.folder, url)
            return
        part = self.folder.with_name(f".{self.folder.name}.part")
        shutil.rmtree(part, ignore_errors=True)
        users = {name: word for name, word in self.passwords.items() if name != ADMIN}
        lay(
            Tracker(
                folder=part, url=url, admin_password=self.passwords[ADMIN], users=users,
                rounds=ROUNDS,
            )
        )  # fmt: skip
        part.rename(self.folder)
