"""Request Tracker 5 behind the port (REST2).

Source: RT's own REST2 documentation, and an RT 5.0.3 on the bench. A password or a token with every
request costs a second of bcrypt each, so that one login gives a cookie which is used from then on.
An illegal transition is answered 200 with a sentence in the body and changes nothing: everything
is read back. Numbers of tickets jump; nothing here counts on their order but that they rise. RT
knows no field of ours and keeps no key unique: our key stands in the subject.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Self
from urllib.parse import urlsplit

import httpx

from incidents.tickets.lifecycle import TicketState
from incidents.tickets.port import (
    MOST_COMMENTS,
    TEXT_LIMIT,
    Comment,
    Declined,
    Draft,
    NotReached,
    Ticket,
)
from incidents.tickets.web import (
    LIMIT_S,
    Answer,
    Line,
    cleaned,
    good,
    name_part,
    number,
    objects,
    opened,
    part,
    strange,
    text_part,
)
from phrases import say, verbatim

REST: Final = "REST/2.0/"
LOGIN: Final = "NoAuth/Login.html"
NOBODY: Final = "Nobody"
"""RT's own user who owns what nobody owns."""
PER_PAGE: Final = "100"
MOST_PAGES: Final = 50
SAID_BY_PEOPLE: Final = frozenset({"Comment", "Correspond"})


@dataclass(slots=True)
class RequestTracker:
    """One queue of one RT, seen by one user of it."""

    user: str
    queue: str
    line: Line = field(repr=False)
    password: str = field(repr=False)
    url: str
    logged_in: bool = False

    @classmethod
    def at(cls, url: str, user: str, password: str, queue: str, limit_s: float = LIMIT_S) -> Self:
        """The RT at its web address, which ends with a slash. Nothing is asked yet."""
        place = urlsplit(url)
        headers = {"Referer": url, "Origin": f"{place.scheme}://{place.netloc}",
                   "Accept": "application/json"}  # fmt: skip
        line = Line(opened(url, None, headers, limit_s), limit_s)
        return cls(user, queue, line, password, url)

    async def ping(self) -> None:
        """REST2 says what it is."""
        text_part(good(await self._ask("GET", "rt"), 200), "Version")

    async def find(self, key: str) -> tuple[str, ...]:
        """TicketSQL searches for a part of a text, so that what is found is compared."""
        query = f"Queue = '{_quoted(self.queue)}' AND Subject LIKE '{_quoted(_mark(key))}'"
        params = {"query": query, "fields": "Subject", "per_page": PER_PAGE}
        found = objects(good(await self._ask("GET", "tickets", params=params), 200), "items")
        exact = [
            int(number(name_part(one, "id"))) for one in found
            if text_part(one, "Subject").startswith(_mark(key))
        ]  # fmt: skip
        return tuple(str(one) for one in sorted(exact))

    async def create(self, draft: Draft) -> str:
        """One request."""
        document = {
            "Queue": self.queue, "Subject": f"{_mark(draft.key)} {draft.title}",
            "Content": draft.text, "ContentType": "text/plain",
        }  # fmt: skip
        answer = await self._ask("POST", "ticket", document=document)
        return number(name_part(good(answer, 201), "id"))

    async def read(self, ref: str, after: str = "") -> Ticket:
        """The ticket, then what was said of it."""
        body = await self._ticket(ref)
        return Ticket(
            ref=ref,
            key=_key(text_part(body, "Subject")),
            state=_state(body),
            owner=_user(body, "Owner"),
            changed_by=_user(body, "LastUpdatedBy"),
            comments=await self._comments(ref, after),
        )

    async def comment(self, ref: str, key: str, text: str) -> None:
        """One request; the key is the last line of what is said."""
        said = f"{text}\n{_mark(key)}" if key else text
        document = {"Content": said, "ContentType": "text/plain"}
        good(await self._ask("POST", f"ticket/{number(ref)}/comment", document=document), 201)

    async def transition(self, ref: str, state: TicketState, owner: str | None = None) -> None:
        """Read back, because RT answers 200 to what it did not do."""
        body = await self._ticket(ref)
        document: dict[str, str] = {}
        if _state(body) is not state:
            document["Status"] = state.value
        if owner is not None and _user(body, "Owner") != owner:
            document["Owner"] = owner
        if not document:
            return
        answer = await self._ask("PUT", f"ticket/{number(ref)}", document=document)
        said = good(answer, 200)
        after = await self._ticket(ref)
        if _state(after) is not state or (owner is not None and _user(after, "Owner") != owner):
            words = " ".join(str(one) for one in said) if isinstance(said, list) else answer.text
            raise Declined(
                say("the ticket service did not do it: {said}",
                    said=verbatim(cleaned(words, 200)))
            )  # fmt: skip

    async def close(self) -> None:
        """The connection."""
        await self.line.close()

    # --- asking -------------------------------------------------------------------------------

    async def _ask(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        document: object = None,
    ) -> Answer:
        """With the cookie of one login; one that has expired is renewed once."""
        fresh = not self.logged_in
        if fresh:
            await self._log_in()
        answer = await self.line.ask(method, f"{REST}{path}", params=params, document=document)
        if answer.status == httpx.codes.UNAUTHORIZED and not fresh:
            await self._log_in()
            answer = await self.line.ask(method, f"{REST}{path}", params=params, document=document)
        return answer

    async def _log_in(self) -> None:
        """The form of the login page, which answers a redirect; what counts is whether REST2 lets
        us in with the cookie."""
        form = {"user": self.user, "pass": self.password}
        await self.line.ask("POST", LOGIN, form=form)
        seen = await self.line.ask("GET", f"{REST}rt")
        if seen.status == httpx.codes.UNAUTHORIZED:
            raise NotReached(
                say("the ticket service does not let us in: user and secret of [tickets] are to be "
                    "looked at")
            )  # fmt: skip
        good(seen, 200)
        self.logged_in = True

    async def _ticket(self, ref: str) -> Any:  # noqa: ANN401
        return good(await self._ask("GET", f"ticket/{number(ref)}"), 200)

    async def _comments(self, ref: str, after: str) -> tuple[Comment, ...]:
        last = int(after) if after.isdigit() else 0
        newer = [one for one in await self._history(ref) if one[0] > last]
        return tuple(
            [await self._said(transaction, author) for transaction, author in newer[:MOST_COMMENTS]]
        )

    async def _history(self, ref: str) -> list[tuple[int, str]]:
        """The transactions in which somebody said something, the oldest first, and who."""
        found: list[tuple[int, str]] = []
        for page in range(1, MOST_PAGES + 1):
            params = {"fields": "Type,Creator", "per_page": PER_PAGE, "page": str(page)}
            answer = await self._ask("GET", f"ticket/{number(ref)}/history", params=params)
            body = good(answer, 200)
            for one in objects(body, "items"):
                if text_part(one, "Type") in SAID_BY_PEOPLE:
                    found.append((int(number(name_part(one, "id"))), _user(one, "Creator") or ""))
            if page >= _pages(body):
                break
        return sorted(found)

    async def _said(self, transaction: int, author: str) -> Comment:
        """The first plain text of a transaction."""
        params = {"fields": "ContentType", "per_page": PER_PAGE}
        answer = await self._ask("GET", f"transaction/{transaction}/attachments", params=params)
        text = ""
        for one in objects(good(answer, 200), "items"):
            if text_part(one, "ContentType") == "text/plain":
                text = await self._content(number(name_part(one, "id")))
                break
        key = _key(text.splitlines()[-1]) if text.splitlines() else ""
        return Comment(
            id=str(transaction), author=author, text=cleaned(text, TEXT_LIMIT), key=key
        )  # fmt: skip

    async def _content(self, attachment: str) -> str:
        """RT hands out contents in Base64."""
        body = good(await self._ask("GET", f"attachment/{attachment}"), 200)
        content = part(body, "Content")
        if not isinstance(content, str):
            raise strange()
        try:
            return base64.b64decode(content).decode("utf-8", "replace")
        except (binascii.Error, ValueError):
            raise strange() from None


def _pages(body: object) -> int:
    """Pages of a collection: those that this reader may not see are missing on a page, so that a
    short page is not the last one."""
    total = int(number(name_part(body, "total")))
    return -(-total // int(PER_PAGE))


def _mark(key: str) -> str:
    return f"[{key}]"


def _key(text: str) -> str:
    """The key between the brackets that the text begins with."""
    begins = text.strip()
    if not begins.startswith("[LG-") or "]" not in begins:
        return ""
    return begins[1 : begins.index("]")]


def _quoted(text: str) -> str:
    """As it may stand in a TicketSQL string."""
    return text.replace("\\", "\\\\").replace("'", "\\'")


def _state(body: object) -> TicketState:
    try:
        return TicketState(name_part(body, "Status"))
    except ValueError:
        raise Declined(strange().why) from None


def _user(body: object, key: str) -> str | None:
    name = name_part(part(body, key), "id")
    return None if name in ("", NOBODY) else name
