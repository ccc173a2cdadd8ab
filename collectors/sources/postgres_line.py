"""One connection to a PostgreSQL server: opened within its time, read-only, bounded, always closed.

psycopg waits asynchronously, so a server that hangs costs a socket and nothing else. The server
is told to give up a statement a little before we do, so that the connection outlives it.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import time
from collections.abc import AsyncGenerator, AsyncIterator, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import psycopg
from psycopg import errors

from collectors.parsers.plain import plain
from collectors.readings import Exchange, Trouble
from collectors.session import Means, SessionFailed
from collectors.sources.database_session import QueryFailed, Row
from collectors.sources.postgres_queries import ROWS_LIMIT
from inventory.model import Device, Postgres
from phrases import Phrase, say

PROTOCOL: Final = "postgres"
APPLICATION: Final = "lineguard"
SERVER_SHARE: Final = 0.8
"""Part of the time limit after which the server itself ends a statement."""
PROBE_S: Final = 1.0
WRONG_PASSWORD: Final = ("password authentication failed", "认证失败")
"""28P01 as servers that speak English and Chinese say it (backend/po/zh_CN.po)."""
TEXT_LIMIT: Final = 2_000
"""Characters of one value; the queries ask for far fewer."""
LOGIN_METHODS: Final = "scram-sha-256,md5,none"
"""The password never leaves in the clear, whatever the other side asks for (libpq 16)."""


@dataclass(slots=True)
class Line:
    """A connection. `lost` once it was given up in the middle of an answer."""

    device: Device
    access: Postgres
    means: Means
    connection: psycopg.AsyncConnection[tuple[Any, ...]] = field(repr=False)
    lost: bool = False

    async def rows(self, sql: str, kept: list[Exchange]) -> list[Row]:
        """All rows, and the exchange added to `kept`. Raises `QueryFailed`."""
        if self.lost or self.connection.closed:
            raise QueryFailed(Trouble.TIMED_OUT, self._given_up())
        began = time.monotonic()
        try:
            rows = await self._in_time(self._fetch(sql))
        except TimeoutError:
            await self._give_up()
            raise QueryFailed(Trouble.TIMED_OUT, self._too_slow()) from None
        except psycopg.Error as cause:
            raise self._failed(cause) from None
        kept.append(self._exchange(sql, rows, began))
        return rows

    async def close(self) -> None:
        """End the session at once, without waiting for the server."""
        await self.connection.close()

    async def _in_time(self, fetch: Coroutine[Any, Any, list[Row]]) -> list[Row]:
        """The rows within the time limit. Raises `TimeoutError`.

        psycopg answers a cancellation by asking the server to cancel and waiting for it, five
        seconds and more. So the fetch is not cancelled: its socket is shut, and it ends by itself.
        """
        fetching = asyncio.create_task(fetch)
        try:
            done, _ = await asyncio.wait({fetching}, timeout=self.access.timeout_s)
        finally:
            if not fetching.done():
                self.lost = True
                _shut(self.connection)
                await asyncio.wait({fetching})
                fetching.exception()
        if not done:
            raise TimeoutError
        return fetching.result()

    async def _fetch(self, sql: str) -> list[Row]:
        """Row by row, so that a server that does not keep to its LIMIT is stopped."""
        rows: list[Row] = []
        async with self.connection.cursor() as cursor:
            answer = cursor.stream(sql.encode())
            async for row in answer:
                rows.append(row)
                if len(rows) > ROWS_LIMIT:
                    await self._give_up()
                    await _let_go(answer)
                    raise QueryFailed(Trouble.TOO_LARGE, self._too_many())
        return rows

    async def _give_up(self) -> None:
        self.lost = True
        await self.connection.close()

    def _exchange(self, sql: str, rows: list[Row], began: float) -> Exchange:
        answer = json.dumps([[_shown(one) for one in row] for row in rows], ensure_ascii=False)
        whole = answer.encode()
        return Exchange(
            protocol=PROTOCOL,
            asked=sql.strip(),
            answer=whole[: self.means.answer_limit],
            at=self.means.clock(),
            duration_ms=round((time.monotonic() - began) * 1000),
            truncated=len(whole) > self.means.answer_limit,
        )

    def _failed(self, cause: psycopg.Error) -> QueryFailed:
        name = self.device.name
        if isinstance(cause, errors.QueryCanceled | errors.LockNotAvailable):
            return QueryFailed(Trouble.TIMED_OUT, self._too_slow())
        if isinstance(cause, errors.InsufficientPrivilege):
            return QueryFailed(
                Trouble.REFUSED,
                say(
                    "{device}: PostgreSQL lets {user} not read this ({words}); grant it with: "
                    "GRANT pg_monitor TO {user} (for jobs also SELECT on the scheduler's tables)",
                    device=name, user=self.access.user, words=plain(str(cause)),
                ),
            )  # fmt: skip
        trouble = Trouble.GARBLED if self.connection.closed else Trouble.UNSUPPORTED
        return QueryFailed(
            trouble,
            say("{device}: PostgreSQL gave no answer: {words}", device=name, words=words_of(cause)),
        )

    def _too_slow(self) -> Phrase:
        return say(
            "{device}: PostgreSQL did not answer within {limit:g} s",
            device=self.device.name,
            limit=self.access.timeout_s,
        )

    def _too_many(self) -> Phrase:
        return say(
            "{device}: PostgreSQL sent more than {limit} rows",
            device=self.device.name,
            limit=ROWS_LIMIT,
        )

    def _given_up(self) -> Phrase:
        return say(
            "{device}: the connection was given up after an answer that did not come",
            device=self.device.name,
        )


async def connect(device: Device, access: Postgres, means: Means, password: str) -> Line:
    """Log in. Raises `SessionFailed`."""
    try:
        async with asyncio.timeout(access.timeout_s):
            connection = await psycopg.AsyncConnection.connect(
                host=device.address,
                port=access.port,
                user=access.user,
                password=password,
                dbname=access.database,
                connect_timeout=max(2, round(access.timeout_s)),
                application_name=APPLICATION,
                client_encoding="UTF8",
                options=_options(access.timeout_s),
                sslmode="require" if access.tls else "prefer",
                gssencmode="disable",
                require_auth=LOGIN_METHODS,
                autocommit=True,
            )
    except (TimeoutError, errors.ConnectionTimeout):
        raise await _hung(device, access) from None
    except psycopg.Error as cause:
        raise await _refusal(device, access, cause) from None
    return Line(device, access, means, connection)


def _options(limit_s: float) -> str:
    """Settings of the session. Nothing it does can write, wait for a lock or run on."""
    patience_ms = max(1, round(limit_s * SERVER_SHARE * 1000))
    return (
        f"-c default_transaction_read_only=on -c statement_timeout={patience_ms}"
        f" -c lock_timeout={patience_ms}"
    )


async def _hung(device: Device, access: Postgres) -> SessionFailed:
    if not await _listens(device, access):
        return _unreachable(device, access)
    return SessionFailed(
        Trouble.TIMED_OUT,
        say(
            "{device}: the PostgreSQL login was not done within {limit:g} s",
            device=device.name,
            limit=access.timeout_s,
        ),
    )


async def _refusal(device: Device, access: Postgres, cause: psycopg.Error) -> SessionFailed:
    """Which side failed? libpq gives no code for a connection that was not made. A password that
    was used, or a severity with its two blanks (`FATAL:  `, in the server's own language), comes
    from a server that said no; else it matters whether anything listens there."""
    words = words_of(cause)
    used = cause.pgconn is not None and bool(cause.pgconn.used_password)
    if used or ":  " in str(cause):
        return SessionFailed(
            Trouble.REFUSED,
            say(
                "{device}: PostgreSQL refused the login of {user}: {words}",
                device=device.name, user=access.user, words=words,
            ),
            refused="secret" if used and _names_the_password(str(cause)) else None,
        )  # fmt: skip
    if not await _listens(device, access):
        return _unreachable(device, access)
    return SessionFailed(
        Trouble.GARBLED,
        say(
            "{device}: what answers there does not speak PostgreSQL properly: {words}",
            device=device.name,
            words=words,
        ),
    )


def _names_the_password(words: str) -> bool:
    """Does the server say that it was the password? libpq gives no SQLSTATE for it."""
    return any(said in words for said in WRONG_PASSWORD)


def _unreachable(device: Device, access: Postgres) -> SessionFailed:
    return SessionFailed(
        Trouble.UNREACHABLE,
        say(
            "{device}: no connection to PostgreSQL at {host} port {port}",
            device=device.name, host=device.address, port=access.port,
        ),
    )  # fmt: skip


async def _listens(device: Device, access: Postgres) -> bool:
    """Does the port take connections? Only asked after a login that failed."""
    try:
        async with asyncio.timeout(PROBE_S):
            _, writer = await asyncio.open_connection(device.address, access.port)
    except OSError:
        return False
    writer.close()
    return True


def _shut(connection: psycopg.AsyncConnection[tuple[Any, ...]]) -> None:
    """End both directions of its socket, so that libpq finds the connection broken."""
    if connection.closed:
        return
    with socket.socket(fileno=os.dup(connection.fileno())) as ours, suppress(OSError):
        ours.shutdown(socket.SHUT_RDWR)


async def _let_go(answer: AsyncIterator[Row]) -> None:
    """End a stream whose connection is gone already."""
    if isinstance(answer, AsyncGenerator):
        with suppress(psycopg.Error):
            await answer.aclose()


def words_of(cause: psycopg.Error) -> str:
    """The server's words without libpq's account of the connection."""
    return plain(str(cause).rsplit(" failed: ", 1)[-1].split("\n", 1)[0])


def _shown(value: object) -> object:
    """A value as JSON has it."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, str):
        return value[:TEXT_LIMIT]
    if value is None or isinstance(value, bool | int | float | list):
        return value
    return str(value)[:TEXT_LIMIT]
