"""An agent that answers well-formed messages of a test's own making."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import cast

from lab.embedded import snmp_ber as ber
from lab.embedded.snmp_mib import encode_value

Oid = ber.Oid
Says = Callable[[int, list[Oid]], tuple[int, list[bytes]]]
"""From the number of the request, from 1, and what it asks: error-status and bindings."""


def row(oid: Oid, value: int | str) -> bytes:
    """One binding."""
    encoded = encode_value("2" if isinstance(value, int) else "4", str(value))
    return ber.wrap(ber.SEQUENCE, ber.encode_oid(oid) + encoded)


def nulls(asked: list[Oid]) -> list[bytes]:
    """What an error report repeats."""
    return [ber.wrap(ber.SEQUENCE, ber.encode_oid(oid) + ber.wrap(ber.NULL, b"")) for oid in asked]


@dataclass
class OddAgent(asyncio.DatagramProtocol):
    says: Says
    requests: int = 0
    wrong_request: bool = False
    silent_after: int | None = None
    transport: asyncio.DatagramTransport = field(init=False)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        at, _ = ber.expect(data, 0, ber.SEQUENCE)
        _, at = ber.read_integer(data, at)
        start, end = ber.expect(data, at, ber.OCTETS)
        _, at, _ = ber.read(data, end)
        request, at = ber.read_integer(data, at)
        _, at = ber.read_integer(data, at)
        _, at = ber.read_integer(data, at)
        self.requests += 1
        if self.silent_after is not None and self.requests > self.silent_after:
            return
        status, bindings = self.says(self.requests, _asked(data, at))
        numbers = (request + self.wrong_request, status, 1 if status else 0)
        head = b"".join(ber.encode_integer(number) for number in numbers)
        pdu = ber.wrap(0xA2, head + ber.wrap(ber.SEQUENCE, b"".join(bindings)))
        whole = ber.encode_integer(1) + ber.wrap(ber.OCTETS, data[start:end]) + pdu
        self.transport.sendto(ber.wrap(ber.SEQUENCE, whole), addr)


def _asked(data: bytes, at: int) -> list[Oid]:
    at, end = ber.expect(data, at, ber.SEQUENCE)
    asked: list[Oid] = []
    while at < end:
        start, at = ber.expect(data, at, ber.SEQUENCE)
        first, last = ber.expect(data, start, ber.IDENTIFIER)
        asked.append(ber.decode_oid(data[first:last]))
    return asked


@asynccontextmanager
async def odd(says: Says, *, wrong_request: bool = False) -> AsyncIterator[tuple[OddAgent, int]]:
    """The agent and its port."""
    agent = OddAgent(says, wrong_request=wrong_request)
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: agent, local_addr=("127.0.0.1", 0)
    )
    try:
        yield agent, transport.get_extra_info("sockname")[1]
    finally:
        transport.close()


class RawAgent(asyncio.DatagramProtocol):
    """Answers every datagram with the same bytes, or None: with itself."""

    def __init__(self, says: bytes | None) -> None:
        self._says = says

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._transport.sendto(data if self._says is None else self._says, addr)


@asynccontextmanager
async def raw(says: bytes | None) -> AsyncIterator[int]:
    """A port that answers everything with `says`; None: with what was asked."""
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: RawAgent(says), local_addr=("127.0.0.1", 0)
    )
    try:
        yield transport.get_extra_info("sockname")[1]
    finally:
        transport.close()
