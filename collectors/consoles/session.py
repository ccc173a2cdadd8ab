"""One console session: the questions of a visit, put one after the other to one login."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, TypeVar

from collectors.consoles import configuration, transcript, u1900, vrp
from collectors.consoles.complaints import (
    Complaint,
    NoAnswer,
    broke_off,
    no_answer,
    not_confirmed,
    not_offered,
    not_permitted,
    not_read_only,
    not_understood,
)
from collectors.consoles.dialogue import ConsoleFailed, ReadOnlyConsole, hang_up
from collectors.consoles.shapes import CutShort, Garbled, NotOffered, NotPermitted
from collectors.readings import Exchange, Reading
from collectors.session import Means, Notebook, unanswered
from collectors.visit import Answer, Memory
from inventory.model import Cli, Device

T = TypeVar("T")

PROTOCOL: Final = "cli"
U1900: Final = "huawei_u1900"
CONSOLES_AT_ONCE: Final = 32
"""Threads. A console that hangs holds one no longer than its time limit."""
CLOSE_S: Final = 2.0
LONG: Final = 3
"""A configuration may take so many times the limit of another answer: it is up to 1 MB long."""


THREADS: Final = ThreadPoolExecutor(CONSOLES_AT_ONCE, thread_name_prefix="console")


@dataclass(slots=True)
class ConsoleSession:
    """One login. After an answer that did not come whole it is over: what the console prints
    later could be taken for the answer to another command."""

    device: Device
    access: Cli
    means: Means
    notebook: Notebook
    console: ReadOnlyConsole
    way: socket.socket
    over: Complaint | None = None
    told: dict[str, tuple[bytes, Exchange]] = field(default_factory=dict)
    """Configurations that this visit has fetched: they are long, and asked for once."""

    async def ask(self, question: type[Reading], memory: Memory) -> Answer:
        """As `collectors.session.Session`."""
        exchanges: list[Exchange] = []
        try:
            fields = await self._fields(question, memory, exchanges)
        except NoAnswer as none:
            trouble, why = none.complaint
            at = self.means.clock()
            return unanswered(self.device, at, trouble, why, tuple(exchanges))
        return question(
            device=self.device.name,
            taken_at=self.means.clock(),
            exchanges=tuple(exchanges),
            **fields,
        )

    async def _fields(
        self, question: type[Reading], memory: Memory, exchanges: list[Exchange]
    ) -> Mapping[str, Any]:
        gateway = self.access.driver == U1900
        if question in configuration.READINGS:
            return await configuration.fields(self, question, exchanges, gateway=gateway)
        if gateway and question in u1900.TOPICS:
            return await self._site_values(u1900.TOPICS[question], exchanges)
        if not gateway and question in vrp.QUESTIONS:
            asked = vrp.QUESTIONS[question]
            told = [await self._part(part, exchanges) for part in asked.parts]
            if any(one is not None for one in told):
                return self._told(asked, told, memory)
        raise NoAnswer(not_offered(self.device))

    def _told(
        self, asked: vrp.Question, told: list[object | None], memory: Memory
    ) -> Mapping[str, Any]:
        keeps = asked.remembering
        if keeps is None:
            return asked.fields(*told)
        known = memory.recall(self.device.name, keeps.topic)
        fields, note = keeps.since(told[0], known)
        self.notebook.note(keeps.topic, note)
        return fields

    async def _part(self, part: vrp.Part, exchanges: list[Exchange]) -> object | None:
        """By the first command that the console knows; None when it knows none."""
        for command in part.commands:
            raw = await self.send(command, exchanges)
            try:
                return self.read(command, partial(_parsed, part, raw))
            except NotOffered:
                continue
        return None

    async def _site_values(self, topic: str, exchanges: list[Exchange]) -> Mapping[str, Any]:
        asked = u1900.question_of(self.device, topic)
        if asked is None or not asked.confirmed:
            raise NoAnswer(not_confirmed(self.device, topic))
        if not (u1900.may_be_sent(asked.command) and u1900.may_be_tried(asked)):
            raise NoAnswer(not_read_only(self.device, topic))
        raw = await self.send(asked.command, exchanges)

        def parse() -> tuple[str, ...]:
            lines = u1900.without_trailer(transcript.lines_of(raw))
            return u1900.values(lines, asked, topic)

        try:
            found = self.read(asked.command, parse)
        except NotOffered:
            raise NoAnswer(not_offered(self.device)) from None
        return {"topic": topic, "values": found, "unit": asked.unit, "expect": asked.expect}

    def read(self, command: str, parse: Callable[[], T]) -> T:
        try:
            return parse()
        except CutShort:
            raise NoAnswer(broke_off(self.device, command)) from None
        except Garbled:
            raise NoAnswer(not_understood(self.device, command)) from None
        except NotPermitted:
            raise NoAnswer(not_permitted(self.device, self.access.user, command)) from None

    async def send(self, command: str, exchanges: list[Exchange]) -> bytes:
        """The answer of one command, kept as evidence whether it came whole or not."""
        if command in self.told:
            exchanges.append(self.told[command][1])
            return self.told[command][0]
        if self.over is not None:
            raise NoAnswer(self.over)
        secret = command in configuration.confidential(self.device)
        began, limit_s = time.monotonic(), self.access.timeout_s * (LONG if secret else 1)
        heard = b""
        try:
            heard, answer = await self._converse(command, limit_s)
        except ConsoleFailed as failure:
            heard = failure.heard
            self.over = no_answer(self.device, command, limit_s, failure)
            raise NoAnswer(self.over) from None
        finally:
            exchanges.append(self._exchange(command, heard, began, secret=secret))
        if secret:
            self.told[command] = (answer, exchanges[-1])
        return answer

    async def _converse(self, command: str, limit_s: float) -> tuple[bytes, bytes]:
        talk = asyncio.wrap_future(THREADS.submit(self.console.converse, command, limit_s))
        try:
            return await talk
        except asyncio.CancelledError:
            hang_up(self.way)
            raise

    def _exchange(
        self, command: str, heard: bytes, began: float, *, secret: bool = False
    ) -> Exchange:
        veil = self.means.veil
        kept = configuration.veiled(heard, self.device.name, veil) if secret else heard
        return Exchange(
            protocol=PROTOCOL,
            asked=command,
            answer=kept,
            at=self.means.clock(),
            duration_ms=round((time.monotonic() - began) * 1000),
            truncated=len(heard) >= self.means.answer_limit,
        )

    async def close(self) -> None:
        """Leave, then close the connection whether the console let us leave or not."""
        if self.over is not None:
            hang_up(self.way)
        try:
            async with asyncio.timeout(CLOSE_S):
                await asyncio.wrap_future(THREADS.submit(self.console.leave))
        except TimeoutError:
            return
        finally:
            hang_up(self.way)


def _parsed(part: vrp.Part, raw: bytes) -> object:
    return part.parse(transcript.lines_of(raw))
