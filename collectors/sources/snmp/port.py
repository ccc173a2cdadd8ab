"""The port that both SNMP engines fulfil, and what can go wrong behind it.

An engine gives whole answers or raises: a GET tells of every identifier that was asked whether it
is there, a walk ends where its column ends. An error that an agent reports is never an absence.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, Protocol

Value = int | bytes | str
"""A number of any kind; octets; an object identifier or an address in dotted notation."""

Rows = list[tuple[str, Value]]

VARIABLES_PER_GET: Final = 24
"""Variables in one request, so that request and answer fit a datagram of 1,472 bytes (Ethernet):
our longest identifiers take 30 bytes, names in answers up to 32 more."""
REPETITIONS: Final = 40
"""Rows asked for at once in a walk (GETBULK, RFC 3416 4.2.3)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What one answer may grow to."""

    rows: int
    octets: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Community:
    """v2c."""

    name: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """v3, authPriv (RFC 3414)."""

    name: str
    auth: Literal["md5", "sha", "sha256"]
    priv: Literal["des", "aes"]
    auth_phrase: str = field(repr=False)
    priv_phrase: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """Whom to ask, as whom, and for how long to wait for one datagram."""

    address: str
    port: int
    credentials: Community | User
    timeout_s: float
    retries: int


class EngineError(Exception):
    """An engine has no whole answer. Its text is for logs of machines, never from the device."""


class NoAnswer(EngineError):
    """Nothing came within the time: silence, or an agent that keeps silent to strangers."""


class Denied(EngineError):
    """The agent said that it does not accept the credentials."""


class Garbled(EngineError):
    """What came is not an answer: undecodable, an error report, or out of order."""


class TooLarge(EngineError):
    """The device offered more than the bounds."""


class Engine(Protocol):
    """One session to one agent."""

    async def get(
        self, oids: Sequence[str], *, retries: int | None = None
    ) -> Mapping[str, Value | None]:
        """The value of each identifier, None where the agent has none. `retries` in place of the
        peer's. Raises `EngineError`."""
        ...

    async def walk(self, column: str, bounds: Bounds) -> Rows:
        """All rows below `column`, in the agent's order. Raises `EngineError`."""
        ...

    async def close(self) -> None:
        """Let go of the socket; safe to call twice."""
        ...


EngineMaker = Callable[[Peer], Engine]
"""What an engine's module exports as `connect`; it sends nothing yet."""


def arcs(oid: str) -> tuple[int, ...]:
    """The numbers of an identifier, for comparing."""
    return tuple(map(int, oid.split(".")))


@dataclass(slots=True)
class Walk:
    """Collects the rows of one walk and keeps it honest: identifiers must rise, and neither the
    rows nor the octets may pass the bounds."""

    column: str
    bounds: Bounds
    rows: Rows = field(default_factory=list)
    _seen: int = 0
    _octets: int = 0
    _last: tuple[int, ...] = ()

    def add(self, oid: str, value: Value | None) -> None:
        """One more row; a NULL counts and is left out. Raises `Garbled` or `TooLarge`."""
        here = arcs(oid)
        if here <= self._last:
            raise Garbled("identifiers do not rise")
        self._last = here
        self._seen += 1
        self._octets += len(oid) + (len(value) if isinstance(value, bytes | str) else 8)
        if self._seen > self.bounds.rows or self._octets > self.bounds.octets:
            raise TooLarge("more rows than the bounds")
        if value is not None:
            self.rows.append((oid, value))
