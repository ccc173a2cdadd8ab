"""The frozen facts of the intake: what arrived, what it says, what became of it.

Everything that arrives ends in exactly one `Outcome`, and every outcome is counted: what was sent
is the sum of what was stored and what was not.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

TEXT_LIMIT: Final = 500
"""Characters that are kept of a message's text; the raw bytes stand beside it."""
RAW_LIMIT: Final = 8_192
"""Bytes of one message; RFC 5425 4.3.1 asks a receiver to take 8,192. What is larger is refused."""
FIELDS_LIMIT: Final = 64
NAME_LIMIT: Final = 120


class Receiver(StrEnum):
    """Where it came in: one per socket that can be set."""

    TRAPS = "traps"
    SYSLOG = "syslog"
    SYSLOG_TCP = "syslog_tcp"
    SYSLOG_TLS = "syslog_tls"
    WEB = "web"


class Kind(StrEnum):
    """What it is."""

    TRAP = "trap"
    SYSLOG = "syslog"
    ALERT = "alert"
    HOOK = "hook"


class Outcome(StrEnum):
    """What became of it."""

    STORED = "stored"
    MALFORMED = "malformed"
    """Not what this receiver understands."""
    UNKNOWN_SOURCE = "unknown_source"
    """From an address that the estate does not know; its words are not kept."""
    REFUSED = "refused"
    """Community, user or token was not accepted."""
    TOO_LARGE = "too_large"
    HANDSHAKE = "handshake"
    """No message, but a step before one: the discovery of SNMPv3."""
    LOST_IN_KERNEL = "lost_in_kernel"
    """The system's buffer was full before we came to read it."""
    LOST_IN_QUEUE = "lost_in_queue"
    """Ours was."""
    LOST_IN_CRASH = "lost_in_crash"
    """In our hands, not stored yet, when we were killed."""
    EXPIRED = "expired"
    """Stored once, and let go when its time was over."""


LOST: Final = (Outcome.LOST_IN_KERNEL, Outcome.LOST_IN_QUEUE, Outcome.LOST_IN_CRASH)


@dataclass(frozen=True, slots=True)
class Arrived:
    """One datagram, frame or request body as it came."""

    receiver: Receiver
    at: datetime
    source: str
    raw: bytes
    port: int = 0
    """The sender's, for datagrams: an inform is answered there."""
    answer: Callable[[Outcome], None] | None = None
    """On the web: told what became of it, because the sender waits for that."""
    caller: str = ""
    """On the web: who proved to be calling."""
    form: str = ""
    """On the web: which of the two bodies it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """One message, understood. Its texts are one line each, without control characters."""

    at: datetime
    receiver: Receiver
    kind: Kind
    source: str
    subject: str
    """What it is about: a trap's OID, a log's `MODULE/NAME` or program, an alert's name."""
    text: str
    raw: bytes
    severity: int | None = None
    """As the sender grades it, 0 (emergency) to 7 (debugging) of RFC 5424; None: not at all."""
    host: str = ""
    """What the sender calls the device that it speaks of."""
    fields: tuple[tuple[str, str], ...] = ()
    """Names and values: variables, structured data, labels."""
    over: bool = False
    """The sender says itself that it is over."""
    caller: str = ""


@dataclass(frozen=True, slots=True)
class Decoded:
    """What one arrival turned out to be: its messages, what is counted, what is sent back."""

    outcome: Outcome
    messages: tuple[Received, ...] = ()
    reply: bytes | None = None


class Garbage(ValueError):
    """Not what it should be; the words are ours, never the sender's."""


class NotAccepted(Exception):
    """Well formed, but whoever sent it did not prove to be allowed to."""
