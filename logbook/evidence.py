"""Raw evidence, kept by content: what a device really said, compressed, named by its digest.

A stored object is a zlib stream followed by the SHA-256 of that stream (32 bytes). The name is the
SHA-256 of the uncompressed bytes: `ab/cdef....z`. The trailer is there because a zlib stream has
bits that change nothing in what it unpacks to; with it no stored bit can change unseen.
"""

from __future__ import annotations

import os
import stat
import zlib
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Final

from logbook.entries import DIGEST

MAX_OBJECT_BYTES: Final = 16 * 1024 * 1024
"""The largest evidence kept; answers of devices are bounded far below."""

LEVEL: Final = 6
TRAILER_BYTES: Final = 32
_serial = count()


class EvidenceDamaged(Exception):
    """A stored object is missing, or is not what its name says."""


class EvidenceArchive:
    """Evidence in one folder. Several processes may put at once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._unsettled: set[Path] = set()

    def put(self, content: bytes) -> str:
        """Keep `content` and return its digest. The bytes are on disk at once, the name after
        `settle()`. Raises `ValueError` above `MAX_OBJECT_BYTES`."""
        if len(content) > MAX_OBJECT_BYTES:
            raise ValueError(f"evidence of {len(content)} bytes, limit {MAX_OBJECT_BYTES}")
        digest = sha256(content).hexdigest()
        path = self.path(digest)
        if not path.exists():
            self._write(path, packed(content))
        self._unsettled.update((path.parent, self.folder))
        return digest

    def settle(self) -> None:
        """Make the names of all that was put durable; the logbook does so before it appends."""
        folders, self._unsettled = self._unsettled, set()
        for folder in sorted(folders):
            _sync_folder(folder)

    def get(self, digest: str) -> bytes:
        """The content named `digest`, proven. Raises `EvidenceDamaged`."""
        return unpacked_as(digest, self.stored(digest))

    def stored(self, digest: str) -> bytes:
        """The object as it lies there, unproven. Only a regular file is one: a link leads
        elsewhere, and a pipe would be waited for. Raises `EvidenceDamaged`."""
        try:
            with open(self.path(digest), "rb", opener=_waiting_for_nothing) as file:
                if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                    raise EvidenceDamaged(f"{digest}: not a regular file")
                return file.read(2 * MAX_OBJECT_BYTES)
        except OSError as error:
            raise EvidenceDamaged(f"{digest}: {error.strerror}") from error

    def path(self, digest: str) -> Path:
        """Where the object lies. Raises `EvidenceDamaged` for what is no digest, so that no name
        leads out of the folder."""
        if not DIGEST.fullmatch(digest):
            raise EvidenceDamaged(f"{digest[:70]!r} is not a digest")
        return self.folder / digest[:2] / f"{digest[2:]}.z"

    def _write(self, path: Path, stored: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{path.name}.{os.getpid()}.{next(_serial)}")
        with temporary.open("xb") as file:
            file.write(stored)
            file.flush()
            os.fsync(file.fileno())
        temporary.rename(path)


def _waiting_for_nothing(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK)


def packed(content: bytes) -> bytes:
    """The stored form of `content`."""
    stream = zlib.compress(content, LEVEL)
    return stream + sha256(stream).digest()


def unpacked_as(digest: str, stored: bytes) -> bytes:
    """The content of a stored form that must have this digest. Raises `EvidenceDamaged`."""
    content = unpacked(stored)
    if sha256(content).hexdigest() != digest:
        raise EvidenceDamaged(f"{digest}: the content has another digest")
    return content


def unpacked(stored: bytes) -> bytes:
    """The content of a stored form, never more than `MAX_OBJECT_BYTES`. Raises
    `EvidenceDamaged`."""
    stream, trailer = stored[:-TRAILER_BYTES], stored[-TRAILER_BYTES:]
    if sha256(stream).digest() != trailer:
        raise EvidenceDamaged("the stored bytes were changed")
    unpacker = zlib.decompressobj()
    try:
        content = unpacker.decompress(stream, MAX_OBJECT_BYTES + 1)
    except zlib.error as error:
        raise EvidenceDamaged(f"not a zlib stream: {error}") from error
    if len(content) > MAX_OBJECT_BYTES or not unpacker.eof or unpacker.unused_data:
        raise EvidenceDamaged("too large, cut off, or followed by other bytes")
    return content


def _sync_folder(folder: Path) -> None:
    file = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
