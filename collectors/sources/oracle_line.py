"""One connection to an Oracle database: thin mode, opened within its time, read-only, bounded,
always closed.

The driver (python-oracledb 26.1) crashes the interpreter when `call_timeout` is set on a connection
that it has dropped inside. So the time limit is set once, right after the login, and never
again; after an error that is not the server's own refusal of one statement, nothing is asked of
the connection any more.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Coroutine
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, TypeVar

import oracledb

from collectors.parsers.plain import plain
from collectors.readings import Exchange, Trouble
from collectors.session import Means, Refused, SessionFailed
from collectors.sources.database_session import QueryFailed, Row
from collectors.sources.oracle_queries import READ_ONLY, ROWS_LIMIT
from collectors.sources.oracle_words import (
    WRONG_PASSWORD,
    code_of,
    is_time_out,
    login_failed,
    login_too_slow,
    question_failed,
    survives,
)
from inventory.model import Device, Oracle
from phrases import Phrase, say

T = TypeVar("T")

PROTOCOL: Final = "oracle"
MODULE: Final = "lineguard"
ACTION: Final = "inspection"
CALL_SHARE: Final = 0.8
"""Part of the time limit after which the driver itself interrupts a statement. It then waits as
long again for the server to say that it did."""
TEXT_LIMIT: Final = 2_000
"""Characters of one value; the queries ask for far fewer."""
CANCELS: Final = 3
LET_GO_S: Final = 0.2
CLOSE_S: Final = 1.0

BROKEN: Final = (
    oracledb.Error, OSError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError,
    AssertionError, MemoryError, NotImplementedError,
)  # fmt: skip
"""What a peer that sends nonsense makes the driver raise: it hands on whatever it ran into while
it took the packets apart."""


@dataclass(slots=True)
class Line:
    """A connection. `lost` once nothing may be asked of it any more."""

    device: Device
    access: Oracle
    means: Means
    connection: oracledb.AsyncConnection = field(repr=False)
    lost: bool = False
    closed: bool = False

    async def rows(self, sql: str, kept: list[Exchange]) -> list[Row]:
        """All rows, and the exchange added to `kept`. Raises `QueryFailed`."""
        if self.lost or not self.connection.is_healthy():
            raise QueryFailed(Trouble.TIMED_OUT, self._given_up())
        began = time.monotonic()
        rows = await self._fetched(sql)
        if len(rows) > ROWS_LIMIT:
            raise QueryFailed(Trouble.TOO_LARGE, self._too_many())
        kept.append(self._exchange(sql, rows, began))
        return rows

    async def close(self) -> None:
        """End the session; a server that does not answer is not waited for. Safe to call twice."""
        if self.closed:
            return
        self.closed = self.lost = True
        try:
            await in_time(self.connection.close(), CLOSE_S)
        except BROKEN:
            return  # it is gone, which is all that was wanted

    async def _fetched(self, sql: str) -> list[Row]:
        self.lost = True  # until the answer is whole: also when we are cancelled
        try:
            rows = await in_time(self._fetch(sql), self.access.timeout_s)
        except TimeoutError:
            raise QueryFailed(Trouble.TIMED_OUT, self._too_slow()) from None
        except BROKEN as cause:
            self.lost = not (survives(cause) and self.connection.is_healthy())
            if is_time_out(cause):
                raise QueryFailed(Trouble.TIMED_OUT, self._too_slow()) from None
            trouble, why = question_failed(self.device, self.access, sql, cause)
            raise QueryFailed(trouble, why) from None
        self.lost = False
        return rows

    async def _fetch(self, sql: str) -> list[Row]:
        """At most one row more than the limit, whatever the server has."""
        cursor = self.connection.cursor()
        cursor.arraysize = cursor.prefetchrows = ROWS_LIMIT + 1
        await cursor.execute(sql)
        rows = await cursor.fetchmany(ROWS_LIMIT + 1)
        cursor.close()
        return list(rows)

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

    def _too_slow(self) -> Phrase:
        return say(
            "{device}: Oracle did not answer within {limit:g} s",
            device=self.device.name,
            limit=self.access.timeout_s,
        )

    def _too_many(self) -> Phrase:
        return say(
            "{device}: Oracle sent more than {limit} rows",
            device=self.device.name,
            limit=ROWS_LIMIT,
        )

    def _given_up(self) -> Phrase:
        return say(
            "{device}: the connection was given up after an answer that did not come",
            device=self.device.name,
        )


async def connect(device: Device, access: Oracle, means: Means, password: str) -> Line:
    """Log in. Raises `SessionFailed`."""
    began = time.monotonic()
    try:
        connection = await in_time(_logged_in(device, access, password), access.timeout_s)
    except TimeoutError:
        raise SessionFailed(Trouble.TIMED_OUT, login_too_slow(device, access)) from None
    except BROKEN as cause:
        why = login_failed(device, access, cause)
        refused: Refused | None = "secret" if code_of(cause) in WRONG_PASSWORD else None
        raise SessionFailed(*why, refused=refused) from None
    line = Line(device, access, means, connection)
    try:
        await in_time(_made_read_only(connection), began + access.timeout_s - time.monotonic())
    except TimeoutError:
        await line.close()
        raise SessionFailed(Trouble.TIMED_OUT, login_too_slow(device, access)) from None
    except BROKEN as cause:
        await line.close()
        raise SessionFailed(*login_failed(device, access, cause)) from None
    return line


async def _logged_in(device: Device, access: Oracle, password: str) -> oracledb.AsyncConnection:
    """A healthy connection with its time limit set: the only place where that is done."""
    connection: oracledb.AsyncConnection = await oracledb.connect_async(
        user=access.user,
        password=password,
        host=device.address,
        port=access.port,
        service_name=access.service,
        tcp_connect_timeout=access.timeout_s * CALL_SHARE,
        retry_count=0,
        disable_oob=True,
        program=MODULE,
    )
    if connection.is_healthy():
        connection.call_timeout = max(1, round(access.timeout_s * CALL_SHARE * 1000))
    return connection


async def _made_read_only(connection: oracledb.AsyncConnection) -> None:
    """Nothing that follows can write, and the DBA sees whose session this is."""
    connection.module, connection.action = MODULE, ACTION
    cursor = connection.cursor()
    await cursor.execute(READ_ONLY)
    cursor.close()


async def in_time(work: Coroutine[Any, Any, T], limit_s: float) -> T:
    """What `work` gives. Raises `TimeoutError` when it takes longer, and what it raises.

    The driver answers a cancellation by asking the server to break off and waiting for it without
    limit; a second cancellation ends that. So it is cancelled until it ends, and never awaited
    blindly.
    """
    task = asyncio.create_task(work)
    try:
        await asyncio.wait({task}, timeout=max(0.0, limit_s))
        if not task.done():
            raise TimeoutError
        return task.result()
    finally:
        for _ in range(CANCELS):
            if task.done():
                break
            task.cancel()
            await asyncio.wait({task}, timeout=LET_GO_S)
        if task.done() and not task.cancelled():
            task.exception()  # seen, so that asyncio does not tell of it


def _shown(value: object) -> object:
    """A value as JSON has it."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, str):
        return plain(value, TEXT_LIMIT)
    if value is None or isinstance(value, bool | int | float):
        return value
    return str(value)[:TEXT_LIMIT]
