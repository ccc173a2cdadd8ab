"""People at work on both sides at once, while the service stumbles: nothing is lost, nothing is
said twice, and in the end both say the same."""

from __future__ import annotations

import asyncio
import random
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from incidents.listing import steps_of
from incidents.model import LIVE
from incidents.tickets.lifecycle import STEPS, agrees
from incidents.tickets.mirror import Synced
from incidents.tickets.port import Declined, NotReached, Unclear
from phrases import verbatim
from tests.incidents.test_clockwork import MINUTE
from tests.incidents.test_handling import CHEN, LIU
from tests.incidents.tickets.test_mirror import Bench, Killed, fast
from tests.maintenance.fakes import proven
from tests.postgres import sqlite_with_tables
from tests.tiers import SEED, count

__all__ = ["fast", "sqlite_with_tables"]

STEPS_OF_A_DAY = 60
ILL = 0.15
"""How often a request stumbles."""


@dataclass
class Day:
    """One incident, its ticket, and everybody who works on them."""

    bench: Bench
    source: random.Random
    written: list[str] = field(default_factory=list)
    """What was noted on the incident."""
    said: list[str] = field(default_factory=list)
    """What was said on the ticket."""
    ill: float = ILL

    def stumble(self, _operation: str) -> None:
        if self.source.random() < self.ill:
            raise self.source.choice(
                [Unclear(verbatim("?")), NotReached(verbatim("-")), Killed(),
                 Declined(verbatim("no"))]
            )  # fmt: skip

    def step(self) -> None:
        match self.source.randrange(7):
            case 0:
                self._hands()
            case 1:
                self._note()
            case 2:
                self._ticket()
            case 3:
                self._comment()
            case _:
                self._sync()

    def _hands(self) -> None:
        hands, who = self.bench.hands, self.source.choice([CHEN, LIU])
        match self.source.randrange(5):
            case 0 | 1:
                hands.acknowledge(1, who)
            case 2:
                hands.hold(1, who, self.bench.now + timedelta(hours=2), "等备件")
            case 3:
                hands.resolve(1, who, "好了")
            case _:
                self.bench.sees(ill=self.source.random() < 0.7)

    def _note(self) -> None:
        self.written.append(f"记-{len(self.written)}.")
        self.bench.hands.note(1, CHEN, self.written[-1])

    def _ticket(self) -> None:
        """Any step that the service itself allows."""
        tickets = self.bench.service.tickets
        if tickets:
            user = self.source.choice(["chenjing", "liuyang"])
            state = self.source.choice(STEPS[tickets[0].state])
            owner = self.source.choice([None, user])
            self._outside(lambda: self.bench.person(user, state, owner=owner))

    def _comment(self) -> None:
        if self.bench.service.tickets:
            self.said.append(f"说-{len(self.said)}.")
            self._outside(lambda: self.bench.says("chenjing", self.said[-1]))

    def _outside(self, work: object) -> None:
        """A person's own line to the service is in order."""
        before, after = self.bench.service.before, self.bench.service.after
        self.bench.service.before = self.bench.service.after = lambda _operation: None
        assert callable(work)
        work()
        self.bench.service.before, self.bench.service.after = before, after

    def _sync(self) -> None:
        self.bench.now += self.source.choice([0.5, 1, 3, 15]) * MINUTE
        with suppress(Killed):
            self.bench.sync(at_once=True)


@pytest.mark.parametrize("number", range(count(6, 120)))
def test_nothing_is_lost_and_nothing_said_twice(fast: Bench, number: int) -> None:
    day = Day(fast, random.Random(SEED + number))  # noqa: S311  (drawn again by the same seed)
    fast.sees(ill=True)
    fast.sync()  # what is over before there is a mirror would not be filed
    fast.service.before = fast.service.after = day.stumble
    for _ in range(STEPS_OF_A_DAY):
        day.step()
    day.ill = 0.0
    runs = [fast.later(11) for _ in range(6)]
    assert runs[-1] == Synced()
    (ticket,) = (one for one in fast.service.tickets if one.key.endswith("-000001"))
    record = fast.record()
    assert agrees(ticket.state, record.state)
    assert record.state in LIVE or record.resolved_at is not None
    keys = [one.key for one in ticket.comments if one.key]
    assert len(keys) == len(set(keys))
    texts = [one.text for one in ticket.comments if one.author == "lineguard"]
    for note in day.written:
        assert sum(note in text for text in texts) == 1
    with fast.book.store.read() as tx:
        steps = [one.why["zh"] for one in steps_of(tx, 1)]
    for comment in day.said:
        assert steps.count(comment) in (1, 2), comment  # a note, and the reason of a step with it
        assert not any(comment in text for text in texts)
    assert proven(fast.book) == ""


def test_one_day_is_not_like_another(fast: Bench, tmp_path: Path) -> None:
    """A control: the draws do what they are for."""
    day = Day(fast, random.Random(SEED))  # noqa: S311
    fast.sees(ill=True)
    asyncio.run(fast.mirror().sync())
    for _ in range(STEPS_OF_A_DAY):
        day.step()
    assert day.written and day.said
