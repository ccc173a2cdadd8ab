"""What does something is done once for a slot, through kills and failures, and never by a watch."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest

from checks.catalogue import item
from collectors.acting import done, permit
from collectors.readings import Reading, Trouble
from collectors.readings.application import MessageDelivery
from collectors.session import Notebook, unanswered
from collectors.visit import Answer, Contact, Memory, Visit
from inventory.model import Device, Http
from lineguard.cli.check import allowed
from maintenance.looks import Call
from maintenance.memory import Remembered, remembered
from maintenance.rounds import RoundDesk, run_round
from phrases import say
from store.database import Store
from tests.inventory.builders import device, estate
from tests.maintenance.fakes import BUSY, World, entries, real_clock, round_desk

SLOT = "M56/sms-1/2026-W47"
HOUR = timedelta(hours=1)


class Killed(BaseException):
    """As kill -9: nothing behind it runs."""


@dataclass
class Gateway:
    """A collector whose one device sends messages. `dies`: the process is killed in the middle."""

    target: Device
    sent: list[str] = field(default_factory=list)
    asked: list[str | None] = field(default_factory=list)
    dies: bool = False
    trouble: Trouble | None = None

    async def visit(self, device: str, wanted: frozenset[type[Reading]], memory: Memory) -> Visit:
        notebook = Notebook(self.target)
        answers: dict[type[Reading], Answer] = {}
        for one in wanted:
            answers[one] = self._message(device, memory)
        why = say("{device} answers", device=device)
        return Visit(
            device=device,
            started_at=real_clock(),
            ended_at=real_clock(),
            contact=Contact(reached=self.trouble is None, trouble=self.trouble, why=why),
            answers=answers,
            notes=tuple(notebook.notes),
        )

    def _message(self, device: str, memory: Memory) -> Answer:
        occasion = memory.recall(device, permit(MessageDelivery))
        before = memory.recall(device, done(MessageDelivery))
        self.asked.append(occasion)
        if occasion is None or self.trouble is not None:
            trouble = self.trouble or Trouble.WITHHELD
            return unanswered(self.target, real_clock(), trouble, say("no answer"))
        if before != occasion:
            self.sent.append(occasion)
        if self.dies:
            raise Killed
        return MessageDelivery(
            device=device, taken_at=real_clock(), status=200, outcome="delivered",
            word="DELIVRD", number="*34", waited_s=1.0,
        )  # fmt: skip


def _desk(store: Store, folder: Path) -> tuple[RoundDesk, Gateway]:
    target = device("sms-1", "sms", http=Http())
    desk, _ = round_desk(store, folder, World(), estate(target), [item("M56")])
    gateway = Gateway(target)
    return replace(desk, collector=gateway), gateway


def _noted(store: Store) -> str | None:
    with store.read() as tx:
        return remembered(tx).recall("sms-1", done(MessageDelivery))


async def test_a_round_acts_once_for_a_slot(store: Store, tmp_path: Path) -> None:
    desk, gateway = _desk(store, tmp_path)
    for hours in range(3):
        await run_round(desk, BUSY + hours * HOUR, real_clock)
    assert gateway.sent == [SLOT]
    await run_round(desk, BUSY + timedelta(days=7), real_clock)
    assert gateway.sent == [SLOT, "M56/sms-1/2026-W48"]


async def test_a_round_that_was_killed_after_sending_is_not_followed_by_a_second_message(
    store: Store, tmp_path: Path
) -> None:
    desk, gateway = _desk(store, tmp_path)
    gateway.dies = True
    with pytest.raises(Killed):
        await run_round(desk, BUSY, real_clock)
    assert _noted(store) == SLOT, "it is written down before it is sent"
    gateway.dies = False
    report = await run_round(desk, BUSY + HOUR, real_clock)
    assert (gateway.sent, report.normal) == ([SLOT], 1)


async def test_what_surely_did_nothing_may_be_done_by_the_next_round(
    store: Store, tmp_path: Path
) -> None:
    desk, gateway = _desk(store, tmp_path)
    gateway.trouble = Trouble.NOT_CONFIGURED
    await run_round(desk, BUSY, real_clock)
    assert _noted(store) == ""


async def test_the_plan_stands_before_the_message(store: Store, tmp_path: Path) -> None:
    desk, gateway = _desk(store, tmp_path)
    gateway.dies = True
    with pytest.raises(Killed):
        await run_round(desk, BUSY, real_clock)
    assert [one["kind"] for one in entries(store)] == ["plan", "round_started"]


def test_a_look_that_is_asked_for_acts_only_when_its_item_is_named() -> None:
    """`check run` names items in its call only where it also records."""
    target = device("sms-1", "sms", http=Http())
    call = Call(device=target, items=(item("M53"), item("M56")))
    topic = permit(MessageDelivery)
    nothing = Remembered({})
    assert allowed(nothing, call, frozenset()).recall("sms-1", topic) is None
    assert allowed(nothing, call, frozenset({"M53"})).recall("sms-1", topic) is None
    given = allowed(nothing, call, frozenset({"M56"}))
    assert (given.recall("sms-1", topic) or "").startswith("look/sms-1/")
    assert given.recall("sms-2", topic) is None
