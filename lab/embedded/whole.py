"""Files of a practice home appear whole under their names or not at all: a full disk leaves the
part aside, and the next run begins it anew."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

PRIVATE_MODE: Final = 0o600
SHARED_MODE: Final = 0o644


def put(target: Path, content: str | bytes, mode: int = SHARED_MODE) -> None:
    """Write a file in place of whatever is there. Raises `OSError`, and leaves what was there."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.part")
    part.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            file.write(content.encode("utf-8") if isinstance(content, str) else content)
        part.replace(target)
    except OSError:
        part.unlink(missing_ok=True)
        raise


def put_if_missing(target: Path, content: str | bytes, mode: int = SHARED_MODE) -> None:
    """As `put`, but what is there stays."""
    if not target.exists():
        put(target, content, mode)
