"""A practice application over a minimal HTTP/1.1: one request a connection, with a body."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from lab.behaviour import Behaviour
from lab.embedded.doorway import StreamService

HEAD_LIMIT: Final = 16_384
BODY_LIMIT: Final = 8_000_000
GARBAGE_BYTES: Final = 512
REQUEST_S: Final = 30.0
KEPT: Final = 1_000


@dataclass(frozen=True, slots=True)
class Asked:
    """One request."""

    method: str
    target: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Said:
    """What is answered."""

    body: bytes
    kind: str = "application/json"
    status: int = 200


Answers = Callable[[Asked], Said]


class WebService(StreamService):
    """Answers by `answers`; with a `token`, only whoever shows it in the header `header`.

    `requests` holds what was asked, in order.
    """

    LIMIT = HEAD_LIMIT

    def __init__(
        self,
        answers: Answers,
        behaviour: Behaviour | None = None,
        *,
        token: str | None = None,
        header: str = "Authorization",
    ) -> None:
        super().__init__(behaviour)
        self.requests: list[Asked] = []
        self._answers = answers
        self._token = token
        self._header = header.lower()

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """As the behaviour of the moment has it."""
        async with asyncio.timeout(REQUEST_S):
            await self._exchange(reader, writer)

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = dict(_header(line) for line in head[1:] if line)
        length = int(headers.get("content-length", "0"))
        body = await reader.readexactly(min(length, BODY_LIMIT))
        method, target, _ = head[0].split(" ")
        asked = Asked(method, target, body)
        if len(self.requests) < KEPT:
            self.requests.append(asked)
        await asyncio.sleep(self.behaviour.delay_s)
        answer = self._answer(asked, headers)
        cut = self.behaviour.cut_after
        writer.write(answer[:cut])
        await writer.drain()
        if cut is not None and len(answer) > cut:
            await reader.read()

    def _answer(self, asked: Asked, headers: dict[str, str]) -> bytes:
        if self.behaviour.garbage:
            return secrets.token_bytes(GARBAGE_BYTES)
        if self.behaviour.refuse_logins or not self._admits(headers):
            return _response(Said(b"", status=HTTPStatus.UNAUTHORIZED))
        return _response(self._answers(asked))

    def _admits(self, headers: dict[str, str]) -> bool:
        shown = headers.get(self._header, "").removeprefix("Bearer ")
        return self._token is None or secrets.compare_digest(shown.encode(), self._token.encode())


def _header(line: str) -> tuple[str, str]:
    name, _, value = line.partition(":")
    return name.strip().lower(), value.strip()


def _response(said: Said) -> bytes:
    head = [
        f"HTTP/1.1 {said.status} {HTTPStatus(said.status).phrase}",
        f"Content-Type: {said.kind}",
        f"Content-Length: {len(said.body)}",
        "Connection: close",
    ]
    return "\r\n".join([*head, "", ""]).encode("latin-1") + said.body
