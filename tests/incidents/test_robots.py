"""Group robots answer HTTP 200 whatever became of a message: their number decides."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from apprise.plugins.dingtalk import NotifyDingTalk
from apprise.plugins.feishu import NotifyFeishu
from apprise.plugins.lark import NotifyLark
from apprise.plugins.wecombot import NotifyWeComBot

from incidents.notifying.channels import AppriseSender, Message, NotSent, Way, Ways
from incidents.notifying.delivery import Delivered, Delivery
from incidents.notifying.paths import Paths
from incidents.notifying.robots import ANSWER_BYTES, WECOM_BYTES
from incidents.topology import Topology
from tests.incidents.test_clockwork import Night
from tests.incidents.test_correlate import AT
from tests.incidents.test_delivery import night as night
from tests.maintenance.fakes import entries, proven

KEY = "0a1b2c3d-secret-key"
MESSAGE = Message(key="1/x/step0/陈静", title="守线", text="fw-1 不可达\n[1/x]", urgent=True)


class Safe:
    def secret(self, name: str) -> str:
        return {"robot": KEY, "ding": "0a1b2c3dsecretkey", "sign": "SECabc"}[name]


@dataclass
class Vendor:
    """A vendor's robots on the loopback address."""

    base: str = ""
    status: int = 200
    answer: bytes = b'{"errcode":0,"errmsg":"ok"}'
    heard: list[dict[str, Any]] = field(default_factory=list)
    asked: list[dict[str, list[str]]] = field(default_factory=list)
    answers: threading.Event = field(default_factory=threading.Event)


@pytest.fixture
def vendor(monkeypatch: pytest.MonkeyPatch) -> Iterator[Vendor]:
    made = Vendor()
    made.answers.set()

    class Robot(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            size = int(self.headers["Content-Length"])
            made.heard.append(json.loads(self.rfile.read(size)))
            made.asked.append(parse_qs(urlsplit(self.path).query))
            made.answers.wait(10)
            self.send_response(made.status)
            self.send_header("Content-Length", str(len(made.answer)))
            self.end_headers()
            self.wfile.write(made.answer)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Robot)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    made.base = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setattr(NotifyWeComBot, "notify_url", f"{made.base}/wecom?key={{key}}")
    monkeypatch.setattr(NotifyDingTalk, "notify_url", f"{made.base}/ding?access_token={{token}}")
    monkeypatch.setattr(NotifyFeishu, "notify_url", f"{made.base}/feishu/{{token}}/")
    monkeypatch.setattr(NotifyLark, "notify_url", f"{made.base}/lark/")
    yield made
    server.shutdown()
    thread.join()
    server.server_close()


ROBOTS = {
    "wecom": "wecombot://{secret:robot}",
    "ding": "dingtalk://{secret:ding}",
    "feishu": "feishu://{secret:robot}",
    "lark": "lark://{secret:robot}",
}


def send(name: str, message: Message = MESSAGE, limit_s: float = 5.0) -> str | None:
    """Why it was not taken, in English; None when it was."""
    way = Way(name=name, url=ROBOTS.get(name, name))
    try:
        asyncio.run(AppriseSender(Safe(), limit_s).send(way, "x", message))
    except NotSent as refused:
        assert "secret" not in str(refused.why.both()), "the key never stands in a record"
        return refused.why.text("en")
    return None


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("wecom", {"errcode": 0, "errmsg": "ok"}),
        ("ding", {"errcode": 0, "errmsg": "ok"}),
        ("feishu", {"code": 0, "data": {}, "msg": "success"}),
        ("feishu", {"StatusCode": 0, "StatusMessage": "success"}),
        ("feishu", {"StatusCode": 0, "StatusMessage": "success", "code": 0, "msg": "success"}),
        ("lark", {"code": 0, "data": {}, "msg": "success"}),
    ],
)
def test_what_a_robot_took_is_sent(vendor: Vendor, name: str, answer: dict[str, object]) -> None:
    vendor.answer = json.dumps(answer).encode()
    assert send(name) is None
    (heard,) = vendor.heard
    text = heard["text"]["content"] if "text" in heard else heard["content"]["text"]
    assert text == "守线\nfw-1 不可达\n[1/x]"


@pytest.mark.parametrize(
    ("name", "answer", "number"),
    [
        ("wecom", {"errcode": 93000, "errmsg": f"invalid webhook url, key={KEY}"}, 93000),
        ("wecom", {"errcode": -1, "errmsg": "system busy"}, -1),
        ("wecom", {"errcode": 45009, "errmsg": "api freq out of limit"}, 45009),
        ("ding", {"errcode": 310000, "errmsg": "sign not match"}, 310000),
        ("feishu", {"code": 19021, "msg": "sign match fail"}, 19021),
        ("feishu", {"StatusCode": 0, "code": 11232, "msg": "frequency limited"}, 11232),
        ("lark", {"StatusCode": 9499, "StatusMessage": "Bad Request"}, 9499),
    ],
)
def test_what_a_robot_refuses_with_http_200_was_not_sent(
    vendor: Vendor, name: str, answer: dict[str, object], number: int
) -> None:
    vendor.answer = json.dumps(answer).encode()
    assert send(name) == f"channel {name}: the service refused it with number {number}"


@pytest.mark.parametrize(
    "answer",
    [b"", b"ok", b'{"errcode":', b"[0]", b'{"errmsg":"ok"}', b'{"code":0}', b"[" * 60_000,
     b" " * (ANSWER_BYTES + 1) + b'{"errcode":0}'],
)  # fmt: skip
def test_an_answer_without_a_verdict_is_none(vendor: Vendor, answer: bytes) -> None:
    vendor.answer = answer
    assert send("wecom") == "channel wecom: the service does not say whether it took the message"


@pytest.mark.parametrize("number", [None, False, "0", 0.0, [], 10**12, "93000 key"])
def test_a_number_that_is_none_took_nothing_and_is_not_repeated(
    vendor: Vendor, number: object
) -> None:
    vendor.answer = json.dumps({"errcode": number}).encode()
    assert send("wecom") == "channel wecom: the service refused it, with a number that is none"


@pytest.mark.parametrize("status", [302, 404, 500])
def test_another_status_is_no_delivery_whatever_the_body_says(vendor: Vendor, status: int) -> None:
    vendor.status = status
    assert send("wecom") == f"channel wecom: the service answered with HTTP {status}"


def test_a_robot_that_cannot_be_reached_is_said_without_its_address(
    vendor: Vendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(NotifyWeComBot, "notify_url", "http://127.0.0.1:1/?key={key}")
    why = "channel wecom: the service cannot be reached, or gives no answer"
    assert send("wecom") == why


def test_a_robot_that_never_answers_holds_up_nobody(vendor: Vendor) -> None:
    vendor.answers.clear()
    began = time.monotonic()
    why = send("wecom", limit_s=0.2)
    vendor.answers.set()
    assert time.monotonic() - began < 5
    assert why in (
        "channel wecom: no answer within 0.2 s",
        "channel wecom: the service cannot be reached, or gives no answer",
    )


def test_a_signed_robot_is_asked_with_its_signature_quoted_once(vendor: Vendor) -> None:
    assert send("dingtalk://{secret:sign}@{secret:ding}/13800138000") is None
    (asked,), (heard,) = vendor.asked, vendor.heard
    said = f"{asked['timestamp'][0]}\nSECabc".encode()
    code = hmac.digest(b"SECabc", said, hashlib.sha256)
    assert asked["sign"] == [base64.b64encode(code).decode()]
    assert asked["access_token"] == ["0a1b2c3dsecretkey"]
    assert heard["at"] == {"atMobiles": ["13800138000"], "isAtAll": False}


@pytest.mark.parametrize("count", [672, 673, 900])
def test_what_is_too_long_for_wecom_is_cut_and_keeps_its_key(vendor: Vendor, count: int) -> None:
    message = Message(key="1/x", title="守线", text=f"{'长' * count}\n[1/xx]", urgent=True)
    assert send("wecom", message) is None
    text = vendor.heard[0]["text"]["content"]
    whole = f"守线\n{message.text}"
    assert len(text.encode()) <= WECOM_BYTES and text.endswith("\n[1/xx]")
    assert (text == whole) == (len(whole.encode()) <= WECOM_BYTES)


def test_a_refused_page_is_tried_again_and_goes_the_next_way(vendor: Vendor, night: Night) -> None:
    """The scar: WeCom's robot was removed, HTTP 200 came back, and nobody was told."""
    vendor.answer = b'{"errcode":93000,"errmsg":"invalid webhook url"}'
    ways = (
        Way(name="wecom", url="wecombot://{secret:robot}"),
        Way(name="feishu", url="feishu://{secret:robot}"),
    )
    desk = Delivery(
        store=night.book.store,
        logbook=night.book,
        ways=Ways(ways, {"陈静": {"wecom": "x", "feishu": "x"}}),
        paths=Paths(Topology({})),
        sender=AppriseSender(Safe(), 5.0),
        clock=lambda: night.now,
        lang="en",
    )
    night.sees(ill=True)
    night.tick(0)
    assert asyncio.run(desk.deliver()) == Delivered(waiting=1)
    told = entries(night.book.store, "told")
    assert [(one["outcome"], one["channel"]) for one in told] == [
        ("failed", "wecom"), ("failed", "feishu"),
    ]  # fmt: skip
    assert told[0]["why"]["en"] == "channel wecom: the service refused it with number 93000"
    assert told[0]["why"]["zh"] == "渠道 wecom：对方服务拒收，返回码 93000"
    assert KEY not in json.dumps(told)
    vendor.answer = b'{"errcode":0,"code":0}'
    night.now = AT + timedelta(seconds=30)
    assert asyncio.run(desk.deliver()) == Delivered(sent=1)
    assert proven(night.book) == ""
