"""Faults of a real PostgreSQL server, done for real: sessions block, deadlocks happen, connections
are opened, jobs fail, accounts expire. Every fault has its mend; `close` mends what holds sessions.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final, LiteralString

import psycopg
from psycopg import errors, sql

from lab.embedded.database_tables import (
    APPLICATIONS,
    ARCHIVE_COMMAND,
    ARCHIVER_FAILS,
    ARCHIVES,
    CLIENTS,
    CROWD,
    DROP_SLOT,
    EXPIRE,
    EXPIRE_SOON,
    FAIL_JOB,
    FINISH_SEGMENT,
    MAKE_SLOT,
    MEND_JOBS,
    MONITOR,
    ONE_ROUND,
    PASSWORD,
    QUICK_DEADLOCKS,
    RELOAD,
    RENEW,
    RESET_STATISTICS,
    SCRIPTS,
    SLOT,
    TOUCH,
    WAITING,
    WRITE_WAL,
)

HOST: Final = "127.0.0.1"
SUPERUSER: Final = "postgres"
DATABASE: Final = "postgres"
AT_ONCE: Final = 16
"""Connections that are being opened at the same moment."""
WAITED_FOR_S: Final = 10.0
POLL_S: Final = 0.02
ARCHIVE: Final = "true"
NO_ARCHIVE: Final = "false"
"""Commands of the shell: nothing is kept, and one says that it was."""
CROWD_LIMIT: Final = 2_000
CROWD_WITHIN_S: Final = 60.0
SETTLED_COUNTS: Final = 3

Connection = psycopg.AsyncConnection[tuple[object, ...]]


@dataclass(slots=True)
class DatabaseWorld:
    """The practice database on a running server at `port` of loopback. Faults are idempotent:
    causing one twice is causing it once."""

    port: int
    superuser_password: str = field(repr=False)
    database: str = DATABASE
    crowd: list[Connection] = field(default_factory=list, repr=False)
    blocking: list[Connection] = field(default_factory=list, repr=False)
    _waiter: asyncio.Task[None] | None = field(default=None, repr=False)

    async def make(self, monitor_password: str) -> None:
        """Roles, tables and healthy jobs; whatever is there already stays."""
        async with self._administration() as line:
            for script in SCRIPTS:
                await line.execute(script.encode())
            await self._set_password(line, MONITOR, monitor_password)
            for application in APPLICATIONS:
                await self._set_password(line, application, self.superuser_password)
            await line.execute(ONE_ROUND.encode())
            await self._set_password(line, CROWD, self.superuser_password)

    # --- blocked sessions (M08) ---

    async def block_session(self) -> None:
        """One session keeps a row locked in an open transaction, another waits for it."""
        if self.blocking:
            return
        holder, waiter = await self._open(APPLICATIONS[0]), await self._open(APPLICATIONS[1])
        self.blocking = [holder, waiter]
        await holder.execute(b"BEGIN")
        await holder.execute(TOUCH.encode(), (1,))
        self._waiter = asyncio.create_task(_touch(waiter, 1))
        await self._until_waiting(waiter)

    async def unblock_session(self) -> None:
        """The holder ends; the waiter gets its row and ends too."""
        held, self.blocking = self.blocking, []
        for line in held[:1]:
            await line.close()
        if self._waiter is not None:
            await self._waiter
            self._waiter = None
        for line in held[1:]:
            await line.close()

    # --- deadlocks (M07) ---

    async def cause_deadlock(self) -> None:
        """Two sessions lock two rows crosswise; the server ends one of them. Counted on return."""
        first, second = await self._open(SUPERUSER), await self._open(SUPERUSER)
        try:
            for line, row in ((first, 2), (second, 3)):
                await line.execute(QUICK_DEADLOCKS.encode())
                await line.execute(b"BEGIN")
                await line.execute(TOUCH.encode(), (row,))
            crosswise = asyncio.gather(_touch(first, 3), _touch(second, 2))
            await asyncio.wait_for(crosswise, WAITED_FOR_S)
        finally:
            await first.close()
            await second.close()  # a session reports its statistics when it ends

    async def forget_deadlocks(self) -> None:
        """The counter begins anew."""
        async with self._administration() as line:
            await line.execute(RESET_STATISTICS.encode())

    # --- connections (M09) ---

    async def open_connections(self, until: int = 905) -> None:
        """Open idle sessions until the server has that many clients, those of others included.
        One that was just ending when it was counted is replaced."""
        async with asyncio.timeout(CROWD_WITHIN_S):
            settled = 0
            while settled < SETTLED_COUNTS:
                missing = min(until, CROWD_LIMIT) - await self._clients()
                settled = settled + 1 if missing <= 0 else 0
                await self._crowd_in(missing)
                await asyncio.sleep(POLL_S)

    async def _clients(self) -> int:
        """Sessions without the one that counts; it is ended, so that it takes no place."""
        async with self._administration() as line:
            return await _number(line, CLIENTS) - 1

    async def _crowd_in(self, number: int) -> None:
        turns = asyncio.Semaphore(AT_ONCE)

        async def one_more() -> None:
            async with turns:
                self.crowd.append(await self._open(CROWD))

        await asyncio.gather(*(one_more() for _ in range(number)))

    async def close_connections(self) -> None:
        """All of them end."""
        crowd, self.crowd = self.crowd, []
        for line in crowd:
            await line.close()

    # --- jobs (M06) and accounts (M08) ---

    async def fail_job(self, job: str = "archive-work-orders") -> None:
        """The last run of the job failed."""
        async with self._administration() as line:
            await line.execute(MEND_JOBS.encode())
            await line.execute(FAIL_JOB.encode(), (job,))

    async def mend_jobs(self) -> None:
        """All last runs succeeded."""
        async with self._administration() as line:
            await line.execute(MEND_JOBS.encode())

    async def expire_account(self, role: str = APPLICATIONS[0]) -> None:
        """The password of an application's account is no longer valid."""
        await self._alter(EXPIRE, role)

    async def renew_account(self, role: str = APPLICATIONS[0]) -> None:
        """It is valid again, without end."""
        await self._alter(RENEW, role)

    async def let_account_expire(self, days: float = 5.0, role: str = APPLICATIONS[0]) -> None:
        """The password of an application's account is valid for so many days more."""
        until = datetime.now(UTC) + timedelta(days=days)
        async with self._administration() as line:
            terms = (sql.Identifier(role), sql.Literal(until.isoformat()))
            await line.execute(sql.SQL(EXPIRE_SOON).format(*terms))

    # --- the archive and a standby that is gone (M10) ---

    async def fail_archiver(self) -> None:
        """WAL is finished, and the command that archives it fails. Counted on return."""
        await self._archive_by(NO_ARCHIVE)
        await self._until_archiver(fails=True)

    async def mend_archiver(self) -> None:
        """WAL is archived again, to nowhere."""
        await self._archive_by(ARCHIVE)
        await self._until_archiver(fails=False)

    async def abandon_slot(self, name: str = SLOT) -> None:
        """A replication slot that keeps WAL for a standby which never comes."""
        async with self._administration() as line:
            await line.execute(MAKE_SLOT.encode(), (name, name))

    async def drop_slot(self, name: str = SLOT) -> None:
        """It is gone."""
        async with self._administration() as line:
            await line.execute(DROP_SLOT.encode(), (name,))

    async def _archive_by(self, command: str) -> None:
        async with self._administration() as line:
            await line.execute(sql.SQL(ARCHIVE_COMMAND).format(sql.Literal(command)))
            await line.execute(RELOAD.encode())

    async def _until_archiver(self, *, fails: bool) -> None:
        """A segment is finished, and what became of it stands in the statistics."""
        async with self._administration() as line, asyncio.timeout(WAITED_FOR_S):
            if not await _number(line, ARCHIVES):
                return
            await line.execute(WRITE_WAL.encode())
            await line.execute(FINISH_SEGMENT.encode())
            # the server cannot tell us; the wait is bounded above
            while bool(await _number(line, ARCHIVER_FAILS)) != fails:  # noqa: ASYNC110
                await asyncio.sleep(POLL_S)

    async def heal(self) -> None:
        """As on the first day."""
        await self.close()
        await self.mend_jobs()
        await self.forget_deadlocks()
        await self.drop_slot()
        await self.mend_archiver()
        for role in APPLICATIONS:
            await self.renew_account(role)

    async def close(self) -> None:
        """End every session that a fault holds; safe to call twice."""
        await self.unblock_session()
        await self.close_connections()

    # --- the way there ---

    async def _open(self, user: str) -> Connection:
        return await psycopg.AsyncConnection.connect(
            host=HOST, port=self.port, user=user, password=self.superuser_password,
            dbname=self.database, autocommit=True, sslmode="disable", gssencmode="disable",
        )  # fmt: skip

    @asynccontextmanager
    async def _administration(self) -> AsyncIterator[Connection]:
        line = await self._open(SUPERUSER)
        try:
            yield line
        finally:
            await line.close()

    async def _set_password(self, line: Connection, role: str, password: str) -> None:
        place = sql.SQL(PASSWORD).format(sql.Identifier(role), sql.Literal(password))
        await line.execute(place)

    async def _alter(self, statement: LiteralString, role: str) -> None:
        async with self._administration() as line:
            await line.execute(sql.SQL(statement).format(sql.Identifier(role)))

    async def _until_waiting(self, waiter: Connection) -> None:
        async with self._administration() as line, asyncio.timeout(WAITED_FOR_S):
            # the server cannot tell us; the wait is bounded above
            while not await _number(line, WAITING, waiter.info.backend_pid):  # noqa: ASYNC110
                await asyncio.sleep(POLL_S)


async def _touch(line: Connection, row: int) -> None:
    """Wait for a row; a deadlock or the end of the session ends the waiting."""
    try:
        await line.execute(TOUCH.encode(), (row,))
        await line.execute(b"COMMIT")
    except (errors.DeadlockDetected, psycopg.OperationalError):
        return


async def _number(line: Connection, statement: str, *values: object) -> int:
    cursor = await line.execute(statement.encode(), values or None)
    row = await cursor.fetchone()
    return int(str(row[0])) if row else 0
