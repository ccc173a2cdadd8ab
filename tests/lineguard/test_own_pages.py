"""What the daemon answers over HTTP: on this machine everything, to others signs of life alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from http import HTTPStatus
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineguard.founding import found
from lineguard.home import Home
from lineguard.http_door import (
    LONGEST_HEAD,
    MOST_AT_ONCE,
    MOST_OF_ONE,
    Answer,
    Door,
    Page,
    Request,
    read_head,
    written,
)
from lineguard.own_pages import Pages, health, listeners
from lineguard.wiring import Station
from store.database import Store
from tests.lineguard.homes import AT

LIMIT_S = 60.0
TOKEN = "geheim"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def station(tmp_path: Path) -> Station:
    root = found(tmp_path / "home", practice=False, at=AT).home.root
    settings = root / "lineguard.toml"
    more = '[heartbeat]\nexpect_s = { nightly = 600 }\ntoken = "beat"\n'
    text = settings.read_text(encoding="utf-8").replace("[heartbeat]\n", more)
    settings.write_text(text, encoding="utf-8")
    (root / "secrets" / "beat").touch(0o600)
    (root / "secrets" / "beat").write_text(TOKEN, encoding="utf-8")
    return Station(Home(root))


@asynccontextmanager
async def opened(page: Page) -> AsyncIterator[Door]:
    """A door on a port that the system picks."""
    stop, door = asyncio.Event(), Door("127.0.0.1:0", page)
    running = asyncio.create_task(door.run(stop))
    await asyncio.wait_for(door.listening.wait(), LIMIT_S)
    yield door
    stop.set()
    await asyncio.wait_for(running, LIMIT_S)


async def asks(
    door: Door, path: str, method: str = "GET", headers: Mapping[str, str] | None = None
) -> httpx.Response:
    async with httpx.AsyncClient(trust_env=False) as client:
        url = f"http://127.0.0.1:{door.port}{path}"
        return await client.request(method, url, headers=headers, timeout=LIMIT_S)


def pages(station: Station, **standing: bool) -> Pages:
    return Pages(station, lambda: standing)


async def test_metrics_and_health_are_for_this_machine(station: Station) -> None:
    async with opened(pages(station, tick=True).inside) as door:
        metrics = await asks(door, "/metrics")
        assert metrics.status_code == HTTPStatus.OK
        assert "lineguard_slots_due 0.0" in metrics.text
        well = await asks(door, "/health")
        assert well.json() == {"services": {"tick": "up"}}
        bare = await asks(door, "/metrics", "HEAD")
        assert (bare.status_code, bare.content) == (HTTPStatus.OK, b"")


async def test_others_reach_signs_of_life_alone(station: Station) -> None:
    async with opened(pages(station).outside) as door:
        for path in ("/metrics", "/health", "/", "/heartbeat"):
            assert (await asks(door, path)).status_code == HTTPStatus.NOT_FOUND


@pytest.mark.parametrize(
    ("name", "headers", "status"),
    [
        ("nightly", BEARER, HTTPStatus.OK),
        ("stranger", BEARER, HTTPStatus.NOT_FOUND),
        ("nightly", {}, HTTPStatus.FORBIDDEN),
        ("nightly", {"Authorization": "Bearer geheimer"}, HTTPStatus.FORBIDDEN),
        ("nightly", {"Authorization": TOKEN}, HTTPStatus.FORBIDDEN),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_sign_of_life_needs_the_token_and_a_name_that_is_expected(
    station: Station, name: str, headers: Mapping[str, str], status: HTTPStatus, method: str
) -> None:
    async with opened(pages(station).outside) as door:
        answer = await asks(door, f"/heartbeat/{name}", method, headers)
        assert answer.status_code == status


async def test_without_a_token_in_the_settings_nobody_is_heard(tmp_path: Path) -> None:
    bare = found(tmp_path / "bare", practice=False, at=AT)
    async with opened(pages(bare).outside) as door:
        answer = await asks(door, "/heartbeat/x", headers={"Authorization": "Bearer x"})
        assert answer.status_code == HTTPStatus.FORBIDDEN


async def test_a_token_that_is_gone_is_said_to_be_unavailable(station: Station) -> None:
    (station.home.secrets / "beat").unlink()
    async with opened(pages(station).outside) as door:
        answer = await asks(door, "/heartbeat/nightly", headers=BEARER)
        assert answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE


async def test_a_database_in_trouble_is_said_to_be_unavailable(
    station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    from store.trouble import closed

    def broken(_store: Store) -> None:
        raise closed("x")

    monkeypatch.setattr(Store, "read", broken)
    async with opened(pages(station).inside) as door:
        assert (await asks(door, "/metrics")).status_code == HTTPStatus.SERVICE_UNAVAILABLE


@pytest.mark.parametrize(
    ("standing", "status"),
    [
        ({"tick": True, "watch": True}, HTTPStatus.OK),
        ({"tick": True, "watch": False}, HTTPStatus.SERVICE_UNAVAILABLE),
    ],
)
def test_health_is_good_when_all_are_up(standing: Mapping[str, bool], status: HTTPStatus) -> None:
    assert health(standing).status == status


def test_listeners_are_those_of_the_settings(station: Station) -> None:
    assert [one.name for one in listeners(station, dict)] == ["metrics"]


# --- the door itself --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"GET\r\n\r\n",
        b"GET x HTTP/1.1\r\n\r\n",
        b"GET / SPDY\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\n\r\n",
    ],
)
def test_what_is_no_request_is_none(head: bytes) -> None:
    assert read_head(head) is None


def test_a_request_is_read_without_its_query() -> None:
    asked = read_head(b"GET /metrics?x=1 HTTP/1.1\r\nAuthorization:  Bearer y \r\n\r\n")
    assert asked == Request(method="GET", path="/metrics", headers={"authorization": "Bearer y"})
    assert "Bearer" not in repr(asked), "a token is in no repr"


def test_an_answer_says_its_length() -> None:
    assert written(Answer(body=b"abc")).endswith(b"Content-Length: 3\r\n"
                                                 b"Cache-Control: no-store\r\n"
                                                 b"Connection: close\r\n\r\nabc")  # fmt: skip


@given(st.binary(max_size=300))
def test_any_head_is_a_request_or_none(head: bytes) -> None:
    asked = read_head(head)
    assert asked is None or asked.path.startswith("/")


async def test_more_visitors_than_can_be_served_are_turned_away_and_later_ones_served() -> None:
    async with opened(hello) as door:
        silent = [
            await asyncio.open_connection(
                "127.0.0.1", door.port, local_addr=(f"127.0.1.{one // MOST_OF_ONE + 1}", 0)
            )
            for one in range(MOST_AT_ONCE)
        ]
        assert await said(door, b"GET / HTTP/1.1\r\n\r\n") == b""
        for _reader, writer in silent:
            writer.close()
            await writer.wait_closed()
        async with asyncio.timeout(LIMIT_S):
            while not (answer := await said(door, b"GET / HTTP/1.1\r\n\r\n")):
                continue
        assert answer.endswith(b"hello")


async def test_silence_of_one_address_holds_up_no_other() -> None:
    async with opened(hello) as door:
        silent = [
            await asyncio.open_connection("127.0.0.1", door.port, local_addr=("127.0.0.9", 0))
            for _ in range(MOST_AT_ONCE)
        ]
        for reader, _writer in silent[MOST_OF_ONE:]:
            assert await asyncio.wait_for(reader.read(), LIMIT_S) == b""
        assert (await said(door, b"GET / HTTP/1.1\r\n\r\n")).endswith(b"hello")
        for _reader, writer in silent:
            writer.close()


async def said(door: Door, sent: bytes) -> bytes:
    """What comes back; nothing where the door was shut in between."""
    reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
    try:
        writer.write(sent)
        writer.write_eof()
        return await asyncio.wait_for(reader.read(), LIMIT_S)
    except OSError:
        return b""
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


async def hello(_asked: Request) -> Answer:
    return Answer(body=b"hello")


@pytest.mark.parametrize(
    ("sent", "first"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", b"HTTP/1.1 200 OK"),
        (b"DELETE / HTTP/1.1\r\n\r\n", b"HTTP/1.1 405 Method Not Allowed"),
        (b"\x16\x03\x01\r\n\r\n", b"HTTP/1.1 400 Bad Request"),
        (b"GET / HTTP/1.1\r\n", b""),
        (b"GET /" + b"a" * LONGEST_HEAD + b" HTTP/1.1\r\n\r\n", b""),
    ],
)
async def test_garbage_ends_its_own_visit_and_no_other(sent: bytes, first: bytes) -> None:
    async with opened(hello) as door:
        answer = await said(door, sent)
        assert answer.partition(b"\r\n")[0] == first
        assert (await asks(door, "/")).text == "hello"
