"""JSON over HTTP with a ticket service: bounded in time and size, no redirect, TLS verified."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import httpx

from incidents.tickets.port import NAME_LIMIT, TEXT_LIMIT, Declined, NotReached, Unclear
from phrases import say, verbatim

LIMIT_S: Final = 20.0
"""One request, from the first byte sent to the last received."""
SIZE_LIMIT: Final = 2_000_000
SAID_LIMIT: Final = 200
"""Characters of a service's own words in our sentence."""

NOT_SENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol)
LETS_NOT_IN: Final = 401
"""403 may be about one ticket, and is a no to that alone."""
SAYS_NO: Final = frozenset(range(400, 429)) - {408}
"""Understood and refused; 408 and 429 are a matter of time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A whole answer. `body` is what its JSON holds, None for none."""

    status: int
    body: Any
    headers: Mapping[str, str]
    text: str


@dataclass(slots=True)
class Line:
    """The connection to one service."""

    client: httpx.AsyncClient = field(repr=False)
    limit_s: float = LIMIT_S

    async def ask(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        document: object = None,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send one request. Raises `NotReached` when it surely was not taken, `Unclear` when
        nobody knows; any status is an answer."""
        request = self.client.build_request(
            method, path, params=params, data=form, headers=headers,
            json=document,
        )  # fmt: skip
        try:
            async with asyncio.timeout(self.limit_s):
                return await self._exchange(request)
        except NOT_SENT:
            raise NotReached(say("the ticket service cannot be reached")) from None
        except (TimeoutError, httpx.TimeoutException):
            why = say("the ticket service did not answer within {limit:g} s", limit=self.limit_s)
            raise Unclear(why) from None
        except (httpx.HTTPError, httpx.InvalidURL, ValueError):
            raise Unclear(say("the ticket service broke off or answered no HTTP")) from None

    async def _exchange(self, request: httpx.Request) -> Answer:
        body = bytearray()
        answer = await self.client.send(request, stream=True)
        try:
            async for part in answer.aiter_bytes():
                body += part
                if len(body) > SIZE_LIMIT:
                    raise Unclear(say("the ticket service's answer does not end"))
        finally:
            await answer.aclose()
        text = body.decode("utf-8", "replace")
        return Answer(
            status=answer.status_code, body=_json(text), headers=answer.headers, text=text
        )

    async def close(self) -> None:
        """Close what is kept alive."""
        await self.client.aclose()


def good(answer: Answer, *statuses: int) -> Any:  # noqa: ANN401  (whatever its JSON holds)
    """The body of an answer with one of these statuses. Raises the trouble that any other is."""
    if answer.status in statuses and answer.body is not None:
        return answer.body
    if answer.status == LETS_NOT_IN:
        raise NotReached(
            say("the ticket service does not let us in (HTTP {status}): user and secret of "
                "[tickets] are to be looked at", status=answer.status)
        )  # fmt: skip
    if answer.status in SAYS_NO:
        raise Declined(
            say("the ticket service says no (HTTP {status}): {said}",
                status=answer.status, said=verbatim(_said(answer)))
        )  # fmt: skip
    raise Unclear(
        say("the ticket service answered HTTP {status}, which says nothing of what it did",
            status=answer.status)
    )  # fmt: skip


def _said(answer: Answer) -> str:
    """The service's reason, where it is found: Roundup's `error.msg`, RT's `message`."""
    body = answer.body
    if isinstance(body, dict):
        error = body.get("error")
        body = error.get("msg") if isinstance(error, dict) else body.get("message")
    return cleaned(body if isinstance(body, str) else answer.text, SAID_LIMIT)


def _json(text: str) -> Any:  # noqa: ANN401
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def strange() -> Unclear:
    """An answer that does not hold what it must."""
    return Unclear(say("the ticket service's answer is not what its interface promises"))


def part(body: object, *keys: str) -> Any:  # noqa: ANN401
    """What stands in nested objects under these keys. Raises `Unclear`."""
    for key in keys:
        if not isinstance(body, dict) or key not in body:
            raise strange()
        body = body[key]
    return body


def text_part(body: object, *keys: str, limit: int = TEXT_LIMIT) -> str:
    """The same, a text or a number, cleaned. Raises `Unclear`."""
    found = part(body, *keys)
    if found is None:
        return ""
    if isinstance(found, bool) or not isinstance(found, str | int):
        raise strange()
    return cleaned(str(found), limit)


def name_part(body: object, *keys: str) -> str:
    """The same, for a name or a number of a thing. Raises `Unclear`."""
    return text_part(body, *keys, limit=NAME_LIMIT)


def objects(body: object, *keys: str) -> list[Any]:
    """A list under these keys. Raises `Unclear`."""
    found = part(body, *keys)
    if not isinstance(found, list):
        raise strange()
    return found


def cleaned(text: str, limit: int) -> str:
    """One line without control characters, at most so long."""
    line = " ".join("".join(one if one.isprintable() else " " for one in text).split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"


def number(ref: str) -> str:
    """A reference as it may stand in a path: digits. Raises `Unclear`."""
    if not ref.isascii() or not ref.isdigit():
        raise strange()
    return ref


def opened(
    url: str, auth: httpx.Auth | tuple[str, str] | None, headers: Mapping[str, str], limit_s: float
) -> httpx.AsyncClient:
    """A client; nothing is connected yet."""
    return httpx.AsyncClient(
        base_url=url,
        auth=auth,
        # packed, an answer could grow beyond all bounds once it is here
        headers={**headers, "Accept-Encoding": "identity"},
        trust_env=False,
        follow_redirects=False,
        timeout=limit_s,
        # without TLS there is nothing to verify, and loading the authorities takes long
        verify=url.startswith("https:"),
    )
