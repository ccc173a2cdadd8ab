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


NOTHING: Final = Found(matches=(), match_count=0, scanned=0)


def search(text: bytes, patterns: tuple[str, ...], ignore: tuple[str, ...] = ()) -> Found:
    """Look at every line of `text`; a line that matches one of `ignore` is none of the wanted."""
    wanted = [_pieces(pattern) for pattern in patterns if pattern]
    harmless = [_pieces(pattern) for pattern in ignore if pattern]
    lines = text.split(b"\n")
    if lines[-1] == b"":
        lines.pop()
    if not _may_match(text, wanted):
        return Found(matches=(), match_count=0, scanned=len(lines))
    matching = [
        line for line in lines if _is_wanted(line, wanted) and not _is_wanted(line, harmless)
    ]
    return Found(
        matches=tuple(plain(line, QUOTED) for line in matching[:MATCHES_KEPT]),
        match_count=len(matching),
        scanned=len(lines),
    )


def is_any_of(line: str, patterns: tuple[str, ...]) -> bool:
    """Does one of the patterns match this line?"""
    return _is_wanted(line.encode(), [_pieces(pattern) for pattern in patterns if pattern])


def together(first: Found, second: Found) -> Found:
    """What was found in two parts, in order."""
    return Found(
        matches=(*first.matches, *second.matches)[:MATCHES_KEPT],
        match_count=first.match_count + second.match_count,
        scanned=first.scanned + second.scanned,
    )


def _may_match(text: bytes, wanted: list[tuple[str, ...]]) -> bool:
    """Quickly, over the whole text: is any pattern's every fixed piece somewhere in it? Most
    logs are long and hold nothing of interest."""
    shown = text.decode("utf-8", "replace").lower()
    return any(all("?" in piece or piece in shown for piece in pieces) for pieces in wanted)


def _is_wanted(line: bytes, wanted: list[tuple[str, ...]]) -> bool:
    shown = line[: LINE_LIMIT * 4].decode("utf-8", "replace")[:LINE_LIMIT].lower()
    return any(_matches(shown, pieces) for pieces in wanted)


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
