"""Reachability by echo request: over Linux's unprivileged ICMP sockets (icmp(7)), or, where the
system does not allow those to this user (`net.ipv4.ping_group_range`), by its `ping`."""

from __future__ import annotations

import asyncio
import math
import os
import re
import shutil
import socket
import struct
import time
from dataclasses import dataclass
from typing import Final

from collectors.probes import PROBES, reachability
from collectors.readings import Reading, Trouble
from collectors.session import Means, Notebook, SessionFailed, unanswered
from collectors.visit import Answer, Memory
from inventory.model import Device
from phrases import say

PROTOCOL: Final = "icmp"
ECHO_REQUEST: Final = 8
ECHO_REPLY: Final = 0
"""ICMP types of RFC 792. The kernel fills in identifier and checksum."""
ECHO_REQUEST_V6: Final = 128
ECHO_REPLY_V6: Final = 129
"""ICMPv6 types of RFC 4443."""
HEADER: Final = struct.Struct("!BBHHH")
TOKEN_BYTES: Final = 16
DATAGRAM: Final = 1_500
PING_OUTPUT: Final = 16_384
PING_PAUSE_S: Final = "0.2"
"""Between two probes: the shortest that iputils ping allows to everybody."""
PING_LINE: Final = re.compile(
    rb"icmp_seq=(\d{1,5}) [^\r\n]{0,40}time[=<](\d{1,6}(?:\.\d{1,6})?) ms"
)
"""A reply as iputils ping prints it, with LC_ALL=C; one that was cut short has no unit."""


async def open_session(device: Device, means: Means, notebook: Notebook) -> IcmpProbe:
    """Nothing is opened yet. Raises `SessionFailed` when ICMP is not configured."""
    access = device.access.icmp
    if access is None:
        raise SessionFailed(
            Trouble.NOT_CONFIGURED,
            say("{device}: ICMP is not configured for it", device=device.name),
        )
    return IcmpProbe(device=device, means=means, limit_s=access.timeout_s)


class NotAllowed(Exception):
    """This user may not open an ICMP socket."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IcmpProbe:
    """`PROBES` echo requests, one after the other; `limit_s` bounds them all."""

    device: Device
    means: Means
    limit_s: float

    async def ask(self, question: type[Reading], memory: Memory) -> Answer:
        """As `collectors.session.Session`; the only question is `Reachability`."""
        trips = await self._by_socket() or await self._by_ping()
        if trips is None:
            return unanswered(
                self.device,
                self.means.clock(),
                Trouble.NOT_CONFIGURED,
                say(
                    "{device}: neither an ICMP socket nor a ping program is allowed to this user",
                    device=self.device.name,
                ),
            )
        asked = f"echo {self.device.address}"
        return reachability(self.device, self.means.clock(), PROTOCOL, asked, trips)

    async def _by_socket(self) -> list[float | None] | None:
        try:
            return [await self._echo(sequence) for sequence in range(1, PROBES + 1)]
        except NotAllowed:
            return None

    async def _echo(self, sequence: int) -> float | None:
        """The round trip in milliseconds. Raises `NotAllowed`."""
        try:
            async with asyncio.timeout(self.limit_s / PROBES):
                return await _round_trip(self.device.address, sequence)
        except (OSError, UnicodeError):
            return None

    async def _by_ping(self) -> list[float | None] | None:
        program = shutil.which("ping")
        if program is None:
            return None
        child = await asyncio.create_subprocess_exec(
            program, "-n", "-c", str(PROBES), "-i", PING_PAUSE_S,
            "-w", str(math.ceil(self.limit_s)), "--", self.device.address,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={**os.environ, "LC_ALL": "C"},
        )  # fmt: skip
        try:
            async with asyncio.timeout(self.limit_s + PROBES):
                output = await _told(child)
                await child.wait()
                return replies(output)
        except TimeoutError:
            return [None] * PROBES
        finally:
            if child.returncode is None:
                child.kill()
                await child.wait()

    async def close(self) -> None:
        """Nothing is open."""


def replies(output: bytes) -> list[float | None]:
    """The round trips that `ping` printed, by sequence."""
    trips: list[float | None] = [None] * PROBES
    for sequence, took in PING_LINE.findall(output):
        if 1 <= int(sequence) <= PROBES:
            trips[int(sequence) - 1] = float(took)
    return trips


async def _told(child: asyncio.subprocess.Process) -> bytes:
    assert child.stdout is not None  # noqa: S101  (piped above)
    told = bytearray()
    while len(told) < PING_OUTPUT and (more := await child.stdout.read(PING_OUTPUT)):
        told += more
    return bytes(told)


async def _round_trip(address: str, sequence: int) -> float:
    """One echo and its reply. Raises `NotAllowed`, `OSError`."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(address, None, type=socket.SOCK_DGRAM)
    family, _, _, _, target = found[0]
    v6 = family == socket.AF_INET6
    with _icmp_socket(family) as way:
        token = os.urandom(TOKEN_BYTES)
        request = HEADER.pack(ECHO_REQUEST_V6 if v6 else ECHO_REQUEST, 0, 0, 0, sequence)
        began = time.monotonic()
        await loop.sock_sendto(way, _with_checksum(request + token), target)
        reply = ECHO_REPLY_V6 if v6 else ECHO_REPLY
        while not _is_reply(await loop.sock_recv(way, DATAGRAM), reply, sequence, token):
            continue
        return (time.monotonic() - began) * 1000


def _icmp_socket(family: int) -> socket.socket:
    protocol = socket.IPPROTO_ICMPV6 if family == socket.AF_INET6 else socket.IPPROTO_ICMP
    try:
        way = socket.socket(family, socket.SOCK_DGRAM, protocol)
    except PermissionError:
        raise NotAllowed from None
    way.setblocking(False)
    return way


def _is_reply(datagram: bytes, kind: int, sequence: int, token: bytes) -> bool:
    if len(datagram) < HEADER.size:
        return False
    told, _, _, _, number = HEADER.unpack_from(datagram)
    return told == kind and number == sequence and datagram[HEADER.size :] == token


def _with_checksum(packet: bytes) -> bytes:
    """RFC 1071. For ICMPv6 the kernel computes it."""
    total = sum(struct.unpack(f"!{len(packet) // 2}H", packet))
    total = (total & 0xFFFF) + (total >> 16)
    total = (total & 0xFFFF) + (total >> 16)
    return packet[:2] + struct.pack("!H", ~total & 0xFFFF) + packet[4:]
