"""What people have in their pockets: WeCom, an SMS gateway, a mail server and telephones, all on
the loopback address, over the protocols that they really speak."""

from __future__ import annotations

import email
import email.policy
import json
import re
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final
from urllib.parse import parse_qs, unquote, urlsplit

KEY: Final = re.compile(r"\[([^\[\]\s]+)\]\s*$")
"""The key of a message stands at its end."""
OK, NOT_ANSWERED, NO_SUCH = 200, 480, 404
"""480: temporarily unavailable, as a telephone exchange says it (RFC 3261)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One message that reached somebody, or a telephone that rang in vain."""

    at: datetime
    channel: str
    address: str
    text: str
    taken: bool = True

    @property
    def key(self) -> str:
        found = KEY.search(self.text)
        assert found is not None, self.text
        return found[1]

    @property
    def words(self) -> str:
        """What it says, without the key: one line."""
        return " / ".join(KEY.sub("", self.text).strip().splitlines())


@dataclass
class Pockets:
    """Everything that was heard, in order. `answers` says whether a telephone is picked up."""

    now: Callable[[], datetime]
    answers: Callable[[str, datetime], bool]
    heard: list[Heard] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    meanwhile: Callable[[], None] = lambda: None
    """What happens while the sender still waits for the answer."""
    web: int = 0
    smtp: int = 0

    def hears(self, channel: str, address: str, text: str, *, taken: bool = True) -> None:
        with self.lock:
            one = Heard(at=self.now(), channel=channel, address=address, text=text, taken=taken)
            self.heard.append(one)
            self.meanwhile()


@contextmanager
def pockets(
    now: Callable[[], datetime], answers: Callable[[str, datetime], bool]
) -> Iterator[Pockets]:
    """The receivers, listening."""
    made = Pockets(now, answers)
    servers = (_web(made), _mail(made))
    threads = [threading.Thread(target=one.serve_forever, args=(0.05,)) for one in servers]
    for thread in threads:
        thread.start()
    made.web, made.smtp = (one.server_address[1] for one in servers)
    try:
        yield made
    finally:
        for one, thread in zip(servers, threads, strict=True):
            one.shutdown()
            thread.join()
            one.server_close()


def _web(to: Pockets) -> ThreadingHTTPServer:
    class Desk(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode("utf-8")
            where = urlsplit(self.path)
            channel, _, address = where.path.strip("/").partition("/")
            status = self._take(channel, unquote(address).strip("/"), where.query, body)
            answer = b'{"errcode": 0, "errmsg": "ok"}' if channel == "wecom" else b""
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def _take(self, channel: str, address: str, query: str, body: str) -> int:
            match channel:
                case "wecom":
                    text = str(json.loads(body)["text"]["content"])
                    to.hears(channel, parse_qs(query)["key"][0], text)
                case "sms":
                    form = parse_qs(body)
                    to.hears(channel, address, form["message"][0])
                case "voice":
                    taken = to.answers(address, to.now())
                    to.hears(channel, address, str(json.loads(body)["text"]), taken=taken)
                    return OK if taken else NOT_ANSWERED
                case _:
                    return NO_SUCH
            return OK

        def log_message(self, *_: object) -> None:
            pass

    return ThreadingHTTPServer(("127.0.0.1", 0), Desk)


class _MailServer(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


def _mail(to: Pockets) -> _MailServer:
    class Post(socketserver.StreamRequestHandler):
        """As much of RFC 5321 as a sender needs."""

        def handle(self) -> None:
            self._say("220 post.example.net")
            receivers: list[str] = []
            while line := self.rfile.readline(2_000):
                verb, _, rest = line.decode("utf-8").strip().partition(" ")
                match verb.upper():
                    case "EHLO" | "HELO":
                        self._say("250 post.example.net")
                    case "RCPT":
                        receivers.append(rest.partition("<")[2].partition(">")[0])
                        self._say("250 ok")
                    case "DATA":
                        self._say("354 go on")
                        self._read(receivers)
                        self._say("250 taken")
                    case "QUIT":
                        self._say("221 bye")
                        return
                    case _:
                        self._say("250 ok")

        def _read(self, receivers: list[str]) -> None:
            lines = []
            while (line := self.rfile.readline(2_000)) not in (b".\r\n", b""):
                lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
            read = email.message_from_bytes(b"".join(lines), policy=email.policy.default)
            part = read.get_body(("plain", "html"))
            assert part is not None
            text = re.sub(r"<[^>]+>", "\n", part.get_content())
            for one in receivers:
                to.hears("mail", one, text.strip())

        def _say(self, line: str) -> None:
            self.wfile.write(f"{line}\r\n".encode())

    return _MailServer(("127.0.0.1", 0), Post)
