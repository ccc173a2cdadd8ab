"""PostgreSQL over its real protocol, with real blocked sessions, deadlocks and crowds."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

import psycopg
import pytest

from collectors.readings import (
    Connections,
    DatabaseJobs,
    Deadlocks,
    Reading,
    Trouble,
    UserLocks,
)
from collectors.scratch.server import PostgresServer, picked_port
from collectors.sources.postgres_line import connect
from collectors.sources.postgres_queries import QUERIES
from collectors.visit import Visit
from inventory.model import Device
from lab.embedded.database_world import DatabaseWorld
from tests.collectors.databases import (
    MONITOR_PASSWORD,
    PLACES,
    database,
    database_means,
    practice_server,
    world,
)
from tests.collectors.hosts import Remembered, unanswered, visit

__all__ = ["practice_server", "world"]

ALL: tuple[type[Reading], ...] = (Connections, DatabaseJobs, Deadlocks, UserLocks)


R = TypeVar("R", bound=Reading)


async def ask(
    world: DatabaseWorld, *wanted: type[Reading], memory: Remembered | None = None
) -> Visit:
    return await visit(database(world.port), database_means(), wanted, memory)


async def look(world: DatabaseWorld, wanted: type[R], memory: Remembered | None = None) -> R:
    answer = (await ask(world, wanted, memory=memory)).answers[wanted]
    assert isinstance(answer, wanted), answer
    return answer


async def test_one_connection_answers_all_questions_of_a_visit(world: DatabaseWorld) -> None:
    seen = await ask(world, *ALL)
    assert {type(answer) for answer in seen.answers.values()} == set(ALL)
    assert dict(seen.sessions) == {"postgres": 1}


async def test_only_the_allow_list_is_asked_and_the_answer_is_kept(world: DatabaseWorld) -> None:
    seen = await ask(world, *ALL)
    exchanges = [one for answer in seen.answers.values() for one in answer.exchanges]
    assert {one.asked for one in exchanges} <= {sql.strip() for sql in QUERIES}
    assert all(one.answer.startswith(b"[") for one in exchanges)
    assert MONITOR_PASSWORD.encode() not in b"".join(one.answer for one in exchanges)


@pytest.mark.parametrize("sql", QUERIES)
async def test_every_query_only_reads(world: DatabaseWorld, sql: str) -> None:
    """In a transaction that may write nothing, and its plan changes no table."""
    async with await psycopg.AsyncConnection.connect(
        host="127.0.0.1", port=world.port, user="inspect", password=MONITOR_PASSWORD,
        dbname="postgres", options="-c default_transaction_read_only=on",
    ) as line:  # fmt: skip
        plan = await (await line.execute(b"EXPLAIN " + sql.encode())).fetchall()
    assert not any("Insert" in str(row) or "Update" in str(row) for row in plan)


async def test_the_session_cannot_write(world: DatabaseWorld) -> None:
    target = database(world.port)
    assert target.access.postgres is not None
    line = await connect(target, target.access.postgres, database_means(), MONITOR_PASSWORD)
    try:
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            await line.connection.execute(b"CREATE TABLE written (id int)")
    finally:
        await line.close()


# --- what is read ---


async def test_connections_are_the_users_without_ours(world: DatabaseWorld) -> None:
    before = await look(world, Connections)
    await world.open_connections(until=before.users + 7)
    during = await look(world, Connections)
    await world.close_connections()
    assert during.users == before.users + 7
    assert during.server_limit == PLACES - 3


async def test_deadlocks_are_those_since_the_last_recorded_look(world: DatabaseWorld) -> None:
    memory = Remembered()
    first = await ask(world, Deadlocks, memory=memory)
    memory.keep(first)
    await world.cause_deadlock()
    second = await ask(world, Deadlocks, memory=memory)
    again = await look(world, Deadlocks, memory=memory)
    memory.keep(second)
    third = await look(world, Deadlocks, memory=memory)
    one, two = first.answers[Deadlocks], second.answers[Deadlocks]
    assert isinstance(one, Deadlocks)
    assert isinstance(two, Deadlocks)
    assert (one.new, one.since) == (0, None)
    assert (two.new, again.new, third.new) == (1, 1, 0)
    assert two.since == one.taken_at


async def test_a_counter_that_began_anew_is_not_a_negative_difference(
    world: DatabaseWorld,
) -> None:
    memory = Remembered()
    await world.cause_deadlock()
    memory.keep(await ask(world, Deadlocks, memory=memory))
    await world.forget_deadlocks()
    reset = await look(world, Deadlocks, memory=memory)
    await world.cause_deadlock()
    after = await look(world, Deadlocks, memory=memory)
    assert (reset.new, after.new) == (0, 1)


@pytest.mark.parametrize("note", ["", "12", "{", '{"at": 1}', '{"at": "x", "databases": {"a": 1}}'])
async def test_a_note_that_cannot_be_read_is_a_first_look(world: DatabaseWorld, note: str) -> None:
    memory = Remembered({("db-1", "deadlocks"): note})
    seen = await look(world, Deadlocks, memory=memory)
    assert (seen.new, seen.since) == (0, None)


async def test_a_blocked_session_is_named_with_who_blocks_it(world: DatabaseWorld) -> None:
    await world.block_session()
    holder, waiter = (line.info.backend_pid for line in world.blocking)
    seen = await look(world, UserLocks)
    (blocked,) = seen.blocked
    assert blocked.session.startswith(f"{waiter} cti_app@postgres")
    assert [one.split()[0] for one in blocked.blockers] == [str(holder)]
    assert "(idle in transaction)" in blocked.blockers[0]
    assert timedelta(0) <= blocked.waiting < timedelta(seconds=30)
    assert "work_order" in blocked.statement
    await world.unblock_session()
    mended = await look(world, UserLocks)
    assert mended.blocked == ()


async def test_a_chain_of_blockers_is_followed_to_its_root(world: DatabaseWorld) -> None:
    await world.block_session()
    holder, waiter = (line.info.backend_pid for line in world.blocking)
    third = await as_superuser(world)
    last = third.info.backend_pid
    wait = asyncio.create_task(third.execute(b"UPDATE hotline.work_order SET touched = 0"))
    try:
        seen = await _until(world, lambda locks: len(locks.blocked) == 2)
    finally:
        await world.unblock_session()
        await wait
        await third.close()
    chains = {
        one.session.split()[0]: [each.split()[0] for each in one.blockers] for one in seen.blocked
    }
    assert chains == {str(waiter): [str(holder)], str(last): [str(waiter), str(holder)]}


async def as_superuser(world: DatabaseWorld) -> psycopg.AsyncConnection[tuple[object, ...]]:
    return await psycopg.AsyncConnection.connect(
        host="127.0.0.1", port=world.port, user="postgres", password=world.superuser_password,
        dbname="postgres", autocommit=True,
    )  # fmt: skip


async def _until(world: DatabaseWorld, holds: Callable[[UserLocks], bool]) -> UserLocks:
    async with asyncio.timeout(10):
        while True:
            seen = await look(world, UserLocks)
            if holds(seen):
                return seen


async def test_an_expired_account_is_locked_until_it_is_renewed(world: DatabaseWorld) -> None:
    healthy = await look(world, UserLocks)
    await world.expire_account()
    expired = await look(world, UserLocks)
    await world.renew_account()
    renewed = await look(world, UserLocks)
    accounts = [one.locked_accounts for one in (healthy, expired, renewed)]
    assert accounts == [(), ("hotline_app",), ()]


async def test_jobs_of_both_schedulers_are_read(world: DatabaseWorld) -> None:
    seen = await look(world, DatabaseJobs)
    assert (seen.schedulers, seen.total) == (("pg_cron", "pgagent"), 3)
    assert (seen.failed, seen.disabled, seen.overdue) == ((), (), ())


async def test_a_failed_job_is_named_until_a_later_run_succeeds(world: DatabaseWorld) -> None:
    await world.fail_job()
    failed = await look(world, DatabaseJobs)
    await world.mend_jobs()
    mended = await look(world, DatabaseJobs)
    assert [(one.job, one.message) for one in failed.failed] == [
        ("archive-work-orders", "ERROR: division by zero")
    ]
    assert mended.failed == ()


# --- what stands in the way ---


async def administer(world: DatabaseWorld, *statements: str) -> None:
    async with await as_superuser(world) as line:
        for statement in statements:
            await line.execute(statement.encode())


@pytest.mark.parametrize("question", [Connections, UserLocks])
async def test_a_role_that_sees_only_itself_is_told_which_grant_it_needs(
    world: DatabaseWorld, question: type[Reading]
) -> None:
    await administer(world, "REVOKE pg_monitor FROM inspect")
    answer = unanswered((await ask(world, question)).answers[question])
    assert answer.trouble is Trouble.REFUSED
    assert "GRANT pg_monitor TO inspect" in answer.why.text("en")


async def test_jobs_that_may_not_be_read_are_refused(world: DatabaseWorld) -> None:
    await administer(world, "REVOKE SELECT ON cron.job FROM inspect")
    answer = unanswered((await ask(world, DatabaseJobs)).answers[DatabaseJobs])
    assert answer.trouble is Trouble.REFUSED


async def test_jobs_that_row_security_hides_are_never_normal(world: DatabaseWorld) -> None:
    await administer(world, "ALTER TABLE cron.job ENABLE ROW LEVEL SECURITY")
    answer = unanswered((await ask(world, DatabaseJobs)).answers[DatabaseJobs])
    await administer(world, "ALTER TABLE cron.job DISABLE ROW LEVEL SECURITY")
    assert answer.trouble is Trouble.REFUSED
    assert "BYPASSRLS" in answer.why.text("en")


async def test_a_database_without_a_scheduler_says_so(world: DatabaseWorld) -> None:
    target = database(world.port, database="template1")
    seen = await visit(target, database_means(), [DatabaseJobs])
    assert unanswered(seen.answers[DatabaseJobs]).trouble is Trouble.UNSUPPORTED


async def failed_visit(target: Device, password: str = MONITOR_PASSWORD) -> Visit:
    return await visit(target, database_means(password), [Connections])


async def test_a_wrong_password_is_refused_and_named_nowhere(world: DatabaseWorld) -> None:
    seen = await failed_visit(database(world.port), "not the one")
    answer = unanswered(seen.answers[Connections])
    assert answer.trouble is Trouble.REFUSED
    assert 'password authentication failed for user "inspect"' in answer.why.text("en")
    assert "not the one" not in repr(seen)


async def test_a_server_without_a_free_place_refuses(world: DatabaseWorld) -> None:
    await world.open_connections(until=PLACES - 3)
    answer = unanswered((await failed_visit(database(world.port))).answers[Connections])
    assert answer.trouble is Trouble.REFUSED
    assert "connection slots" in answer.why.text("en")


async def test_a_port_where_nothing_listens_is_unreachable() -> None:
    seen = await failed_visit(database(picked_port()))
    assert unanswered(seen.answers[Connections]).trouble is Trouble.UNREACHABLE
    assert not seen.contact.reached


async def test_a_missing_secret_is_the_sites_to_mend(practice_server: PostgresServer) -> None:
    target = database(practice_server.port, secret="nobody-made-it")
    seen = await failed_visit(target)
    assert unanswered(seen.answers[Connections]).trouble is Trouble.NOT_CONFIGURED


async def test_a_statement_that_waits_is_ended_and_the_rest_is_asked(world: DatabaseWorld) -> None:
    """A lock on the job table makes the jobs wait; the other questions have their answers."""
    async with await as_superuser(world) as line, line.transaction():
        await line.execute(b"LOCK TABLE cron.job IN ACCESS EXCLUSIVE MODE")
        seen = await visit(database(world.port, timeout_s=1.0), database_means(), ALL)
    assert unanswered(seen.answers[DatabaseJobs]).trouble is Trouble.TIMED_OUT
    assert isinstance(seen.answers[UserLocks], UserLocks)
    assert isinstance(seen.answers[Deadlocks], Deadlocks)
