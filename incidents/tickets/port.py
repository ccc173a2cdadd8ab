"""The one port to a ticket service, whoever made it: find, create, read, comment, transition.

An adapter is a class with these methods and nothing else. What it promises: when a method returns,
the service has said in its own words that it is so; every exception is one of the three below; and
each call ends within its limit of time and size, whatever the service does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

from incidents.tickets.lifecycle import TicketState
from phrases import Phrase

TEXT_LIMIT: Final = 4_000
"""Characters of one comment that are taken from a service; a note holds 1,000."""
NAME_LIMIT: Final = 60
MOST_COMMENTS: Final = 200
"""Of one reading; more than these are read the next time."""


class TicketTrouble(Exception):
    """The service did not do it, or did not say so. `why` holds no secret."""

    def __init__(self, why: Phrase) -> None:
        super().__init__(why.text("en"))
        self.why = why


class NotReached(TicketTrouble):
    """No way to it, or it lets us not in: nothing else will work now either."""


class Unclear(TicketTrouble):
    """It may have done it or not: an error, no answer in time, or one that makes no sense."""


class Declined(TicketTrouble):
    """It understood and says no, to this one thing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A ticket to be filed. `key` is ours, and stands in the ticket for ever."""

    key: str
    title: str
    text: str
    severity: str
    device: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """One that stands in a ticket. `key` is the one we gave it, empty for everybody else's."""

    id: str
    author: str
    text: str
    key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """A ticket as it stands there now. Users are the service's own names; None for nobody.
    `changed_by` did the last change. `comments` are the newer ones, the oldest first."""

    ref: str
    key: str
    state: TicketState
    owner: str | None
    changed_by: str | None
    comments: tuple[Comment, ...] = ()


class TicketPort(Protocol):
    """A ticket service. Each method raises `TicketTrouble`, and nothing else."""

    @property
    def user(self) -> str:
        """Who we are there. What this user wrote does not come back."""
        ...

    async def ping(self) -> None:
        """Does it answer, and let us in?"""
        ...

    async def find(self, key: str) -> tuple[str, ...]:
        """The references of every ticket with exactly that key, the first one filed first."""
        ...

    async def create(self, draft: Draft) -> str:
        """File it, in state `registered`; its reference."""
        ...

    async def read(self, ref: str, after: str = "") -> Ticket:
        """As it is now, with the comments behind the one with the id `after`."""
        ...

    async def comment(self, ref: str, key: str, text: str) -> None:
        """Write beneath it, with our key of the comment."""
        ...

    async def transition(self, ref: str, state: TicketState, owner: str | None = None) -> None:
        """One step of the life cycle, and the owner with it unless None."""
        ...

    async def close(self) -> None:
        """Give back the connection; safe to call twice."""
        ...
