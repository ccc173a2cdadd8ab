"""A data interface's status page, over a minimal HTTP/1.1."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Final

from lab.behaviour import Behaviour
from lab.embedded.doorway import StreamService

HEAD_LIMIT: Final = 16_384
GARBAGE_BYTES: Final = 512
REQUEST_S: Final = 30.0
KEPT: Final = 1_000


@dataclass(slots=True)
class InterfaceData:
    """A healthy interface, until changed. `last_exchange` is so long before the question."""

    status: int = 200
    last_exchange: timedelta = timedelta(minutes=3)
    backlog: int = 4
    location: str | None = None
    body: bytes | None = None
    """Sent in place of the page."""


def _now() -> datetime:
    return datetime.now(UTC)


class HttpService(StreamService):
    """Answers GET of any path with the page of the moment; with a `token`, only to its bearer.

    `requests` holds the first lines of what was asked.
    """

    LIMIT = HEAD_LIMIT

    def __init__(
        self,
        data: InterfaceData | None = None,
        behaviour: Behaviour | None = None,
        *,
        token: str | None = None,
        clock: Callable[[], datetime] = _now,
    ) -> None:
        self.data = data or InterfaceData()
        super().__init__(behaviour)
        self.requests: list[str] = []
        self.floods = False
        self._token = token
        self._clock = clock

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """As the behaviour of the moment has it."""
        async with asyncio.timeout(REQUEST_S):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            if len(self.requests) < KEPT:
                self.requests.append(head[0])
            await asyncio.sleep(self.behaviour.delay_s)
            await self._reply(reader, writer, head)

    async def _reply(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, head: list[str]
    ) -> None:
        if self.behaviour.garbage:
            writer.write(secrets.token_bytes(GARBAGE_BYTES))
            await writer.drain()
            return
        answer, cut = self._answer(head), self.behaviour.cut_after
        writer.write(answer[:cut])
        await writer.drain()
        while self.floods:
            writer.write(b" " * GARBAGE_BYTES)
            await writer.drain()
        if cut is not None and len(answer) > cut:
            await reader.read()

    def _answer(self, head: list[str]) -> bytes:
        if not head[0].startswith("GET "):
            return _response(HTTPStatus.METHOD_NOT_ALLOWED, b"")
        bearer = f"authorization: bearer {self._token}".encode()
        shown = [line.encode("latin-1") for line in head]
        refused = self._token is not None and not any(
            line[:21].lower() + line[21:] == bearer for line in shown
        )
        if refused or self.behaviour.refuse_logins:
            return _response(HTTPStatus.UNAUTHORIZED, b"")
        body = self._page() if self.data.body is None else self.data.body
        length = None if self.floods else len(body)
        return _response(self.data.status, body, length=length, location=self.data.location)

    def _page(self) -> bytes:
        last = self._clock() - self.data.last_exchange
        page = {"last_exchange": last.isoformat(timespec="seconds"), "backlog": self.data.backlog}
        return json.dumps(page).encode()


def _response(
    status: int, body: bytes, *, length: int | None = 0, location: str | None = None
) -> bytes:
    head = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}", "Content-Type: application/json"]
    if length is not None:
        head.append(f"Content-Length: {len(body)}")
    if location is not None:
        head.append(f"Location: {location}")
    return "\r\n".join([*head, "Connection: close", "", ""]).encode("latin-1") + body
