"""However a ticket service answers: one of three troubles, in bounded time and size."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from incidents.tickets import web
from incidents.tickets.lifecycle import TicketState
from incidents.tickets.port import Draft, NotReached, TicketPort, TicketTrouble, Unclear
from incidents.tickets.roundup import Roundup
from incidents.tickets.rt import RequestTracker
from incidents.tickets.web import Line, cleaned
from tests.tiers import count

LIMIT_S = 0.5
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
DRAFT = Draft(key="LG-0a1b2c3d-000001", title="x", text="x", severity="info", device="")

Writes = Callable[[asyncio.StreamWriter], Awaitable[None]]


def says(data: bytes) -> Writes:
    async def write(writer: asyncio.StreamWriter) -> None:
        writer.write(data)

    return write


async def endless(writer: asyncio.StreamWriter) -> None:
    writer.write(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
    part = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    while not writer.is_closing():
        writer.write(part)
        await writer.drain()


async def trickling(writer: asyncio.StreamWriter) -> None:
    writer.write(HEAD + b"Content-Length: 9999\r\n\r\n")
    while not writer.is_closing():
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(LIMIT_S / 20)


async def trickling_head(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while not writer.is_closing():
        writer.write(b"X: y\r\n")
        await writer.drain()
        await asyncio.sleep(LIMIT_S / 20)


async def silent(writer: asyncio.StreamWriter) -> None:
    await writer.drain()
    await asyncio.sleep(LIMIT_S * 20)


async def met(write: Writes) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            await write(writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            return
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        adapter = Roundup.at(f"http://127.0.0.1:{port}/", "u", "p", LIMIT_S)
        try:
            await adapter.ping()
        finally:
            await adapter.close()


@pytest.mark.parametrize(
    ("write", "trouble"),
    [
        (says(b""), Unclear),
        (says(b"\x00\xff nonsense\r\n\r\n"), Unclear),
        (says(HEAD + b"Content-Length: 5000\r\n\r\n{"), Unclear),
        (says(HEAD + b"Content-Length: 2\r\n\r\n{}"), Unclear),
        (says(HEAD + b"Content-Length: 4\r\n\r\n\xff\xfe{}"), Unclear),
        (says(b"HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n"), Unclear),
        (says(b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n"), Unclear),
        (says(b"HTTP/1.1 429 Slow\r\nContent-Length: 0\r\n\r\n"), Unclear),
        (says(b"HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n"), NotReached),
        (endless, Unclear), (trickling, Unclear), (trickling_head, Unclear), (silent, Unclear),
    ],
)  # fmt: skip
def test_an_ill_answer_is_a_trouble_within_its_time(
    write: Writes, trouble: type[TicketTrouble], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web, "SIZE_LIMIT", 200_000)
    with pytest.raises(trouble):
        asyncio.run(asyncio.wait_for(met(write), LIMIT_S * 20))


def test_a_healthy_answer_is_none() -> None:
    body = json.dumps({"data": {"collection": [{"id": "1"}]}}).encode()
    asyncio.run(met(says(HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body)))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(
        st.sampled_from(["data", "id", "collection", "attributes", "state", "items", "Status",
                         "Subject", "Owner", "total", "key", "name", "Version"]),
        inner, max_size=5,
    ),
    max_leaves=12,
)  # fmt: skip


def roundup(line: Line) -> TicketPort:
    return Roundup("u", line)


def request_tracker(line: Line) -> TicketPort:
    return RequestTracker("u", "q", line, "p", "http://127.0.0.1/", logged_in=True)


@pytest.mark.parametrize("make", [roundup, request_tracker])
@settings(max_examples=count(60, 2_000), deadline=None)
@given(bodies=st.lists(JSON, min_size=1, max_size=4), status=st.sampled_from([200, 201, 409]))
def test_whatever_json_comes_an_adapter_raises_nothing_but_its_troubles(
    make: Callable[[Line], TicketPort], bodies: list[object], status: int
) -> None:
    asked = iter(range(1_000_000))

    def answer(_request: httpx.Request) -> httpx.Response:
        body = bodies[next(asked) % len(bodies)]
        return httpx.Response(status, text=json.dumps(body), headers={"ETag": '"x"'})

    async def work() -> None:
        client = httpx.AsyncClient(
            transport=httpx.MockTransport(answer), base_url="http://127.0.0.1/"
        )
        port = make(Line(client, 5.0))
        for call in (
            port.ping(), port.find(DRAFT.key), port.create(DRAFT), port.read("1"),
            port.comment("1", "", "x"), port.transition("1", TicketState.ACCEPTED, "u"),
        ):  # fmt: skip
            try:
                await call
            except TicketTrouble as trouble:
                assert trouble.why.text("zh")
        await port.close()

    asyncio.run(work())


@pytest.mark.parametrize(
    ("text", "line"),
    [("a\nb\tc", "a b c"), ("\x1b[31mred\x00", "[31mred"), ("x" * 9, "xxxx…"), ("", "")],
)
def test_text_is_one_line_of_bounded_length(text: str, line: str) -> None:
    assert cleaned(text, 5 if text.startswith("x") else 50) == line
