"""A runbook's wait is over, a hold is over: whoever has it is told, once, and not afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from incidents.clockwork import Clockwork, Ticked
from incidents.escalation import Post, Reason
from incidents.notifying.channels import Way, Ways
from incidents.notifying.delivery import BUNDLE_FROM, Delivered, Delivery
from incidents.notifying.paths import Paths
from incidents.silences import Where
from incidents.topology import Topology
from inventory.people import Actor
from lineguard.cli.tick import pending
from phrases import say
from runbooks.grammar import parse
from runbooks.model import Found, Machine
from runbooks.running import Answer, Outcome, Refusal, RunbookDesk, Seen, Taken, Walk
from runbooks.subject import Subject
from store.database import open_store
from store.migrating import migrate
from store.schema import page
from tests.incidents.test_clockwork import MINUTE, Night, Unwatched, paged
from tests.incidents.test_correlate import AT
from tests.incidents.test_delivery import Phones
from tests.incidents.test_escalation import Board
from tests.incidents.test_handling import CHEN, LIU, actor, done
from tests.maintenance.fakes import entries, logbook, proven

BOOK = parse(
    "short",
    """---
title_en: Short
summary_en: for tests
kind: fault
source: test
---
# 短

适用：测试

## 处理

1. 看一眼
2. `wait: 5m` 等空调起动，然后看温度
3. `wait: 5m` 再等一次
4. 记录
""",
    "short.md",
)
KNOWN = frozenset({"陈静", "刘洋", "赵敏"})
STRANGER = actor("山本")
OVER = (
    "the wait in run 1 of short (fw-1) was over at 11-21 03:05, step 1.2: 等空调起动，然后看温度; "
    "go on: lineguard runbook run --resume 1"
)


@dataclass
class Shift(Night):
    """A night in which a runbook is walked as well."""

    phones: Phones = field(default_factory=Phones)
    file: Path = Path()

    def works(self, machine: Machine, subject: Subject, actor: Actor) -> Seen | Refusal:
        return Seen(found=Found.NORMAL, sentence=say("nothing could be seen"))

    @property
    def desk(self) -> RunbookDesk:
        return RunbookDesk(
            store=self.book.store, logbook=self.book, clock=lambda: self.now, works=self.works
        )

    def begins(self, about: Subject, by: Actor = CHEN) -> int:
        """A run that stands before its first wait."""
        walk = self.desk.begin(BOOK, about, by)
        assert isinstance(walk, Walk), walk
        return self.step(walk.run.id, by)

    def step(self, run: int, by: Actor = CHEN, **answer: object) -> int:
        taken = self.desk.take(run, Answer(**answer), by)  # type: ignore[arg-type]
        assert isinstance(taken, Taken), taken
        return run

    def tick(self, minutes: float | None = None) -> Ticked:
        if minutes is not None:
            self.now = AT + minutes * MINUTE
        work = Clockwork(
            store=self.book.store, logbook=self.book, roster=self.board, observation=Unwatched(),
            people=KNOWN,
        )  # fmt: skip
        return work.tick(self.now)

    def reminded(self, minutes: float) -> list[tuple[int, str]]:
        return [(one.run, one.person) for one in self.tick(minutes).reminders]

    def deliver(self) -> Delivered:
        way = Way(name="sms", url="json://sms")
        desk = Delivery(
            store=self.book.store,
            logbook=self.book,
            ways=Ways((way,), {name: {"sms": name} for name in KNOWN}),
            paths=Paths(Topology({})),
            sender=self.phones,
            clock=lambda: self.now,
            lang="en",
        )
        return asyncio.run(desk.deliver())

    def due(self) -> bool:
        """Would a tick look further than its first glance?"""
        return pending(str(self.file), self.now)[1]


@pytest.fixture
def shift(tmp_path: Path) -> Iterator[Shift]:
    file = tmp_path / "data/lineguard.db"
    store = open_store(f"sqlite:///{file}", tmp_path / "data")
    migrate(store)
    yield Shift(logbook(store, tmp_path), file=file)
    store.close()


ABOUT = Subject(device="fw-1", site="site_primary")


def test_whoever_walks_a_run_is_told_once_when_its_wait_is_over(shift: Shift) -> None:
    run = shift.begins(ABOUT, LIU)
    assert shift.reminded(4.9) == [] and not shift.due()
    shift.now = AT + 5 * MINUTE
    assert shift.due()
    assert shift.reminded(5) == [(run, "刘洋")]
    assert shift.deliver() == Delivered(sent=1)
    assert shift.reminded(6) == [] and shift.deliver() == Delivered() and not shift.due()
    ((address, _way, message),) = shift.phones.heard
    assert (address, message.text) == ("刘洋", f"{OVER}\n[{message.key}]")
    (told,) = entries(shift.book.store, "page")
    assert (told["run"], told["reason"], told["incident"]) == (run, "waited", None)
    assert proven(shift.book) == ""


def test_the_owner_of_the_incident_is_told_rather_than_who_began_the_run(shift: Shift) -> None:
    shift.sees(ill=True)
    done(shift.hands.acknowledge(1, LIU))
    shift.begins(Subject(incident=1, device="fw-1"), CHEN)
    assert shift.reminded(5) == [(1, "刘洋")]
    with shift.book.store.read() as tx:
        row = tx.execute(select(page).where(page.c.reason == Reason.WAITED)).mappings().one()
    assert (row["incident"], row["severity"]) == (1, "critical")
    done(shift.hands.resolve(1, LIU, "已恢复"))
    assert shift.deliver().sent >= 1
    assert any("wait in run 1" in one[2].text for one in shift.phones.heard), "the run goes on"
    assert proven(shift.book) == ""


@pytest.mark.parametrize(
    ("posts", "told"),
    [
        ({Post.PRIMARY: ("陈静", "刘洋"), Post.BACKUP: ("赵敏",)}, ["陈静", "刘洋"]),
        ({Post.BACKUP: ("赵敏",)}, ["赵敏"]),
        ({Post.PURCHASER: ("孙涛",)}, []),
    ],
)
def test_where_nobody_known_has_it_whoever_is_on_duty_is_told(
    shift: Shift, posts: dict[Post, tuple[str, ...]], told: list[str]
) -> None:
    shift.board = Board(posts)
    shift.begins(ABOUT, STRANGER)
    assert [person for _run, person in shift.reminded(5)] == told
    shift.deliver()
    assert shift.due() == (not told), "an empty chair is asked for again"


def test_no_message_comes_after_the_step_was_done(shift: Shift) -> None:
    run = shift.begins(ABOUT)
    assert shift.reminded(5) == [(run, "陈静")]
    shift.step(run)
    assert shift.deliver() == Delivered(withdrawn=1)
    assert shift.phones.heard == []
    assert shift.reminded(10) == [(run, "陈静")], "the next wait is another one"
    shift.step(run, outcome=Outcome.GIVEN_UP, note="不做了")
    assert shift.deliver() == Delivered(withdrawn=1)
    assert shift.reminded(60) == []
    assert proven(shift.book) == ""


def test_a_step_that_was_done_before_its_wait_was_over_is_told_to_nobody(shift: Shift) -> None:
    run = shift.begins(ABOUT)
    shift.now = AT + 3 * MINUTE
    shift.step(run, outcome=Outcome.SKIPPED, note="已好")
    assert shift.reminded(7.9) == []
    assert shift.reminded(8) == [(run, "陈静")]


def test_many_waits_of_one_person_are_one_message(shift: Shift) -> None:
    for number in range(BUNDLE_FROM):
        shift.begins(Subject(device=f"fw-{number}"))
    assert len(shift.reminded(5)) == BUNDLE_FROM
    assert shift.deliver() == Delivered(sent=BUNDLE_FROM)
    assert len(shift.phones.heard) == 1


def test_a_run_whose_text_is_lost_is_told_all_the_same(shift: Shift) -> None:
    shift.begins(ABOUT)
    for one in shift.book.evidence.folder.rglob("*"):
        if one.is_file():
            one.chmod(0o600)
            one.write_bytes(b"")
    assert shift.reminded(5) == [(1, "陈静")]
    shift.deliver()
    assert "step 1.2: -; go on" in shift.phones.heard[0][2].text


# --- holds ------------------------------------------------------------------------------------

LATE = timedelta(days=3)


def held(shift: Shift, by: Actor = CHEN, minutes: float = 10) -> None:
    shift.sees(ill=True)
    done(shift.hands.hold(1, by, AT + minutes * MINUTE, "等备件"))


def test_a_hold_that_is_over_tells_its_owner_and_who_is_on_duty_why_it_was_held(
    shift: Shift,
) -> None:
    held(shift, LIU)
    done(shift.hands.note(1, CHEN, "备件在路上"))
    shift.tick(9)
    shift.deliver()
    shift.phones.heard.clear()
    ticked = shift.tick(10)
    assert ticked.resumed == (1,)
    assert paged(ticked) == [("刘洋", Reason.RESUMED), ("陈静", Reason.RESUMED)]
    assert paged(shift.tick(11)) == []
    assert shift.deliver() == Delivered(sent=2)
    text = shift.phones.heard[0][2].text
    assert text.startswith(
        "the hold by 刘洋 is over (waits until 2026-11-21 03:10: 等备件): fw-1 is unreachable"
    ), text
    assert "lineguard incident show 1" in text
    assert proven(shift.book) == ""


def test_a_hold_of_who_is_on_duty_is_told_once(shift: Shift) -> None:
    held(shift, CHEN)
    assert paged(shift.tick(10)) == [("陈静", Reason.RESUMED)]


@pytest.mark.parametrize("again", ["held", "taken", "over"])
def test_what_is_in_hand_again_is_not_told(shift: Shift, again: str) -> None:
    held(shift)
    assert paged(shift.tick(10)) == [("陈静", Reason.RESUMED)]
    match again:
        case "held":
            done(shift.hands.hold(1, CHEN, shift.now + LATE, "还没到"))
        case "taken":
            done(shift.hands.acknowledge(1, LIU))
        case _:
            done(shift.hands.resolve(1, CHEN, "已更换"))
    assert shift.deliver() == Delivered(withdrawn=1)
    assert shift.phones.heard == []


def test_planned_work_puts_it_off_until_it_ends(shift: Shift) -> None:
    held(shift)
    shift.silences.add(Where(device="fw-1"), AT, AT + 30 * MINUTE, "割接", CHEN)
    assert paged(shift.tick(10)) == []
    assert paged(shift.tick(29)) == []
    assert ("陈静", Reason.RESUMED) in paged(shift.tick(30))


def test_a_second_hold_is_told_as_well_and_with_its_own_reason(shift: Shift) -> None:
    held(shift)
    shift.tick(10)
    shift.deliver()
    done(shift.hands.hold(1, CHEN, AT + 20 * MINUTE, "再等"))
    assert paged(shift.tick(20)) == [("陈静", Reason.RESUMED)]
    shift.deliver()
    assert "再等" in shift.phones.heard[-1][2].text
