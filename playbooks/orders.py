"""What a playbook is told to do to one login, and what it says was done."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Final

from collectors.parsers.plain import plain

SAID_LIMIT: Final = 300
"""Characters that are kept of what a device said."""
PIECE: Final = 5
"""Characters of a password that are no coincidence in a device's words."""


class Work(StrEnum):
    """What is done to a login."""

    TRY = "try"
    """As far as it goes without changing anything."""
    CHANGE = "change"
    """From the old password to the new one."""
    KEEP = "keep"
    """Make the device keep it over a restart, logged in with the new one (VRP: `save`)."""


class Outcome(StrEnum):
    """What the device said; whether it is true only a login shows."""

    DONE = "done"
    REFUSED = "refused"
    """It said no, or was never asked."""
    UNSURE = "unsure"
    """The dialogue broke off after the new password may have been sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One piece of work. Both passwords are in it, so it travels through a pipe only and is never
    written down; neither is ever shown."""

    work: Work
    how: str
    device: str
    host: str
    port: int
    user: str
    old: str = field(repr=False)
    new: str = field(repr=False)
    known_hosts: str
    timeout_s: float
    driver: str = ""
    database: str = ""
    tls: bool = False
    service: str = ""

    def as_json(self) -> str:
        """For the pipe."""
        return json.dumps(asdict(self))


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What came of an order. `said`: the device's own words, bounded, without either password."""

    outcome: Outcome
    said: str = ""


Task = Callable[[Order], Done]


def order_of(text: str) -> Order:
    """The order that came through the pipe. Raises `ValueError`, `TypeError`."""
    fields = json.loads(text)
    return Order(**{**fields, "work": Work(fields["work"])})


def said(order: Order, words: str | bytes) -> str:
    """A device's words as they may be kept: on one line, bounded, and none at all when a piece of
    either password is among them: a console wraps what it echoes, so looking for the whole is not
    enough."""
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    joined = "".join(text.split())
    if any(piece in joined for secret in (order.old, order.new) for piece in _pieces(secret)):
        return ""
    return plain(text, SAID_LIMIT)


def _pieces(secret: str) -> set[str]:
    """Everything of it that gives much away."""
    if not secret:
        return set()
    last = max(1, len(secret) - PIECE + 1)
    return {secret[at : at + PIECE] for at in range(last)}
