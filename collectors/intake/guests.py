"""Who is connected over TCP: few at once, few from one address, and counted before anything is
spent on them. A TLS handshake comes after that: it costs a descriptor for as long as the other side
likes, and descriptors that are gone are gone for the whole process."""

from __future__ import annotations

import asyncio
import ssl
from collections import Counter
from dataclasses import dataclass, field

from collectors.intake.datagrams import plain_address


@dataclass(slots=True)
class Guests:
    """How many there are, and how many there may be."""

    most: int
    most_of_one: int
    _here: Counter[str] = field(default_factory=Counter)

    def enter(self, source: str) -> bool:
        """One more; whoever enters leaves. Is there room for it?"""
        self._here[source] += 1
        return self._here[source] <= self.most_of_one and self._here.total() <= self.most

    def leave(self, source: str) -> None:
        """One less."""
        self._here[source] -= 1
        if not self._here[source]:
            del self._here[source]


def source_of(writer: asyncio.StreamWriter) -> str:
    """The address of the other side; empty when it is gone already."""
    peer = writer.get_extra_info("peername")
    return plain_address(peer[0]) if peer else ""


async def secure(writer: asyncio.StreamWriter, tls: ssl.SSLContext | None, limit_s: float) -> None:
    """Shake hands, where there is a context. Nothing may be awaited between the beginning of the
    connection and this: what comes meanwhile would be taken for the message. Raises `OSError`."""
    if tls is not None:
        await writer.start_tls(tls, ssl_handshake_timeout=limit_s)
