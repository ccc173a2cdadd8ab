"""Apprise, over real connections: what it is handed, what it says of it, and what never ends."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from incidents.notifying.channels import AppriseSender, Message, NotSent, Way, complaints, filled
from tests.dripping import dripping


@dataclass
class Receiver:
    """A web hook on the loopback address."""

    port: int
    bodies: list[dict[str, Any]]
    status: list[int]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    bodies: list[dict[str, Any]] = []
    status = [200]

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            size = int(self.headers["Content-Length"])
            bodies.append({"path": self.path, **json.loads(self.rfile.read(size))})
            self.send_response(status[0])
            self.send_header("Location", "/login")
            self.end_headers()

        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield Receiver(server.server_port, bodies, status)
    server.shutdown()
    thread.join()
    server.server_close()


class Safe:
    def secret(self, name: str) -> str:
        return {"token": "a/b?c#d"}[name]


MESSAGE = Message(key="1/x/step0/陈静", title="守线", text="fw-1 不可达 [1/x]", urgent=True)


def test_apprise_hands_the_message_over_with_address_and_secret_in_place(
    receiver: Receiver,
) -> None:
    url = f"json://127.0.0.1:{receiver.port}/{{secret:token}}/{{address}}"
    asyncio.run(AppriseSender(Safe()).send(Way(name="hook", url=url), "陈 静", MESSAGE))
    (body,) = receiver.bodies
    assert (body["title"], body["message"]) == ("守线", "fw-1 不可达 [1/x]")
    assert body["path"].startswith("/a")


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("json://127.0.0.1:1/", "channel hook: the service did not take it"),
        ("nonsense://x", "channel hook: its URL is none that Apprise knows"),
        ("json://127.0.0.1/{secret:gone}", "channel hook: there is no secret named gone"),
    ],
)
def test_what_apprise_cannot_send_says_why_without_the_secret(url: str, why: str) -> None:
    with pytest.raises(NotSent) as refused:
        asyncio.run(AppriseSender(Safe(), 5.0).send(Way(name="hook", url=url), "x", MESSAGE))
    assert refused.value.why.text("en") == why


def test_a_service_that_answers_with_an_error_did_not_take_it(receiver: Receiver) -> None:
    receiver.status[0] = 500
    way = Way(name="hook", url=f"json://127.0.0.1:{receiver.port}/")
    with pytest.raises(NotSent):
        asyncio.run(AppriseSender(Safe(), 5.0).send(way, "x", MESSAGE))


def test_a_redirect_to_a_page_that_says_200_is_no_delivery(receiver: Receiver) -> None:
    receiver.status[0] = 302
    way = Way(name="hook", url=f"json://127.0.0.1:{receiver.port}/")
    with pytest.raises(NotSent):
        asyncio.run(AppriseSender(Safe(), 5.0).send(way, "x", MESSAGE))


def test_a_receiver_that_never_ends_its_answer_holds_up_nobody_else(
    receiver: Receiver,
) -> None:
    """However often it is tried: neither the process nor any pool waits for it."""
    sender = AppriseSender(Safe(), 0.2)

    async def tell(slow: Way) -> list[str]:
        told = []
        for _ in range(12):
            with pytest.raises(NotSent) as refused:
                await sender.send(slow, "x", MESSAGE)
            told.append(refused.value.why.text("en"))
        way = Way(name="hook", url=f"json://127.0.0.1:{receiver.port}/")
        await AppriseSender(Safe(), 5.0).send(way, "x", MESSAGE)
        return told

    with dripping() as port:
        told = asyncio.run(tell(Way(name="slow", url=f"json://127.0.0.1:{port}/")))
        left = [one for one in threading.enumerate() if one.name.startswith("send slow")]
    assert told[0] == "channel slow: no answer within 0.2 s"
    assert set(told[1:]) == {"channel slow: an earlier message still waits for its answer"}
    assert len(receiver.bodies) == 1
    assert len(left) == 1 and left[0].daemon


def test_what_is_no_markup_is_not_read_as_some(receiver: Receiver) -> None:
    way = Way(name="hook", url=f"json://127.0.0.1:{receiver.port}/?format=html")
    text = "CPU <5% & <b>more</b> [1/x]"
    asyncio.run(AppriseSender(Safe(), 5.0).send(way, "x", replace(MESSAGE, text=text)))
    (body,) = receiver.bodies
    assert "CPU&nbsp;&lt;5%&nbsp;&amp;&nbsp;&lt;b&gt;more" in body["message"].replace(" ", "&nbsp;")


def test_neither_an_address_nor_a_secret_can_change_what_the_url_means() -> None:
    url = filled("json://host/{address}?k={secret:token}", "../x?y=1&z#", Safe().secret)
    assert url == "json://host/..%2Fx%3Fy%3D1%26z%23?k=a%2Fb%3Fc%23d"


@pytest.mark.parametrize(
    ("way", "why"),
    [
        (
            Way(name="x", url="json://host/{address}", needs=("nobody",)),
            "needs nobody, which is no",
        ),
        (Way(name="x", url="json://host/{adress}"), "{adress} is neither an address nor a secret"),
        (Way(name="x", url="nosuch://host/{address}"), "is none that Apprise knows"),
        (Way(name="x", url="json://host/{secret:nope}"), "a secret is missing"),
    ],
)
def test_a_channel_that_cannot_work_is_said_before_it_is_needed(way: Way, why: str) -> None:
    told = [one.text("en") for one in complaints(way, ["rt-1"], Safe().secret)]
    assert len(told) == 1 and why in told[0], told


def test_a_channel_that_can_work_gives_no_complaint() -> None:
    way = Way(name="x", url="json://host/{secret:token}/{address}", needs=("rt-1",))
    assert list(complaints(way, ["rt-1"], Safe().secret)) == []
