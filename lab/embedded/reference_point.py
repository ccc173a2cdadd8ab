"""A reference point: a TCP port that takes a connection, and tells Lineguard so that its own way
out is whole."""

from __future__ import annotations

import asyncio
import socket

from lab.behaviour import Behaviour
from lab.embedded.doorway import Doorway


class ReferencePoint:
    """Takes connections and closes them at once; silent, it refuses them."""

    def __init__(self, behaviour: Behaviour) -> None:
        self._server: asyncio.Server | None = None
        self._doorway = Doorway(behaviour, self._listen, self._shut)

    async def start(self, host: str, port: int) -> None:
        """Listen. Raises `OSError` when the port is taken."""
        await self._doorway.start(host, port)

    async def stop(self) -> None:
        """Close the port; safe to call twice."""
        await self._doorway.stop()

    async def apply(self) -> None:
        """Begin or end silence now."""
        await self._doorway.apply()

    async def _listen(self, held: socket.socket) -> None:
        self._server = await asyncio.start_server(_close_at_once, sock=held)

    async def _shut(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            server.close()


async def _close_at_once(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.close()
