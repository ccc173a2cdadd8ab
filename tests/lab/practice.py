"""A practice home with its site as a process of its own, as `lineguard lab` runs it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from collectors.scratch.server import PostgresServer, PostgresSettings
from lab.embedded.client import LabClient
from lineguard.founding import found
from lineguard.wiring import Station

DEADLINE_S = 20.0


def now() -> datetime:
    return datetime.now(UTC)


def eventually(true: Callable[[], bool], within_s: float = DEADLINE_S) -> bool:
    """Does it come true in time?"""
    deadline = time.monotonic() + within_s
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


@contextmanager
def practice_station(root: Path) -> Iterator[Station]:
    """A founded practice home. Its site is ended, and its databases are taken away, at the end."""
    station = found(root, practice=True, at=now())
    try:
        yield station
    finally:
        LabClient(root).down()
        take_away_databases(root)


def _servers(root: Path) -> list[PostgresServer]:
    """As the site has them. Root's keep their data outside the home, where their user may go."""
    settings = PostgresSettings(password="")
    kept = (root / "data" / "lab" / "postgres").glob("*.superuser")
    return [PostgresServer(superuser.with_suffix(""), 1, settings) for superuser in kept]


def take_away_databases(root: Path) -> None:
    """What a site that was killed left behind, outside its home as well."""
    for server in _servers(root):
        server.remove()


def data_outside(root: Path) -> list[Path]:
    """Data of this home's servers that lies elsewhere."""
    return [
        one.data for one in _servers(root) if one.data.exists() and root not in one.data.parents
    ]


def processes_about(root: Path) -> list[int]:
    """Processes that have this folder in their arguments."""
    found_ones = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                arguments = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if str(root).encode() in arguments:
                found_ones.append(int(entry.name))
    return found_ones


def databases_of(root: Path) -> list[int]:
    """The PostgreSQL servers of this home that run now."""
    running = []
    for server in _servers(root):
        pid_file = server.data / "postmaster.pid"
        if pid_file.exists():
            pid = int(pid_file.read_text(encoding="ascii").split()[0])
            if Path(f"/proc/{pid}").exists():
                running.append(pid)
    return running
