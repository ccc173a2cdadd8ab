"""A source whose sessions do as a test says: what the visitor imports in place of a protocol."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from collectors.readings import Reading
from collectors.session import Means, Notebook, SessionFailed
from collectors.visit import Answer, Memory
from inventory.model import Device

Script = Callable[[type[Reading]], Answer]


@dataclass(slots=True)
class Stage:
    """What the next sessions will do, and what they did."""

    script: Script | None = None
    failure: SessionFailed | None = None
    hang_on: type[Reading] | None = None
    opened: int = 0
    closed: int = 0
    asked: list[type[Reading]] = field(default_factory=list)


STAGE = Stage()


@dataclass(slots=True)
class ScriptedSession:
    """Answers by the stage's script."""

    async def ask(self, question: type[Reading], memory: Memory) -> Answer:
        """What the script says; the question named by `hang_on` never ends."""
        STAGE.asked.append(question)
        if question is STAGE.hang_on:
            await asyncio.Event().wait()
        assert STAGE.script is not None
        return STAGE.script(question)

    async def close(self) -> None:
        """Counted."""
        STAGE.closed += 1


async def open_session(device: Device, means: Means, notebook: Notebook) -> ScriptedSession:
    """Counted, or refused as the stage says."""
    if STAGE.failure is not None:
        raise STAGE.failure
    STAGE.opened += 1
    return ScriptedSession()
