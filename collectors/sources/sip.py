"""Reachability of a SIP endpoint by OPTIONS (RFC 3261, section 11), over UDP or TCP.

Any final response counts: an endpoint that refuses OPTIONS is alive.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from collectors.probes import PROBES, reachability
from collectors.readings import Reading, Trouble
from collectors.session import Means, Notebook, SessionFailed
from collectors.sip_messages import Framing, NotSip, Options, Response, response
from collectors.visit import Answer, Memory
from inventory.model import Device, Sip
from phrases import say

PROTOCOL: Final = "sip"
T1_S: Final = 0.5
T2_S: Final = 4.0
"""RFC 3261, 17.1.2.1: over UDP a request is sent again after T1, then after twice as long each
time, T2 at most."""
READ: Final = 65_536


async def open_session(device: Device, means: Means, notebook: Notebook) -> SipProbe:
    """Nothing is opened yet. Raises `SessionFailed` when SIP is not configured."""
    access = device.access.sip
    if access is None:
        raise SessionFailed(
            Trouble.NOT_CONFIGURED,
            say("{device}: SIP is not configured for it", device=device.name),
        )
    return SipProbe(device=device, means=means, access=access)


@dataclass(frozen=True, slots=True, kw_only=True)
class SipProbe:
    """`PROBES` transactions at once; the access's time limit bounds them all."""

    device: Device
    means: Means
    access: Sip

    async def ask(self, question: type[Reading], memory: Memory) -> Answer:
        """As `collectors.session.Session`; the only question is `Reachability`."""
        waiting = _Waiting()
        over = self._over_udp if self.access.transport == "udp" else self._over_tcp
        # timed out, refused, not SIP, not even a name: the probes without an answer tell it
        with suppress(OSError, NotSip, UnicodeError):
            async with asyncio.timeout(self.access.timeout_s):
                await over(waiting)
        trips = [*waiting.trips(), *[None] * PROBES][:PROBES]
        asked = f"OPTIONS sip:{self.device.address}:{self.access.port};{self.access.transport}"
        return reachability(self.device, self.means.clock(), PROTOCOL, asked, trips)

    async def _over_udp(self, waiting: _Waiting) -> None:
        transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: _Listening(waiting), remote_addr=(self.device.address, self.access.port)
        )
        try:
            waiting.begin(self._requests(transport))
            pause = T1_S
            while not waiting.over.is_set():
                for request in waiting.unanswered():
                    transport.sendto(request.message())
                with suppress(TimeoutError):
                    await asyncio.wait_for(waiting.over.wait(), pause)
                pause = min(2 * pause, T2_S)
        finally:
            transport.abort()

    async def _over_tcp(self, waiting: _Waiting) -> None:
        reader, writer = await asyncio.open_connection(self.device.address, self.access.port)
        try:
            waiting.begin(self._requests(writer.transport))
            writer.writelines(request.message() for request in waiting.unanswered())
            framing = Framing()
            while not waiting.over.is_set() and (data := await reader.read(READ)):
                for one in framing.feed(data):
                    waiting.heard(one)
        finally:
            writer.transport.abort()

    def _requests(self, transport: asyncio.BaseTransport) -> list[Options]:
        host, port = transport.get_extra_info("sockname")[:2]
        return [
            Options(
                host=self.device.address,
                port=self.access.port,
                transport=self.access.transport,
                local_host=host,
                local_port=port,
                cseq=number,
            )
            for number in range(1, PROBES + 1)
        ]

    async def close(self) -> None:
        """Nothing is open."""


@dataclass(slots=True)
class _Waiting:
    """Transactions under way; `over` is set when all are answered or nobody is there."""

    over: asyncio.Event = field(default_factory=asyncio.Event)
    requests: list[Options] = field(default_factory=list)
    took_ms: dict[str, float] = field(default_factory=dict)
    began: float = 0.0

    def begin(self, requests: list[Options]) -> None:
        self.requests = requests
        self.began = time.monotonic()

    def heard(self, one: Response) -> None:
        for request in self.unanswered():
            if request.is_answered_by(one):
                self.took_ms[request.branch] = (time.monotonic() - self.began) * 1000
        if not self.unanswered():
            self.over.set()

    def unanswered(self) -> list[Options]:
        return [one for one in self.requests if one.branch not in self.took_ms]

    def trips(self) -> list[float | None]:
        return [self.took_ms.get(one.branch) for one in self.requests]


class _Listening(asyncio.DatagramProtocol):
    def __init__(self, waiting: _Waiting) -> None:
        self._waiting = waiting

    def datagram_received(self, data: bytes, addr: object) -> None:
        one = response(data.partition(b"\r\n\r\n")[0])
        if one is not None:
            self._waiting.heard(one)

    def error_received(self, exc: Exception) -> None:
        """Nobody listens there (ICMP port unreachable)."""
        self._waiting.over.set()
