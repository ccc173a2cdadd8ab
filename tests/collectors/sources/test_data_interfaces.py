"""A data interface's status page over real HTTP, whole, strange and hostile."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from collectors.readings import InterfaceExchange, Trouble, Unanswered
from collectors.session import ANSWER_LIMIT
from collectors.visit import Answer
from collectors.visitor import Visitor
from inventory.model import Http
from lab.embedded.http_service import HttpService
from tests.collectors.practice import Remembered, means
from tests.inventory.builders import device

TOKEN = "enable-pw"


@pytest.fixture
async def page() -> AsyncIterator[HttpService]:
    service = HttpService(token=TOKEN)
    await service.start("127.0.0.1", 0)
    yield service
    await service.stop()


async def ask(
    page: HttpService,
    *,
    secret: str | None = "enable",  # noqa: S107  (a name)
    path: str = "/status",
    timeout_s: float = 3.0,
    answer_limit: int = ANSWER_LIMIT,
) -> Answer:
    access = Http(port=page.port, path=path, secret=secret, timeout_s=timeout_s)
    target = device("di-city", "data_interface", http=access)
    given = means(Path("known_hosts"), answer_limit=answer_limit)
    visit = await Visitor({target.name: target}, given).visit(
        target.name, frozenset({InterfaceExchange}), Remembered()
    )
    return visit.answers[InterfaceExchange]


def trouble(answer: Answer) -> Trouble:
    assert isinstance(answer, Unanswered)
    return answer.trouble


async def test_a_page_is_read_with_one_get(page: HttpService) -> None:
    page.data.last_exchange, page.data.backlog = timedelta(hours=1), 12
    answer = await ask(page, path="/status?site=city")
    assert isinstance(answer, InterfaceExchange)
    assert (answer.status, answer.backlog) == (200, 12)
    assert answer.last_exchange is not None
    age = datetime.now(UTC) - answer.last_exchange
    assert timedelta(minutes=59) < age < timedelta(minutes=61)
    assert page.requests == ["GET /status?site=city HTTP/1.1"]
    assert TOKEN not in repr(answer)


@pytest.mark.parametrize("status", [301, 404, 500, 503])
async def test_another_status_is_a_reading_too(page: HttpService, status: int) -> None:
    page.data.status = status
    page.data.location = "http://127.0.0.1:9/elsewhere"
    answer = await ask(page)
    assert isinstance(answer, InterfaceExchange)
    assert (answer.status, answer.last_exchange, answer.backlog) == (status, None, None)
    assert len(page.requests) == 1, "redirects are not followed"


async def test_without_its_token_the_page_refuses(page: HttpService) -> None:
    answer = await ask(page, secret=None)
    assert isinstance(answer, InterfaceExchange) and answer.status == 401


async def test_a_missing_secret_is_the_sites_to_mend(page: HttpService) -> None:
    assert trouble(await ask(page, secret="nowhere")) is Trouble.NOT_CONFIGURED


GOOD = b'{"last_exchange": "2026-11-21T08:00:00+08:00", "backlog": 12}'


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"OK",
        b"[]",
        b"{}",
        GOOD[:-1],
        GOOD.replace(b"12}", b"true}"),
        GOOD.replace(b"12}", b"-1}"),
        GOOD.replace(b"12}", b"1.5}"),
        GOOD.replace(b"12}", b"NaN}"),
        GOOD.replace(b"12}", b"9" * 5_000 + b"}"),
        GOOD.replace(b"+08:00", b""),
        GOOD.replace(b"2026-11-21", b"2026-13-21"),
        GOOD.replace(b'"2026-11-21T08:00:00+08:00"', b"null"),
        GOOD.replace(b"}", b', "more": 1}'),
        b"[" * 100_000,
        b"\xff\xfe\x00",
    ],
    ids=range(16),
)
async def test_every_other_shape_is_garbled(page: HttpService, body: bytes) -> None:
    page.data.body = body
    assert trouble(await ask(page)) is Trouble.GARBLED


async def test_the_documented_shape_is_understood(page: HttpService) -> None:
    """The control of the above."""
    page.data.body = GOOD
    assert isinstance(await ask(page), InterfaceExchange)


async def test_a_page_without_end_is_cut_off(page: HttpService) -> None:
    page.floods = True
    answer = await ask(page, answer_limit=10_000)
    assert isinstance(answer, Unanswered)
    assert answer.trouble is Trouble.TOO_LARGE
    assert len(answer.exchanges[0].answer) == 10_000


@pytest.mark.parametrize("cut", [10, 120])
async def test_a_page_cut_short_is_timed_out(page: HttpService, cut: int) -> None:
    page.behaviour.cut_after = cut
    began = time.monotonic()
    assert trouble(await ask(page, timeout_s=0.4)) is Trouble.TIMED_OUT
    assert time.monotonic() - began < 3


async def test_a_page_slower_than_the_limit_is_timed_out(page: HttpService) -> None:
    page.behaviour.delay_s = 30
    assert trouble(await ask(page, timeout_s=0.3)) is Trouble.TIMED_OUT


async def test_garbage_is_no_http(page: HttpService) -> None:
    page.behaviour.garbage = True
    assert trouble(await ask(page)) is Trouble.GARBLED


async def test_a_silent_interface_is_unreachable(page: HttpService) -> None:
    page.behaviour.silent = True
    await page.apply()
    assert trouble(await ask(page)) is Trouble.UNREACHABLE
