"""SNMP notifications of version 1 and 2c, decoded without a library: RFC 1157 4.1.6, RFC 3416 4.2.

pysnmp takes about 1,350 a second on one core; this takes 20,000. Version 3 is pysnmp's
(`collectors.intake.usm`), because its ciphers are nothing to write twice.
"""

from __future__ import annotations

import hmac
from typing import Final

from collectors.intake import ber
from collectors.intake.model import (
    FIELDS_LIMIT,
    TEXT_LIMIT,
    Arrived,
    Garbage,
    Kind,
    NotAccepted,
    Received,
)
from collectors.intake.words import words

VERSION_1, VERSION_2C, VERSION_3 = 0, 1, 3
TRAP_1: Final = 0xA4
RESPONSE: Final = 0xA2
INFORM: Final = 0xA6
TRAP_2: Final = 0xA7
ENTERPRISE_SPECIFIC: Final = 6
LONGEST_COMMUNITY: Final = 255
VALUE_LIMIT: Final = 200

UP_TIME: Final = "1.3.6.1.2.1.1.3.0"
TRAP_NAME: Final = "1.3.6.1.6.3.1.1.4.1.0"
STANDARD_TRAPS: Final = "1.3.6.1.6.3.1.1.5"
"""RFC 3584 3.1: the generic traps 0 to 5 of version 1 are .1 to .6 of this."""

Fields = tuple[tuple[str, str], ...]
ENTRIES: Final = {
    "1.3.6.1.2.1.2.2.1.1": "ifIndex",
    "1.3.6.1.2.1.2.2.1.2": "ifDescr",
    "1.3.6.1.2.1.2.2.1.7": "ifAdminStatus",
    "1.3.6.1.2.1.2.2.1.8": "ifOperStatus",
    "1.3.6.1.2.1.31.1.1.1.1": "ifName",
    "1.3.6.1.4.1.2011.5.25.129.1.1": "hwBaseTrapSeverity",
}
"""IF-MIB (RFC 2863) and HUAWEI-BASE-TRAP-MIB: what is told by its name, whatever its instance."""


def version_of(raw: bytes) -> int:
    """Which version a message says it is of. Raises `Garbage`."""
    begin, end = ber.expect(raw, 0, len(raw), ber.SEQUENCE)
    if end != len(raw):
        raise Garbage("bytes behind the message")
    return ber.integer(raw, begin, end)[0]


def read_trap(arrived: Arrived, community: bytes | None) -> tuple[Received, bytes | None]:
    """The notification, and for an inform the response that its sender waits for. With `community`
    any other is not accepted. Raises `Garbage`, `NotAccepted`."""
    raw = arrived.raw
    begin, end = ber.expect(raw, 0, len(raw), ber.SEQUENCE)
    if end != len(raw):
        raise Garbage("bytes behind the message")
    version, at = ber.integer(raw, begin, end)
    first, at = ber.expect(raw, at, end, ber.OCTETS)
    tag, begin, last = ber.element(raw, at, end)
    if last != end or at - first > LONGEST_COMMUNITY:
        raise Garbage("bytes behind the notification")
    if version == VERSION_1 and tag == TRAP_1:
        subject, fields = _first_version(raw, begin, end)
    elif version == VERSION_2C and tag in (TRAP_2, INFORM):
        subject, fields = _second_version(raw, begin, end)
    else:
        raise Garbage("no notification")
    if community is not None and not hmac.compare_digest(raw[first:at], community):
        raise NotAccepted
    answer = raw[:at] + bytes((RESPONSE,)) + raw[at + 1 :] if tag == INFORM else None
    return received(arrived, subject, fields), answer


def received(arrived: Arrived, subject: str, fields: Fields) -> Received:
    """A notification as the rest of the house sees it."""
    return Received(
        at=arrived.at,
        receiver=arrived.receiver,
        kind=Kind.TRAP,
        source=arrived.source,
        subject=subject,
        text=", ".join([f"{name}={value}" for name, value in fields])[:TEXT_LIMIT],
        raw=arrived.raw,
        fields=fields,
    )


def named(oid: str, value: str) -> tuple[str, str]:
    """A variable by its column's name where we know it, else by its OID."""
    return ENTRIES.get(oid.rpartition(".")[0]) or ENTRIES.get(oid, oid), value


def _first_version(raw: bytes, at: int, end: int) -> tuple[str, Fields]:
    begin, at = ber.expect(raw, at, end, ber.IDENTIFIER)
    enterprise = ber.dotted(raw[begin:at])
    begin, at = ber.expect(raw, at, end, ber.IP_ADDRESS)
    if at - begin != 4:
        raise Garbage("an address of another size")
    generic, at = ber.integer(raw, at, end)
    specific, at = ber.integer(raw, at, end)
    begin, at = ber.expect(raw, at, end, ber.TIMETICKS)
    ber.number(raw[begin:at])
    fields = tuple(named(oid, value) for oid, value in _variables(raw, at, end))
    if 0 <= generic < ENTERPRISE_SPECIFIC:
        return f"{STANDARD_TRAPS}.{generic + 1}", fields
    if generic != ENTERPRISE_SPECIFIC or specific < 0:
        raise Garbage("a trap of no known kind")
    return f"{enterprise}.0.{specific}", fields


def _second_version(raw: bytes, at: int, end: int) -> tuple[str, Fields]:
    _, at = ber.integer(raw, at, end)
    status, at = ber.integer(raw, at, end)
    index, at = ber.integer(raw, at, end)
    if status or index:
        raise Garbage("an error in a notification")
    return split(_variables(raw, at, end))


def split(variables: list[tuple[str, str]]) -> tuple[str, Fields]:
    """The two that every notification begins with (RFC 3416 4.2.6), and the others."""
    if len(variables) < 2 or variables[0][0] != UP_TIME or variables[1][0] != TRAP_NAME:
        raise Garbage("a notification without its name")
    name = variables[1][1]
    if not name or name.strip("0123456789."):
        raise Garbage("a notification whose name is none")
    return name, tuple(named(oid, value) for oid, value in variables[2:])


def _variables(raw: bytes, at: int, end: int) -> list[tuple[str, str]]:
    begin, last = ber.expect(raw, at, end, ber.SEQUENCE)
    if last != end:
        raise Garbage("bytes behind the variables")
    found: list[tuple[str, str]] = []
    at = begin
    while at < end:
        begin, last = ber.expect(raw, at, end, ber.SEQUENCE)
        first, middle = ber.expect(raw, begin, last, ber.IDENTIFIER)
        tag, begin, at = ber.element(raw, middle, last)
        if at != last or len(found) >= FIELDS_LIMIT:
            raise Garbage("too much in the variables")
        found.append((ber.dotted(raw[first:middle]), _value(tag, raw[begin:at])))
    return found


def _value(tag: int, content: bytes) -> str:
    if tag in ber.NUMBERS:
        return str(ber.number(content))
    if tag == ber.OCTETS:
        return octets(content)
    if tag == ber.IDENTIFIER:
        return ber.dotted(content)
    if tag == ber.IP_ADDRESS and len(content) == 4:
        return ".".join(map(str, content))
    if tag == ber.NULL and not content:
        return ""
    if tag == ber.OPAQUE:
        return content[: VALUE_LIMIT // 2].hex()
    raise Garbage("a value of no known kind")


def octets(content: bytes) -> str:
    """Text as text; what holds control characters, such as a physical address, in hexadecimal."""
    if content.isascii():
        shown = content.decode("ascii")
        if shown.isprintable() and len(shown) <= VALUE_LIMIT:
            return shown
    if any(one < 0x20 and one not in b"\t\r\n\x00" for one in content[:VALUE_LIMIT]):
        return content[: VALUE_LIMIT // 2].hex()
    return words(content.rstrip(b"\x00"), VALUE_LIMIT)
