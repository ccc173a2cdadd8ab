"""A full daily round of the practice site, whose peers are a process of their own."""

from __future__ import annotations

import asyncio
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from benchmarks.measure import Figure
from lab.embedded.client import LabClient
from lineguard.founding import found
from lineguard.wiring import Station
from maintenance.rounds import run_round

BUSY = datetime(2026, 11, 23, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
LIMIT_S = 20.0


def figures() -> list[Figure]:
    """The first round, with what is due in a week, a month and a quarter; then a plain day's."""
    with tempfile.TemporaryDirectory(prefix="lineguard-figures-") as name:
        station = found(Path(name) / "home", practice=True, at=datetime.now(UTC))
        lab = LabClient(station.home.root)
        lab.up()
        try:
            first = _worked(station, BUSY)
            second = _worked(station, BUSY + timedelta(days=1))
        finally:
            lab.down()
    return [
        Figure(name="practice site, first round: wall", value=first[0], unit="s",
               note=f"{first[1]} slots done"),
        Figure(name="practice site, daily round: wall", value=second[0], unit="s", limit=LIMIT_S,
               note=f"{second[1]} slots done"),
    ]  # fmt: skip


def _worked(station: Station, at: datetime) -> tuple[float, int]:
    desk = station.round_desk()
    began = time.monotonic()
    report = asyncio.run(run_round(desk, at, lambda: datetime.now(UTC)))
    return time.monotonic() - began, report.done
