"""One HTTP request to an application and its whole answer, within its bounds.

Redirects are not followed: they could lead to another host. Proxies of the environment are not
used. A value of the site's templates is put in encoded, so that it cannot change their shape.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from urllib.parse import parse_qsl, quote, urlencode

import httpx

from collectors.readings import Exchange, Trouble
from collectors.session import Means, SessionFailed
from inventory.applications import Service
from phrases import Phrase, say

GOOD: Final = range(200, 300)
PATH_SAFE: Final = "/?=&%+:@,;~!$'()*"
NOT_SENT: Final = (httpx.ConnectError, httpx.ConnectTimeout)
"""The way to the service was not found: nothing of the request went out."""
JSON_TYPE: Final = "application/json"
FORM_TYPE: Final = "application/x-www-form-urlencoded"


class NoReply(Exception):
    """No usable answer; `sent` false: surely nothing reached the service."""

    def __init__(self, trouble: Trouble, why: Phrase, *, sent: bool = True) -> None:
        super().__init__(why.text("en"))
        self.trouble = trouble
        self.why = why
        self.sent = sent


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is sent. `shown` is what evidence says of it: without values that are secret."""

    method: str
    path: str
    shown: str
    content: bytes | None = None
    content_type: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A whole answer."""

    status: int
    body: bytes
    exchange: Exchange

    @property
    def good(self) -> bool:
        """Is it a success?"""
        return self.status in GOOD


@dataclass(slots=True)
class Web:
    """One client of one service. `device` is the name that its sentences begin with."""

    device: str
    address: str
    access: Service
    means: Means
    client: httpx.AsyncClient = field(repr=False)
    hides: tuple[bytes, ...] = field(default=(), repr=False)
    """What is blotted out of every answer before it becomes evidence."""

    async def ask(self, request: Request) -> Reply:
        """Send one request. Raises `NoReply`."""
        began = time.monotonic()
        try:
            async with asyncio.timeout(self.access.timeout_s):
                status, body, whole = await self._exchange(request)
        except NOT_SENT:
            raise NoReply(Trouble.UNREACHABLE, self._unreachable(), sent=False) from None
        except (TimeoutError, httpx.TimeoutException):
            raise NoReply(Trouble.TIMED_OUT, self._late()) from None
        except (httpx.HTTPError, httpx.InvalidURL, ValueError):
            why = say("{device}: what answers there is no HTTP", device=self.device)
            raise NoReply(Trouble.GARBLED, why) from None
        if not whole:
            raise NoReply(Trouble.TOO_LARGE, self._endless(len(body)))
        return Reply(status=status, body=body, exchange=self._kept(request, body, began))

    async def _exchange(self, request: Request) -> tuple[int, bytes, bool]:
        """Status, body, and whether the body is whole."""
        body = bytearray()
        headers = {"Content-Type": request.content_type} if request.content_type else {}
        async with self.client.stream(
            request.method, self._url(request.path), content=request.content, headers=headers
        ) as answer:
            async for part in answer.aiter_raw():
                body += part
                if len(body) > self.means.answer_limit:
                    return answer.status_code, bytes(body[: self.means.answer_limit]), False
        return answer.status_code, bytes(body), True

    def _url(self, path: str) -> httpx.URL:
        scheme = "https" if self.access.tls else "http"
        place = httpx.URL(scheme=scheme, host=self.address, port=self.access.port)
        return place.copy_with(raw_path=quote(path, safe=PATH_SAFE).encode("ascii"))

    def _kept(self, request: Request, body: bytes, began: float) -> Exchange:
        for hidden in self.hides:
            body = body.replace(hidden, b"*" * len(hidden))
        return Exchange(
            protocol="http",
            asked=f"{request.method} {request.shown}",
            answer=body,
            at=self.means.clock(),
            duration_ms=round((time.monotonic() - began) * 1000),
        )

    def now(self) -> datetime:
        """The time that an answer was taken at."""
        return self.means.clock()

    async def close(self) -> None:
        """Close what is kept alive; safe to call twice."""
        await self.client.aclose()

    def _unreachable(self) -> Phrase:
        return say(
            "{device}: no way to {address} port {port}",
            device=self.device, address=self.address, port=self.access.port,
        )  # fmt: skip

    def _late(self) -> Phrase:
        return say(
            "{device}: its page was not whole within {limit:g} s",
            device=self.device, limit=self.access.timeout_s,
        )  # fmt: skip

    def _endless(self, size: int) -> Phrase:
        return say(
            "{device}: its page did not end; it was cut off after {size} bytes",
            device=self.device, size=size,
        )  # fmt: skip


def web(device: str, address: str, access: Service, means: Means) -> Web:
    """A client; nothing is opened yet. Raises `SessionFailed` for a secret that is missing."""
    headers = {"Accept-Encoding": "identity"}
    if access.secret is not None:
        value = header_secret(device, means, access.secret)
        bearer = access.secret_header.lower() == "authorization" and " " not in value
        headers[access.secret_header] = f"Bearer {value}" if bearer else value
    client = httpx.AsyncClient(
        headers=headers,
        trust_env=False,
        follow_redirects=False,
        timeout=access.timeout_s,
        # loading the authorities takes long, and without TLS there is nothing to verify
        verify=access.tls,
    )
    return Web(device, address, access, means, client)


def secret(device: str, means: Means, name: str) -> str:
    """The value of that name. Raises `SessionFailed`."""
    try:
        return means.secrets.secret(name)
    except KeyError:
        raise SessionFailed(
            Trouble.NOT_CONFIGURED,
            say("{device}: there is no secret named {secret}", device=device, secret=name),
        ) from None


def header_secret(device: str, means: Means, name: str) -> str:
    """A secret that can stand in a header. One that cannot must not reach the client, whose
    complaint would quote it. Raises `SessionFailed`."""
    value = secret(device, means, name)
    if value.isascii() and value.isprintable():
        return value
    raise SessionFailed(
        Trouble.NOT_CONFIGURED,
        say("{device}: the secret {secret} has characters that no header may hold",
            device=device, secret=name),
    )  # fmt: skip


# --- the site's templates ---


def filled(template: str, values: Mapping[str, str]) -> str:
    """A text with each `{name}` replaced, in one pass: a value is never looked into."""
    whole = template
    marks = {name: f"\x00{number}\x00" for number, name in enumerate(values)}
    for name, mark in marks.items():
        whole = whole.replace(f"{{{name}}}", mark)
    for name, mark in marks.items():
        whole = whole.replace(mark, values[name])
    return whole


def path_of(template: str, values: Mapping[str, str]) -> str:
    """A path with its values encoded."""
    return filled(template, {name: quote(value, safe="") for name, value in values.items()})


def body_of(template: str, encoding: str, values: Mapping[str, str]) -> tuple[bytes, str]:
    """A body with its values encoded, and its content type."""
    if encoding == "form":
        pairs = parse_qsl(template, keep_blank_values=True)
        return urlencode([(name, filled(one, values)) for name, one in pairs]).encode(), FORM_TYPE
    page = _filled_json(json.loads(template), values)
    return json.dumps(page, ensure_ascii=False).encode(), JSON_TYPE


def _filled_json(page: Any, values: Mapping[str, str]) -> Any:  # noqa: ANN401  (JSON)
    if isinstance(page, str):
        return filled(page, values)
    if isinstance(page, list):
        return [_filled_json(one, values) for one in page]
    if isinstance(page, dict):
        return {name: _filled_json(one, values) for name, one in page.items()}
    return page
