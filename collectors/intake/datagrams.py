"""Receiving datagrams: traps and syslog over UDP, with the count of what the system threw away."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import IPv6Address
from typing import Final

from collectors.intake.backlog import Backlog
from collectors.intake.model import RAW_LIMIT, Arrived, Outcome, Receiver

BUFFER: Final = 8 << 20
"""Bytes that the system may hold for us: half a second of 5,000 messages a second and more."""
AT_ONCE: Final = 256
"""Datagrams read before others have their turn."""
LAST_TURNS: Final = 1_000
"""Of reading before a socket is closed: more than its buffer can hold."""
SO_RCVBUFFORCE: Final = 33
"""Beyond net.core.rmem_max, for those with CAP_NET_ADMIN; socket(7)."""
SO_MEMINFO: Final = 55
"""Linux 4.12: the memory figures of a socket, of which the ninth counts what was thrown away, the
same counter that SO_RXQ_OVFL and /proc/net/udp show (include/uapi/linux/sock_diag.h)."""
MEMINFO: Final = struct.Struct("9I")
WRAPS: Final = 1 << 32

Known = Callable[[str], bool]
"""Is that address one that we listen to?"""


def listening(host: str, port: int) -> socket.socket:
    """A bound datagram socket with the largest buffer that the system allows. Raises `OSError`."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    found = socket.socket(family, socket.SOCK_DGRAM)
    try:
        found.setblocking(False)
        found.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
        with suppress(PermissionError):
            found.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, BUFFER)
        found.bind((host, port))
    except BaseException:
        found.close()
        raise
    return found


def thrown_away(one: socket.socket) -> int:
    """How many datagrams the system has not kept for this socket since it is there, modulo 2^32."""
    told = one.getsockopt(socket.SOL_SOCKET, SO_MEMINFO, MEMINFO.size)
    return int(MEMINFO.unpack(told)[8])


def plain_address(address: str) -> str:
    """An IPv4 address that an IPv6 socket shows as `::ffff:10.1.1.5`, as itself."""
    if address.startswith("::ffff:"):
        mapped = IPv6Address(address).ipv4_mapped
        return address if mapped is None else str(mapped)
    return address.partition("%")[0]


@dataclass(slots=True)
class Datagrams:
    """One socket that is read into the backlog."""

    receiver: Receiver
    opened: socket.socket
    backlog: Backlog
    known: Known
    clock: Callable[[], datetime]
    _thrown_away: int = field(init=False)

    def __post_init__(self) -> None:
        self._thrown_away = thrown_away(self.opened)

    def start(self) -> None:
        """Read whenever there is something."""
        asyncio.get_running_loop().add_reader(self.opened.fileno(), self._read)

    def look(self) -> None:
        """Count what the system has thrown away since the last look."""
        now = thrown_away(self.opened)
        lost = (now - self._thrown_away) % WRAPS
        self._thrown_away = now
        self.backlog.count(self.receiver, Outcome.LOST_IN_KERNEL, lost)

    def send(self, raw: bytes, address: str, port: int) -> None:
        """Answer an inform. When it cannot be sent, the sender will ask again."""
        with suppress(OSError):
            self.opened.sendto(raw, (address, port))

    async def close(self) -> None:
        """Read what is there already, as room is made for it, count what was lost, and stop."""
        asyncio.get_running_loop().remove_reader(self.opened.fileno())
        for _ in range(LAST_TURNS):
            await self.backlog.room.wait()
            if not self._read():
                break
        self.look()
        self.opened.close()

    def abandon(self) -> None:
        """Stop at once, whatever there is still to be read; safe to call twice."""
        if self.opened.fileno() >= 0:
            asyncio.get_running_loop().remove_reader(self.opened.fileno())
            self.opened.close()

    def _read(self) -> bool:
        """Some of what waits. False when nothing is left."""
        at = self.clock()
        for _ in range(AT_ONCE):
            try:
                raw, peer = self.opened.recvfrom(RAW_LIMIT + 1)
            except (BlockingIOError, InterruptedError):
                return False
            except OSError:  # such as an ICMP error that an answer of ours brought in
                continue
            self._take(raw, peer, at)
        return True

    def _take(self, raw: bytes, peer: tuple[str, int], at: datetime) -> None:
        source = plain_address(peer[0])
        if not self.known(source):
            self.backlog.count(self.receiver, Outcome.UNKNOWN_SOURCE)
        elif len(raw) > RAW_LIMIT:
            self.backlog.count(self.receiver, Outcome.TOO_LARGE)
        else:
            self.backlog.put(Arrived(self.receiver, at, source, raw, peer[1]))
