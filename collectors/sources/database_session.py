"""What a visit to a database has in common, whichever it is: one connection answers all questions,
each with its evidence, and rows of another shape than asked for are no answer."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from collectors.readings import Exchange, Reading, Trouble
from collectors.session import Means, Notebook, unanswered
from collectors.visit import Answer, Memory
from inventory.model import Device
from phrases import Phrase

Row = Sequence[Any]


class QueryFailed(Exception):
    """A query without a usable answer."""

    def __init__(self, trouble: Trouble, why: Phrase) -> None:
        super().__init__(why.text("en"))
        self.trouble = trouble
        self.why = why


class DatabaseLine(Protocol):
    """A connection to a database."""

    async def rows(self, sql: str, kept: list[Exchange], /) -> list[Row]:
        """All rows, and the exchange added to `kept`. Raises `QueryFailed`."""
        ...

    async def close(self) -> None:
        """End the session; safe to call twice."""
        ...


AnyLine = TypeVar("AnyLine", bound=DatabaseLine)


@dataclass(slots=True)
class DatabaseQuestion(Generic[AnyLine]):
    """One question under way. Mutable while it is asked: the exchanges are collected here."""

    device: Device
    means: Means
    notebook: Notebook
    line: AnyLine = field(repr=False)
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


AnyQuestion = TypeVar("AnyQuestion", bound=DatabaseQuestion[Any])
Answers = Mapping[type[Reading], Callable[[AnyQuestion, Memory], Awaitable[Answer]]]
"""Which function asks for which reading."""


@dataclass(slots=True)
class DatabaseSession(ABC, Generic[AnyQuestion, AnyLine]):
    """One connection for all questions."""

    device: Device
    means: Means
    notebook: Notebook
    line: AnyLine = field(repr=False)

    question: ClassVar[type[DatabaseQuestion[Any]]]
    """How a question is begun."""

    async def ask(self, question: type[Reading], memory: Memory) -> Answer:
        """Ask one question of the database."""
        asked: Any = self.question(self.device, self.means, self.notebook, self.line)
        try:
            return await self.answers()[question](asked, memory)
        except QueryFailed as reason:
            trouble, why = reason.trouble, reason.why
        except (TypeError, ValueError):  # rows of another shape than the query's
            trouble, why = Trouble.GARBLED, self.not_as_asked()
        return unanswered(self.device, asked.at, trouble, why, tuple(asked.exchanges))

    async def close(self) -> None:
        """Disconnect; safe to call twice."""
        await self.line.close()

    @abstractmethod
    def answers(self) -> Answers[AnyQuestion]:
        """What this database is asked."""

    @abstractmethod
    def not_as_asked(self) -> Phrase:
        """The sentence for rows of another shape."""
