"""Connections over TCP and TLS: few at once, few from one address, and none holds up the others."""

from __future__ import annotations

import asyncio
import ssl
import subprocess
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest

from collectors.intake.backlog import Backlog
from collectors.intake.guests import Guests
from collectors.intake.model import Outcome, Receiver
from collectors.intake.streams import Streams
from collectors.intake.web import MOST_OF_ONE, Web

LIMIT_S = 5.0
Pair = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    folder: Path = tmp_path_factory.mktemp("tls")
    key, cert = str(folder / "key.pem"), str(folder / "cert.pem")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-nodes", "-keyout", key, "-out", cert, "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=IP:127.0.0.1"],
        check=True, capture_output=True,
    )  # fmt: skip
    return cert, key


@pytest.fixture
def tls(certificate: tuple[str, str]) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    return context


def now() -> datetime:
    return datetime.now(UTC)


async def silent(port: int, source: str) -> Pair:
    return await asyncio.open_connection("127.0.0.1", port, local_addr=(source, 0))


@pytest.mark.parametrize(
    ("most", "most_of_one", "third"), [(3, 3, True), (2, 3, False), (3, 2, False)]
)
def test_there_is_room_for_some_and_for_some_of_one_address(
    most: int, most_of_one: int, third: bool
) -> None:
    guests = Guests(most, most_of_one)
    assert [guests.enter("a"), guests.enter("a"), guests.enter("a")] == [True, True, third]
    for _ in range(3):
        guests.leave("a")
    assert guests.enter("a")


async def test_silence_of_one_address_holds_up_no_other_and_is_given_no_handshake(
    certificate: tuple[str, str], tls: ssl.SSLContext
) -> None:
    backlog = Backlog()
    web = Web(backlog, lambda: {"prometheus": "token"}, now)
    port = await web.start("127.0.0.1", 0, tls)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(web.close)
        for _ in range(MOST_OF_ONE):
            stack.callback((await silent(port, "127.0.0.9"))[1].close)
        reader, writer = await silent(port, "127.0.0.9")  # one more
        stack.callback(writer.close)
        assert await asyncio.wait_for(reader.read(), LIMIT_S) == b""
        assert backlog.counted()[Receiver.WEB, Outcome.REFUSED] == 1
        trusting = ssl.create_default_context(cafile=certificate[0])
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=trusting)
        stack.callback(writer.close)
        writer.write(b"POST /v1/alarms HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}")
        answer = await asyncio.wait_for(reader.read(), LIMIT_S)
        assert answer.startswith(b"HTTP/1.1 401 ")


async def test_a_stranger_is_sent_away_before_a_handshake(tls: ssl.SSLContext) -> None:
    backlog = Backlog()
    lines = Streams(Receiver.SYSLOG_TLS, backlog, lambda address: address == "127.0.0.1", now)
    port = await lines.start("127.0.0.1", 0, tls)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(lines.close)
        reader, writer = await silent(port, "127.0.0.9")
        stack.callback(writer.close)
        assert await asyncio.wait_for(reader.read(), LIMIT_S) == b""
        assert backlog.counted() == {(Receiver.SYSLOG_TLS, Outcome.UNKNOWN_SOURCE): 1}


async def test_what_is_said_with_the_first_words_of_a_handshake_is_not_lost(
    certificate: tuple[str, str], tls: ssl.SSLContext
) -> None:
    backlog, many = Backlog(), 10
    lines = Streams(Receiver.SYSLOG_TLS, backlog, lambda _address: True, now)
    port = await lines.start("127.0.0.1", 0, tls)
    trusting = ssl.create_default_context(cafile=certificate[0])

    async def tell(number: int) -> None:
        _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=trusting)
        writer.write(b"<14>Nov 22 11:00:00 rt-1 a: %d\n" % number)
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    await asyncio.wait_for(asyncio.gather(*map(tell, range(many))), LIMIT_S)
    async with asyncio.timeout(LIMIT_S):
        while len(backlog) < many:
            await asyncio.wait_for(backlog.filled.wait(), LIMIT_S)
            await asyncio.sleep(0)
    await lines.close()
    assert {one.raw[-1:] for one in backlog.take(many)} == {b"%d" % one for one in range(many)}
