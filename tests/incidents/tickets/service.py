"""A ticket service in memory: what it holds, and whoever makes it stumble."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from incidents.tickets.lifecycle import STEPS, TicketState
from incidents.tickets.port import Comment, Declined, Draft, Ticket
from phrases import verbatim

OURS = "lineguard"
Hook = Callable[[str], None]


def nothing(_operation: str) -> None:
    """Stumble over nothing."""


@dataclass
class Service:
    """All tickets; `before` and `after` are told each operation and may raise."""

    tickets: list[Ticket] = field(default_factory=list)
    before: Hook = nothing
    after: Hook = nothing
    asked: list[str] = field(default_factory=list)

    def seat(self, user: str = OURS) -> Seat:
        return Seat(self, user)

    def of(self, ref: str) -> Ticket:
        return self.tickets[int(ref) - 1]

    @property
    def keys(self) -> list[str]:
        return [one.key for one in self.tickets]

    def put(self, ref: str, **changes: object) -> None:
        self.tickets[int(ref) - 1] = replace(self.of(ref), **changes)  # type: ignore[arg-type]

    def texts(self, ref: str = "1") -> list[str]:
        return [one.text for one in self.of(ref).comments]


@dataclass
class Seat:
    """The port to it, as one user."""

    service: Service
    user: str

    async def ping(self) -> None:
        self._began("ping")
        self.service.after("ping")

    async def find(self, key: str) -> tuple[str, ...]:
        self._began("find")
        found = tuple(one.ref for one in self.service.tickets if one.key == key)
        self.service.after("find")
        return found

    async def create(self, draft: Draft) -> str:
        self._began("create")
        ref = str(len(self.service.tickets) + 1)
        self.service.tickets.append(
            Ticket(
                ref=ref, key=draft.key, state=TicketState.REGISTERED, owner=None,
                changed_by=self.user,
            )
        )  # fmt: skip
        self.service.after("create")
        return ref

    async def read(self, ref: str, after: str = "") -> Ticket:
        self._began("read")
        found = self.service.of(ref)
        newer = tuple(one for one in found.comments if int(one.id) > int(after or "0"))
        self.service.after("read")
        return replace(found, comments=newer)

    async def comment(self, ref: str, key: str, text: str) -> None:
        self._began("comment")
        known = self.service.of(ref).comments
        one = Comment(id=str(len(known) + 1), author=self.user, text=text, key=key)
        self.service.put(ref, comments=(*known, one))
        self.service.after("comment")

    async def transition(self, ref: str, state: TicketState, owner: str | None = None) -> None:
        self._began("transition")
        known = self.service.of(ref)
        if state is not known.state and state not in STEPS[known.state]:
            raise Declined(verbatim(f"{known.state} to {state}"))
        if owner == "nobody there":
            raise Declined(verbatim("no such user"))
        self.service.put(ref, state=state, changed_by=self.user, owner=owner or known.owner)
        self.service.after("transition")

    async def close(self) -> None:
        pass

    def _began(self, operation: str) -> None:
        self.service.asked.append(operation)
        self.service.before(operation)
