"""Visiting a device: one session per protocol asks everything that is due, then is closed.

Whatever a device does, the visit ends within its time and gives an answer to every question.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import timedelta
from importlib import import_module
from typing import Final

from collectors.catalogue import PATIENCE, PROBES, SOURCES, Source, sources_for
from collectors.gate import Gate
from collectors.readings import Exchange, Reachability, Reading, Trouble, Unanswered
from collectors.session import Means, Notebook, Session, SessionFailed, unanswered
from collectors.visit import Answer, Contact, Memory, Visit
from inventory.model import Device
from phrases import Phrase, say

VISIT_LIMIT_S: Final = 60.0
"""The whole visit to one device, over all protocols."""

CLOSE_LIMIT_S: Final = 3.0

FAULTS_OF_THE_WAY: Final = (Trouble.UNREACHABLE,)

NOT_ASKED: Final = (Trouble.NOT_CONFIGURED, Trouble.ELSEWHERE, Trouble.WITHHELD)
"""Nothing was sent, so they say nothing of the way."""


@dataclass(slots=True)
class _Opened:
    """A protocol's session, or why there is none."""

    session: Session | None = None
    failure: SessionFailed | None = None


@dataclass(slots=True)
class _Course:
    """One visit under way."""

    device: Device
    means: Means
    memory: Memory
    notebook: Notebook
    opened: dict[tuple[str, str], _Opened] = field(default_factory=dict)
    answers: dict[type[Reading], Answer] = field(default_factory=dict)

    async def ask(self, question: type[Reading]) -> Answer:
        """By the best source; one that the device does not support passes to the next."""
        answer: Answer | None = None
        for source in sources_for(self.device, question):
            answer = await self._ask_by(source, question)
            if not (isinstance(answer, Unanswered) and answer.trouble is Trouble.UNSUPPORTED):
                return answer
        if answer is not None:
            return answer
        return unanswered(
            self.device,
            self.means.clock(),
            Trouble.NOT_CONFIGURED,
            _no_way(self.device, question),
        )

    async def _ask_by(self, source: Source, question: type[Reading]) -> Answer:
        opened = await self._session(source)
        if opened.session is None:
            failure = opened.failure
            assert failure is not None  # noqa: S101  (one of the two is always set)
            return unanswered(
                self.device, self.means.clock(), failure.trouble, self._why(source, failure),
                failure.exchanges,
            )  # fmt: skip
        return await opened.session.ask(question, self.memory)

    def _why(self, source: Source, failure: SessionFailed) -> Phrase:
        """Why there is no session; of a login that was not taken, with the way out."""
        access = getattr(self.device.access, source.protocol, None)
        key = failure.refused or ("secret" if failure.key else "")
        return self.means.to_mend(failure.why, self.device.name, getattr(access, key, None))

    async def _session(self, source: Source) -> _Opened:
        key = (source.protocol, source.module)
        if key not in self.opened:
            self.opened[key] = _Opened()
            opener = import_module(source.module).open_session
            try:
                self.opened[key].session = await opener(self.device, self.means, self.notebook)
            except SessionFailed as failure:
                self.opened[key].failure = failure
        return self.opened[key]

    async def close(self) -> None:
        for opened in self.opened.values():
            if opened.session is not None:
                try:
                    await asyncio.wait_for(opened.session.close(), CLOSE_LIMIT_S)
                except (TimeoutError, OSError):
                    continue


@dataclass(frozen=True, slots=True)
class Visitor:
    """The `Collector` of production. `visit_limit_s` bounds one whole visit."""

    devices: Mapping[str, Device]
    means: Means
    visit_limit_s: float = VISIT_LIMIT_S
    gate: Gate | None = None
    """Shut while a password of the device is being changed."""

    def _gate(self, device: str) -> AbstractAsyncContextManager[None]:
        return nullcontext() if self.gate is None else self.gate.open_for(device)

    async def visit(self, device: str, wanted: frozenset[type[Reading]], memory: Memory) -> Visit:
        """Ask everything in `wanted`, in a stable order."""
        target = self.devices[device]
        course = _Course(target, self.means, memory, Notebook(target))
        late: dict[type[Reading], Answer] = {}
        started = self.means.clock()
        try:
            async with asyncio.timeout(self._limit_s(target, wanted)), self._gate(device):
                for question in sorted(wanted, key=_turn):
                    course.answers[question] = await course.ask(question)
        except TimeoutError:
            late = self._too_long(course, wanted)
        finally:
            await course.close()
        return Visit(
            device=device,
            started_at=started,
            ended_at=self.means.clock(),
            contact=contact_of(target, course.answers or late),
            answers=course.answers | late,
            notes=tuple(course.notebook.notes),
            fetched=tuple(course.notebook.fetched),
            sessions=_sessions(course),
        )

    def _limit_s(self, device: Device, wanted: frozenset[type[Reading]]) -> float:
        """With what the questions that need patience may take on top."""
        more = (PATIENCE[one](device) for one in wanted if one in PATIENCE)
        return self.visit_limit_s + sum(more, timedelta()).total_seconds()

    def _too_long(
        self, course: _Course, wanted: frozenset[type[Reading]]
    ) -> dict[type[Reading], Answer]:
        """Answers for what was not asked in time. They say nothing of whether the device can be
        reached, unless there is nothing else to go by."""
        why = say(
            "{device} took longer than {limit:.0f} s for the whole visit",
            device=course.device.name,
            limit=self._limit_s(course.device, wanted),
        )
        now = self.means.clock()
        return {
            question: unanswered(course.device, now, Trouble.TIMED_OUT, why)
            for question in wanted - course.answers.keys()
        }


def _turn(question: type[Reading]) -> tuple[bool, str]:
    """A stable order; what takes long is asked when all else is answered."""
    return question in PATIENCE, question.__name__


def _no_way(device: Device, question: type[Reading]) -> Phrase:
    """What the site has to write so that the question can be asked."""
    keys = sorted({one.protocol for one in SOURCES if question in one.reads})
    return say(
        "{device}: its estate names no way to ask this; it needs one of these keys: {keys}",
        device=device.name, keys=", ".join(keys),
    )  # fmt: skip


def _sessions(course: _Course) -> dict[str, int]:
    counted: dict[str, int] = {}
    for (protocol, module), opened in course.opened.items():
        if opened.session is not None and module not in PROBES:
            counted[protocol] = counted.get(protocol, 0) + 1
    return counted


def contact_of(device: Device, answers: Mapping[type[Reading], Answer]) -> Contact:
    """A device is reached when anything at all came back from it."""
    silent: Phrase | None = None
    refused: Unanswered | None = None
    for question, answer in answers.items():
        if not question.of_device:
            continue
        if isinstance(answer, Reachability) and answer.answered == 0:
            silent = say(
                "no answer to {sent} probes over {protocol}",
                sent=answer.sent,
                protocol=answer.protocol,
            )
        elif not isinstance(answer, Unanswered):
            return Contact(reached=True, trouble=None, why=_reached(device))
        elif answer.trouble in FAULTS_OF_THE_WAY:
            silent = silent or answer.why
        elif answer.trouble not in NOT_ASKED:
            refused = refused or answer
    if refused is not None:
        return Contact(reached=True, trouble=refused.trouble, why=refused.why)
    why = silent or say("{device} was not asked anything", device=device.name)
    return Contact(reached=False, trouble=Trouble.UNREACHABLE, why=why)


def _reached(device: Device) -> Phrase:
    return say("{device} answers", device=device.name)


def evidence_of(answer: Answer) -> tuple[Exchange, ...]:
    """The raw evidence of any answer."""
    return answer.exchanges
