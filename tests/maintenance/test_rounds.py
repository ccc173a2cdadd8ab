"""Rounds on a scripted collector: every slot exactly one result, and nothing claimed unseen."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from collectors.readings import Trouble
from incidents.listing import incidents
from incidents.model import ChangeKind
from logbook.verify import verify
from maintenance.calendar import CalendarSettings, hours
from maintenance.rounds import RoundDesk, RoundStep, run_round
from store.database import Store
from store.locks import Held
from store.schema import entry, round_run, slot
from tests.inventory.builders import estate
from tests.maintenance.fakes import (
    BUSY,
    SHANGHAI_NOON,
    SPACE,
    UNBUILT,
    World,
    app,
    apps,
    real_clock,
    round_desk,
    with_estate,
)

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


def entries(store: Store, *kinds: str) -> list[dict[str, Any]]:
    with store.read() as tx:
        rows = tx.execute(select(entry.c.kind, entry.c.body).order_by(entry.c.seq)).all()
    return [{"kind": kind, **json.loads(body)} for kind, body in rows if kind in kinds]


def slots(store: Store) -> dict[str, tuple[str, str | None]]:
    with store.read() as tx:
        return {row.id: (row.state, row.result) for row in tx.execute(select(slot))}


async def test_a_round_plans_before_it_works_and_gives_every_slot_one_result(
    store: Store, tmp_path: Path, world: World
) -> None:
    desk, collector = round_desk(store, tmp_path, world)
    report = await run_round(desk, BUSY, real_clock)
    assert (report.due, report.done, report.normal, report.unknown) == (12, 12, 9, 3)
    assert report.exit_code == 3  # three slots of an item without a check
    with store.read() as tx:
        kinds = list(tx.execute(select(entry.c.kind).order_by(entry.c.seq)).scalars())
    assert kinds == ["plan", "round_started", *["result"] * 12, "round_finished"]
    assert sorted(name for name, _ in collector.visits) == ["app-1", "app-2", "app-3"]
    assert {state for state, _ in slots(store).values()} == {"done"}


async def test_a_second_round_finds_nothing_to_do_and_writes_nothing(
    store: Store, tmp_path: Path, world: World
) -> None:
    desk, collector = round_desk(store, tmp_path, world)
    await run_round(desk, BUSY, real_clock)
    before = len(entries(store, "round_started", "result", "plan"))
    report = await run_round(desk, BUSY + HOUR / 2, real_clock)
    assert (report.due, report.exit_code) == (0, 0)
    assert len(entries(store, "round_started", "result", "plan")) == before
    assert len(collector.visits) == 3
