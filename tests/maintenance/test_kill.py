"""kill -9 at any moment: the next round completes, every slot has exactly one result."""

from __future__ import annotations

import asyncio
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

from maintenance.rounds import RoundDesk, RoundReport, run_round
from store.database import Store
from store.locks import Held
from tests.maintenance.fakes import (
    BUSY,
    SPACE,
    World,
    apps,
    entries,
    proven,
    real_clock,
    round_desk,
    slots,
)
from tests.tiers import count

ROOT = Path(__file__).parents[2]
DEVICES = 24
ROUND_S = 1.5
"""About as long as the child's round takes, so that kills fall before, into and after it."""

FREED_WITHIN_S = 20
SEED = 20261120


def start(url: str, folder: Path, at: str) -> subprocess.Popen[str]:
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.maintenance.worker", url, str(folder), at, str(DEVICES)],
        cwd=ROOT, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    return child


def kill(child: subprocess.Popen[str], after_s: float) -> bool:
    """Kill -9 after a while; False when the child had ended by itself."""
    deadline = time.monotonic() + after_s
    while time.monotonic() < deadline and child.poll() is None:
        time.sleep(0.001)
    child.send_signal(signal.SIGKILL)
    child.communicate()
    return child.returncode == -signal.SIGKILL


async def next_round(desk: RoundDesk, at: datetime) -> RoundReport:
    """Cron's next start: a server may take a moment to notice that the holder of the lock died."""
    async with asyncio.timeout(FREED_WITHIN_S):
        while True:
            try:
                return await run_round(desk, at, real_clock)
            except Held:
                await asyncio.sleep(0.01)


async def test_a_killed_round_is_completed_by_the_next(
    store: Store, store_url: str, tmp_path: Path
) -> None:
    chance = random.Random(SEED)  # noqa: S311  (moments to kill at, no secret)
    desk, _ = round_desk(store, tmp_path, World(), apps(DEVICES), (SPACE,))
    killed = 0
    for number in range(count(5, 100)):
        at = BUSY + timedelta(days=number)
        child = start(store_url, tmp_path, at.isoformat())
        killed += kill(child, chance.uniform(0, ROUND_S))
        await next_round(desk, at)
    assert killed > 0 and entries(store, "round_interrupted")  # kills did fall into rounds
    told = Counter(one["slot"] for one in entries(store, "result", "missed"))
    assert set(told) == set(slots(store)) and set(told.values()) == {1}
    assert {state for state, _ in slots(store).values()} == {"done"}
    assert proven(desk.logbook) == ""
