"""The daemon's own pages: /metrics and /health on this machine, /heartbeat/NAME where others reach
it. Each listener is a service of its own."""

from __future__ import annotations

import asyncio
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from incidents.handling import Refusal
from inventory.secrets import SecretTrouble
from lineguard import clock
from lineguard.http_door import Answer, Door, Page, Request
from store.trouble import StoreTrouble

if TYPE_CHECKING:
    from incidents.heartbeats import HeartbeatDesk
    from lineguard.wiring import Station

HEARTBEAT: Final = "/heartbeat/"
NOT_FOUND: Final = Answer(status=HTTPStatus.NOT_FOUND)
UNAVAILABLE: Final = Answer(status=HTTPStatus.SERVICE_UNAVAILABLE)

Standing = Callable[[], Mapping[str, bool]]


@dataclass(frozen=True, slots=True)
class Listening:
    """A listener as a service."""

    name: str
    address: str
    page: Page

    async def run(self, stop: asyncio.Event) -> None:
        """As `Service`. Raises `OSError` where the address is taken."""
        await Door(self.address, self.page).run(stop)


@dataclass(frozen=True, slots=True)
class Pages:
    """What is answered. `standing`: which service of the daemon is up."""

    station: Station
    standing: Standing

    async def inside(self, asked: Request) -> Answer:
        """For this machine: everything."""
        match asked.path:
            case "/metrics":
                return await self._metrics()
            case "/health":
                return health(self.standing())
            case _:
                return await self.outside(asked)

    async def outside(self, asked: Request) -> Answer:
        """For others: signs of life, with the token."""
        if not asked.path.startswith(HEARTBEAT):
            return NOT_FOUND
        try:
            return await asyncio.to_thread(self._beat, asked)
        except (StoreTrouble, SecretTrouble):
            return UNAVAILABLE  # whoever calls tries again; our own log says why elsewhere

    async def _metrics(self) -> Answer:
        from lineguard.metrics import CONTENT_TYPE, page

        try:
            text = await asyncio.to_thread(page, self.station)
        except StoreTrouble:
            return UNAVAILABLE
        return Answer(body=text, kind=CONTENT_TYPE)

    def _beat(self, asked: Request) -> Answer:
        if not self._known(asked):
            return Answer(status=HTTPStatus.FORBIDDEN)
        desk: HeartbeatDesk = self._desk()
        outcome = desk.beat(asked.path.removeprefix(HEARTBEAT), clock.now())
        return NOT_FOUND if isinstance(outcome, Refusal) else Answer(body=b"heard\n")

    def _known(self, asked: Request) -> bool:
        """Is the token the one of the settings? Without one there, nobody is heard over HTTP."""
        named = self.station.settings.heartbeat.token
        if not named:
            return False
        wanted = f"Bearer {self.station.secrets.secret(named)}"
        shown = asked.headers.get("authorization", "")
        return hmac.compare_digest(shown.encode(), wanted.encode())

    def _desk(self) -> HeartbeatDesk:
        from lineguard.duty import heartbeat_desk

        return heartbeat_desk(self.station)


def health(standing: Mapping[str, bool]) -> Answer:
    """200 when every service is up, else 503; which ones, as JSON."""
    status = HTTPStatus.OK if all(standing.values()) else HTTPStatus.SERVICE_UNAVAILABLE
    services = {name: "up" if up else "down" for name, up in standing.items()}
    body = json.dumps({"services": services}).encode() + b"\n"
    return replace(Answer(body=body, kind="application/json"), status=status)


def listeners(station: Station, standing: Standing) -> tuple[Listening, ...]:
    """The listeners that the settings ask for."""
    pages = Pages(station, standing)
    settings = station.settings
    wanted = (
        ("metrics", settings.serve.address, pages.inside),
        ("heartbeats", settings.heartbeat.listen, pages.outside),
    )
    return tuple(Listening(name, address, page) for name, address, page in wanted if address)
