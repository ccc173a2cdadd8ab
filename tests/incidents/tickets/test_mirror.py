"""The mirror against a service in memory: exactly once, whoever stumbles, and what comes back."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import pairwise, product
from pathlib import Path

import pytest
from sqlalchemy import delete, select

from incidents.desk import IncidentDesk
from incidents.listing import IncidentRecord, incident_of, incidents, steps_of
from incidents.model import IncidentState
from incidents.tickets import turn
from incidents.tickets.health import CAUSE
from incidents.tickets.lifecycle import STEPS, TicketState, way
from incidents.tickets.mirror import Mirror, Synced
from incidents.tickets.port import Declined, NotReached, TicketPort, Unclear
from incidents.tickets.sending import Sending
from incidents.tickets.taking import Persons
from incidents.topology import Topology
from inventory.model import Person, Role
from phrases import verbatim
from store.database import open_store
from store.locks import Held
from store.schema import ticket, ticket_task
from tests.incidents.test_clockwork import MINUTE, Night
from tests.incidents.test_correlate import silence
from tests.incidents.test_handling import CHEN, LIU, done
from tests.incidents.tickets.service import Seat, Service
from tests.maintenance.fakes import entries, logbook, proven
from tests.postgres import (
    migrated_url,
    postgres_server,
    postgres_with_tables,
    sqlite_with_tables,
)

__all__ = ["migrated_url", "postgres_server", "postgres_with_tables", "sqlite_with_tables"]

PEOPLE = (
    Person(name="陈静", title="陈静", roles=frozenset({Role.OPERATOR}),
           channels=(("ticket", "chenjing"),)),
    Person(name="刘洋", title="刘洋", roles=frozenset({Role.OPERATOR}),
           channels=(("ticket", "liuyang"),)),
    Person(name="孙涛", title="孙涛", roles=frozenset({Role.PURCHASER}),
           channels=(("ticket", "suntao"),)),
)  # fmt: skip


CHAIN_OF_NONE = Topology({})


class Killed(BaseException):
    """The process ends here, whatever anybody catches."""


@dataclass
class Bench(Night):
    """A night with a ticket service."""

    service: Service = field(default_factory=Service)

    def mirror(self, port: TicketPort | None = None) -> Mirror:
        return Mirror(
            store=self.book.store, logbook=self.book, port=port or self.service.seat(),
            persons=Persons.of(PEOPLE), clock=lambda: self.now, lang="zh",
        )  # fmt: skip

    def sync(self, *, at_once: bool = False) -> Synced:
        return asyncio.run(self.mirror().sync(at_once=at_once))

    def later(self, minutes: float) -> Synced:
        self.now += minutes * MINUTE
        return self.sync()

    def storm(self, count: int) -> None:
        with self.book.store.write() as tx:
            sightings = [silence(f"lone-{number}") for number in range(count)]
            IncidentDesk(self.book, CHAIN_OF_NONE).observe(tx, sightings, self.now, "watch")

    def record(self, number: int = 1) -> IncidentRecord:
        with self.book.store.read() as tx:
            found = incident_of(tx, number)
        assert found is not None
        return found

    def actors(self, number: int = 1) -> list[tuple[str, str]]:
        with self.book.store.read() as tx:
            return [(one.to_state, one.actor) for one in steps_of(tx, number)]

    def live(self) -> list[str]:
        with self.book.store.read() as tx:
            return [one.cause for one in incidents(tx)]

    def person(self, user: str, *states: TicketState, owner: str | None = None) -> None:
        """A person at work in the ticket service, outside the mirror."""
        seat = self.service.seat(user)
        for state in states:
            asyncio.run(seat.transition("1", state, owner))

    def says(self, user: str, text: str) -> None:
        asyncio.run(self.service.seat(user).comment("1", "", text))


@pytest.fixture
def bench(migrated_url: str, tmp_path: Path) -> Iterator[Bench]:
    store = open_store(migrated_url, tmp_path / "data")
    yield Bench(logbook(store, tmp_path))
    store.close()


@pytest.fixture
def fast(sqlite_with_tables: Path, tmp_path: Path) -> Iterator[Bench]:
    (tmp_path / "data").mkdir()
    copied = shutil.copyfile(sqlite_with_tables, tmp_path / "data" / "lineguard.db")
    store = open_store(f"sqlite:///{copied}", tmp_path / "data")
    yield Bench(logbook(store, tmp_path))
    store.close()


def failing(error: BaseException, operation: str, times: int = 1) -> Callable[[str], None]:
    """A hook that raises so often at that operation."""
    left = [times]

    def hook(now: str) -> None:
        if now == operation and left[0]:
            left[0] -= 1
            raise error

    return hook


def test_every_step_of_an_incident_stands_in_its_ticket(bench: Bench) -> None:
    bench.sees(ill=True)
    assert bench.sync().filed == 1
    done(bench.hands.acknowledge(1, CHEN))
    done(bench.hands.note(1, CHEN, "已联系厂家"))
    assert bench.later(1).told == 2
    assert bench.service.of("1").state is TicketState.HANDLING
    assert bench.service.of("1").owner == "chenjing"
    done(bench.hands.hold(1, CHEN, bench.now + timedelta(hours=1), "等备件"))
    bench.later(1)
    assert bench.service.of("1").state is TicketState.EXTENSION
    done(bench.hands.resolve(1, CHEN, "已更换"))
    done(bench.hands.close(1, CHEN, "复查"))
    bench.later(1)
    assert bench.service.of("1").state is TicketState.CLOSED
    texts = bench.service.texts()
    assert len(texts) == 5 and "已联系厂家" in texts[1] and "陈静" in texts[1]
    assert bench.later(1) == Synced()
    assert proven(bench.book) == ""


def test_a_run_with_nothing_to_do_asks_the_service_nothing(fast: Bench) -> None:
    assert fast.sync() == Synced()
    assert fast.service.asked == []


def test_what_was_over_before_there_was_a_mirror_is_not_filed(fast: Bench) -> None:
    fast.sees(ill=True)
    fast.sees(ill=False)
    fast.storm(2)
    done(fast.hands.acknowledge(2, CHEN))
    assert fast.sync().filed == 2
    assert fast.service.of("1").state is TicketState.HANDLING
    fast.now += 20 * MINUTE
    done(fast.hands.close(1, CHEN, "seen"))
    assert fast.sync().told == 0


def test_what_opened_and_ended_between_two_runs_is_filed_as_ended(fast: Bench) -> None:
    fast.sync()
    fast.sees(ill=True)
    fast.sees(ill=False)
    assert fast.later(1).filed == 1
    assert fast.service.of("1").state is TicketState.RETURNED


def test_what_comes_back_opens_the_same_ticket_again(fast: Bench) -> None:
    for ill in (True, False, True):
        fast.sees(ill)
        fast.later(1)
    assert len(fast.service.tickets) == 1
    assert fast.service.of("1").state is TicketState.REGISTERED


@pytest.mark.parametrize("error", [Unclear(verbatim("500")), Killed()])
@pytest.mark.parametrize("operation", ["create", "comment", "transition", "read"])
@pytest.mark.parametrize("done_before", [True, False])
def test_whatever_stumbles_is_done_once_in_the_end(
    fast: Bench, error: BaseException, operation: str, done_before: bool
) -> None:
    """500 after having created, killed between create and record, and all of their kind."""
    hook = failing(error, operation)
    if done_before:
        fast.service.after = hook
    else:
        fast.service.before = hook
    fast.sync()
    fast.sees(ill=True)
    for step in (lambda: None, lambda: done(fast.hands.acknowledge(1, CHEN))):
        step()
        with suppress(Killed):
            fast.later(1)
    for _ in range(3):
        fast.later(11)
    assert len(fast.service.tickets) == 1
    assert len(fast.service.texts()) == 1
    assert fast.service.of("1").state is TicketState.HANDLING
    assert fast.actors() == [("open", "watch"), ("acknowledged", "陈静")]
    assert fast.sync().waiting == 0
    assert proven(fast.book) == ""


@pytest.mark.parametrize(("guard", "twice"), [("find", "create"), ("read", "comment")])
def test_without_looking_first_it_would_be_done_twice(
    fast: Bench, guard: str, twice: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A control of the one above: what keeps a ticket and a comment single is the look."""

    async def blind(_self: Seat, *_asked: str) -> tuple[str, ...]:
        return ()

    async def deaf(_self: Sending, _ref: str, _key: str) -> bool:
        return False

    if guard == "find":
        monkeypatch.setattr(Seat, "find", blind)
    else:
        monkeypatch.setattr(Sending, "_stands", deaf)
    fast.sync()
    fast.sees(ill=True)
    fast.service.after = failing(Unclear(verbatim("500")), twice)
    fast.sync()
    done(fast.hands.note(1, CHEN, "查看中"))
    for _ in range(3):
        fast.later(11)
    assert max(len(fast.service.tickets), len(fast.service.texts())) == 2


def test_a_request_that_was_given_up_is_not_sent_again_at_once(fast: Bench) -> None:
    fast.service.before = failing(Unclear(verbatim("late")), "create", times=99)
    fast.sees(ill=True)
    fast.sync()
    fast.service.asked.clear()
    fast.now += timedelta(seconds=59)
    fast.sync(at_once=True)
    assert "create" not in fast.service.asked
    fast.now += timedelta(seconds=1)
    fast.sync(at_once=True)
    assert fast.service.asked[-2:] == ["find", "create"]


def test_a_ticket_that_a_late_request_filed_twice_is_rejected_and_says_so(fast: Bench) -> None:
    def twice(operation: str) -> None:
        if operation == "create":
            fast.service.after = lambda _now: None
            fast.service.tickets.append(fast.service.of("1"))
            fast.service.tickets[1] = replace(fast.service.of("2"), ref="2")
            raise Unclear(verbatim("late"))

    fast.service.after = twice
    fast.sees(ill=True)
    fast.sync()
    fast.later(2)
    assert [one.state for one in fast.service.tickets] == [
        TicketState.REGISTERED, TicketState.REJECTED,
    ]  # fmt: skip
    assert "1" in fast.service.texts("2")[0]
    assert fast.later(5).waiting == 0


def test_a_day_without_the_service_loses_nothing_and_is_one_incident(fast: Bench) -> None:
    fast.sync()
    fast.service.before = lambda _operation: raise_(NotReached(verbatim("gone")))
    fast.sees(ill=True)
    for minute in range(0, 24 * 60, 10):
        if minute == 600:
            fast.sees(ill=False)
        fast.later(10)
        causes = fast.live()
        assert causes.count(CAUSE) == (1 if minute >= 10 else 0)
    assert fast.service.tickets == []
    fast.service.before = lambda _operation: None
    fast.later(10)
    fast.later(1)
    assert [one.state for one in fast.service.tickets] == [TicketState.RETURNED] * 2
    assert CAUSE not in fast.live()
    assert len(entries(fast.book.store, "ticket")) == 2
    assert proven(fast.book) == ""


def raise_(error: Exception) -> None:
    raise error


def test_a_silent_service_is_asked_for_a_sign_of_life_and_ever_more_seldom(fast: Bench) -> None:
    fast.storm(20)
    fast.service.before = lambda _operation: raise_(NotReached(verbatim("gone")))
    fast.sync()
    assert fast.service.asked == ["create"]
    for _ in range(60):
        fast.later(0.5)
    assert set(fast.service.asked[1:]) == {"ping"}
    assert 6 <= len(fast.service.asked) <= 12


def test_one_incident_that_the_service_chokes_on_holds_up_no_other(fast: Bench) -> None:
    fast.storm(6)
    fast.service.before = failing(Unclear(verbatim("500")), "create", times=1)
    assert fast.sync().filed == 5
    fast.service.before = failing(Declined(verbatim("no")), "create", times=1)
    assert (fast.later(2).filed, fast.later(10).filed) == (0, 1)
    assert len(set(fast.service.keys)) == len(fast.service.tickets) == 6


def test_a_service_that_answers_nonsense_to_everything_is_left_alone(fast: Bench) -> None:
    fast.storm(6)
    fast.service.before = lambda _operation: raise_(Unclear(verbatim("500")))
    assert fast.sync().trouble is not None
    assert fast.service.asked == ["create"] * 3


def test_a_service_that_takes_for_ever_holds_up_no_tick(
    fast: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def for_ever(_self: Seat, _draft: object) -> str:
        return str(await asyncio.Event().wait())

    monkeypatch.setattr(turn, "GRACE_S", 0.05)
    monkeypatch.setattr(Seat, "create", for_ever)
    fast.storm(3)
    hurried = replace(fast.mirror(), run_limit_s=0.05)
    synced = asyncio.run(asyncio.wait_for(hurried.sync(), 20))
    assert synced.trouble is not None and synced.waiting == 3
    monkeypatch.undo()
    assert fast.later(5).filed == 3


def test_two_runs_do_not_both_deliver(fast: Bench) -> None:
    fast.sees(ill=True)
    with fast.book.store.hold("tickets"), pytest.raises(Held):
        fast.sync()
    assert fast.service.asked == []


# --- what comes back ------------------------------------------------------------------------


def test_work_on_the_ticket_comes_back_and_does_not_echo(bench: Bench) -> None:
    bench.sees(ill=True)
    bench.sync()
    bench.says("chenjing", "到场\n检查电源")
    bench.person("chenjing", TicketState.ACCEPTED, owner="chenjing")
    assert bench.later(1).came == 2
    assert (bench.record().state, bench.record().owner) == (IncidentState.ACKNOWLEDGED, "陈静")
    bench.person("chenjing", TicketState.HANDLING, TicketState.EXTENSION)
    bench.later(1)
    assert bench.record().state is IncidentState.ON_HOLD
    assert bench.record().hold_until == bench.now + timedelta(hours=24)
    bench.says("liuyang", "已换电源")
    bench.person("liuyang", TicketState.RETURNED)
    bench.later(1)
    bench.person("liuyang", TicketState.RETURN_VISIT, TicketState.CLOSED)
    bench.later(1)
    assert bench.actors() == [
        ("open", "watch"), ("open", "陈静"), ("acknowledged", "陈静"), ("on_hold", "陈静"),
        ("on_hold", "刘洋"), ("resolved", "刘洋"), ("closed", "刘洋"),
    ]  # fmt: skip
    assert bench.service.texts() == ["到场\n检查电源", "已换电源"]
    assert bench.later(1) == Synced()
    assert proven(bench.book) == ""


def test_a_ticket_user_who_is_nobodys_is_recorded_as_claimed(fast: Bench) -> None:
    fast.sees(ill=True)
    fast.sync()
    fast.person("outsider", TicketState.ACCEPTED, owner="outsider")
    fast.later(1)
    assert fast.record().owner == "ticket:outsider"
    with fast.book.store.read() as tx:
        assert steps_of(tx, 1)[-1].why["en"] == "ticket:outsider (claimed) has it"
    assert fast.service.of("1").state is TicketState.ACCEPTED


@pytest.mark.parametrize(
    ("user", "states"),
    [
        ("suntao", (TicketState.ACCEPTED,)),
        ("chenjing", (TicketState.ACCEPTED, TicketState.HANDLING, TicketState.REGISTERED)),
    ],
)
def test_what_the_incident_refuses_is_answered_and_the_ticket_put_back(
    fast: Bench, user: str, states: tuple[TicketState, ...]
) -> None:
    fast.sees(ill=True)
    fast.sync()
    if user == "chenjing":
        done(fast.hands.acknowledge(1, CHEN))
        fast.later(1)
        states = states[-1:]
    before = fast.record()
    fast.person(user, *states)
    fast.later(1)
    assert fast.record().state is before.state
    wanted = TicketState.HANDLING if user == "chenjing" else TicketState.REGISTERED
    assert fast.service.of("1").state is wanted
    said = [one for one in fast.service.texts() if "没有" in one or "did not" in one]
    assert len(said) == 1
    fast.later(1)
    fast.later(1)
    assert len([one for one in fast.service.texts() if one == said[0]]) == 1


def test_both_at_once_loses_neither(fast: Bench) -> None:
    """A note here and a state there, between two runs."""
    fast.sees(ill=True)
    fast.sync()
    done(fast.hands.note(1, LIU, "查看中"))
    fast.person("chenjing", TicketState.ACCEPTED, owner="chenjing")
    fast.later(1)
    fast.later(1)
    assert (fast.record().state, fast.record().owner) == (IncidentState.ACKNOWLEDGED, "陈静")
    assert fast.service.of("1").state is TicketState.ACCEPTED
    assert len(fast.service.texts()) == 1


def test_a_kill_while_taking_over_takes_nothing_twice(fast: Bench, tmp_path: Path) -> None:
    fast.sees(ill=True)
    fast.sync()
    fast.says("chenjing", "一")
    fast.service.after = failing(Killed(), "read")
    with pytest.raises(Killed):
        fast.later(1)
    fast.later(1)
    fast.later(1)
    assert fast.actors() == [("open", "watch"), ("open", "陈静")]


@pytest.mark.parametrize("text", ["", "\x00\x1b[31m", "x" * 100_000, "一\n二", "‮abc"])
def test_whatever_text_a_comment_holds_the_note_is_one_line(fast: Bench, text: str) -> None:
    fast.sees(ill=True)
    fast.sync()
    fast.says("chenjing", text)
    fast.later(1)
    assert fast.later(1).trouble is None
    with fast.book.store.read() as tx:
        assert all(one.why["zh"].isprintable() for one in steps_of(tx, 1))


def test_an_owner_whom_the_service_does_not_know_is_no_trouble(fast: Bench) -> None:
    stranger = Person(name="陈静", title="", roles=frozenset({Role.OPERATOR}),
                      channels=(("ticket", "nobody there"),))  # fmt: skip
    fast.sees(ill=True)
    done(fast.hands.acknowledge(1, CHEN))
    mirror = Mirror(
        store=fast.book.store, logbook=fast.book, port=fast.service.seat(),
        persons=Persons.of([stranger]), clock=lambda: fast.now,
    )  # fmt: skip
    assert asyncio.run(mirror.sync()).waiting == 0
    assert fast.service.of("1").state is TicketState.HANDLING


def test_a_filed_ticket_that_is_forged_or_gone_is_found(fast: Bench) -> None:
    fast.sees(ill=True)
    fast.sync()
    assert proven(fast.book) == ""
    with fast.book.store.write() as tx:
        tx.execute(delete(ticket))
    assert "is missing" in proven(fast.book)


def test_no_task_is_written_twice_for_a_transition(fast: Bench) -> None:
    fast.storm(30)
    for _ in range(3):
        fast.later(1)
    with fast.book.store.read() as tx:
        rows = tx.execute(select(ticket_task.c.transition)).scalars().all()
    assert len(rows) == len(set(rows)) == 30


def test_from_every_state_there_is_a_way_to_every_other() -> None:
    for start, end in product(TicketState, TicketState):
        steps = (start, *way(start, end))
        assert steps[-1] is end
        assert all(after in STEPS[before] for before, after in pairwise(steps))
