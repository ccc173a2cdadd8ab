"""Acceptance: all of a steady rate is stored, and of a flood every message is accounted for.

Small in every run, for the whole time in soak; docs/measured/ has what a machine came to.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from collectors.intake.model import Receiver
from incidents.intake_desk import FLOOD
from incidents.listing import incidents
from logbook.book import Logbook
from store.database import open_store
from store.migrating import migrate
from tests.incidents.intakes import Intake, running, until
from tests.maintenance.fakes import logbook
from tests.tiers import count

NORMAL_WITHIN_S = 10.0


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Logbook]:
    opened = open_store(f"sqlite:///{tmp_path}/data/lineguard.db", tmp_path / "data")
    migrate(opened)
    yield logbook(opened, tmp_path)
    opened.close()


async def sent(intake: Intake, traps: int, lines: int, seconds: int) -> int:
    """Everything that a sender of its own process sent at these rates."""
    ports = [intake.ports[Receiver.TRAPS], intake.ports[Receiver.SYSLOG]]
    sender = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.collectors.intake.sender",
        *map(str, (*ports, traps, lines, seconds)),
        stdout=asyncio.subprocess.PIPE, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    said, _ = await sender.communicate()
    assert sender.returncode == 0
    return sum(json.loads(said).values())


async def test_300_traps_and_2000_lines_a_second_are_all_stored(book: Logbook) -> None:
    async with running(book) as intake:
        every = await sent(intake, 300, 2_000, count(2, 60))
        await until(lambda: sum(intake.counts().values()) == every, 60)
        assert intake.stored() == every
        assert {outcome for _, outcome in intake.counts()} == {"stored"}


async def test_of_a_flood_every_message_is_stored_or_counted_as_lost(book: Logbook) -> None:
    async with running(book) as intake:
        every = await sent(intake, 5_000, 5_000, count(2, 30))
        await until(lambda: sum(intake.counts().values()) == every, 60)
        lost = sum(many for (_, way), many in intake.counts().items() if way.startswith("lost"))
        assert intake.stored() + lost == every

        def normal() -> bool:
            return FLOOD not in {one.cause for one in intake.open()}

        await until(normal, NORMAL_WITHIN_S)
    with book.store.read() as tx:
        floods = [one for one in incidents(tx, states=None) if one.cause == FLOOD]
    assert len(floods) == (1 if lost else 0)
