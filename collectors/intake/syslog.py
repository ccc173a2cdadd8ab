"""One line of syslog: RFC 5424, RFC 3164, and the form of Huawei's VRP.

VRP writes the year and its own mark: `<189>Nov 21 2026 10:00:00 HOST %%01IFNET/4/LINK_STATE(l)[3]:
...` (Huawei, "Log Format" of the log reference of the S and AR series). A line with a priority but
without a header that we know is kept as words; it grades itself by nothing that can be trusted.
"""

from __future__ import annotations

import re
from typing import Final

from collectors.intake.model import (
    FIELDS_LIMIT,
    NAME_LIMIT,
    Arrived,
    Garbage,
    Kind,
    Received,
)
from collectors.intake.words import tame, words

GREATEST_PRIORITY: Final = 191
"""RFC 5424 6.2.1: 23 facilities and 8 severities."""

PRIORITY: Final = re.compile(rb"<(\d{1,3})>")
OLD: Final = re.compile(
    rb"[A-Z][a-z]{2} [ \d]\d (?:\d{4} )?\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:[+-]\d\d:?\d\d)? "
    rb"([!-~]{1,255}) "
)
VRP: Final = re.compile(
    rb"%%\d{2}([\w-]{1,40})/([0-7])/([\w-]{1,80})\([A-Za-z]{1,4}\)(?:\[\d{1,10}\])?:"
)
TAG: Final = re.compile(rb"([\w./-]{1,48})(?:\[[\w.-]{1,32}\])?: ?")
NEW_TIME: Final = re.compile(rb"-|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:\d\d)")
NEW_NAME: Final = re.compile(rb"[!-~]{1,255}")
SD_NAME: Final = re.compile(rb"[!#-<>-\\^-~]{1,32}")
MARK: Final = b"\xef\xbb\xbf"
NIL: Final = b"-"


def read_line(arrived: Arrived) -> Received:
    """The message. Raises `Garbage` for what has no priority or breaks the rules of RFC 5424."""
    raw = arrived.raw
    found = PRIORITY.match(raw)
    if found is None or int(found[1]) > GREATEST_PRIORITY:
        raise Garbage("no priority")
    severity = int(found[1]) & 7
    rest = raw[found.end() :].rstrip(b"\r\n\x00")
    if not rest:
        raise Garbage("nothing behind the priority")
    if rest[:2] == b"1 ":
        return _new(arrived, severity, rest[2:])
    return _old(arrived, severity, rest)


def _old(arrived: Arrived, severity: int, rest: bytes) -> Received:
    head = OLD.match(rest)
    if head is None:
        return _message(arrived, None, "", "", rest)
    host, body = head[1].decode("ascii"), rest[head.end() :]
    vrp = VRP.match(body)
    if vrp is not None:
        subject = f"{vrp[1].decode()}/{vrp[3].decode()}"
        return _message(arrived, int(vrp[2]), host, subject, body[vrp.end() :])
    tag = TAG.match(body)
    if tag is None:
        return _message(arrived, severity, host, "", body)
    return _message(arrived, severity, host, tag[1].decode(), body[tag.end() :])


def _new(arrived: Arrived, severity: int, rest: bytes) -> Received:
    parts = rest.split(b" ", 5)
    if len(parts) != 6 or not NEW_TIME.fullmatch(parts[0]):
        raise Garbage("no header of RFC 5424")
    if not all(NEW_NAME.fullmatch(one) for one in parts[1:5]):
        raise Garbage("a name that RFC 5424 does not allow")
    host, program, _process, name = (b"" if one == NIL else one for one in parts[1:5])
    fields, body = _structured(parts[5])
    subject = b"/".join(one for one in (program, name) if one).decode("ascii")[:NAME_LIMIT]
    return _message(
        arrived, severity, host.decode("ascii"), subject, body.removeprefix(MARK), fields
    )


def _structured(rest: bytes) -> tuple[tuple[tuple[str, str], ...], bytes]:
    """The structured data in front of the text: `-`, or elements in brackets (RFC 5424 6.3)."""
    if rest[:1] == NIL:
        if rest[1:2] not in (b"", b" "):
            raise Garbage("no structured data")
        return (), rest[2:]
    found: list[tuple[str, str]] = []
    at = 0
    while rest[at : at + 1] == b"[":
        at = _element(rest, at + 1, found)
    if at == 0 or rest[at : at + 1] not in (b"", b" "):
        raise Garbage("no structured data")
    return tuple(found), rest[at + 1 :]


def _element(rest: bytes, at: int, found: list[tuple[str, str]]) -> int:
    """One element, from behind its bracket; gives where the next byte after it is."""
    at = _name(rest, at)[1]
    while rest[at : at + 1] == b" ":
        name, at = _name(rest, at + 1)
        if rest[at : at + 2] != b'="' or len(found) >= FIELDS_LIMIT:
            raise Garbage("no structured data")
        value, at = _quoted(rest, at + 2)
        found.append((name, value))
    if rest[at : at + 1] != b"]":
        raise Garbage("structured data that does not end")
    return at + 1


def _name(rest: bytes, at: int) -> tuple[str, int]:
    found = SD_NAME.match(rest, at)
    if found is None:
        raise Garbage("structured data without a name")
    return found[0].decode("ascii"), found.end()


def _quoted(rest: bytes, at: int) -> tuple[str, int]:
    value = bytearray()
    while at < len(rest):
        one = rest[at]
        if one == 0x22:
            return words(bytes(value), NAME_LIMIT), at + 1
        if one == 0x5C and rest[at + 1 : at + 2] in (b'"', b"\\", b"]"):
            at, one = at + 1, rest[at + 1]
        elif one == 0x5D:
            raise Garbage("a bracket in structured data")
        value.append(one)
        at += 1
    raise Garbage("structured data that does not end")


def _message(
    arrived: Arrived,
    severity: int | None,
    host: str,
    subject: str,
    body: bytes,
    fields: tuple[tuple[str, str], ...] = (),
) -> Received:
    return Received(
        at=arrived.at,
        receiver=arrived.receiver,
        kind=Kind.SYSLOG,
        source=arrived.source,
        subject=tame(subject, NAME_LIMIT),
        text=words(body),
        raw=arrived.raw,
        severity=severity,
        host=tame(host, NAME_LIMIT),
        fields=fields,
    )
