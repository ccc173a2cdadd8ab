"""One question to a PostgreSQL server under way, with its evidence so far."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from collectors.readings import Exchange, Trouble
from collectors.session import Means, Notebook
from collectors.sources.postgres_line import Line, QueryFailed, Row
from inventory.model import Device
from phrases import say


@dataclass(slots=True)
class Question:
    """Mutable while it is asked: the exchanges are collected here."""

    device: Device
    means: Means
    notebook: Notebook
    line: Line = field(repr=False)
    exchanges: list[Exchange] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The device's."""
        return self.device.name

    @property
    def at(self) -> datetime:
        """When the last exchange ended, or now."""
        return self.exchanges[-1].at if self.exchanges else self.means.clock()

    async def rows(self, sql: str) -> list[Row]:
        """All rows. Raises `QueryFailed`."""
        return await self.line.rows(sql, self.exchanges)

    def needs_monitor(self) -> QueryFailed:
        """The role sees only its own sessions: what it would count is not the truth."""
        return QueryFailed(
            Trouble.REFUSED,
            say(
                "{device}: {user} may only see its own sessions; grant it with: "
                "GRANT pg_monitor TO {user}",
                device=self.name,
                user=self.line.access.user,
            ),
        )
