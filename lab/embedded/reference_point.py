"""A reference point: a TCP port that takes a connection, and tells Lineguard so that its own way
out is whole."""

from __future__ import annotations

import asyncio
import socket
from dataclasses import dataclass, field
from typing import Final

from lab.behaviour import Behaviour

BACKLOG: Final = 16


@dataclass(slots=True)
class ReferencePoint:
    """Takes connections and closes them at once. While `behaviour.silent` is set the port stays
    bound, so that nobody takes it, and refuses connections; `apply` puts a change into effect."""

    behaviour: Behaviour = field(default_factory=Behaviour)
    _address: tuple[str, int] | None = None
    _bound: socket.socket | None = None
    _server: asyncio.Server | None = None

    async def start(self, host: str, port: int) -> None:
        """Listen. Raises `OSError` when the port is taken."""
        self._address = (host, port)
        await self._listen()

    async def stop(self) -> None:
        """Close the port; safe to call twice."""
        self._close()
        self._address = None

    async def apply(self) -> None:
        """Do as `behaviour` says now."""
        if self._address is None or self.behaviour.silent == (self._server is None):
            return
        self._close()
        if self.behaviour.silent:
            self._bound = _bound(self._address)
        else:
            await self._listen()

    async def _listen(self) -> None:
        assert self._address is not None  # noqa: S101  (set by start)
        self._server = await asyncio.start_server(_close_at_once, sock=_bound(self._address))

    def _close(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        if self._bound is not None:
            self._bound.close()
            self._bound = None


async def _close_at_once(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.close()


def _bound(address: tuple[str, int]) -> socket.socket:
    held = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(address)
    except OSError:
        held.close()
        raise
    held.setblocking(False)
    return held
