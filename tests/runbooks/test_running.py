"""A run of a runbook: every step on record, waits that survive, nobody overtaken unseen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text, update

from inventory.model import Role
from inventory.people import Actor
from logbook.book import Logbook
from phrases import say
from runbooks.grammar import parse
from runbooks.listing import RunState, runs, steps_of
from runbooks.model import Found, Machine, Runbook
from runbooks.running import Answer, Outcome, Refusal, RunbookDesk, Seen, Taken, Walk
from runbooks.shelf import library
from runbooks.subject import Subject
from store.database import open_store
from store.migrating import migrate
from store.schema import runbook_run, runbook_step
from tests.incidents.test_correlate import AT
from tests.incidents.test_handling import CHEN, LIU, actor
from tests.maintenance.fakes import logbook, proven
from tests.postgres import postgres_server, postgres_url, store_url

__all__ = ["postgres_server", "postgres_url", "store_url"]

SHORT = """---
title_en: Short
summary_en: for tests
kind: fault
source: test
---
# 短

适用：测试

## 处理

1. 看一眼
2. `wait: 5m` 等待 5 分钟，然后继续
   - 已好 → 结束
3. `check: M46 device` 复查
   - 正常 → 结束
   - 异常 → 选择
   - 未知 → 选择

## 选择

1. 怎么办？
   - 再来 → 处理
   - 算了 → 结束
"""
BOOK = parse("short", SHORT, "short.md")
ABOUT = Subject(device="fw-1", site="site_primary")


@dataclass
class Bench:
    """A desk with a clock that is set by hand, and a machine that finds what it is told to."""

    book: Logbook
    finds: Found = Found.NORMAL
    asked: list[Machine] = field(default_factory=list)
    refuses: bool = False

    def works(self, machine: Machine, subject: Subject, actor: Actor) -> Seen | Refusal:
        self.asked.append(machine)
        if self.refuses:
            return Refusal(why=say("nothing could be seen"))
        return Seen(found=self.finds, sentence=say("nothing could be seen"))

    @property
    def desk(self) -> RunbookDesk:
        return RunbookDesk(
            store=self.book.store, logbook=self.book, clock=lambda: AT + self.later,
            works=self.works,
        )  # fmt: skip

    later: timedelta = timedelta(0)

    def begin(self, book: Runbook = BOOK, about: Subject = ABOUT) -> Walk:
        walk = self.desk.begin(book, about, CHEN)
        assert isinstance(walk, Walk), walk
        return walk

    def take(self, **answer: object) -> Walk:
        taken = self.desk.take(1, Answer(**answer), CHEN)  # type: ignore[arg-type]
        assert isinstance(taken, Taken), taken
        return taken.walk

    def refused(self, by: Actor = CHEN, **answer: object) -> str:
        told = self.desk.take(1, Answer(**answer), by)  # type: ignore[arg-type]
        assert isinstance(told, Refusal), told
        return told.why.text("en")


@pytest.fixture
def bench(store_url: str, tmp_path: Path) -> Iterator[Bench]:
    store = open_store(store_url, tmp_path / "data")
    migrate(store)
    yield Bench(logbook(store, tmp_path))
    store.close()


def test_a_run_goes_step_by_step_and_every_step_names_who_did_it(bench: Bench) -> None:
    assert bench.begin().run.step == "1.1"
    assert bench.take(note="指示灯正常").run.step == "1.2"
    bench.later = timedelta(minutes=5)
    assert bench.take().run.step == "1.3"
    bench.finds = Found.ABNORMAL
    assert bench.take().run.step == "2.1"
    assert bench.take(choice="算了").run.state is RunState.FINISHED
    with bench.book.store.read() as tx:
        steps = steps_of(tx, 1)
    assert [(one.step, one.outcome, one.choice, one.actor) for one in steps] == [
        ("1.1", "done", None, "陈静"), ("1.2", "done", None, "陈静"),
        ("1.3", "done", "异常", "陈静"), ("2.1", "chosen", "算了", "陈静"),
    ]  # fmt: skip
    assert bench.refused() == "run 1 is over"
    assert proven(bench.book) == ""


@pytest.mark.parametrize(("seconds", "over"), [(299, False), (300, True)])
def test_a_wait_is_over_at_its_moment_and_not_before(
    bench: Bench, seconds: int, over: bool
) -> None:
    bench.begin()
    bench.later = timedelta(hours=3)  # time spent in the step before counts for nothing
    bench.take()
    bench.later += timedelta(seconds=seconds)
    if over:
        assert bench.take().run.step == "1.3"
    else:
        assert bench.refused().startswith("step 1.2 waits 1 minutes more")
        assert bench.take(choice="已好").run.state is RunState.FINISHED


def test_a_wait_may_be_skipped_by_whoever_says_why(bench: Bench) -> None:
    bench.begin()
    bench.take()
    assert "say why" in bench.refused(outcome=Outcome.SKIPPED)
    assert bench.take(outcome=Outcome.SKIPPED, note="主管同意").run.step == "1.3"


@pytest.mark.parametrize("found", list(Found))
def test_a_check_takes_the_branch_of_what_it_finds(bench: Bench, found: Found) -> None:
    bench.finds = found
    bench.begin()
    bench.take()
    bench.take(outcome=Outcome.SKIPPED, note="x")
    assert bench.take().run.step == (None if found is Found.NORMAL else "2.1")


def test_a_check_that_cannot_be_done_is_skipped_by_a_choice_of_its_answers(bench: Bench) -> None:
    bench.refuses = True
    bench.begin()
    bench.take()
    bench.take(outcome=Outcome.SKIPPED, note="x")
    assert bench.refused() == "nothing could be seen"
    assert "is a decision" in bench.refused(outcome=Outcome.SKIPPED, note="x")
    assert "say why" in bench.refused(choice="正常")
    assert bench.take(choice="未知", note="看不到").run.step == "2.1"


def test_what_cannot_be_meant_is_refused(bench: Bench) -> None:
    bench.begin()
    assert "has no answer 好" in bench.refused(choice="好")
    assert "one line" in bench.refused(note="a\nb")
    assert "somebody was quicker" in bench.refused(step="1.3")
    viewer = actor("林审", Role.VIEWER)
    assert "walks no runbooks" in bench.refused(viewer)
    assert isinstance(bench.desk.walk(7), Refusal)
    assert "is under way for the same" in str(bench.desk.begin(BOOK, ABOUT, LIU))


def test_a_run_may_be_given_up_with_a_reason(bench: Bench) -> None:
    bench.begin()
    assert bench.take(outcome=Outcome.GIVEN_UP, note="误报").run.state is RunState.GIVEN_UP
    with bench.book.store.read() as tx:
        assert runs(tx, running=True) == ()
    assert proven(bench.book) == ""


def test_a_new_edition_of_the_file_changes_nothing_under_a_run(bench: Bench) -> None:
    bench.begin()
    walk = bench.desk.walk(1)
    assert isinstance(walk, Walk)
    assert walk.book.text == SHORT


@pytest.mark.parametrize(
    ("statement", "table"),
    [
        (update(runbook_run).values(step="1.3"), "runbook_run"),
        (update(runbook_run).values(due_at=None), "runbook_run"),
        (update(runbook_run).values(actor="刘洋"), "runbook_run"),
        (update(runbook_step).values(note="别的"), "runbook_step"),
        (text("DELETE FROM runbook_step"), "runbook"),
        (text("UPDATE runbook_run SET last_entry = start_entry, step = '1.1', due_at = NULL,"
              " since = began_at"), "run 1"),
    ],
    ids=str,
)  # fmt: skip
def test_a_row_that_was_changed_is_found(bench: Bench, statement: object, table: str) -> None:
    bench.begin()
    bench.later = timedelta(seconds=7)
    bench.take()
    assert proven(bench.book) == ""
    with bench.book.store.write() as tx:
        tx.execute(statement)  # type: ignore[call-overload]
    assert proven(bench.book) != ""


def test_the_five_tiers_of_a_surge_come_no_earlier_than_the_contract_says(bench: Bench) -> None:
    """At the earliest 0, 1, 5, 29 and 101 hours after the start (K 6.10.3)."""
    walk = bench.begin(library()["inbound-surge"])
    reached: dict[str, int] = {}
    while walk.book.section_of(walk.run.step or "1.1").title != "收尾":
        step = walk.present
        assert step is not None
        title = walk.book.section_of(step.key).title
        if title.startswith("第"):
            reached.setdefault(title, int(bench.later.total_seconds()) // 3600)
        if title == "第五级" and step.decides:
            walk = bench.take(choice="已受控")
        elif step.wait is not None:
            assert "waits" in bench.refused()
            bench.later += step.wait
            walk = bench.take()
        elif step.decides:
            walk = bench.take(choice=step.branches[0].label)
        else:
            walk = bench.take()
    assert list(reached.values()) == [0, 1, 5, 29, 101]
