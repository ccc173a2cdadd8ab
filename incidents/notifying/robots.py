"""The group robots of WeCom, DingTalk and Feishu (Lark): they answer HTTP 200 whatever became of a
message, and say in the body whether they took it. Apprise reads the status alone, so here Apprise
only reads the URL of a channel; the robot is asked by us, and its answer is read.

What was not understood was not taken: a page said twice is better than one that nobody got.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import httpx
from apprise.plugins.base import NotifyBase
from apprise.plugins.dingtalk import NotifyDingTalk
from apprise.plugins.feishu import NotifyFeishu
from apprise.plugins.lark import NotifyLark
from apprise.plugins.wecombot import NotifyWeComBot

from phrases import Phrase, say

ERRCODE: Final[tuple[str, ...]] = ("errcode",)
"""WeCom and DingTalk: 0 is taken, such as 93000 (no such robot) and 310000 (not let in) are not."""
CODE: Final[tuple[str, ...]] = ("code", "StatusCode")
"""Feishu: older robots answer with the second, newer ones with the first or with both."""

WECOM_BYTES: Final = 2048
"""Of UTF-8, the most of a text that a WeCom robot takes (developer.work.weixin.qq.com, 91770)."""
ANSWER_BYTES: Final = 65_536
HTTP_OK: Final = 200
MOST_DIGITS: Final = 12
"""Of a vendor's number; theirs have six at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """What a robot is asked. `url` holds its key. `verdict` names the fields of the answer that
    are 0 when it took the message; one of them has to be there."""

    url: httpx.URL = field(repr=False)
    document: Mapping[str, Any]
    verdict: tuple[str, ...]
    verify: bool = True


def errand_of(plugin: NotifyBase, title: str, text: str) -> Errand | None:
    """What is to be sent to a robot; None for a service that is no such robot."""
    said = f"{title}\n{text}"
    match plugin:
        case NotifyWeComBot():
            url, document = plugin.api_url, _typed("msgtype", content=_shortened(said))
            verdict = ERRCODE
        case NotifyDingTalk():
            url, verdict = plugin.notify_url.format(token=plugin.token), ERRCODE
            at = {"atMobiles": plugin.targets, "isAtAll": False}
            document = {**_typed("msgtype", content=said), "at": at}
        case NotifyFeishu():
            url, verdict = plugin.notify_url.format(token=plugin.token), CODE
            document = _feishu(said)
        case NotifyLark():
            url, verdict, document = plugin.webhook_url, CODE, _feishu(said)
        case _:
            return None
    secret = getattr(plugin, "secret", None)
    signed = httpx.URL(url).copy_merge_params(_signature(secret) if secret else {})
    verify = bool(plugin.verify_certificate)
    return Errand(url=signed, document=document, verdict=verdict, verify=verify)


async def ask(errand: Errand, limit_s: float) -> Phrase | None:
    """Why the robot did not take it; None when it did. The URL is never part of that."""
    try:
        async with asyncio.timeout(limit_s):
            status, body = await _exchange(errand)
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError):
        return say("the service cannot be reached, or gives no answer")
    if status != HTTP_OK:
        return say("the service answered with HTTP {status}", status=status)
    return _refusal(body, errand.verdict)


async def _exchange(errand: Errand) -> tuple[int, bytes]:
    """Status and the beginning of the body. Redirects are not followed: they lead elsewhere."""
    client = httpx.AsyncClient(
        # without TLS there is nothing to verify, and loading the authorities takes long
        verify=errand.verify and errand.url.scheme == "https",
        follow_redirects=False,
        headers={"Accept-Encoding": "identity"},
    )
    body = bytearray()
    async with client, client.stream("POST", errand.url, json=errand.document) as answer:
        async for part in answer.aiter_bytes():
            body += part
            if len(body) > ANSWER_BYTES:
                break
    return answer.status_code, bytes(body[:ANSWER_BYTES])


def _refusal(body: bytes, verdict: tuple[str, ...]) -> Phrase | None:
    """What the answer says, by its numbers: its words may repeat the key."""
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        answer = None
    known = answer if isinstance(answer, dict) else {}
    numbers = [known[name] for name in verdict if name in known]
    if not numbers:
        return say("the service does not say whether it took the message")
    wrong = [one for one in numbers if type(one) is not int or one != 0]
    if not wrong:
        return None
    code = wrong[0]
    if type(code) is not int or len(str(abs(code))) > MOST_DIGITS:
        return say("the service refused it, with a number that is none")
    return say("the service refused it with number {code}", code=code)


def _typed(key: str, **text: str) -> dict[str, Any]:
    return {key: "text", "text": text}


def _feishu(said: str) -> dict[str, Any]:
    return {"msg_type": "text", "content": {"text": said}}


def _shortened(said: str) -> str:
    """At most as long as WeCom takes; the last line, with the key, stays whole."""
    raw = said.encode()
    if len(raw) <= WECOM_BYTES:
        return said
    last = f"…\n{said.splitlines()[-1]}"[-WECOM_BYTES // 4 :]
    return raw[: WECOM_BYTES - len(last.encode())].decode(errors="ignore") + last


def _signature(secret: str) -> dict[str, str]:
    """A signed DingTalk robot: milliseconds, and their HMAC-SHA256 (open.dingtalk.com, 自定义机器人
    安全设置 加签). It is quoted once, with the URL."""
    timestamp = str(round(time.time() * 1000))
    code = hmac.digest(secret.encode(), f"{timestamp}\n{secret}".encode(), hashlib.sha256)
    return {"timestamp": timestamp, "sign": base64.b64encode(code).decode()}
