"""Roundup 2.6 behind the port: its REST interface, with the tracker of `tracker_home`.

Source: Roundup's rest.txt, and a tracker on the bench. Changing anything needs the ETag of what was
read (412 without it); an illegal transition is 405 with the reason; Origin must be the tracker's
own address. The tracker keeps comments in a class of their own, so that a comment is one request,
and refuses a key that stands in another ticket or comment: even a request that arrives late files
nothing twice.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, Self
from urllib.parse import urlsplit

from incidents.tickets.lifecycle import TicketState
from incidents.tickets.port import MOST_COMMENTS, Comment, Declined, Draft, Ticket
from incidents.tickets.web import (
    LIMIT_S,
    Line,
    good,
    name_part,
    number,
    objects,
    opened,
    part,
    strange,
    text_part,
)

REST: Final = "rest/data/"
FIELDS: Final = "key,state,assignedto,actor"


@dataclass(frozen=True, slots=True)
class Roundup:
    """One tracker, seen by one user of it."""

    user: str
    line: Line = field(repr=False)

    @classmethod
    def at(cls, url: str, user: str, password: str, limit_s: float = LIMIT_S) -> Self:
        """The tracker at its web address, which ends with a slash."""
        place = urlsplit(url)
        headers = {
            "Origin": f"{place.scheme}://{place.netloc}",
            "Referer": url,
            "X-Requested-With": "lineguard",
            "Accept": "application/json",
        }
        client = opened(f"{url}{REST}", (user, password), headers, limit_s)
        return cls(user, Line(client, limit_s))

    async def ping(self) -> None:
        """The states are always there."""
        answer = await self.line.ask("GET", "state", params={"@page_size": "1"})
        if not objects(good(answer, 200), "data", "collection"):
            raise strange()

    async def find(self, key: str) -> tuple[str, ...]:
        """Roundup searches for a part of a text, so that what is found is compared."""
        found = await self._search("incident", {"key": key, "@fields": "key"})
        exact = [int(number(name_part(one, "id"))) for one in found if part(one, "key") == key]
        return tuple(str(one) for one in sorted(exact))

    async def create(self, draft: Draft) -> str:
        """One request; the tracker's auditor puts it in its first state."""
        parts = {
            "key": draft.key, "title": draft.title, "report": draft.text,
            "severity": draft.severity, "device": draft.device,
        }  # fmt: skip
        # an empty text is none to Roundup, which then complains of its type
        document = {name: value for name, value in parts.items() if value}
        answer = await self.line.ask("POST", "incident", document=document)
        return number(name_part(good(answer, 201), "data", "id"))

    async def read(self, ref: str, after: str = "") -> Ticket:
        """The ticket, then its comments."""
        data, _etag = await self._incident(ref)
        return Ticket(
            ref=ref,
            key=text_part(data, "key"),
            state=_state(data),
            owner=_name(data, "assignedto"),
            changed_by=_name(data, "actor"),
            comments=await self._comments(ref, after),
        )

    async def comment(self, ref: str, key: str, text: str) -> None:
        """One request."""
        document = {"incident": number(ref), "text": text} | ({"key": key} if key else {})
        good(await self.line.ask("POST", "comment", document=document), 201)

    async def transition(self, ref: str, state: TicketState, owner: str | None = None) -> None:
        """With the ETag of what was read just now, and read back by it."""
        data, etag = await self._incident(ref)
        document: dict[str, str] = {}
        if _state(data) is not state:
            document["state"] = state.value
        if owner is not None and _name(data, "assignedto") != owner:
            document["assignedto"] = owner
        if not document:
            return
        answer = await self.line.ask(
            "PUT", f"incident/{number(ref)}", document=document, headers={"If-Match": etag}
        )
        good(answer, 200)

    async def close(self) -> None:
        """The connection."""
        await self.line.close()

    async def _incident(self, ref: str) -> tuple[Any, str]:
        params = {"@fields": FIELDS, "@verbose": "2"}
        answer = await self.line.ask("GET", f"incident/{number(ref)}", params=params)
        body = good(answer, 200)
        return part(body, "data", "attributes"), text_part(body, "data", "@etag")

    async def _comments(self, ref: str, after: str) -> tuple[Comment, ...]:
        params = {"incident": number(ref), "@fields": "key,text,creator", "@verbose": "2",
                  "@sort": "id"}  # fmt: skip
        last = int(after) if after.isdigit() else 0
        comments = [
            Comment(
                id=number(name_part(one, "id")),
                author=_name(one, "creator") or "",
                text=text_part(one, "text"),
                key=text_part(one, "key"),
            )
            for one in await self._search("comment", params)
        ]
        newer = sorted((one for one in comments if int(one.id) > last), key=lambda one: int(one.id))
        return tuple(newer[:MOST_COMMENTS])

    async def _search(self, kind: str, params: dict[str, str]) -> list[Any]:
        answer = await self.line.ask("GET", kind, params=params)
        return objects(good(answer, 200), "data", "collection")


def _state(data: object) -> TicketState:
    try:
        return TicketState(name_part(data, "state", "name"))
    except ValueError:
        raise Declined(strange().why) from None


def _name(data: object, key: str) -> str | None:
    user = part(data, key)
    return None if user is None else name_part(user, "username")
