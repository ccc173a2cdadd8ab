"""A practice Oracle database that listens: takes connections, logs in, answers what it is asked.

It speaks to the unmodified thin driver. `OracleData` says what is told, `Behaviour` how.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Final

from lab.behaviour import Behaviour
from lab.embedded.doorway import StreamService
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


class OracleListener(StreamService):
    """One service at one port. `logins` counts those that were let in, `statements` holds what
    was asked, `modules` what the sessions called themselves, `interrupted` how often a slow answer
    was broken off, `left` how many sessions said goodbye. `floods`: rows without end."""

    def __init__(
        self, terms: Terms, data: OracleData | None = None, behaviour: Behaviour | None = None
    ) -> None:
        self.terms = terms
        self.data = data or OracleData()
        super().__init__(behaviour)
        self.logins = self.open_now = self.interrupted = self.left = 0
        self.statements: list[str] = []
        self.modules: set[tuple[str, ...]] = set()
        self.floods = False

    def answer(self, sql: str) -> Table | OracleError | None:
        """What a statement gives, and a note that it was asked."""
        if len(self.statements) < KEPT:
            self.statements.append(sql)
        return answer(sql, self.data)

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """As the behaviour of the moment has it."""
        self.open_now += 1
        try:
            await Session(self, reader, writer).serve()
        finally:
            self.open_now -= 1
