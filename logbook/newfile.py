"""A file that appears whole under its name, or not at all."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


@contextmanager
def new_file(target: Path, mode: int) -> Iterator[IO[bytes]]:
    """Write to a hidden name beside `target`, which takes its place when the block has ended
    well. Raises `FileExistsError` when `target` is there already."""
    if target.exists():
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target))
    hidden = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    number = os.open(hidden, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(number, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.link(hidden, target)  # refuses a name that exists by now, as rename would not
    finally:
        hidden.unlink()
