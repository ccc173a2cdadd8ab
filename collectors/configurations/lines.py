"""From what a console printed to the lines of a configuration: whole, and without what changes by
itself.

What never counts as a change, and why:

- a timestamp above the answer (USG and VRP8 print one unless `timestamp disable` is set);
- comments of the device (`!Software Version ...`, `!Last configuration was updated at ...`, `...
  saved at ...`) and AR's `[V300R019C10SPC300]`: when it was changed is not what was changed, and a
  device that logs each login there would differ at every look (oxidized #2491);
- uptimes and clock periods, which run;
- empty lines, and the spaces at the end of a line;
- what the site itself names in `watch: {volatile: [...]}`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import Final

from collectors.consoles.shapes import CutShort, Garbled, NotOffered, NotPermitted
from collectors.consoles.transcript import decoded, unpaged

MAX_LINES: Final = 60_000
"""An answer of 1 MB holds about 40,000 lines."""
MAX_LINE: Final = 4_096
REFUSED_WITHIN: Final = 3
"""Lines: a console that refuses a command says so at once. Further down the same words may stand
in a description."""
END: Final = "return"
"""VRP ends every whole configuration with it, before the prompt."""
SEPARATOR: Final = "#"

_COMMENT: Final = re.compile(r"^!")
_RELEASE: Final = re.compile(r"^\[V\d{3}R[\w.-]{1,40}\]$")
_TIMESTAMP: Final = re.compile(r"^\d{4}-\d{2}-\d{2} {1,2}\d{2}:\d{2}:\d{2}[ .+:\w]{0,24}$")
_RUNNING: Final = re.compile(r"\b(?:uptime is|clock-period|clock period)\b", re.IGNORECASE)
_UNKNOWN: Final = re.compile(
    r"^(?:Error|% ?Error)?: ?(?:Unrecognized command|Incomplete command|Wrong parameter"
    r"|Too many parameters|Ambiguous command)",
    re.IGNORECASE,
)
_NO_RIGHT: Final = re.compile(
    r"^Error: ?(?:.{0,60}permission|.{0,60}authoriz\w{1,8} fail|.{0,60}not authorized)",
    re.IGNORECASE,
)


def printed(raw: bytes) -> tuple[str, ...]:
    """The lines of an answer whose echo and prompt are gone already, without timestamps. Raises
    `NotOffered`, `NotPermitted`, and `Garbled` for what is empty, undecodable, beyond all bounds or
    ends in the middle of a line."""
    text = unpaged(decoded(raw))
    lines = text.split("\n")
    if not text.endswith("\n") or len(lines) > MAX_LINES:
        raise Garbled
    if any(len(line) > MAX_LINE for line in lines):
        raise Garbled
    told = [safe(line) for line in lines if not _TIMESTAMP.match(line.strip())]
    first = [line.strip() for line in told if line.strip()][:REFUSED_WITHIN]
    if not first:
        raise Garbled
    if any(_UNKNOWN.match(line) for line in first):
        raise NotOffered
    if any(_NO_RIGHT.match(line) for line in first):
        raise NotPermitted
    return tuple(told)


def safe(line: str) -> str:
    """Fit for a terminal, as `collectors.consoles.transcript` has it."""
    kept = line if line.isprintable() else "".join(c for c in line if c.isprintable())
    return kept.rstrip()


def whole(lines: tuple[str, ...]) -> tuple[str, ...]:
    """A VRP configuration up to its end. Raises `CutShort` when that was not seen, or anything
    follows it, and `Garbled` when nothing stands above it."""
    told = [line for line in lines if line.strip()]
    if not told or told[-1] != END:
        raise CutShort
    body = told[:-1]
    if not any(line.strip() not in ("", SEPARATOR) for line in body if not _is_noise(line)):
        raise Garbled
    return tuple(body)


def settled(lines: Iterable[str], volatile: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Without what changes by itself. `volatile` are the site's own patterns: a substring, or with
    `*` and `?`; they are tried on the line without its indentation."""
    patterns = tuple(f"*{one}*" for one in volatile if one)
    return tuple(
        line
        for line in lines
        if line.strip()
        and not _is_noise(line)
        and not any(fnmatchcase(line.strip(), one) for one in patterns)
    )


def _is_noise(line: str) -> bool:
    bare = line.strip()
    return bool(
        _COMMENT.match(bare)
        or _RELEASE.match(bare)
        or _TIMESTAMP.match(bare)
        or _RUNNING.search(bare)
    )
