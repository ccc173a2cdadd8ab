"""A small HTTP/1.1 server for pages of our own: one request a connection, bounded in size, time and
number. What it cannot understand it closes; it never says why at length to a stranger."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final

from collectors.intake.guests import Guests, source_of

LONGEST_HEAD: Final = 8_192
"""Bytes of a request line and its headers; a scraper's has some 300."""
LIMIT_S: Final = 10.0
MOST_AT_ONCE: Final = 32
MOST_OF_ONE: Final = 8
"""From one address: whoever holds connections in silence holds up no other."""
METHODS: Final = frozenset({"GET", "HEAD", "POST"})

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What somebody asks. Names of headers are in small letters. A body is never read."""

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What is said back."""

    status: HTTPStatus = HTTPStatus.OK
    body: bytes = b""
    kind: str = "text/plain; charset=utf-8"


Page = Callable[[Request], Awaitable[Answer]]


@dataclass(slots=True)
class Door:
    """Answers at one address, `127.0.0.1:9412` or `[::1]:9412`. Port 0 picks one: `port` then."""

    address: str
    page: Page
    port: int = 0
    listening: asyncio.Event = field(default_factory=asyncio.Event)
    _guests: Guests = field(default_factory=lambda: Guests(MOST_AT_ONCE, MOST_OF_ONE))

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop` is set. Raises `OSError` where the address cannot be had."""
        host, _colon, port = self.address.rpartition(":")
        server = await asyncio.start_server(
            self._visit, host.strip("[]"), int(port), limit=LONGEST_HEAD
        )
        self.port = server.sockets[0].getsockname()[1]
        self.listening.set()
        async with server:
            await stop.wait()

    async def _visit(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        source = source_of(writer)
        room = self._guests.enter(source)
        try:
            if room:
                async with asyncio.timeout(LIMIT_S):
                    await self._answer(reader, writer)
        except (TimeoutError, OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            log.info("a visitor said nothing that could be answered")
        finally:
            self._guests.leave(source)
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = read_head(await reader.readuntil(b"\r\n\r\n"))
        if asked is None:
            answer = Answer(status=HTTPStatus.BAD_REQUEST)
        elif asked.method not in METHODS:
            answer = Answer(status=HTTPStatus.METHOD_NOT_ALLOWED)
        else:
            answer = await self.page(asked)
        writer.write(written(answer, bare=asked is not None and asked.method == "HEAD"))
        await writer.drain()


def read_head(head: bytes) -> Request | None:
    """The request of a head; None for what is none."""
    try:
        first, *lines = head.decode("ascii").split("\r\n")
    except UnicodeDecodeError:
        return None
    words = first.split(" ")
    if len(words) != 3 or not words[2].startswith("HTTP/1.") or not words[1].startswith("/"):
        return None
    pairs = (line.partition(":") for line in lines if line)
    headers = {name.strip().lower(): value.strip() for name, _colon, value in pairs}
    return Request(method=words[0], path=words[1].partition("?")[0], headers=headers)


def written(answer: Answer, *, bare: bool = False) -> bytes:
    """The bytes of an answer; `bare` leaves the body out."""
    head = (
        f"HTTP/1.1 {answer.status.value} {answer.status.phrase}\r\n"
        f"Content-Type: {answer.kind}\r\nContent-Length: {len(answer.body)}\r\n"
        f"Cache-Control: no-store\r\nConnection: close\r\n\r\n"
    )
    return head.encode("ascii") + (b"" if bare else answer.body)
