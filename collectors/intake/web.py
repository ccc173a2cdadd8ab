"""A small HTTP/1.1 server for webhooks: two paths, one method, a token, bounded in every way.

The answer is given when what was sent is stored, so that a sender that asks again after a failure
loses nothing: 200 stored, 400 not understood, 401 no token that is known, 503 come again.
"""

from __future__ import annotations

import asyncio
import hmac
import ssl
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from collectors.intake.backlog import Backlog
from collectors.intake.guests import Guests, secure, source_of
from collectors.intake.hooks import ALERTS, PLAIN
from collectors.intake.model import Arrived, Outcome, Receiver

PATHS: Final = {"/v1/alertmanager": ALERTS, "/v1/alarms": PLAIN}
HEAD_LIMIT: Final = 16_384
BODY_LIMIT: Final = 1_000_000
REQUEST_LIMIT_S: Final = 20.0
STORE_LIMIT_S: Final = 20.0
CLOSE_LIMIT_S: Final = 2.0
MOST_CONNECTIONS: Final = 64
MOST_OF_ONE: Final = 16
"""Whoever holds that many open says nothing that another could not say."""
BEARER: Final = "bearer "
REASONS: Final = {
    200: "OK", 400: "Bad Request", 401: "Unauthorized", 404: "Not Found",
    405: "Method Not Allowed", 408: "Request Timeout", 411: "Length Required",
    413: "Content Too Large", 503: "Service Unavailable",
}  # fmt: skip
STATUS: Final = {Outcome.STORED: 200, Outcome.LOST_IN_QUEUE: 503, Outcome.LOST_IN_KERNEL: 503}


@dataclass(frozen=True, slots=True)
class Head:
    """A request without its body. Names of headers are in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]


class Answer(Exception):
    """The request ends here, with that status; `outcome` is what is counted."""

    def __init__(self, status: int, outcome: Outcome) -> None:
        super().__init__(status)
        self.status = status
        self.outcome = outcome


def head_of(raw: bytes) -> Head:
    """The head of a request, up to its empty line. Raises `Answer`."""
    try:
        first, *lines = raw.decode("ascii").removesuffix("\r\n\r\n").split("\r\n")
        method, path, version = first.split(" ")
    except ValueError:
        raise Answer(400, Outcome.MALFORMED) from None
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not name or name != name.strip() or name.lower() in headers:
            raise Answer(400, Outcome.MALFORMED)
        headers[name.lower()] = value.strip()
    if version not in ("HTTP/1.1", "HTTP/1.0"):
        raise Answer(400, Outcome.MALFORMED)
    return Head(method, path, headers)


def length_of(head: Head) -> int:
    """How long its body is. Raises `Answer`."""
    told = head.headers.get("content-length", "")
    if "transfer-encoding" in head.headers or not told:
        raise Answer(411, Outcome.MALFORMED)
    if not (told.isascii() and told.isdigit()):
        raise Answer(400, Outcome.MALFORMED)
    if len(told) > len(str(BODY_LIMIT)) or int(told) > BODY_LIMIT:
        raise Answer(413, Outcome.TOO_LARGE)
    return int(told)


@dataclass(slots=True)
class Web:
    """The listening socket. `tokens` gives the token of each caller, read anew for each request."""

    backlog: Backlog
    tokens: Callable[[], Mapping[str, str]] = field(repr=False)
    clock: Callable[[], datetime]
    receiver: Receiver = Receiver.WEB
    _server: asyncio.Server | None = None
    _tls: ssl.SSLContext | None = None
    _guests: Guests = field(default_factory=lambda: Guests(MOST_CONNECTIONS, MOST_OF_ONE))
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def start(self, host: str, port: int, tls: ssl.SSLContext | None = None) -> int:
        """Listen; gives the port. Raises `OSError`."""
        self._tls = tls
        self._server = await asyncio.start_server(self._accept, host, port, limit=HEAD_LIMIT)
        return int(self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        """No new requests; those that wait for the store get their answer first."""
        if self._server is not None:
            self._server.close()
        _, late = (
            await asyncio.wait(self._tasks, timeout=CLOSE_LIMIT_S) if self._tasks else ((), ())
        )
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        source = source_of(writer)
        room = self._guests.enter(source)
        try:
            if room or self._tls is None:
                await secure(writer, self._tls, REQUEST_LIMIT_S)
                writer.write(_response(await self._status(reader, source, room=room)))
                await asyncio.wait_for(writer.drain(), CLOSE_LIMIT_S)
            else:  # a word of ours would cost the handshake that there is no room for
                self.backlog.count(self.receiver, Outcome.REFUSED)
        except (OSError, TimeoutError):
            pass
        finally:
            self._guests.leave(source)
            writer.close()
            with suppress(OSError, TimeoutError, asyncio.CancelledError):
                await asyncio.wait_for(writer.wait_closed(), CLOSE_LIMIT_S)

    async def _status(self, reader: asyncio.StreamReader, source: str, *, room: bool) -> int:
        try:
            if not room:
                raise Answer(503, Outcome.REFUSED)
            async with asyncio.timeout(REQUEST_LIMIT_S):
                caller, form, body = await self._request(reader)
            return await self._stored(source, caller, form, body)
        except Answer as answer:
            self.backlog.count(self.receiver, answer.outcome)
            return answer.status
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            self.backlog.count(self.receiver, Outcome.MALFORMED)
            return 408

    async def _request(self, reader: asyncio.StreamReader) -> tuple[str, str, bytes]:
        head = head_of(await reader.readuntil(b"\r\n\r\n"))
        caller = self._caller(head)
        if head.path not in PATHS:
            raise Answer(404, Outcome.MALFORMED)
        if head.method != "POST":
            raise Answer(405, Outcome.MALFORMED)
        return caller, PATHS[head.path], await reader.readexactly(length_of(head))

    def _caller(self, head: Head) -> str:
        """Who holds the token. Every one that is known is compared, each in constant time."""
        told = head.headers.get("authorization", "")
        token = told[len(BEARER) :] if told.lower().startswith(BEARER) else ""
        given = token.encode()
        holders = [
            name
            for name, known in self.tokens().items()
            if hmac.compare_digest(known.encode(), given)
        ]
        if not holders or not given:
            raise Answer(401, Outcome.REFUSED)
        return holders[0]

    async def _stored(self, source: str, caller: str, form: str, body: bytes) -> int:
        done: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()

        def answer(outcome: Outcome) -> None:
            if not done.done():
                done.set_result(outcome)

        one = Arrived(self.receiver, self.clock(), source, body, 0, answer, caller, form)
        if not self.backlog.put(one):
            return 503
        try:
            outcome = await asyncio.wait_for(done, STORE_LIMIT_S)
        except TimeoutError:
            return 503
        return STATUS.get(outcome, 400)


def _response(status: int) -> bytes:
    return (
        f"HTTP/1.1 {status} {REASONS[status]}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    ).encode("ascii")
