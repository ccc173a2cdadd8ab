"""What rounds write is proven field for field, and what is changed beside the logbook is found."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Executable, delete, update

from maintenance.rounds import run_round
from store.database import Store
from store.schema import round_run, slot
from tests.maintenance.fakes import BUSY, SHANGHAI_NOON, World, proven, real_clock, round_desk

FORGED: dict[str, Executable] = {
    "a busy hour that never ends": update(slot).where(slot.c.busy_hour).values(closes=BUSY),
    "a slot of another device": update(slot).where(slot.c.device == "app-1").values(device="x"),
    "a slot of another site": update(slot).values(site="elsewhere"),
    "a slot of another period": update(slot).values(period="Q"),
    "a slot done at another time": update(slot).values(done_at=SHANGHAI_NOON),
    "no slots": delete(slot),
    "no rounds": delete(round_run),
    "a round of another time": update(round_run).values(slot_time=SHANGHAI_NOON),
    "a round with another outcome": update(round_run).values(outcome="interrupted"),
}


async def test_a_worked_round_is_proven(store: Store, tmp_path: Path, world: World) -> None:
    desk, _ = round_desk(store, tmp_path, world)
    await run_round(desk, BUSY, real_clock)
    world.references_silent = True
    world.silent = {"app-1", "app-2", "app-3"}
    await run_round(desk, BUSY.replace(day=21), real_clock)  # nothing observed
    assert proven(desk.logbook) == ""
    desk.logbook.require_sound()


@pytest.mark.parametrize("name", FORGED)
async def test_what_was_changed_beside_the_logbook_is_found(
    store: Store, tmp_path: Path, world: World, name: str
) -> None:
    desk, _ = round_desk(store, tmp_path, world)
    await run_round(desk, BUSY, real_clock)
    with store.write() as tx:
        assert tx.execute(FORGED[name]).rowcount
    assert proven(desk.logbook) != ""
