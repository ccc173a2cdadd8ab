"""Requests to the running site, carried out."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from lab.embedded.control import Message, Refusal, packed
from lab.embedded.site import PracticeSite
from phrases import say


@dataclass(frozen=True, slots=True)
class Desk:
    """Takes requests for one site; `stop` is set when somebody asks it to end."""

    site: PracticeSite
    stop: asyncio.Event

    async def handle(self, request: Message) -> Message:
        """The answer's own fields. Raises `Refusal`."""
        match request:
            case {"do": "status"}:
                return {"status": self.site.status().as_json()}
            case {"do": "break", "fault": str(name), "device": str() | None as device}:
                return {"said": packed(await self.site.break_fault(name, device))}
            case {"do": "mend", "fault": str(name)}:
                return {"said": packed(await self.site.mend(name))}
            case {"do": "stop"}:
                self.stop.set()
                return {}
        raise Refusal(say("the practice site knows no such request"))
