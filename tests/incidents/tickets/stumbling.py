"""A doorway in front of a ticket service that stumbles: it lets requests through and spoils what
comes of them, as ill services do, drawn from a seeded source."""

from __future__ import annotations

import http.client
import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

WAYS: Final = (
    "503 before", "500 after", "garbage", "cut off", "no answer", "slow", "redirect", "412",
    "empty",
)  # fmt: skip


@dataclass
class Doorway:
    """How often it stumbles, and what it did."""

    behind: int
    """The port of the service."""
    chance: float
    source: random.Random
    slow_s: float
    stumbled: dict[str, int] = field(default_factory=dict)
    ended: threading.Event = field(default_factory=threading.Event)
    after_post: Callable[[], None] = lambda: None
    """Called when the service has done what was posted, before anybody hears of it."""

    def draw(self) -> str | None:
        if self.source.random() >= self.chance:
            return None
        way = self.source.choice(WAYS)
        self.stumbled[way] = self.stumbled.get(way, 0) + 1
        return way


class Handler(BaseHTTPRequestHandler):
    door: Doorway
    protocol_version = "HTTP/1.1"
    wbufsize = -1

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        way = self.door.draw()
        if way == "503 before":
            return self._answer(503, b"{}")
        if way == "redirect":
            return self._answer(302, b"", {"Location": self.path})
        if way == "412":
            return self._answer(412, b'{"error": {"status": 412, "msg": "If-Match"}}')
        try:
            status, headers, answer = self._behind(body)
        except (OSError, http.client.HTTPException):
            return self._answer(502, b"bad gateway")
        if self.command == "POST":
            self.door.after_post()
        return self._spoil(way, status, headers, answer)

    do_POST = do_PUT = do_GET

    def _spoil(self, way: str | None, status: int, headers: dict[str, str], answer: bytes) -> None:
        if way == "500 after":
            return self._answer(500, b"Internal Server Error")
        if way == "garbage":
            return self._answer(status, b"\xff\xfe{{{ nonsense")
        if way == "empty":
            return self._answer(status, b"")
        if way == "slow":
            self.door.ended.wait(self.door.slow_s)
        if way in ("cut off", "no answer"):
            if way == "cut off":
                self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n" + answer[:20])
            self.close_connection = True
            return None
        return self._answer(status, answer, headers)

    def _behind(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
        line = http.client.HTTPConnection("127.0.0.1", self.door.behind, timeout=10)
        try:
            sent = {k: v for k, v in self.headers.items() if k.lower() != "connection"}
            line.request(self.command, self.path, body, sent)
            answer = line.getresponse()
            kept = {k: v for k, v in answer.getheaders() if k.lower() in ("etag", "content-type",
                    "content-encoding")}  # fmt: skip
            return answer.status, kept, answer.read()
        finally:
            line.close()

    def _answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def doorway(port: int, door: Doorway) -> Iterator[None]:
    """The doorway on that port, which the service's own web address has."""
    handler = type("Bound", (Handler,), {"door": door})
    with ThreadingHTTPServer(("127.0.0.1", port), handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            door.ended.set()
            server.shutdown()
            thread.join()
