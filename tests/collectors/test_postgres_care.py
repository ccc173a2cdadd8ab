"""M10 and M12 on a real PostgreSQL: its archiver, its slots, a real standby that streams, sizes."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import psycopg
import pytest

from checks.catalogue import item
from checks.judging import Judgement, judge_item, wanted
from checks.verdict import State
from collectors.readings import Reading, Trouble, UserLocks
from collectors.readings.database_care import (
    Archiving,
    DatabaseLog,
    DatabaseSizes,
    Replication,
)
from collectors.scratch.server import PostgresServer, PostgresSettings
from inventory.model import DatabaseWatch, Device, Watch
from lab.embedded.database_world import DatabaseWorld
from tests.collectors.databases import MONITOR_PASSWORD, database, database_means
from tests.collectors.hosts import Remembered, unanswered, visit
from tests.witness import shown

R = TypeVar("R", bound=Reading)
PEER = "PostgreSQL 16"
PATIENCE_S = 20.0
ARCHIVED = (("archive_mode", "on"), ("max_wal_senders", "4"), ("wal_level", "replica"))
STANDBY = "hotline2"


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="lineguard-tests-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture(scope="module")
def archived(folder: Path) -> Iterator[PostgresServer]:
    """A primary that archives its WAL, to nowhere."""
    settings = PostgresSettings(password="tests only", fsync=False, extra=ARCHIVED)
    server = PostgresServer(folder / "primary", None, settings)
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture
async def world(archived: PostgresServer) -> AsyncIterator[DatabaseWorld]:
    """The healthy practice database on it."""
    made = DatabaseWorld(archived.port, archived.settings.password)
    await made.make(MONITOR_PASSWORD)
    await made.heal()
    try:
        yield made
    finally:
        await made.heal()


def followed(port: int, *standbys: str, **limits: float) -> Device:
    """The device `db-1`, with standbys that must follow it and limits of its own."""
    watch = Watch(database=DatabaseWatch(standbys=standbys))
    return replace(database(port), watch=watch, limits=tuple(limits.items()))


async def judged(of: Device, name: str, check: str, memory: Remembered | None = None) -> Judgement:
    seen = await visit(of, database_means(), wanted(item(name), of), memory)
    found = next(one for one in judge_item(item(name), of, seen) if one.check == check)
    return shown(found, PEER)


async def look(of: Device, question: type[R], memory: Remembered | None = None) -> R:
    seen = await visit(of, database_means(), [question], memory)
    answer = seen.answers[question]
    assert isinstance(answer, question), answer
    if memory is not None:
        memory.keep(seen)
    return answer


async def eventually(
    of: Device, check: str, holds: Callable[[Judgement], bool], memory: Remembered | None = None
) -> Judgement:
    async with asyncio.timeout(PATIENCE_S):
        while True:
            found = await judged(of, "M10", check, memory)
            if holds(found):
                return found


async def as_superuser(port: int, *statements: str) -> None:
    async with await psycopg.AsyncConnection.connect(
        host="127.0.0.1", port=port, user="postgres", password="tests only", dbname="postgres",
        autocommit=True,
    ) as line:  # fmt: skip
        for statement in statements:
            await line.execute(statement.encode())


def words(judgement: Judgement) -> str:
    return judgement.verdict.sentence.text("en")


# --- the archiver ---


async def test_an_archiver_that_fails_is_seen_until_it_works_again(world: DatabaseWorld) -> None:
    of = database(world.port)
    well = await judged(of, "M10", "archiving")
    await world.fail_archiver()
    failing = await judged(of, "M10", "archiving")
    await world.mend_archiver()
    mended = await judged(of, "M10", "archiving")
    states = [one.verdict.state for one in (well, failing, mended)]
    assert states == [State.NORMAL, State.ABNORMAL, State.NORMAL]
    assert "cannot be archived" in words(failing)
    assert well.exchanges


async def test_segments_that_wait_are_counted_with_the_age_of_the_oldest(
    world: DatabaseWorld,
) -> None:
    await world.fail_archiver()
    seen = await look(database(world.port), Archiving)
    assert seen.on
    assert seen.waiting >= 1
    assert 0 <= seen.oldest.total_seconds() < PATIENCE_S


async def test_a_role_that_may_not_see_the_archive_is_told_what_to_grant(
    world: DatabaseWorld,
) -> None:
    await as_superuser(world.port, "REVOKE pg_monitor FROM inspect")
    for question in (Archiving, Replication):
        seen = await visit(database(world.port), database_means(), [question])
        answer = unanswered(seen.answers[question])
        assert answer.trouble is Trouble.REFUSED
        assert "GRANT pg_monitor TO inspect" in answer.why.text("en")


# --- slots and standbys ---


async def test_a_slot_that_nobody_uses_is_seen_until_it_is_dropped(world: DatabaseWorld) -> None:
    of = followed(world.port)
    alone = await judged(of, "M10", "replication")
    await world.abandon_slot()
    left = await judged(of, "M10", "replication")
    await world.drop_slot()
    dropped = await judged(of, "M10", "replication")
    states = [one.verdict.state for one in (alone, left, dropped)]
    assert states == [State.NOT_APPLICABLE, State.ABNORMAL, State.NOT_APPLICABLE]
    assert "nobody uses the replication slot lost_standby" in words(left)


@dataclass(frozen=True)
class Pair:
    """A primary, and a standby made of a copy of its data."""

    primary: PostgresServer
    standby: PostgresServer


@pytest.fixture(scope="module")
def pair(folder: Path, archived: PostgresServer) -> Iterator[Pair]:
    asyncio.run(DatabaseWorld(archived.port, "tests only").make(MONITOR_PASSWORD))
    archived.stop()
    standby = PostgresServer(folder / "standby", None, archived.settings)
    subprocess.run(["cp", "-a", archived.data, standby.data], check=True)
    (standby.data / "standby.signal").touch()
    leads = (
        f"host=127.0.0.1 port={archived.port} user=postgres password='tests only'"
        f" application_name={STANDBY}"
    )
    quoted = leads.replace("'", "''")
    with (standby.data / "postgresql.auto.conf").open("a", encoding="utf-8") as settings:
        settings.write(f"primary_conninfo = '{quoted}'\n")
    try:
        archived.start()
        standby.start()
        yield Pair(archived, standby)
    finally:
        standby.stop()


async def test_a_real_standby_that_follows_is_normal_on_both_sides(pair: Pair) -> None:
    primary = followed(pair.primary.port, STANDBY)
    there = await eventually(primary, "replication", lambda one: one.verdict.state is State.NORMAL)
    assert "1 standbys follow" in words(there)
    standby = followed(pair.standby.port)
    own = await eventually(standby, "replication", lambda one: one.verdict.state is State.NORMAL)
    assert "this standby is 0 s behind its primary" in words(own)


async def test_an_idle_primary_does_not_make_its_standby_late(pair: Pair) -> None:
    """The last replayed transaction lies ever further back; all that came is replayed."""
    standby = followed(pair.standby.port, replication_lag_seconds=30.0)
    await eventually(standby, "replication", lambda one: one.verdict.state is State.NORMAL)
    seen = await look(standby, Replication)
    assert seen.leader is not None
    assert seen.leader.behind is not None
    assert seen.leader.behind.total_seconds() == 0


async def test_a_standby_that_replays_no_more_falls_behind(pair: Pair) -> None:
    """Its primary sees that by its place alone: the lag that PostgreSQL tells does not grow."""
    await as_superuser(pair.primary.port, "SELECT txid_current()")
    await _until_replayed(pair.standby.port)
    await as_superuser(pair.standby.port, "SELECT pg_wal_replay_pause()")
    await as_superuser(pair.primary.port, "SELECT txid_current()")
    memory = Remembered()
    try:
        for port in (pair.standby.port, pair.primary.port):
            late = followed(port, replication_lag_seconds=0.2)
            await look(late, Replication, memory)
            found = await eventually(late, "replication", _is_behind, memory)
            assert "limit 0.2 s" in words(found)
    finally:
        await as_superuser(pair.standby.port, "SELECT pg_wal_replay_resume()")


async def _until_replayed(port: int) -> None:
    """A transaction has come and was replayed: from then on the standby can tell a time."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            seen = await visit(database(port), database_means(), [Replication])
            (told, *_) = json.loads(seen.answers[Replication].exchanges[0].answer)
            if told[5] is not None:
                return


def _is_behind(one: Judgement) -> bool:
    return one.verdict.state is State.ABNORMAL and "behind" in words(one)


async def test_either_that_is_gone_is_missed_by_the_other(pair: Pair) -> None:
    primary, standby = followed(pair.primary.port, STANDBY), followed(pair.standby.port)
    await eventually(primary, "replication", lambda one: one.verdict.state is State.NORMAL)
    pair.standby.stop()
    alone = await eventually(
        primary, "replication", lambda one: one.verdict.state is State.ABNORMAL
    )
    assert f"the standby {STANDBY} does not follow this database" in words(alone)
    pair.standby.start()
    pair.primary.stop()
    try:
        left = await eventually(
            standby, "replication", lambda one: one.verdict.state is State.ABNORMAL
        )
        assert "receives nothing from its primary" in words(left)
    finally:
        pair.primary.start()


# --- sizes ---


async def test_sizes_are_those_of_the_server(world: DatabaseWorld) -> None:
    seen = await look(database(world.port), DatabaseSizes)
    assert {"postgres", "template1"} <= {one.name for one in seen.databases}
    assert all(one.size > 1_000_000 for one in seen.databases)
    assert seen.tablespaces == ()


async def test_a_database_beyond_the_sites_limit_is_abnormal(world: DatabaseWorld) -> None:
    well = await judged(database(world.port), "M12", "sizes")
    small = await judged(followed(world.port, database_gigabytes=0.001), "M12", "sizes")
    assert [one.verdict.state for one in (well, small)] == [State.NORMAL, State.ABNORMAL]


async def test_growth_is_that_since_the_last_recorded_look(world: DatabaseWorld) -> None:
    memory = Remembered()
    first = await look(database(world.port), DatabaseSizes, memory)
    second = await look(database(world.port), DatabaseSizes, memory)
    assert {one.before for one in first.databases} == {None}
    assert [one.before for one in second.databases] == [one.size for one in first.databases]
    assert {one.since for one in second.databases} == {first.taken_at}


BROKEN_NOTES: list[Any] = [
    "", "{", [], {"at": 1, "sizes": {}}, {"at": "2026-11-20T00:00:00", "sizes": {"postgres": 1}},
    {"at": "2026-11-20T00:00:00+00:00", "sizes": {"postgres": "x"}},
]  # fmt: skip


@pytest.mark.parametrize("note", BROKEN_NOTES)
async def test_a_note_that_cannot_be_read_is_a_first_look(
    world: DatabaseWorld, note: object
) -> None:
    text = note if isinstance(note, str) else json.dumps(note)
    memory = Remembered({("db-1", "database-sizes"): text})
    seen = await look(database(world.port), DatabaseSizes, memory)
    assert {one.before for one in seen.databases} == {None}


# --- accounts ---


async def test_an_account_that_is_about_to_expire_is_told_until_it_is_renewed(
    world: DatabaseWorld,
) -> None:
    of = database(world.port)
    await world.let_account_expire(days=5)
    soon = await judged(of, "M08", "user_locks")
    await world.let_account_expire(days=60)
    later = await look(of, UserLocks)
    await world.renew_account()
    never = await look(of, UserLocks)
    assert "the password of account hotline_app expires in 5.0 days (limit 14" in words(soon)
    assert [round(one.left.total_seconds() / 86_400) for one in later.expiring] == [60]
    assert never.expiring == ()


# --- without a shell ---


async def test_a_database_without_a_shell_says_what_to_write_where(world: DatabaseWorld) -> None:
    seen = await visit(database(world.port), database_means(), [DatabaseLog])
    answer = unanswered(seen.answers[DatabaseLog])
    assert answer.trouble is Trouble.NOT_CONFIGURED
    assert "give it an access “ssh” in the estate" in answer.why.text("en")
