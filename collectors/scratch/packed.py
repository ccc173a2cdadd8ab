"""Dumps that somebody packed with gzip: unpacked beside, within the room that there is."""

from __future__ import annotations

import gzip
import shutil
import time
import zlib
from pathlib import Path
from typing import Final

from collectors.readings import Trouble
from collectors.restoring import CannotTry, DoesNotRestore
from collectors.scratch.plain_dump import too_slow
from phrases import say

MAGIC: Final = b"\x1f\x8b"
"""RFC 1952 section 2.3.1."""
PART: Final = 1_000_000
"""Bytes that are unpacked at once."""


def unpacked(dump: Path, spare: int, ends: float) -> Path:
    """The dump, or what it holds where it is packed. As many bytes again as were unpacked, and
    `spare`, stay free for the server. Raises `CannotTry`, `DoesNotRestore`."""
    with dump.open("rb") as file:
        if file.read(len(MAGIC)) != MAGIC:
            return dump
    target = dump.with_name(f"{dump.name}.unpacked")
    try:
        with gzip.open(dump) as source, target.open("wb") as out:
            written = 0
            while part := source.read(PART):
                written += out.write(part)
                _check_room(target, written + spare, ends)
    except (EOFError, gzip.BadGzipFile, zlib.error):
        raise DoesNotRestore(say("the packed dump (gzip) is damaged or cut off")) from None
    return target


def _check_room(target: Path, needed: int, ends: float) -> None:
    if time.monotonic() >= ends:
        raise too_slow()
    free = shutil.disk_usage(target.parent).free
    if free < needed:
        raise CannotTry(
            Trouble.TOO_LARGE,
            say("a trial restore needs {needed} bytes under {folder}, {free} are free",
                needed=needed, folder=str(target.parent), free=free),
        )  # fmt: skip
