"""TNS: packets with a type, and how a connection begins.

Until the ACCEPT a packet's length has two bytes, after it four. Protocol 315 (12.1) is the lowest
that the thin driver takes, and the plainest: no fast login, no out-of-band marks.
"""

from __future__ import annotations

import asyncio
import re
import struct
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from lab.embedded.oracle.wire import WireError

PROTOCOL_VERSION: Final = 315
HEADER: Final = 8
PACKET_LIMIT: Final = 65_536
"""Bytes of the longest packet taken; the driver offers an SDU of 8192."""
SDU: Final = 8_192
DATA_FLAGS: Final = b"\0\0"
END_OF_FILE: Final = 0x40
"""Data flag of a client that leaves."""
INLINE_LIMIT: Final = 230
"""A longer connect descriptor comes in a DATA packet of its own."""
SERVICE: Final = re.compile(rb"SERVICE_NAME=([^)]{1,200})\)", re.IGNORECASE)


class Type(IntEnum):
    """Types of packets that are used here."""

    CONNECT = 1
    ACCEPT = 2
    REFUSE = 4
    DATA = 6
    MARKER = 12


class Mark(IntEnum):
    """What a MARKER means."""

    BREAK = 1
    RESET = 2


@dataclass(frozen=True, slots=True)
class Packet:
    """One packet, `body` without the header."""

    type: int
    body: bytes


def framed(type_: Type, body: bytes, *, wide: bool) -> bytes:
    """A packet ready to send; `wide` after the ACCEPT."""
    size = len(body) + HEADER
    if wide:
        return struct.pack(">IBBH", size, type_, 0, 0) + body
    return struct.pack(">HHBBH", size, 0, type_, 0, 0) + body


def data_packets(message: bytes, sdu: int) -> bytes:
    """A message in as many DATA packets as it needs, none longer than the SDU."""
    step = sdu - HEADER - len(DATA_FLAGS)
    parts = (message[at : at + step] for at in range(0, len(message), step))
    return b"".join(framed(Type.DATA, DATA_FLAGS + part, wide=True) for part in parts)


def marker(mark: Mark) -> bytes:
    """A MARKER packet."""
    return framed(Type.MARKER, bytes([1, 0, mark]), wide=True)


def accept(version: int, sdu: int) -> bytes:
    """The ACCEPT, with no option at all."""
    body = struct.pack(">HH", version, 0) + bytes(20) + struct.pack(">I", sdu)
    return framed(Type.ACCEPT, body, wide=False)


def refuse(error: int) -> bytes:
    """The REFUSE with a listener's error, such as 12514."""
    words = f"(DESCRIPTION=(TMP=)(VSNNUM=0)(ERR={error})(ERROR_STACK=(ERROR=(CODE={error}))))"
    body = b"\0\0" + struct.pack(">H", len(words)) + words.encode("ascii")
    return framed(Type.REFUSE, body, wide=False)


@dataclass(frozen=True, slots=True)
class Request:
    """What a CONNECT asks for. `descriptor` is None when it comes in the next packet."""

    sdu: int
    descriptor: bytes | None


def request_of(body: bytes) -> Request:
    """From the body of a CONNECT. Raises `WireError`."""
    if len(body) < 20:
        raise WireError("a CONNECT that is too short")
    (sdu,) = struct.unpack(">H", body[6:8])
    length, offset = struct.unpack(">HH", body[16:20])
    inline = body[offset - HEADER : offset - HEADER + length]
    return Request(sdu=min(sdu, SDU), descriptor=inline if len(inline) == length else None)


def service_of(descriptor: bytes) -> str:
    """The service that a connect descriptor names, in lower case; empty when it names none."""
    found = SERVICE.search(descriptor[:PACKET_LIMIT])
    return found[1].decode("utf-8", "replace").lower() if found else ""


async def read_packet(reader: asyncio.StreamReader, is_wide: Callable[[], bool]) -> Packet:
    """The next packet; whether its length is wide is asked when it is there. Raises `WireError`,
    `asyncio.IncompleteReadError`."""
    header = await reader.readexactly(HEADER)
    size = int.from_bytes(header[:4] if is_wide() else header[:2], "big")
    if not HEADER <= size <= PACKET_LIMIT:
        raise WireError(f"a packet of {size} bytes")
    return Packet(header[4], await reader.readexactly(size - HEADER))
