"""The shapes of the commands that a Linux-like host answers: those of the collectors, with their
fields as groups."""

from __future__ import annotations

import re
import shlex
from typing import Final

from collectors.sources.host_commands import (
    CALL_COUNTS,
    COPY_BESIDE,
    COPY_DIGEST,
    COPY_FILES,
    COUNT_HOURS,
    FILE_AGE,
    LOG_BY_INODE,
    LOG_PART,
    LOG_STATE,
    STATUS_FILE,
)


def _shape(template: str, **parts: str) -> re.Pattern[str]:
    """A command template as a pattern; `parts` are the patterns of its fields. A field that stands
    again must be the same again."""
    fixed = re.split(r"\{(\w+)\}", template)
    pieces = [
        re.escape(one) if not at % 2 else (f"(?P={one})" if one in fixed[1:at:2] else parts[one])
        for at, one in enumerate(fixed)
    ]
    return re.compile("".join(pieces), re.DOTALL)


_PATH: Final = r"(?P<path>\S+|'.*')"
AGE: Final = _shape(FILE_AGE, path=_PATH)
STATE: Final = _shape(LOG_STATE, path=_PATH)
PART: Final = _shape(LOG_PART, first=r"(?P<first>\d+)", path=_PATH, count=r"(?P<count>\d+)")
FILES: Final = _shape(COPY_FILES, folder=_PATH, name=r"(?P<name>\S+|'.*')")
DIGEST: Final = _shape(COPY_DIGEST, seconds=r"\d+", path=_PATH)
BESIDE: Final = _shape(COPY_BESIDE, path=_PATH)
STATUS: Final = _shape(STATUS_FILE, path=_PATH, count=r"(?P<count>\d+)")
_WORD: Final = r"(?:'[^']*'|\S+)"
COUNTS: Final = _shape(
    CALL_COUNTS,
    folder=f"(?P<folder>{_WORD})",
    files=f"(?P<files>{_WORD})",
    first=f"(?P<first>{_WORD})",
    past=f"(?P<past>{_WORD})",
    size=r"\d+",
    shape=_WORD,
    column=r"\d+",
    weight=r"\d+",
    delimiter=_WORD,
    program=re.escape(shlex.quote(COUNT_HOURS)),
)
BY_INODE: Final = _shape(LOG_BY_INODE, folder=_PATH, inode=r"(?P<inode>\d+)")
