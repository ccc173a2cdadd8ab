"""A practice Oracle database that listens: takes connections, logs in, answers what it is asked.

It speaks to the unmodified thin driver. `OracleData` says what is told, `Behaviour` how.
"""

from __future__ import annotations

import asyncio
import socket
from dataclasses import dataclass, field
from typing import Final

from lab.behaviour import Behaviour
from lab.embedded.doorway import Doorway
from lab.embedded.oracle.answers import answer
from lab.embedded.oracle.data import OracleData
from lab.embedded.oracle.login import VERIFIER_11G
from lab.embedded.oracle.messages import OracleError, Table
from lab.embedded.oracle.packets import PROTOCOL_VERSION
from lab.embedded.oracle.session import Session

KEPT: Final = 1_000


@dataclass(slots=True)
class Terms:
    """What this database is, and whom it lets in; tests change it to be an old or a closed one.
    `login_error` is told to whoever knows the password."""

    user: str
    password: str = field(repr=False)
    service: str
    protocol: int = PROTOCOL_VERSION
    verifier: int = VERIFIER_11G
    login_error: OracleError | None = None


class OracleListener:
    """One service at one port. `logins` counts those that were let in, `statements` holds what
    was asked, `modules` what the sessions called themselves, `interrupted` how often a slow answer
    was broken off, `left` how many sessions said goodbye. `floods`: rows without end."""

    def __init__(
        self, terms: Terms, data: OracleData | None = None, behaviour: Behaviour | None = None
    ) -> None:
        self.terms = terms
        self.data = data or OracleData()
        self.behaviour = behaviour or Behaviour()
        self.port = 0
        self.logins = self.open_now = self.interrupted = self.left = 0
        self.statements: list[str] = []
        self.modules: set[tuple[str, ...]] = set()
        self.floods = False
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

    def answer(self, sql: str) -> Table | OracleError | None:
        """What a statement gives, and a note that it was asked."""
        if len(self.statements) < KEPT:
            self.statements.append(sql)
        return answer(sql, self.data)

    async def _listen(self, held: socket.socket) -> None:
        self._server = await asyncio.start_server(self._serve, sock=held)

    async def _shut(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            server.close()
        for writer in tuple(self._writers):
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        self.open_now += 1
        try:
            await Session(self, reader, writer).serve()
        except OSError:
            return
        finally:
            self.open_now -= 1
            self._writers.discard(writer)
            writer.close()
