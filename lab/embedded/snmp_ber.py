"""The little of ASN.1 BER (X.690) that an SNMPv2c agent needs, written for speed: an agent of the
practice site answers from values that are encoded once.

Raises `ValueError` for anything that is not a well-formed message; an agent drops those.
"""

from __future__ import annotations

from typing import Final

Oid = tuple[int, ...]

INTEGER: Final = 0x02
OCTETS: Final = 0x04
NULL: Final = 0x05
IDENTIFIER: Final = 0x06
SEQUENCE: Final = 0x30
IP_ADDRESS: Final = 0x40
COUNTER32: Final = 0x41
GAUGE32: Final = 0x42
TIMETICKS: Final = 0x43
OPAQUE: Final = 0x44
COUNTER64: Final = 0x46

NO_SUCH_INSTANCE: Final = b"\x81\x00"
END_OF_VIEW: Final = b"\x82\x00"


def read(buffer: bytes, at: int) -> tuple[int, int, int]:
    """The element that starts at `at`: its tag, and where its content starts and ends."""
    if at + 2 > len(buffer):
        raise ValueError("the message is cut")
    tag, length, start = buffer[at], buffer[at + 1], at + 2
    if length & 0x80:
        octets = length & 0x7F
        if not 0 < octets <= 4:
            raise ValueError("a length of no sensible size")
        length = int.from_bytes(buffer[start : start + octets], "big")
        start += octets
    if start + length > len(buffer):
        raise ValueError("the message is cut")
    return tag, start, start + length


def expect(buffer: bytes, at: int, wanted: int) -> tuple[int, int]:
    """Like `read`, of one known tag: where its content starts and ends."""
    tag, start, end = read(buffer, at)
    if tag != wanted:
        raise ValueError(f"tag {tag:#x} where {wanted:#x} belongs")
    return start, end


def read_integer(buffer: bytes, at: int) -> tuple[int, int]:
    """An INTEGER and where the next element starts."""
    start, end = expect(buffer, at, INTEGER)
    return int.from_bytes(buffer[start:end], "big", signed=True), end


def decode_oid(content: bytes) -> Oid:
    """The numbers of an OBJECT IDENTIFIER's content."""
    if not content:
        raise ValueError("an empty object identifier")
    arcs: list[int] = []
    arc = 0
    for octet in content:
        arc = arc << 7 | octet & 0x7F
        if not octet & 0x80:
            arcs.append(arc)
            arc = 0
    if not arcs:
        raise ValueError("an object identifier that does not end")
    first = min(arcs[0] // 40, 2)
    return (first, arcs[0] - 40 * first, *arcs[1:])


def wrap(tag: int, content: bytes) -> bytes:
    """Tag, length and content."""
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    octets = (size.bit_length() + 7) // 8
    return bytes((tag, 0x80 | octets)) + size.to_bytes(octets, "big") + content


def encode_integer(value: int, tag: int = INTEGER) -> bytes:
    """INTEGER and the types that are encoded like it. The unsigned ones are never negative."""
    size = max(1, (value + (value < 0)).bit_length() // 8 + 1)
    return wrap(tag, value.to_bytes(size, "big", signed=True))


def encode_oid(oid: Oid) -> bytes:
    """A whole OBJECT IDENTIFIER."""
    content = bytearray()
    for arc in (oid[0] * 40 + oid[1], *oid[2:]):
        septets = [arc & 0x7F]
        while arc := arc >> 7:
            septets.append(arc & 0x7F | 0x80)
        content.extend(reversed(septets))
    return wrap(IDENTIFIER, bytes(content))
