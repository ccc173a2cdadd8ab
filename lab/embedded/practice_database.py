"""A practice device that is a real PostgreSQL server: a child process whose faults are real."""

from __future__ import annotations

import asyncio
import errno
import os
import secrets
import socket
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from collectors.scratch.server import PostgresServer, PostgresSettings
from lab.behaviour import Behaviour
from lab.embedded.database_tables import SCHEMA
from lab.embedded.database_world import DatabaseWorld
from lab.embedded.doorway import bound
from lab.embedded.guard import Guard, start_guard
from lab.embedded.ports import is_free
from lab.embedded.whole import PRIVATE_MODE, put

CONNECTIONS: Final = 1_000
"""Room for the fault that opens more than the contract's limit of 900 (M09)."""
SPARING: Final = (
    ("archive_mode", "on"),
    ("autovacuum", "off"),
    ("jit", "off"),
    ("max_wal_senders", "2"),
    ("synchronous_commit", "off"),
    ("wal_level", "replica"),
)
"""Nothing of a practice server's data is worth keeping; its time and memory are. WAL is archived
all the same, to nowhere, since that is looked at."""
PASSWORD_BYTES: Final = 18


@dataclass(slots=True)
class DatabaseState:
    """What is wrong inside the server; nothing, until changed. `connections`: open so many."""

    blocked_session: bool = False
    deadlock: bool = False
    connections: int = 0
    failed_job: bool = False
    expired_account: bool = False
    expiring_account: bool = False
    failing_archiver: bool = False
    abandoned_slot: bool = False


@dataclass(slots=True)
class PracticeDatabase:
    """One server at one port. Of its behaviour only `silent` is known: the server is then ended
    and its port held. `apply` brings the server to what `state` and `behaviour` say."""

    folder: Path
    monitor_password: Callable[[], str] = field(repr=False)
    """Asked at every start: the password may have been changed since the last."""
    dump: Path | None = None
    """Where a dump of the hotline's schema is left, once per home."""
    state: DatabaseState = field(default_factory=DatabaseState)
    behaviour: Behaviour = field(default_factory=Behaviour)
    _shown: DatabaseState = field(default_factory=DatabaseState)
    _server: PostgresServer | None = None
    _world: DatabaseWorld | None = None
    _guard: Guard | None = None
    _held: socket.socket | None = None

    async def start(self, host: str, port: int) -> None:
        """Start the server; its first start also makes its data. Raises `OSError` when the port
        is taken, `PostgresFailed` when it does not start."""
        if not is_free(port):
            raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE), f"{host}:{port}")
        password = _kept_password(self.folder)
        self._guard = start_guard()
        self._server = _server(self.folder, port, password)
        self._world = DatabaseWorld(port=port, superuser_password=password)
        await self._begin()

    async def stop(self) -> None:
        """End the server and everything that was done to it; safe to call twice. Data that had
        to lie outside the home, because root's server may not go there, does not stay behind."""
        await self._end()
        if self._server is not None and self._server.data != self.folder.resolve():
            await asyncio.to_thread(self._server.remove)
        self._server = None
        if self._held is not None:
            self._held.close()
            self._held = None
        if self._guard is not None:
            self._guard.dismiss()
            self._guard = None

    async def apply(self) -> None:
        """Do as `state` and `behaviour` say now; what is so already stays."""
        if self._server is None:
            return
        if self.behaviour.silent:
            if self._held is None:
                await self._end()
                self._held = bound(("127.0.0.1", self._server.port))
            return
        if self._held is not None:
            self._held.close()
            self._held = None
            await self._begin()
        await self._apply_state()

    async def _apply_state(self) -> None:
        world, wanted, shown = self._world, self.state, self._shown
        assert world is not None  # noqa: S101  (set by start)
        if wanted.blocked_session != shown.blocked_session:
            await (world.block_session() if wanted.blocked_session else world.unblock_session())
        if wanted.deadlock != shown.deadlock:
            await (world.cause_deadlock() if wanted.deadlock else world.forget_deadlocks())
        if wanted.failed_job != shown.failed_job:
            await (world.fail_job() if wanted.failed_job else world.mend_jobs())
        if wanted.expired_account != shown.expired_account:
            await (world.expire_account() if wanted.expired_account else world.renew_account())
        await self._apply_care(world, wanted, shown)
        if wanted.connections != shown.connections:
            await world.close_connections()
            if wanted.connections:
                await world.open_connections(wanted.connections)
        self._shown = replace(wanted)

    async def _apply_care(
        self, world: DatabaseWorld, wanted: DatabaseState, shown: DatabaseState
    ) -> None:
        if wanted.expiring_account != shown.expiring_account:
            soon = wanted.expiring_account
            await (world.let_account_expire() if soon else world.renew_account())
        if wanted.failing_archiver != shown.failing_archiver:
            await (world.fail_archiver() if wanted.failing_archiver else world.mend_archiver())
        if wanted.abandoned_slot != shown.abandoned_slot:
            await (world.abandon_slot() if wanted.abandoned_slot else world.drop_slot())

    async def _begin(self) -> None:
        """Start the server, and let it be healthy."""
        assert self._server is not None and self._world is not None  # noqa: S101  (set by start)
        await asyncio.to_thread(self._server.start)
        if self._guard is not None and self._server.pid is not None:
            self._guard.watch(self._server.pid)
        await self._world.make(self.monitor_password())
        await self._world.heal()
        self._shown = DatabaseState()
        if self.dump is not None and not self.dump.exists():
            await asyncio.to_thread(self._server.dump, SCHEMA, self.dump)

    async def _end(self) -> None:
        if self._world is not None and self._server is not None and self._server.pid is not None:
            await self._world.close()
        if self._server is not None:
            await asyncio.to_thread(self._server.stop)


def _server(folder: Path, port: int, password: str) -> PostgresServer:
    settings = PostgresSettings(
        password=password, max_connections=CONNECTIONS, fsync=False, extra=SPARING
    )
    return PostgresServer(folder, port, settings)


def _kept_password(folder: Path) -> str:
    """The superuser's, made with the data and kept beside it. Data of another password, left in
    a place that a deleted home also had, is taken away."""
    path = folder.with_name(f"{folder.name}.superuser")
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        password = secrets.token_urlsafe(PASSWORD_BYTES)
        _server(folder, 1, password).remove()
        put(path, password, PRIVATE_MODE)
    return path.read_text(encoding="ascii")
