"""Data interfaces over HTTP: one GET of a status page, nothing else is ever sent.

The page is JSON: `{"last_exchange": "2026-11-21T08:00:00+08:00", "backlog": 12}`, an RFC 3339 time
with offset and a count. Redirects are not followed: they could lead to another host.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote

import httpx

from collectors.readings import Exchange, InterfaceExchange, Reading, Trouble
from collectors.session import Means, Notebook, SessionFailed, unanswered
from collectors.sources.web import header_secret
from collectors.visit import Answer, Memory
from inventory.model import Device, Http
from phrases import Phrase, say

PROTOCOL: Final = "http"
GOOD: Final = range(200, 300)
FIELDS: Final = frozenset({"last_exchange", "backlog"})
BACKLOG_LIMIT: Final = 10**12
PATH_SAFE: Final = "/?=&%+:@,;~!$'()*"
CONNECT_FAULTS: Final = (httpx.ConnectError, httpx.ConnectTimeout)


async def open_session(device: Device, means: Means, notebook: Notebook) -> HttpSession:
    """Nothing is opened yet. Raises `SessionFailed` when HTTP, or its secret, is missing."""
    access = device.access.http
    if access is None:
        raise SessionFailed(
            Trouble.NOT_CONFIGURED,
            say("{device}: HTTP is not configured for it", device=device.name),
        )
    headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
    if access.secret is not None:
        headers["Authorization"] = f"Bearer {header_secret(device.name, means, access.secret)}"
    client = httpx.AsyncClient(
        headers=headers,
        trust_env=False,
        follow_redirects=False,
        timeout=access.timeout_s,
        # loading the authorities takes long, and without TLS there is nothing to verify
        verify=access.tls,
    )
    return HttpSession(device=device, means=means, access=access, client=client)


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpSession:
    """One client. The whole exchange, body included, keeps the access's time limit."""

    device: Device
    means: Means
    access: Http
    client: httpx.AsyncClient

    async def ask(self, question: type[Reading], memory: Memory) -> Answer:
        """As `collectors.session.Session`; the only question is `InterfaceExchange`."""
        began = time.monotonic()
        try:
            async with asyncio.timeout(self.access.timeout_s):
                status, body, whole = await self._get()
        except CONNECT_FAULTS:
            return self._silent(Trouble.UNREACHABLE, _unreachable(self.device, self.access))
        except (TimeoutError, httpx.TimeoutException):
            return self._silent(Trouble.TIMED_OUT, _late(self.device, self.access))
        except (httpx.HTTPError, httpx.InvalidURL, ValueError):
            return self._silent(
                Trouble.GARBLED,
                say("{device}: what answers there is no HTTP", device=self.device.name),
            )
        exchange = self._exchange(body, began, truncated=not whole)
        if not whole:
            why = say(
                "{device}: its page did not end; it was cut off after {size} bytes",
                device=self.device.name, size=len(body),
            )  # fmt: skip
            at = self.means.clock()
            return unanswered(self.device, at, Trouble.TOO_LARGE, why, (exchange,))
        return self._understood(status, body, exchange)

    async def _get(self) -> tuple[int, bytes, bool]:
        """Status, body, and whether the body is whole."""
        body = bytearray()
        async with self.client.stream("GET", self._url()) as answer:
            async for part in answer.aiter_raw():
                body += part
                if len(body) > self.means.answer_limit:
                    return answer.status_code, bytes(body[: self.means.answer_limit]), False
        return answer.status_code, bytes(body), True

    def _url(self) -> httpx.URL:
        place = httpx.URL(
            scheme="https" if self.access.tls else "http",
            host=self.device.address,
            port=self.access.port,
        )
        return place.copy_with(raw_path=quote(self.access.path, safe=PATH_SAFE).encode("ascii"))

    def _understood(self, status: int, body: bytes, exchange: Exchange) -> Answer:
        last, backlog = None, None
        if status in GOOD:
            try:
                last, backlog = told(body)
            except ValueError:
                why = say("{device}: its page has no shape that is known", device=self.device.name)
                at = self.means.clock()
                return unanswered(self.device, at, Trouble.GARBLED, why, (exchange,))
        return InterfaceExchange(
            device=self.device.name,
            taken_at=self.means.clock(),
            exchanges=(exchange,),
            status=status,
            last_exchange=last,
            backlog=backlog,
        )

    def _exchange(self, body: bytes, began: float, *, truncated: bool) -> Exchange:
        return Exchange(
            protocol=PROTOCOL,
            asked=f"GET {self.access.path}",
            answer=body,
            at=self.means.clock(),
            duration_ms=round((time.monotonic() - began) * 1000),
            truncated=truncated,
        )

    def _silent(self, trouble: Trouble, why: Phrase) -> Answer:
        return unanswered(self.device, self.means.clock(), trouble, why)

    async def close(self) -> None:
        """Close what is kept alive."""
        await self.client.aclose()


def told(body: bytes) -> tuple[datetime, int]:
    """The last exchange and the backlog. Raises `ValueError` for every other shape."""
    try:
        page = json.loads(body)
    except RecursionError:
        raise ValueError from None
    if not isinstance(page, Mapping) or set(page) != FIELDS:
        raise ValueError
    return _time(page["last_exchange"]), _count(page["backlog"])


def _time(value: Any) -> datetime:  # noqa: ANN401  (JSON)
    if not isinstance(value, str):
        raise ValueError
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError
    return moment


def _count(value: Any) -> int:  # noqa: ANN401  (JSON)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= BACKLOG_LIMIT:
        raise ValueError
    return value


def _unreachable(device: Device, access: Http) -> Phrase:
    return say(
        "{device}: no way to {address} port {port}",
        device=device.name, address=device.address, port=access.port,
    )  # fmt: skip


def _late(device: Device, access: Http) -> Phrase:
    return say(
        "{device}: its page was not whole within {limit:g} s",
        device=device.name, limit=access.timeout_s,
    )  # fmt: skip
