"""A SIP endpoint that answers OPTIONS, over UDP and TCP on one port (RFC 3261)."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass
from typing import Final

from lab.behaviour import Behaviour
from lab.embedded.doorway import StreamService

HEAD_LIMIT: Final = 16_384
GARBAGE_BYTES: Final = 512
KEPT: Final = 1_000
ECHOED: Final = ("via", "from", "to", "call-id", "cseq")
REASONS: Final = {200: "OK", 403: "Forbidden", 486: "Busy Here", 503: "Service Unavailable"}
END: Final = b"\r\n\r\n"


@dataclass(slots=True)
class SipData:
    """A healthy endpoint, until changed. `lose` swallows so many datagrams first, then counts
    down. `foreign` answers as if to somebody else's request."""

    status: int = 200
    lose: int = 0
    provisional: bool = False
    foreign: bool = False


class SipService(StreamService):
    """`requests` holds the start lines of what was asked, `port` serves both transports."""

    LIMIT = HEAD_LIMIT

    def __init__(self, data: SipData | None = None, behaviour: Behaviour | None = None) -> None:
        self.data = data or SipData()
        super().__init__(behaviour)
        self.requests: list[str] = []
        self._datagrams: asyncio.DatagramTransport | None = None

    async def start(self, host: str, port: int) -> None:
        """Listen; port 0 picks one, which is then in `port`. Raises `OSError` when it is taken."""
        await super().start(host, port)
        loop = asyncio.get_running_loop()
        try:
            self._datagrams, _ = await loop.create_datagram_endpoint(
                lambda: _Datagrams(self), local_addr=(host, self.port)
            )
        except OSError:
            await super().stop()
            raise

    async def stop(self) -> None:
        """Close the port and every connection; safe to call twice."""
        if self._datagrams is not None:
            self._datagrams.close()
            self._datagrams = None
        await super().stop()

    def datagram(self, request: bytes, sender: tuple[str, int]) -> None:
        """Answer one, after the delay of the moment."""
        if self.behaviour.silent:
            return
        if self.data.lose > 0:
            self.data.lose -= 1
            return
        loop = asyncio.get_running_loop()
        loop.call_later(self.behaviour.delay_s, self._send, self.answers(request), sender)

    def _send(self, answers: list[bytes], sender: tuple[str, int]) -> None:
        if self._datagrams is not None and not self._datagrams.is_closing():
            for answer in answers:
                self._datagrams.sendto(answer, sender)

    def answers(self, request: bytes) -> list[bytes]:
        """What is sent back for one request, as the behaviour of the moment has it."""
        first, *lines = request.decode("latin-1").split("\r\n")
        if len(self.requests) < KEPT:
            self.requests.append(first)
        if self.behaviour.garbage:
            return [secrets.token_bytes(GARBAGE_BYTES)]
        status = 403 if self.behaviour.refuse_logins else self.data.status
        codes = [100, status] if self.data.provisional else [status]
        return [self._response(code, lines)[: self.behaviour.cut_after] for code in codes]

    def _response(self, status: int, lines: list[str]) -> bytes:
        kept = [line for line in lines if line.partition(":")[0].strip().lower() in ECHOED]
        if self.data.foreign:
            kept = [line.replace("branch=z9hG4bK", "branch=z9hG4bKx") for line in kept]
        reason = REASONS.get(status, "Trying")
        head = [f"SIP/2.0 {status} {reason}", *kept, "Allow: OPTIONS", "Content-Length: 0"]
        return "\r\n".join([*head, "", ""]).encode("latin-1")

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """As the behaviour of the moment has it."""
        while True:
            request = await reader.readuntil(END)
            await asyncio.sleep(self.behaviour.delay_s)
            writer.writelines(self.answers(request))
            await writer.drain()


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, service: SipService) -> None:
        self._service = service

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._service.datagram(data, addr)
