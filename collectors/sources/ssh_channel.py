"""What passes over an SSH connection, bounded: one command's output, and all bytes of a visit."""

from __future__ import annotations

import socket
import time
from dataclasses import dataclass
from typing import BinaryIO, Final

import paramiko

VISIT_BYTES: Final = 64_000_000
"""Bytes taken from one host in one connection, whatever it sends, also before the login."""
CHUNK: Final = 32_768
FETCHES_AHEAD: Final = 64
"""Requests of 32 KiB that are under way together."""
COMPLAINT_LIMIT: Final = 4_096
"""Bytes kept of what a command says on its error output."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """What one command gave. `status` is None when the host never said that it ended."""

    answer: bytes
    complaint: bytes
    status: int | None
    truncated: bool = False
    timed_out: bool = False


class MeteredSocket:
    """A socket that ends after so many bytes: what paramiko needs of one, and no more."""

    def __init__(self, inner: socket.socket, limit: int) -> None:
        self._inner = inner
        self._left = limit

    def allow(self, more: int) -> None:
        """So many bytes more, for a file that is to be fetched."""
        self._left += more

    def recv(self, size: int) -> bytes:
        """Bytes, or none at the end of the stream or of the allowance."""
        if self._left <= 0:
            return b""
        received = self._inner.recv(min(size, self._left))
        self._left -= len(received)
        return received

    def send(self, data: bytes) -> int:
        """As a socket's."""
        return self._inner.send(data)

    def settimeout(self, seconds: float | None) -> None:
        """As a socket's."""
        self._inner.settimeout(seconds)

    def close(self) -> None:
        """As a socket's."""
        self._inner.close()

    @property
    def _closed(self) -> bool:
        return self._inner.fileno() == -1  # paramiko asks while it stops its thread


def collect(channel: paramiko.Channel, limit: int, ends: float) -> Output:
    """Everything until the command ends, its bound or its time. Each byte is waited for within
    what is left of the whole, so that a host that drips gains nothing by it."""
    kept = bytearray()
    try:
        while len(kept) <= limit:
            channel.settimeout(_left(ends))
            piece = channel.recv(CHUNK)
            if not piece:
                return _ended(channel, kept, ends)
            kept += piece
    except TimeoutError:
        return Output(answer=bytes(kept[:limit]), complaint=b"", status=None, timed_out=True)
    return Output(answer=bytes(kept[:limit]), complaint=b"", status=None, truncated=True)


def _ended(channel: paramiko.Channel, kept: bytearray, ends: float) -> Output:
    if not channel.status_event.wait(_left(ends)):
        raise TimeoutError
    complaint = channel.recv_stderr(COMPLAINT_LIMIT) if channel.recv_stderr_ready() else b""
    # paramiko leaves -1 when the connection broke before the host said how the command ended
    status = channel.exit_status if channel.exit_status >= 0 else None
    return Output(answer=bytes(kept), complaint=complaint, status=status)


def _left(ends: float) -> float:
    left = ends - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def fetch(
    transport: paramiko.Transport, path: str, target: BinaryIO, size: int, ends: float
) -> int:
    """Copy at most `size` bytes of a file over SFTP; how many they were. Raises `TimeoutError`, and
    what paramiko raises."""
    client = paramiko.SFTPClient.from_transport(transport)
    if client is None:
        raise paramiko.SSHException
    try:
        client.get_channel().settimeout(_left(ends))  # type: ignore[union-attr]
        with client.open(path, "rb") as source:
            source.prefetch(size, FETCHES_AHEAD)
            return _copied(source, target, size, ends)
    finally:
        client.close()


def _copied(source: paramiko.SFTPFile, target: BinaryIO, size: int, ends: float) -> int:
    done = 0
    while done < size:
        _left(ends)
        piece = source.read(min(CHUNK, size - done))
        if not piece:
            break
        done += target.write(piece)
    return done
