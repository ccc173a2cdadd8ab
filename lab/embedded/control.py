"""How `lineguard lab` talks with the running site: one JSON line each way over a Unix socket.

The socket is mode 0600 and lies in the home. A request is `{"do": ..., ...}`; an answer is
`{"ok": true, ...}` or `{"ok": false, "why": phrase}`. Both are bounded.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from phrases import Phrase, say

LINE_LIMIT: Final = 262_144
"""Bytes of one request or answer: 40 devices' state is about 10 kB."""
REQUEST_LIMIT_S: Final = 10.0
"""For a request to come in."""
ANSWER_LIMIT_S: Final = 60.0
"""For it to be carried out: 905 connections to a database take several seconds to open."""
SOCKET_MODE: Final = 0o600
SOCKET_NAME: Final = "control.sock"

Message = dict[str, Any]
Handler = Callable[[Message], Awaitable[Message]]


class Refusal(Exception):
    """The request cannot be carried out; `why` is for the person who asked."""

    def __init__(self, why: Phrase) -> None:
        super().__init__(why.text("en"))
        self.why = why


def packed(phrase: Phrase) -> Message:
    """A phrase as JSON: its message id and its arguments."""
    return {
        "msgid": phrase.msgid,
        "args": {
            name: packed(value) if isinstance(value, Phrase) else value
            for name, value in phrase.args
        },
    }


def unpacked(message: Message) -> Phrase:
    """The phrase that `packed` took apart."""
    args = {
        name: unpacked(value) if isinstance(value, dict) else value
        for name, value in message["args"].items()
    }
    return Phrase(message["msgid"], tuple(args.items()))


@contextmanager
def short_path(folder: Path) -> Iterator[str]:
    """The socket's path through a file descriptor of its folder: a Unix socket's address holds
    108 bytes (unix(7)), and homes lie deeper than that."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{descriptor}/{SOCKET_NAME}"
    finally:
        os.close(descriptor)


async def serve_control(folder: Path, handler: Handler) -> asyncio.Server:
    """Answer requests in `folder` until the server is closed. A socket file that a killed site
    left is replaced: whoever calls this holds the site's lock."""
    (folder / SOCKET_NAME).unlink(missing_ok=True)

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(REQUEST_LIMIT_S):
                line = await reader.readline()
            async with asyncio.timeout(ANSWER_LIMIT_S):
                answer = await _answered(line, handler)
                writer.write(json.dumps(answer).encode() + b"\n")
                await writer.drain()
        except (TimeoutError, OSError, ValueError):
            return  # a caller that is slow, gone or says too much gets no answer
        finally:
            writer.close()

    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)
    try:
        with short_path(folder) as path:
            listening.bind(path)
    finally:
        os.umask(before)
    return await asyncio.start_unix_server(connected, sock=listening, limit=LINE_LIMIT)


async def _answered(line: bytes, handler: Handler) -> Message:
    try:
        request = json.loads(line)
        if not isinstance(request, dict):
            raise ValueError("not an object")
    except ValueError:
        return _refused(say("the practice site did not understand the request"))
    try:
        return {"ok": True, **await handler(request)}
    except Refusal as refusal:
        return _refused(refusal.why)


def _refused(why: Phrase) -> Message:
    return {"ok": False, "why": packed(why)}


def ask(folder: Path, request: Message, limit_s: float = ANSWER_LIMIT_S) -> Message:
    """Ask the running site. Raises `Refusal` with its reason, or `OSError` when nobody answers."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(limit_s)
        with short_path(folder) as path:
            connection.connect(path)
        connection.sendall(json.dumps(request).encode() + b"\n")
        answer = json.loads(_line(connection))
    if not answer["ok"]:
        raise Refusal(unpacked(answer["why"]))
    return dict(answer)


def _line(connection: socket.socket) -> bytes:
    received = b""
    while not received.endswith(b"\n"):
        block = connection.recv(65_536)
        if not block or len(received) > LINE_LIMIT:
            raise ConnectionAbortedError("the practice site broke off its answer")
        received += block
    return received
