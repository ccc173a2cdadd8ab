"""Trackers for tests: laid once, copied for each test, served in this process."""

from __future__ import annotations

import shutil
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from incidents.tickets.roundup import Roundup
from incidents.tickets.tracker_home import Tracker, lay
from lab.embedded.ticket_service import server, tracker_url

USERS = {"lineguard": "our secret", "chenjing": "hers", "liuyang": "his"}
FEW_ROUNDS = 1_000


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def laid(folder: Path, port: int) -> Tracker:
    """A tracker whose web address has that port."""
    tracker = Tracker(
        folder=folder, url=tracker_url(port), admin_password="admin", users=USERS,
        rounds=FEW_ROUNDS,
    )  # fmt: skip
    lay(tracker)
    return tracker


@contextmanager
def served(folder: Path, port: int) -> Iterator[None]:
    """The tracker of that folder, listening."""
    with server(folder, port) as serving:
        thread = threading.Thread(target=serving.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            serving.shutdown()
            thread.join()


def adapter(url: str, user: str = "lineguard", limit_s: float = 10.0) -> Roundup:
    """The port to it, as that user."""
    return Roundup.at(url, user, USERS[user], limit_s)


def forget(folder: Path) -> None:
    """Away with it."""
    shutil.rmtree(folder)
