"""A NUT server that listens, the UPS of an estate that it tells of, and a look at it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from checks.catalogue import item
from checks.judging import Judgement, judge_item, wanted
from collectors.readings import Reading
from collectors.session import ANSWER_LIMIT
from collectors.visit import Answer, Visit
from collectors.visitor import Visitor
from inventory.model import Device, Kind, Nut
from lab.behaviour import Behaviour
from lab.embedded.nut_server import NutData, NutServer
from tests.collectors.practice import Remembered, means
from tests.inventory.builders import device

SECRET = 'pass "word" \\ of upsd'


@dataclass
class ServedUps:
    """One server and how it is asked."""

    server: NutServer
    device: Device
    answer_limit: int = ANSWER_LIMIT

    async def visit(self, *questions: type[Reading]) -> Visit:
        """All questions in one session."""
        given = means(Path("unused"), answer_limit=self.answer_limit, secrets={"nut": SECRET})
        visitor = Visitor({self.device.name: self.device}, given)
        return await visitor.visit(self.device.name, frozenset(questions), Remembered())

    async def ask(self, question: type[Reading]) -> Answer:
        """One question in a session of its own."""
        return (await self.visit(question)).answers[question]

    async def judged(self) -> dict[str, Judgement]:
        """R1 of this UPS, by check."""
        due = item("R1")
        visit = await self.visit(*wanted(due, self.device))
        return {one.check: one for one in judge_item(due, self.device, visit)}


@asynccontextmanager
async def nut_ups(
    data: NutData | None = None,
    behaviour: Behaviour | None = None,
    *,
    login: tuple[str, str] | None = None,
    **access: Any,  # noqa: ANN401
) -> AsyncIterator[ServedUps]:
    """A server on a port of its own; `access` goes into the device's access."""
    server = NutServer("room", data, behaviour, login=login)
    await server.start("127.0.0.1", 0)
    how = Nut(**{"ups": "room", "port": server.port, "timeout_s": 2.0, **access})
    try:
        yield ServedUps(server, device("ups-1", Kind.UPS, nut=how))
    finally:
        await server.stop()
