"""A network device's console over SSH: logins, lines, echo and prompts as both makes share them."""

from __future__ import annotations

import asyncio
import secrets
import socket
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Final

import asyncssh

from lab.behaviour import Behaviour
from lab.embedded.accounts import Account
from lab.embedded.doorway import Doorway

GARBAGE_BYTES: Final = 512
FLOOD_LINE: Final = b"0123456789 " * 7 + b"\r\n"
DRIP_S: Final = 0.05
LINE_LIMIT: Final = 4_096
KEPT: Final = 1_000
ENTER: Final = (b"\r", b"\n")


class Left(Exception):
    """The other side has closed its console."""


class Terminal:
    """One session's screen and keyboard."""

    def __init__(self, process: asyncssh.SSHServerProcess[bytes]) -> None:
        self._process = process

    async def show(self, output: bytes) -> None:
        """Print. Raises `Left`."""
        try:
            self._process.stdout.write(output)
            await self._process.stdout.drain()
        except (OSError, asyncssh.Error) as error:
            raise Left from error

    async def key(self) -> bytes:
        """The next key. Raises `Left`."""
        try:
            pressed = await self._process.stdin.read(1)
        except (OSError, asyncssh.Error) as error:
            raise Left from error
        if not pressed:
            raise Left
        return pressed

    async def line(self, *, echo: bool = True) -> str:
        """The next line, echoed unless it is a password. Raises `Left`."""
        typed = bytearray()
        while (pressed := await self.key()) not in ENTER:
            if len(typed) < LINE_LIMIT:
                typed += pressed
            if echo:
                await self.show(pressed)
        await self.show(b"\r\n")
        return typed.decode("utf-8", "replace")

    async def wait_until_left(self) -> None:
        """Say nothing more."""
        await self._process.channel.wait_closed()


class ConsoleServer(ABC):
    """A console that listens. A make says what is printed; this says how.

    `commands` holds every line that was typed at a prompt, `logins` how often somebody came in,
    `open_now` how many are in, `most_open` how many were at once.
    """

    def __init__(
        self, *, host_key: Path, user: str, password: str, behaviour: Behaviour | None = None
    ) -> None:
        self.behaviour = behaviour or Behaviour()
        self.port = 0
        self.logins = self.open_now = self.most_open = 0
        self.commands: list[str] = []
        self.floods = self.drips = False
        self._host_key = host_key
        self.account = Account(user, password)
        self._acceptor: asyncssh.SSHAcceptor | None = None
        self._connections: set[asyncssh.SSHServerConnection] = set()
        self._doorway = Doorway(self.behaviour, self._listen, self._shut)

    @abstractmethod
    async def session(self, terminal: Terminal) -> None:
        """Serve one login until it leaves (returning) or is gone (`Left`)."""

    async def start(self, host: str, port: int) -> None:
        """Listen; port 0 picks one, which is then in `port`. Raises `OSError` when it is taken."""
        self.port = await self._doorway.start(host, port)

    async def stop(self) -> None:
        """Close the port and every connection; safe to call twice."""
        await self._doorway.stop()

    async def apply(self) -> None:
        """Begin or end silence now; it is done within a moment anyway."""
        await self._doorway.apply()

    @property
    def connections(self) -> int:
        """SSH connections that are open now."""
        return len(self._connections)

    def admits(self, user: str, password: str) -> bool:
        """Is this the right login, and is anybody let in at all?"""
        return self.account.admits(user, password) and not self.behaviour.refuse_logins

    def note(self, command: str) -> None:
        """Keep what was typed."""
        if len(self.commands) < KEPT:
            self.commands.append(command)

    async def answer(self, terminal: Terminal, output: bytes) -> None:
        """Print an answer and the prompt after it, as the behaviour of the moment has it."""
        await asyncio.sleep(self.behaviour.delay_s)
        if self.floods:
            while True:
                await terminal.show(FLOOD_LINE)
        if self.behaviour.garbage:
            await terminal.show(secrets.token_bytes(GARBAGE_BYTES))
            await terminal.wait_until_left()
            raise Left
        if self.drips:
            for byte in output:
                await terminal.show(bytes((byte,)))
                await asyncio.sleep(DRIP_S)
            return
        await terminal.show(output[: self.behaviour.cut_after])
        if self.behaviour.cut_after is not None and len(output) > self.behaviour.cut_after:
            await terminal.wait_until_left()
            raise Left

    async def _listen(self, held: socket.socket) -> None:
        self._acceptor = await asyncssh.listen(
            sock=held,
            server_factory=lambda: _Door(self, self._connections),
            process_factory=self._serve,
            server_host_keys=[str(self._host_key)],
            encoding=None,
            line_editor=False,
            allow_scp=False,
            agent_forwarding=False,
        )

    async def _shut(self) -> None:
        acceptor, self._acceptor = self._acceptor, None
        if acceptor is not None:
            acceptor.close()
        for connection in tuple(self._connections):
            connection.abort()
        if acceptor is not None:
            await acceptor.wait_closed()

    async def _serve(self, process: asyncssh.SSHServerProcess[bytes]) -> None:
        self.logins += 1
        self.open_now += 1
        self.most_open = max(self.most_open, self.open_now)
        try:
            await self.session(Terminal(process))
            process.exit(0)
        except Left:
            process.close()
        finally:
            self.open_now -= 1


class _Door(asyncssh.SSHServer):
    """Who may come in."""

    def __init__(
        self, console: ConsoleServer, connections: set[asyncssh.SSHServerConnection]
    ) -> None:
        self._console = console
        self._connections = connections
        self._connection: asyncssh.SSHServerConnection | None = None

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._connection = conn
        self._connections.add(conn)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._connection is not None:
            self._connections.discard(self._connection)

    def begin_auth(self, username: str) -> bool:
        return True

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return self._console.admits(username, password)
