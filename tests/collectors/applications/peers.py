"""Applications that listen, and devices of the estate that have them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from checks.catalogue import item
from checks.judging import Judgement, judge_item, wanted
from collectors.session import ANSWER_LIMIT
from collectors.visit import Memory
from collectors.visitor import Visitor
from inventory.applications import Asr, Cti, Sms, Tts
from inventory.crossings import joined_up
from inventory.model import Access, Device
from lab.embedded.web_service import Answers, WebService
from tests.collectors.practice import Remembered, means
from tests.inventory.builders import device

NUMBER = "+8613800001234"
SECRETS = {"test-number": NUMBER, "gateway": "gateway-key"}


@asynccontextmanager
async def serving(answers: Answers, **options: Any) -> AsyncIterator[WebService]:  # noqa: ANN401
    service = WebService(answers, **options)
    await service.start("127.0.0.1", 0)
    try:
        yield service
    finally:
        await service.stop()


def tts(port: int, **options: Any) -> Tts:  # noqa: ANN401
    given = {"path": "/v1/tts", "body": '{"text": "{phrase}"}', "timeout_s": 3.0, **options}
    return Tts(port=port, **given)


def asr(port: int, **options: Any) -> Asr:  # noqa: ANN401
    given = {"path": "/v1/asr", "pointer": "/result/text", "timeout_s": 3.0, **options}
    return Asr(port=port, **given)


def sms(port: int, **options: Any) -> Sms:  # noqa: ANN401
    given: dict[str, Any] = {
        "path": "/v1/messages",
        "body": '{"to": "{number}", "content": "{text}", "token": "{token}"}',
        "number": "test-number",
        "message_id": "/data/id",
        "state_path": "/v1/messages?token={token}",
        "state": "/data/state",
        "delivered": ("DELIVRD",),
        "failed": ("UNDELIV",),
        "wait_s": 1.0,
        "timeout_s": 3.0,
    }
    return Sms(port=port, **{**given, **options})


def of(name: str, kind: str, **access: Tts | Asr | Sms | Cti) -> Device:
    return replace(device(name, kind), access=Access(**access))  # type: ignore[arg-type]


async def judged(
    checked: str,
    target: Device,
    *others: Device,
    memory: Memory | None = None,
    answer_limit: int = ANSWER_LIMIT,
) -> tuple[Judgement, ...]:
    """One item of one device, visited and judged."""
    joined = {one.name: one for one in joined_up((target, *others))}
    whole = joined[target.name]
    given = means(Path("known_hosts"), secrets=SECRETS, answer_limit=answer_limit)
    asked = wanted(item(checked), whole)
    visit = await Visitor(joined, given).visit(whole.name, asked, memory or Remembered())
    return judge_item(item(checked), whole, visit)
