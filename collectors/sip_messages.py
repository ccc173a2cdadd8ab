"""The little of SIP that an OPTIONS probe needs: RFC 3261, sections 7, 8.1 and 11; RFC 3581."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field
from typing import Final

MAGIC: Final = "z9hG4bK"
"""Begins every branch of RFC 3261 (8.1.1.7)."""
HEAD_LIMIT: Final = 16_384
BODY_LIMIT: Final = 65_536
FINAL: Final = 200
"""Status codes from here on end a transaction."""

_STATUS: Final = re.compile(r"SIP/2\.0 ([1-6]\d\d) [^\r\n]{0,200}")
_BRANCH: Final = re.compile(r";\s{0,4}branch=([^;,\s]{1,128})", re.IGNORECASE)
_COMPACT: Final = {"v": "via", "i": "call-id", "l": "content-length"}


def _token() -> str:
    return secrets.token_hex(8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """One OPTIONS request, outside any dialog."""

    host: str
    port: int
    transport: str
    local_host: str
    local_port: int
    cseq: int
    branch: str = field(default_factory=lambda: MAGIC + _token())
    call_id: str = field(default_factory=_token)
    tag: str = field(default_factory=_token)

    def message(self) -> bytes:
        """As it goes on the wire."""
        there = f"sip:{_bracketed(self.host)}:{self.port}"
        here = f"{_bracketed(self.local_host)}:{self.local_port}"
        return (
            f"OPTIONS {there};transport={self.transport} SIP/2.0\r\n"
            f"Via: SIP/2.0/{self.transport.upper()} {here};rport;branch={self.branch}\r\n"
            "Max-Forwards: 70\r\n"
            f"From: <sip:lineguard@{_bracketed(self.local_host)}>;tag={self.tag}\r\n"
            f"To: <{there}>\r\n"
            f"Call-ID: {self.call_id}\r\n"
            f"CSeq: {self.cseq} OPTIONS\r\n"
            f"Contact: <sip:lineguard@{here};transport={self.transport}>\r\n"
            "Accept: application/sdp\r\n"
            "User-Agent: lineguard\r\n"
            "Content-Length: 0\r\n\r\n"
        ).encode("ascii")

    def is_answered_by(self, response: Response) -> bool:
        """A final response of this very transaction (17.1.3)?"""
        same = (response.branch, response.call_id, response.cseq)
        return response.status >= FINAL and same == (
            self.branch,
            self.call_id,
            f"{self.cseq} OPTIONS",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """What identifies a response; `body_length` as its header says it, 0 without one."""

    status: int
    branch: str
    call_id: str
    cseq: str
    body_length: int


def response(head: bytes) -> Response | None:
    """A response's status line and headers, up to the empty line; None for anything else."""
    try:
        first, *lines = head[:HEAD_LIMIT].decode("utf-8").split("\r\n")
    except UnicodeDecodeError:
        return None
    status = _STATUS.fullmatch(first)
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if colon:
            key = name.strip().lower()
            headers.setdefault(_COMPACT.get(key, key), value.strip())
    branch = _BRANCH.search(headers.get("via", ""))
    length = headers.get("content-length", "0")
    if status is None or branch is None or not (length.isascii() and length.isdigit()):
        return None
    return Response(
        status=int(status[1]),
        branch=branch[1],
        call_id=headers.get("call-id", ""),
        cseq=" ".join(headers.get("cseq", "").split()),
        body_length=int(length[:9]),
    )


class NotSip(ValueError):
    """What came over the stream is no SIP, or is beyond all bounds."""


@dataclass(slots=True)
class Framing:
    """Cuts a TCP stream into responses (18.3)."""

    waiting: bytearray = field(default_factory=bytearray)

    def feed(self, data: bytes) -> list[Response]:
        """The responses that are whole now. Raises `NotSip`."""
        self.waiting += data
        found: list[Response] = []
        while (at := self.waiting.find(b"\r\n\r\n")) >= 0:
            if at == 0:
                del self.waiting[:4]  # keep-alive (RFC 5626)
                continue
            one = response(bytes(self.waiting[:at]))
            if one is None or one.body_length > BODY_LIMIT:
                raise NotSip
            if len(self.waiting) < at + 4 + one.body_length:
                break
            del self.waiting[: at + 4 + one.body_length]
            found.append(one)
        if len(self.waiting) > HEAD_LIMIT + BODY_LIMIT:
            raise NotSip
        return found


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
