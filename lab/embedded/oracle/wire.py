"""The smallest parts of TTC: numbers with their length before them, and bytes in one piece or in
several. Pure: bytes in, values out."""

from __future__ import annotations

from typing import Final

SHORT_LIMIT: Final = 252
"""Bytes that a length of one byte can announce; 253 and above mean something else."""
IN_PIECES: Final = 0xFE
ABSENT: Final = (0, 0xFF)
PIECE_LIMIT: Final = 32_767
SIGN: Final = 0x80
WIDEST: Final = 8
"""Bytes of the widest number that TTC knows (ub8)."""


class WireError(ValueError):
    """Bytes that are not what the protocol has at this place."""


def unsigned(value: int) -> bytes:
    """ub1 to ub8: the number of bytes, then those, the highest first. 0 is one byte."""
    size = (value.bit_length() + 7) // 8
    return bytes([size]) + value.to_bytes(size, "big")


def signed(value: int) -> bytes:
    """sb1 to sb8: as `unsigned`, with the sign in the highest bit of the size."""
    if value >= 0:
        return unsigned(value)
    size, *rest = unsigned(-value)
    return bytes([size | SIGN, *rest])


def data(value: bytes) -> bytes:
    """Bytes with their length; longer ones in pieces, ended by an empty one."""
    if len(value) <= SHORT_LIMIT:
        return bytes([len(value)]) + value
    pieces = (value[at : at + PIECE_LIMIT] for at in range(0, len(value), PIECE_LIMIT))
    return bytes([IN_PIECES]) + b"".join(unsigned(len(one)) + one for one in pieces) + b"\0"


def counted(value: bytes) -> bytes:
    """The length as a number, then `data` unless it is 0: names, parameters, column texts."""
    return unsigned(len(value)) + (data(value) if value else b"")


class Reader:
    """Takes a message apart from left to right. Every method raises `WireError` past its end."""

    def __init__(self, message: bytes) -> None:
        self._message = message
        self._at = 0

    @property
    def more(self) -> bool:
        """Is anything left?"""
        return self._at < len(self._message)

    def raw(self, size: int) -> bytes:
        """That many bytes."""
        end = self._at + size
        if end > len(self._message):
            raise WireError(f"{size} bytes wanted, {len(self._message) - self._at} there")
        taken, self._at = self._message[self._at : end], end
        return taken

    def byte(self) -> int:
        """One byte."""
        return self.raw(1)[0]

    def number(self) -> int:
        """A number as `unsigned` or `signed` writes it."""
        size = self.byte()
        width = size & ~SIGN
        if width > WIDEST:
            raise WireError(f"a number of {width} bytes")
        value = int.from_bytes(self.raw(width), "big")
        return -value if size & SIGN else value

    def numbers(self, count: int) -> tuple[int, ...]:
        """That many numbers."""
        return tuple(self.number() for _ in range(count))

    def data(self) -> bytes:
        """Bytes as `data` writes them."""
        size = self.byte()
        if size in ABSENT:
            return b""
        if size != IN_PIECES:
            return self.raw(size)
        pieces = []
        while (length := self.number()) > 0:
            pieces.append(self.raw(length))
        return b"".join(pieces)

    def counted(self) -> bytes:
        """Bytes as `counted` writes them."""
        return self.data() if self.number() else b""
