"""One question to an Oracle database under way, with its evidence so far."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

from collectors.parsers.blocking import typed
from collectors.parsers.moments import moment
from collectors.readings import Exchange
from collectors.session import Means, Notebook
from collectors.sources.oracle_line import Line, Row
from inventory.model import Device


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


def utc(at: object) -> datetime:
    """The queries give times in UTC without a zone. Raises `TypeError`."""
    return moment(typed(datetime, at).replace(tzinfo=UTC))
