"""One agent during one visit: every table is asked once, and each answer keeps its evidence."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final, TypedDict

from collectors.readings import Exchange
from collectors.session import Means
from collectors.sources.snmp.port import Bounds, Engine, EngineError, NoAnswer, Value
from collectors.sources.snmp.texts import evidence
from phrases import Phrase

Answer = Mapping[str, Value | None]
Question = Callable[[], Awaitable[Answer]]

ROW_LIMIT: Final = 5000
"""Rows of one column: a full chassis has some hundreds of entities, a core switch as many ports."""


@dataclass(frozen=True, slots=True)
class SiteGap:
    """What a reader gives where the estate has to say something first; `why` says which key to
    write where."""

    why: Phrase


class Stamp(TypedDict):
    """What every reading carries; see `collectors.readings.Reading`."""

    device: str
    taken_at: datetime
    exchanges: tuple[Exchange, ...]


class Agent:
    """What readers ask through. `start_question` begins the evidence of the next reading; an
    answer that was had before is evidence of that reading as well."""

    def __init__(self, device: str, engine: Engine, means: Means) -> None:
        self._device = device
        self._engine = engine
        self._means = means
        self._known: dict[str, tuple[Answer, Exchange]] = {}
        self._exchanges: list[Exchange] = []
        self.heard = False
        """Has the agent ever answered in this visit?"""

    def start_question(self) -> None:
        """Begin with no evidence."""
        self._exchanges = []

    def stamp(self) -> Stamp:
        """Name, time and evidence for the reading that was asked for."""
        return Stamp(
            device=self._device, taken_at=self._means.clock(), exchanges=tuple(self._exchanges)
        )

    async def get(self, oids: Sequence[str]) -> Answer:
        """See `port.Engine`; the same GET is asked once per visit."""
        return await self._once(f"get {' '.join(oids)}", lambda: self._engine.get(oids))

    async def probe(self, oid: str) -> None:
        """A GET that is sent whatever was asked before, and never sent twice. Raises
        `EngineError`; an absent value is an answer too."""
        question = partial(self._engine.get, [oid], retries=0)
        _, exchange = await self._ask(f"get {oid}", question)
        self._exchanges.append(exchange)

    async def column(self, column: str) -> Mapping[str, Value]:
        """The values of a table's column by index, in the agent's order; empty when the agent has
        no such table. Raises `EngineError`."""
        rows = await self._once(f"walk {column}", lambda: self._walk(column))
        start = len(column) + 1
        return {oid[start:]: value for oid, value in rows.items() if value is not None}

    async def _walk(self, column: str) -> Answer:
        bounds = Bounds(rows=ROW_LIMIT, octets=self._means.answer_limit)
        return dict(await self._engine.walk(column, bounds))

    async def _once(self, asked: str, question: Question) -> Answer:
        if asked not in self._known:
            self._known[asked] = await self._ask(asked, question)
        answer, exchange = self._known[asked]
        if exchange not in self._exchanges:
            self._exchanges.append(exchange)
        return answer

    async def _ask(self, asked: str, question: Question) -> tuple[Answer, Exchange]:
        at, started = self._means.clock(), time.perf_counter()
        try:
            answer = await question()
        except EngineError as failure:
            self.heard = self.heard or not isinstance(failure, NoAnswer)
            self._exchanges.append(self._exchange(asked, (), at, started))
            raise
        self.heard = True
        return answer, self._exchange(asked, answer.items(), at, started)

    def _exchange(
        self,
        asked: str,
        rows: Iterable[tuple[str, Value | None]],
        at: datetime,
        started: float,
    ) -> Exchange:
        answer, truncated = evidence(rows, self._means.answer_limit)
        return Exchange(
            protocol="snmp",
            asked=asked,
            answer=answer,
            at=at,
            duration_ms=round((time.perf_counter() - started) * 1000),
            truncated=truncated,
        )
