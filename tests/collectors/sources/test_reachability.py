"""Probes over SIP, TCP and ICMP against peers that really listen, and against those that do not."""

from __future__ import annotations

import asyncio
import shutil
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from collectors.readings import Reachability, Trouble, Unanswered
from collectors.sip_messages import Framing, NotSip, Options, response
from collectors.sources import icmp, sip
from collectors.visit import Answer, Visit
from collectors.visitor import Visitor
from inventory.model import Http, Icmp, Sip, Tcp
from lab.embedded.http_service import HttpService
from lab.embedded.sip_service import SipService
from tests.collectors.practice import Remembered, means
from tests.inventory.builders import device

NOWHERE = Path("known_hosts")


async def visit(**access: Any) -> Visit:  # noqa: ANN401
    target = device("gw-1", "gateway_1960", **access)
    visitor = Visitor({target.name: target}, means(NOWHERE))
    return await visitor.visit(target.name, frozenset({Reachability}), Remembered())


async def reach(**access: Any) -> Reachability:  # noqa: ANN401
    answer: Answer = (await visit(**access)).answers[Reachability]
    assert isinstance(answer, Reachability)
    return answer


@pytest.fixture
async def endpoint() -> AsyncIterator[SipService]:
    service = SipService()
    await service.start("127.0.0.1", 0)
    yield service
    await service.stop()


@pytest.fixture
async def page() -> AsyncIterator[HttpService]:
    service = HttpService()
    await service.start("127.0.0.1", 0)
    yield service
    await service.stop()


@pytest.mark.parametrize("transport", ["udp", "tcp"])
@pytest.mark.parametrize("status", [200, 403, 486, 503])
async def test_any_final_response_is_an_answer(
    endpoint: SipService, transport: str, status: int
) -> None:
    endpoint.data.status = status
    endpoint.data.provisional = True
    seen = await reach(
        sip=Sip(port=endpoint.port, transport="udp" if transport == "udp" else "tcp")
    )
    assert (seen.protocol, seen.sent, seen.answered) == ("sip", 3, 3)
    assert seen.round_trip_ms is not None and seen.round_trip_ms < 2_000


async def test_a_provisional_response_is_none(endpoint: SipService) -> None:
    endpoint.data.status = 180
    seen = await reach(sip=Sip(port=endpoint.port, timeout_s=0.3))
    assert (seen.sent, seen.answered, seen.round_trip_ms) == (3, 0, None)


async def test_a_lost_datagram_is_sent_again(
    endpoint: SipService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sip, "T1_S", 0.05)
    endpoint.data.lose = 3
    seen = await reach(sip=Sip(port=endpoint.port))
    assert seen.answered == 3
    assert len(endpoint.requests) == 3, "the first three were lost before anybody read them"


async def test_an_answer_to_somebody_elses_request_is_none(endpoint: SipService) -> None:
    endpoint.data.foreign = True
    seen = await reach(sip=Sip(port=endpoint.port, timeout_s=0.3))
    assert seen.answered == 0


@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_garbage_and_cut_responses_are_none(endpoint: SipService, transport: str) -> None:
    access = Sip(
        port=endpoint.port, transport="udp" if transport == "udp" else "tcp", timeout_s=0.3
    )
    endpoint.behaviour.garbage = True
    assert (await reach(sip=access)).answered == 0
    endpoint.behaviour.garbage = False
    endpoint.behaviour.cut_after = 40
    assert (await reach(sip=access)).answered == 0


@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_a_silent_endpoint_was_looked_at_and_not_reached(
    endpoint: SipService, transport: str
) -> None:
    endpoint.behaviour.silent = True
    await endpoint.apply()
    way = Sip(port=endpoint.port, transport="udp" if transport == "udp" else "tcp", timeout_s=0.3)
    looked = await visit(sip=way)
    answer = looked.answers[Reachability]
    assert isinstance(answer, Reachability) and answer.answered == 0
    assert not looked.contact.reached


async def test_a_port_that_nobody_has_is_silent_at_once() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as held:
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
    async with asyncio.timeout(2):
        seen = await reach(sip=Sip(port=port, timeout_s=30))
    assert seen.answered == 0


def test_a_request_has_what_rfc_3261_wants() -> None:
    one = Options(
        host="127.0.0.1", port=5060, transport="udp", local_host="127.0.0.1", local_port=5, cseq=7
    )
    first, *lines = one.message().decode().split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines if line)
    assert first == "OPTIONS sip:127.0.0.1:5060;transport=udp SIP/2.0"
    assert ";rport;branch=z9hG4bK" in headers["Via"]
    assert headers["CSeq"] == "7 OPTIONS" and headers["Max-Forwards"] == "70"
    assert ";tag=" in headers["From"] and ";tag=" not in headers["To"]
    assert one.message().endswith(b"Content-Length: 0\r\n\r\n")


def test_a_stream_is_cut_into_responses_wherever_it_is_broken() -> None:
    head = b"SIP/2.0 200 OK\r\nv: SIP/2.0/TCP x;branch=z9hG4bKa\r\ni: 1\r\nCSeq: 1 OPTIONS\r\n"
    stream = (head + b"l: 3\r\n\r\nabc" + b"\r\n\r\n" + head + b"l: 0\r\n\r\n") * 2
    for size in (1, 7, len(stream)):
        framing = Framing()
        found = [
            one
            for at in range(0, len(stream), size)
            for one in framing.feed(stream[at : at + size])
        ]
        assert [one.branch for one in found] == ["z9hG4bKa"] * 4


@pytest.mark.parametrize(
    "stream", [b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 100_000, b"\xff\xfe\r\n\r\n"]
)
def test_a_stream_of_something_else_is_no_sip(stream: bytes) -> None:
    with pytest.raises(NotSip):
        Framing().feed(stream)


@pytest.mark.parametrize("length", ["-1", "x", "٣", ""])
def test_a_length_that_is_no_number_is_no_response(length: str) -> None:
    head = f"SIP/2.0 200 OK\r\nVia: x;branch=z9hG4bKa\r\nContent-Length: {length}"
    assert response(head.encode()) is None


async def test_tcp_counts_connections(page: HttpService) -> None:
    seen = await reach(tcp=Tcp(port=page.port))
    assert (seen.protocol, seen.sent, seen.answered) == ("tcp", 3, 3)
    assert page.requests == [], "nothing is sent"


async def test_the_port_of_another_protocol_serves_when_there_is_no_tcp(page: HttpService) -> None:
    assert (await reach(http=Http(port=page.port))).answered == 3


async def test_the_devices_own_tcp_port_comes_first(page: HttpService) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        seen = await reach(tcp=Tcp(port=page.port), http=Http(port=held.getsockname()[1]))
    assert seen.answered == 3


async def test_a_silent_tcp_port_was_looked_at_and_not_reached(page: HttpService) -> None:
    page.behaviour.silent = True
    await page.apply()
    looked = await visit(tcp=Tcp(port=page.port))
    answer = looked.answers[Reachability]
    assert isinstance(answer, Reachability)
    assert (answer.sent, answer.answered, answer.round_trip_ms) == (3, 0, None)
    assert not looked.contact.reached
    page.behaviour.silent = False
    await page.apply()
    assert (await reach(tcp=Tcp(port=page.port))).answered == 3


def _may_ping() -> bool:
    try:
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP).close()
    except OSError:
        return shutil.which("ping") is not None
    return True


@pytest.mark.skipif(not _may_ping(), reason="this user has neither ICMP sockets nor ping")
async def test_loopback_answers_echo_requests() -> None:
    seen = await reach(icmp=Icmp())
    assert (seen.protocol, seen.sent, seen.answered) == ("icmp", 3, 3)


async def test_a_user_who_may_not_send_icmp_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise icmp.NotAllowed

    monkeypatch.setattr(icmp, "_icmp_socket", refuse)
    monkeypatch.setattr(shutil, "which", lambda _: None)
    answer = (await visit(icmp=Icmp())).answers[Reachability]
    assert isinstance(answer, Unanswered)
    assert answer.trouble is Trouble.NOT_CONFIGURED


def test_the_replies_of_ping_are_read_by_sequence() -> None:
    output = (
        b"PING 127.0.0.1 (127.0.0.1) 56(84) bytes of data.\n"
        b"64 bytes from 127.0.0.1: icmp_seq=1 ttl=64 time=0.045 ms\n"
        b"64 bytes from 127.0.0.1: icmp_seq=3 ttl=64 time=12 ms\n"
        b"64 bytes from 127.0.0.1: icmp_seq=9 ttl=64 time=12 ms\n"
    )
    assert icmp.replies(output) == [0.045, None, 12.0]
    assert icmp.replies(b"") == [None, None, None]
    assert icmp.replies(output[: output.index(b"2 ms")]) == [0.045, None, None], "cut short"
