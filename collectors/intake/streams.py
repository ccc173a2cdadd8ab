"""Syslog over TCP and TLS: octet counting and line ends, as RFC 6587 and RFC 5425 have them.

Nothing is lost here by us: a sender that is faster than we are is held up by not being read.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from collectors.intake.backlog import Backlog
from collectors.intake.datagrams import Known
from collectors.intake.guests import Guests, secure, source_of
from collectors.intake.model import RAW_LIMIT, Arrived, Outcome, Receiver

MOST_CONNECTIONS: Final = 256
MOST_OF_ONE: Final = 16
LENGTH_DIGITS: Final = 5
"""RFC 5425 4.3 sets no end; more digits than our limit has are too large."""
SHAKE_LIMIT_S: Final = 10.0
CLOSE_LIMIT_S: Final = 2.0


class TooLarge(Exception):
    """A frame that is longer than we take."""


class Cut(Exception):
    """The connection ended, or went wrong, inside a frame."""


async def frames(reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
    """The messages of one connection. What begins with a digit is counted, all else ends with a
    line feed. Raises `TooLarge`, `Cut`. The reader's limit must be beyond `RAW_LIMIT`."""
    while first := await reader.read(1):
        if first in b"123456789":
            yield await _counted(reader, first)
        elif first not in b"\n\r\x00":
            yield await _line(reader, first)


async def _counted(reader: asyncio.StreamReader, digits: bytes) -> bytes:
    while (one := await reader.read(1)) != b" ":
        if not one.isdigit():
            raise Cut
        digits += one
        if len(digits) > LENGTH_DIGITS:
            raise TooLarge
    if int(digits) > RAW_LIMIT:
        raise TooLarge
    try:
        return await reader.readexactly(int(digits))
    except asyncio.IncompleteReadError:
        raise Cut from None


async def _line(reader: asyncio.StreamReader, first: bytes) -> bytes:
    try:
        rest = await reader.readuntil(b"\n")
    except asyncio.LimitOverrunError:
        raise TooLarge from None
    except asyncio.IncompleteReadError:
        raise Cut from None
    if len(rest) > RAW_LIMIT:
        raise TooLarge
    return first + rest[:-1]


KEEP_ALIVE: Final = (
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 60),
    (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 20),
    (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 3),
)
"""A sender that lost its power says no goodbye: after two minutes its connection is given up."""


def _keep_alive(writer: asyncio.StreamWriter) -> None:
    opened = writer.get_extra_info("socket")
    with suppress(OSError):
        for level, option, value in KEEP_ALIVE:
            opened.setsockopt(level, option, value)


@dataclass(slots=True)
class Streams:
    """One listening socket and its connections."""

    receiver: Receiver
    backlog: Backlog
    known: Known
    clock: Callable[[], datetime]
    _server: asyncio.Server | None = None
    _tls: ssl.SSLContext | None = None
    _guests: Guests = field(default_factory=lambda: Guests(MOST_CONNECTIONS, MOST_OF_ONE))
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def start(self, host: str, port: int, tls: ssl.SSLContext | None = None) -> int:
        """Listen; gives the port. Raises `OSError`."""
        self._tls = tls
        self._server = await asyncio.start_server(self._accept, host, port, limit=RAW_LIMIT + 2)
        return int(self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        """No new connections, and an end to those there are."""
        if self._server is not None:
            self._server.close()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        source = source_of(writer)
        room = self._guests.enter(source)
        try:
            if self._welcome(source, room=room):
                _keep_alive(writer)
                await self._read(reader, writer, source)
        finally:
            self._guests.leave(source)
            writer.close()
            with suppress(OSError, TimeoutError, asyncio.CancelledError):
                await asyncio.wait_for(writer.wait_closed(), CLOSE_LIMIT_S)

    def _welcome(self, source: str, *, room: bool) -> bool:
        if not self.known(source):
            self.backlog.count(self.receiver, Outcome.UNKNOWN_SOURCE)
            return False
        if not room:
            self.backlog.count(self.receiver, Outcome.REFUSED)
        return room

    async def _read(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, source: str
    ) -> None:
        try:
            await secure(writer, self._tls, SHAKE_LIMIT_S)
            async for raw in frames(reader):
                one = Arrived(self.receiver, self.clock(), source, raw)
                while not self.backlog.offer(one):
                    await self.backlog.room.wait()
        except TooLarge:
            self.backlog.count(self.receiver, Outcome.TOO_LARGE)
        except (Cut, OSError):
            self.backlog.count(self.receiver, Outcome.MALFORMED)
