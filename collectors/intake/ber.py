"""A strict reader of ASN.1 BER (X.690) for what SNMP notifications are made of.

It is written for speed, because thousands come in a second: positions are passed, nothing is
copied but contents. Raises `Garbage` for all that is not well formed.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from collectors.intake.model import Garbage

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
NUMBERS: Final = frozenset({INTEGER, COUNTER32, GAUGE32, TIMETICKS, COUNTER64})

LONGEST_INTEGER: Final = 9
"""Octets: 64 bits unsigned, and one that keeps the sign away."""
LONGEST_IDENTIFIER: Final = 640
"""Octets: RFC 2578 allows 128 numbers of 32 bits, which take five each."""
GREATEST_NUMBER: Final = 0xFFFFFFFF
CACHED: Final = 4096


def element(buffer: bytes, at: int, end: int) -> tuple[int, int, int]:
    """The element that starts at `at` and must end by `end`: tag, begin and end of its content."""
    if at + 2 > end:
        raise Garbage("cut short")
    length = buffer[at + 1]
    begin = at + 2
    if length & 0x80:
        octets = length & 0x7F
        if not 0 < octets <= 4 or begin + octets > end:
            raise Garbage("a length of no sensible size")
        length = int.from_bytes(buffer[begin : begin + octets], "big")
        begin += octets
    if begin + length > end:
        raise Garbage("cut short")
    return buffer[at], begin, begin + length


def expect(buffer: bytes, at: int, end: int, wanted: int) -> tuple[int, int]:
    """Like `element`, of one tag: begin and end of its content."""
    tag, begin, last = element(buffer, at, end)
    if tag != wanted:
        raise Garbage("another tag than belongs here")
    return begin, last


def integer(buffer: bytes, at: int, end: int) -> tuple[int, int]:
    """An INTEGER, and where the next element begins."""
    begin, last = expect(buffer, at, end, INTEGER)
    return number(buffer[begin:last]), last


def number(content: bytes) -> int:
    """The content of an INTEGER or of what is encoded like one."""
    if not 0 < len(content) <= LONGEST_INTEGER:
        raise Garbage("a number of no sensible size")
    return int.from_bytes(content, "big", signed=True)


def dotted(content: bytes) -> str:
    """The content of an OBJECT IDENTIFIER, as `1.3.6.1`."""
    return _dotted(content)


@lru_cache(maxsize=CACHED)
def _dotted(content: bytes) -> str:
    """The same few come again and again."""
    if not 0 < len(content) <= LONGEST_IDENTIFIER or content[-1] & 0x80:
        raise Garbage("an identifier of no sensible size")
    numbers: list[int] = []
    value = 0
    for octet in content:
        value = value << 7 | octet & 0x7F
        if value > GREATEST_NUMBER + 80:
            raise Garbage("an identifier with too large a number")
        if not octet & 0x80:
            numbers.append(value)
            value = 0
    first = min(numbers[0] // 40, 2)
    return ".".join(map(str, (first, numbers[0] - 40 * first, *numbers[1:])))
