"""A TCP port that can fall silent: refuse connections while nobody else can take it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final

from lab.behaviour import Behaviour

SILENCE_CHECK_S: Final = 0.1


class Doorway:
    """Holds the port and opens and shuts it as `behaviour.silent` says.

    `open_on` begins to serve on a bound socket and owns it; `shut` closes that and drops every
    connection.
    """

    def __init__(
        self,
        behaviour: Behaviour,
        open_on: Callable[[socket.socket], Awaitable[None]],
        shut: Callable[[], Awaitable[None]],
    ) -> None:
        self._behaviour = behaviour
        self._open_on = open_on
        self._shut = shut
        self._address: tuple[str, int] | None = None
        self._held: socket.socket | None = None
        self._watch: asyncio.Task[None] | None = None

    async def start(self, host: str, port: int) -> int:
        """Listen; port 0 picks one. The port. Raises `OSError` when it is taken."""
        self._held = bound((host, port))
        self._address = (host, self._held.getsockname()[1])
        await self.apply()
        self._watch = asyncio.create_task(self._keep())
        return self._address[1]

    async def stop(self) -> None:
        """Close the port and every connection; safe to call twice."""
        if self._watch is not None:
            self._watch.cancel()
            with suppress(asyncio.CancelledError):
                await self._watch
            self._watch = None
        if self._held is not None:
            self._held.close()
            self._held = None
        elif self._address is not None:
            await self._shut()
        self._address = None

    async def apply(self) -> None:
        """Begin or end silence now; it is done within a moment anyway."""
        if self._address is None:
            return
        if self._behaviour.silent and self._held is None:
            await self._shut()
            self._held = bound(self._address)
        elif not self._behaviour.silent and self._held is not None:
            held, self._held = self._held, None
            await self._open_on(held)

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(SILENCE_CHECK_S)
            await self.apply()


def bound(address: tuple[str, int]) -> socket.socket:
    """A socket that has the port and does not listen. Raises `OSError`."""
    held = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(address)
    except OSError:
        held.close()
        raise
    held.setblocking(False)
    return held


class StreamService:
    """A TCP service that falls silent as its behaviour says. A subclass answers in `converse`;
    `port` is where it listens, `behaviour` how it answers."""

    LIMIT: int = 65_536
    """The most bytes that are read in search of an end."""

    def __init__(self, behaviour: Behaviour | None = None) -> None:
        self.behaviour = behaviour or Behaviour()
        self.port = 0
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._doorway = Doorway(self.behaviour, self._listen, self._shut)

    async def start(self, host: str, port: int) -> None:
        """Listen; port 0 picks one, which is then in `port`. Raises `OSError` when it is taken."""
        self.port = await self._doorway.start(host, port)

    async def stop(self) -> None:
        """Close the port and every connection; safe to call twice."""
        await self._doorway.stop()

    async def apply(self) -> None:
        """Begin or end silence now; it is done within a moment anyway."""
        await self._doorway.apply()

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, until it is over. What a peer does wrong ends it."""
        raise OSError("this service says nothing")

    async def _listen(self, held: socket.socket) -> None:
        self._server = await asyncio.start_server(self._serve, sock=held, limit=self.LIMIT)

    async def _shut(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in tuple(self._writers):
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            await self.converse(reader, writer)
        except (OSError, ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            return
        finally:
            self._writers.discard(writer)
            writer.close()
