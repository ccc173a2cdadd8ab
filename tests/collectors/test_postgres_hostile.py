"""Servers that are no PostgreSQL, or a bad one: bounded in time, rows and memory."""

from __future__ import annotations

import asyncio
import struct
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import psycopg
import pytest

from collectors.readings import Connections, Deadlocks, Trouble, UserLocks
from collectors.sources.postgres_line import LOGIN_METHODS, words_of
from lab.embedded.database_world import DatabaseWorld
from tests.collectors.databases import database, database_means, practice_server, world
from tests.collectors.hosts import unanswered, visit

__all__ = ["practice_server", "world"]

SHORT_S = 0.7
SLACK_S = 2.5
Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def talking(serve: Serve) -> AsyncIterator[int]:
    """A TCP server; whatever it holds is closed at the end."""
    writers: list[asyncio.StreamWriter] = []

    async def served(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        try:
            await serve(reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            return

    server = await asyncio.start_server(served, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for writer in writers:
            writer.close()
        await server.wait_closed()


def message(kind: bytes, body: bytes) -> bytes:
    """A message of PostgreSQL's protocol 3.0."""
    return kind + struct.pack(">I", len(body) + 4) + body


READY = message(b"Z", b"I")
AUTHENTICATION_OK = message(b"R", struct.pack(">I", 0))
CLEARTEXT_WANTED = message(b"R", struct.pack(">I", 3))
COLUMN = b"n\0" + struct.pack(">IhIhih", 0, 0, 25, -1, -1, 0)
ONE_COLUMN = message(b"T", struct.pack(">h", 1) + COLUMN)
ROW = message(b"D", struct.pack(">hi", 1, 1) + b"1")


async def greeted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Refuse encryption and take the start-up message."""
    await reader.readexactly(8)
    writer.write(b"N")
    (length,) = struct.unpack(">I", await reader.readexactly(4))
    await reader.readexactly(length - 4)


async def admitted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await greeted(reader, writer)
    version = message(b"S", b"server_version\x0016.2\0")
    writer.write(AUTHENTICATION_OK + version + message(b"K", b"\0" * 8) + READY)


async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(-1)


async def garbage(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 400 Bad Request\r\n" * 20)
    await reader.read(-1)


async def close_at_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.close()


async def hang_after_login(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await admitted(reader, writer)
    await reader.read(-1)


async def rows_without_end(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await admitted(reader, writer)
    await reader.read(4096)
    writer.write(message(b"1", b"") + message(b"2", b"") + ONE_COLUMN)
    while True:
        writer.write(ROW * 1000)
        await writer.drain()


async def dripping_row(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await admitted(reader, writer)
    await reader.read(4096)
    writer.write(message(b"1", b"") + message(b"2", b"") + ONE_COLUMN)
    writer.write(b"D" + struct.pack(">I", 1_000_000_000) + struct.pack(">hi", 1, 900_000_000))
    while True:
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.02)


async def another_shape(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await admitted(reader, writer)
    await reader.read(4096)
    writer.write(message(b"1", b"") + message(b"2", b"") + ONE_COLUMN + ROW)
    writer.write(message(b"C", b"SELECT 1\0") + READY)
    await reader.read(-1)


@pytest.mark.parametrize(
    ("serve", "trouble"),
    [
        (hang, Trouble.TIMED_OUT),
        (garbage, Trouble.GARBLED),
        (close_at_once, Trouble.GARBLED),
        (hang_after_login, Trouble.TIMED_OUT),
        (rows_without_end, Trouble.TOO_LARGE),
        (dripping_row, Trouble.TIMED_OUT),
        (another_shape, Trouble.GARBLED),
    ],
)
async def test_a_server_that_misbehaves_ends_within_the_time_limit(
    serve: Serve, trouble: Trouble
) -> None:
    began = time.monotonic()
    async with talking(serve) as port:
        target = database(port, timeout_s=SHORT_S)
        seen = await visit(target, database_means(), [Connections])
    assert unanswered(seen.answers[Connections]).trouble is trouble
    assert time.monotonic() - began < SHORT_S + SLACK_S


async def test_the_password_never_leaves_in_the_clear() -> None:
    heard = bytearray()

    async def curious(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await greeted(reader, writer)
        writer.write(CLEARTEXT_WANTED)
        heard.extend(await reader.read(-1))

    async with talking(curious) as port:
        target = database(port, timeout_s=SHORT_S)
        seen = await visit(target, database_means("very secret"), [Connections])
    assert "cleartext" not in LOGIN_METHODS
    assert b"very secret" not in heard
    unanswered(seen.answers[Connections])


async def test_after_an_answer_that_did_not_come_the_rest_is_not_waited_for() -> None:
    began = time.monotonic()
    async with talking(hang_after_login) as port:
        target = database(port, timeout_s=SHORT_S)
        seen = await visit(target, database_means(), [Connections, Deadlocks, UserLocks])
    assert {unanswered(one).trouble for one in seen.answers.values()} == {Trouble.TIMED_OUT}
    assert time.monotonic() - began < SHORT_S + SLACK_S


async def test_a_cancelled_visit_leaves_no_session_on_the_server(world: DatabaseWorld) -> None:
    async with await psycopg.AsyncConnection.connect(
        host="127.0.0.1", port=world.port, user="postgres", password=world.superuser_password,
        dbname="postgres", autocommit=True,
    ) as line:  # fmt: skip
        for pause in (0.0, 0.005, 0.01, 0.02, 0.03):
            visiting = asyncio.create_task(
                visit(database(world.port), database_means(), [UserLocks, Connections])
            )
            await asyncio.sleep(pause)
            visiting.cancel()
            await asyncio.gather(visiting, return_exceptions=True)
        async with asyncio.timeout(10):
            while await _ours(line):  # noqa: ASYNC110
                await asyncio.sleep(0.02)


async def _ours(line: psycopg.AsyncConnection[tuple[object, ...]]) -> object:
    cursor = await line.execute(
        b"SELECT count(*) FROM pg_stat_activity WHERE application_name = 'lineguard'"
    )
    row = await cursor.fetchone()
    return row and row[0]


def test_the_servers_words_are_quoted_without_control_characters() -> None:
    cause = psycopg.OperationalError(
        'connection failed: connection to server at "10.1.1.1", port 5432 failed: FATAL:  '
        "\x1b[31mno\u202e way\x00\nsecond line"
    )
    assert words_of(cause) == "FATAL: no way"
