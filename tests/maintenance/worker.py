"""A child process that works one round on a slow scripted collector, for tests that kill it.

Arguments: database URL, home folder, slot time (RFC 3339), devices.
"""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path

from maintenance.rounds import run_round
from store.database import open_store
from tests.maintenance.fakes import SPACE, World, apps, round_desk

VISIT_S = 0.09


def main(url: str, folder: str, at: str, devices: str) -> None:
    store = open_store(url, Path(folder) / "data")
    # Few in a batch, so that a kill falls between transactions as often as into them.
    desk, collector = round_desk(
        store, Path(folder), World(), apps(int(devices)), (SPACE,), devices_at_once=2
    )
    collector.delay_s = VISIT_S
    print("ready", flush=True)  # noqa: T201  (the parent waits for it)
    asyncio.run(run_round(desk, datetime.fromisoformat(at), lambda: datetime.now(UTC)))


if __name__ == "__main__":
    main(*sys.argv[1:])
