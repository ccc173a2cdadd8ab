"""A peer that answers as Request Tracker 5's REST2 does: no RT. What it imitates is what was
measured on an RT 5.0.3 (cookie session, 200 to an illegal transition, numbers that jump, names of
users as objects, contents in Base64) and REST2's own documentation; the real one is met on the
bench.
"""

from __future__ import annotations

import base64
import json
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from incidents.tickets.lifecycle import STEPS, TicketState

USERS = {"lineguard": "our secret", "chenjing": "hers", "liuyang": "his"}
Json = Any
JUMP = 33
"""PostgreSQL's sequences lose so many numbers when a server fails over."""
LIKE = re.compile(r"Queue = '([^']*)' AND Subject LIKE '([^']*)'")


@dataclass
class Filed:
    id: int
    subject: str
    status: str = "registered"
    owner: str = "Nobody"
    changed_by: str = ""
    said: list[tuple[int, str, str]] = field(default_factory=list)
    """Transaction, user and text."""


@dataclass
class World:
    """What the service holds; `sessions` are its cookies."""

    tickets: dict[int, Filed] = field(default_factory=dict)
    sessions: dict[str, str] = field(default_factory=dict)
    logins: int = 0
    next_id: int = 100
    next_transaction: int = 1000

    def new(self, subject: str, user: str) -> Filed:
        self.next_id += JUMP
        made = self.tickets[self.next_id] = Filed(self.next_id, subject, changed_by=user)
        return made

    def say(self, ticket: Filed, user: str, text: str) -> None:
        self.next_transaction += 7
        ticket.said.append((self.next_transaction, user, text))

    def expire(self) -> None:
        self.sessions.clear()


def named(user: str) -> dict[str, str]:
    return {"id": user, "type": "user", "_url": f"http://rt/REST/2.0/user/{user}"}


class Handler(BaseHTTPRequestHandler):
    world: World
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    """Head and body in one packet."""

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        self._serve()

    do_POST = do_PUT = do_GET

    def _serve(self) -> None:
        place = urlsplit(self.path)
        query = {key: values[0] for key, values in parse_qs(place.query).items()}
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if place.path == "/NoAuth/Login.html":
            return self._log_in({k: v[0] for k, v in parse_qs(body.decode()).items()})
        cookie = re.search(r"RT_SID_test=(\w+)", self.headers.get("Cookie") or "")
        user = self.world.sessions.get(cookie[1] if cookie else "")
        if user is None:
            return self._answer(401, {"message": "Unauthorized"})
        document = json.loads(body) if body else {}
        status, answer = self._rest(
            self.command, place.path.removeprefix("/REST/2.0/"), query, document, user
        )
        return self._answer(status, answer)

    def _log_in(self, form: Mapping[str, str]) -> None:
        self.world.logins += 1
        user = form.get("user", "")
        if USERS.get(user) != form.get("pass"):
            return self._answer(200, "<html>Your username or password is incorrect</html>")
        sid = f"session{self.world.logins}"
        self.world.sessions[sid] = user
        return self._answer(
            302, "", {"Set-Cookie": f"RT_SID_test={sid}; path=/; HttpOnly", "Location": "/"}
        )

    def _rest(
        self, method: str, path: str, query: Mapping[str, str], document: Json, user: str
    ) -> tuple[int, Any]:
        match path.split("/"):
            case ["rt"]:
                return 200, {"Version": "5.0.3"}
            case ["tickets"]:
                return 200, self._search(query)
            case ["ticket"]:
                if document["Queue"] != "热线工单":
                    return 400, {"message": "Could not create ticket. Queue not set"}
                made = self.world.new(document["Subject"], user)
                return 201, {"id": str(made.id), "type": "ticket", "_url": "http://rt"}
            case ["ticket", ref, *rest]:
                ticket = self.world.tickets.get(int(ref))
                if ticket is None:
                    return 404, {"message": "Not Found"}
                return self._of(method, ticket, rest, query, document, user)
            case ["transaction", ref, "attachments"]:
                items = [{"id": f"{int(ref) * 2 + n}", "type": "attachment", "ContentType": kind}
                         for n, kind in enumerate(("multipart/mixed", "text/plain"))]  # fmt: skip
                return 200, self._page(items, query)
            case ["attachment", ref]:
                said = {one[0]: one[2] for of in self.world.tickets.values() for one in of.said}
                text = said[int(ref) // 2]
                return 200, {"id": ref, "Content": base64.encodebytes(text.encode()).decode()}
        return 404, {"message": "Not Found"}

    def _of(
        self, method: str, ticket: Filed, rest: list[str], query: Mapping[str, str],
        document: Json, user: str,
    ) -> tuple[int, Any]:  # fmt: skip
        if rest == ["comment"]:
            self.world.say(ticket, user, document["Content"])
            ticket.changed_by = user
            return 201, ["Comments added"]
        if rest == ["history"]:
            items = [{"id": "1", "type": "transaction", "Type": "Create", "Creator": named(user)}]
            items += [{"id": str(number), "type": "transaction", "Type": "Comment",
                       "Creator": named(who)} for number, who, _text in ticket.said]  # fmt: skip
            return 200, self._page(items, query)
        if method == "PUT":
            return 200, self._change(ticket, document, user)
        return 200, {
            "id": ticket.id, "Subject": ticket.subject, "Status": ticket.status,
            "Owner": named(ticket.owner), "LastUpdatedBy": named(ticket.changed_by),
        }  # fmt: skip

    def _change(self, ticket: Filed, document: Mapping[str, str], user: str) -> list[str]:
        """RT says in words what it did and what not, and 200 to both."""
        said: list[str] = []
        wanted = document.get("Status")
        if wanted is not None:
            if TicketState(wanted) in STEPS[TicketState(ticket.status)]:
                ticket.status, ticket.changed_by = wanted, user
                said.append(f"Ticket {ticket.id}: Status changed to '{wanted}'")
            else:
                said.append(f"Ticket {ticket.id}: You can't change status from "
                            f"'{ticket.status}' to '{wanted}'.")  # fmt: skip
        owner = document.get("Owner")
        if owner is not None:
            if owner in USERS:
                ticket.owner, ticket.changed_by = owner, user
                said.append("Owner changed")
            else:
                said.append("That user does not exist")
        return said

    def _search(self, query: Mapping[str, str]) -> dict[str, Any]:
        asked = LIKE.fullmatch(query["query"])
        assert asked is not None, query
        found = [{"id": str(one.id), "type": "ticket", "Subject": one.subject}
                 for one in self.world.tickets.values() if asked[2] in one.subject]  # fmt: skip
        return self._page(found[::-1], query)

    def _page(self, items: list[Any], query: Mapping[str, str]) -> dict[str, Any]:
        """20 at once unless asked for up to 100."""
        size = min(int(query.get("per_page", "20")), 100)
        page = int(query.get("page", "1"))
        return {
            "count": len(items), "total": len(items), "per_page": size, "page": page,
            "pages": max(1, -(-len(items) // size)), "items": items[(page - 1) * size :][:size],
        }  # fmt: skip

    def _answer(self, status: int, body: Json, headers: Mapping[str, str] | None = None) -> None:
        data = (body if isinstance(body, str) else json.dumps(body)).encode()
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


@contextmanager
def rt_served(world: World) -> Iterator[str]:
    """The web address of a peer that holds that world."""
    handler = type("Bound", (Handler,), {"world": world})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/"
        finally:
            server.shutdown()
            thread.join()
