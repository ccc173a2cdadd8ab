"""Loopback ports of the practice site: which are free, and moving the estate onto others.

Every port stands once, literally, in the files of a practice home (`port: 21001` in the estate,
`127.0.0.1:21043` in the settings). Moving is a replacement in the text, so that comments and
order stay as people left them.
"""

from __future__ import annotations

import random
import re
import socket
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from phrases import Phrase, say

LOOPBACK: Final = "127.0.0.1"
FIRST_PORT: Final = 20_000
EPHEMERAL_RANGE: Final = Path("/proc/sys/net/ipv4/ip_local_port_range")
"""Below its start nothing is handed out to outgoing connections (Linux, ip(7))."""
EPHEMERAL_START: Final = 32_768
"""Linux's default, where the file cannot be read."""
ATTEMPTS: Final = 200

ESTATE_PORT: Final = re.compile(r"\bport: (\d{2,5})\b")
SETTINGS_PORT: Final = re.compile(r"\b127\.0\.0\.1:(\d{2,5})\b")
REFERENCE_PORT: Final = re.compile(r"\btcp://127\.0\.0\.1:(\d{2,5})\b")
TICKETS_PORT: Final = re.compile(r"\bhttp://127\.0\.0\.1:(\d{2,5})/tickets/")


class NoFreePorts(Exception):
    """No run of free ports was found on the loopback address."""

    def __init__(self, wanted: int) -> None:
        self.why: Phrase = say(
            "no {wanted} free ports in a row were found on 127.0.0.1 between {first} and {last}",
            wanted=wanted,
            first=FIRST_PORT,
            last=ephemeral_start() - 1,
        )
        super().__init__(self.why.text("en"))


def ephemeral_start() -> int:
    """The first port that the system may give to an outgoing connection."""
    try:
        return int(EPHEMERAL_RANGE.read_text(encoding="ascii").split()[0])
    except (OSError, ValueError, IndexError):
        return EPHEMERAL_START


def is_free(port: int) -> bool:
    """Can both a TCP and a UDP server have this port on the loopback address now?"""
    with (
        socket.socket(socket.AF_INET, socket.SOCK_STREAM) as stream,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagram,
    ):
        stream.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            stream.bind((LOOPBACK, port))
            stream.listen(1)
            datagram.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def taken(ports: Iterable[int]) -> tuple[int, ...]:
    """Those of the ports that somebody else has."""
    return tuple(port for port in ports if not is_free(port))


def free_block(size: int, chance: random.Random) -> range:
    """A run of free ports outside the ephemeral range. Raises `NoFreePorts`."""
    last_start = ephemeral_start() - size
    for _ in range(ATTEMPTS if last_start > FIRST_PORT else 0):
        start = chance.randrange(FIRST_PORT, last_start)
        block = range(start, start + size)
        if not taken(block):
            return block
    raise NoFreePorts(size)


def ports_in(text: str, pattern: re.Pattern[str]) -> tuple[int, ...]:
    """The ports named in a text, in order."""
    return tuple(int(found) for found in pattern.findall(text))


def moved(text: str, pattern: re.Pattern[str], to: Mapping[int, int]) -> str:
    """The text with each port in its new place; ports that are not in `to` stay."""

    def replaced(match: re.Match[str]) -> str:
        start, end = match.start(1) - match.start(), match.end(1) - match.start()
        whole, port = match.group(0), int(match.group(1))
        return f"{whole[:start]}{to.get(port, port)}{whole[end:]}"

    return pattern.sub(replaced, text)
