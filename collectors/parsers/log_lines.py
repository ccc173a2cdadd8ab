"""Lines of a log that match what the site watches for.

A pattern is a substring, or holds `*` and `?`; it may match anywhere in a line, in any case. The
search is by hand: its cost grows with line times pattern, whatever either of them holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from collectors.parsers.plain import plain

LINE_LIMIT: Final = 4_096
"""Characters of a line that are looked at."""
QUOTED: Final = 300
MATCHES_KEPT: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The first matching lines, how many matched, and how many lines were looked at."""

    matches: tuple[str, ...]
    match_count: int
    scanned: int


def search(text: bytes, patterns: tuple[str, ...]) -> Found:
    """Look at every line of `text`."""
    wanted = [_pieces(pattern) for pattern in patterns if pattern]
    kept: list[str] = []
    count = scanned = 0
    for line in text.splitlines():
        scanned += 1
        shown = line[: LINE_LIMIT * 4].decode("utf-8", "replace")[:LINE_LIMIT].lower()
        if any(_matches(shown, pieces) for pieces in wanted):
            count += 1
            if len(kept) < MATCHES_KEPT:
                kept.append(plain(line, QUOTED))
    return Found(matches=tuple(kept), match_count=count, scanned=scanned)


def _pieces(pattern: str) -> tuple[str, ...]:
    return tuple(piece for piece in pattern.lower().split("*") if piece)


def _matches(line: str, pieces: tuple[str, ...]) -> bool:
    """All pieces, one after the other: the leftmost place of each leaves most for the next."""
    at = 0
    for piece in pieces:
        at = _place(line, piece, at)
        if at < 0:
            return False
        at += len(piece)
    return True


def _place(line: str, piece: str, start: int) -> int:
    if "?" not in piece:
        return line.find(piece, start)
    for at in range(start, len(line) - len(piece) + 1):
        if all(
            want in ("?", have)
            for want, have in zip(piece, line[at : at + len(piece)], strict=True)
        ):
            return at
    return -1
