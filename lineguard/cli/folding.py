"""Text in the columns of a terminal: aligned by the width that Chinese has there, folded where it
is too wide, and without control characters."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import cache
from typing import Final

GAP: Final = "  "
SHORT_WORD: Final = 4
"""So many Chinese characters between blanks or signs are a word, and stay together."""
_CHINESE: Final = re.compile("[\u4e00-\u9fff]+")
NARROWEST: Final = 8
"""A column is not folded below this: four Chinese characters, or a short English word."""

CLINGING: Final = frozenset("，。；：！？、）”》】℃％%…")
"""Punctuation and units that never begin a line."""
OPENING: Final = frozenset("（“《【")
"""Punctuation that never ends one."""


def width(text: str) -> int:
    """Columns on a terminal: East Asian wide and full-width characters take two."""
    return sum(_columns(character) for character in text)


@cache
def _columns(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def safe(text: str) -> str:
    """Without control characters, whatever a device or a file put in."""
    return "".join("\N{REPLACEMENT CHARACTER}" if _controls(one) else one for one in text)


def _controls(character: str) -> bool:
    return character != "\n" and unicodedata.category(character) in ("Cc", "Cf")


def folded(text: str, columns: int) -> list[str]:
    """The text in lines of at most that many columns, broken at a blank or between Chinese
    characters; inside a word only where that is wider than a whole line."""
    lines, line = [], ""
    for word in _words(text):
        piece = word
        if line and width(line) + width(piece.rstrip()) > columns:
            lines.append(line.rstrip())
            line = ""
        while width(piece.rstrip()) > columns:
            head = _head(piece, columns)
            lines.append(head)
            piece = piece[len(head) :]
        line += piece
    return [*lines, line.rstrip()] if line.strip() or not lines else lines


def paragraphs(text: str) -> list[str]:
    """The lines of a text, those that go on in the next one joined with it: a paragraph ends with
    a full stop or a colon. Between Chinese characters nothing is put in."""
    whole: list[str] = []
    for line in text.splitlines():
        if not whole or not whole[-1] or not line or whole[-1][-1] in ENDING:
            whole.append(line)
        else:
            whole[-1] += _gap(whole[-1][-1], line[0]) + line
    return whole


def _gap(before: str, after: str) -> str:
    """What stands between two lines that are joined."""
    wide = [_columns(one) == 2 for one in (before, after)]
    clings = wide[0] and unicodedata.category(before).startswith("P")
    return "" if all(wide) or clings else " "


ENDING: Final = frozenset(".:。：")


def _head(word: str, columns: int) -> str:
    """As much of a word as fits; at least one character."""
    end = 1
    while end < len(word) and width(word[: end + 1]) <= columns:
        end += 1
    return word[:end]


def _words(text: str) -> list[str]:
    """Pieces that stay together: words with the blank behind them, short Chinese words, otherwise
    single Chinese characters, all with their punctuation."""
    pieces: list[str] = [""]
    short = _short_words(text)
    for at, character in enumerate(text):
        if at not in short and _parts(pieces[-1], character):
            pieces.append("")
        pieces[-1] += character
    return [piece for piece in pieces if piece]


def _short_words(text: str) -> set[int]:
    """The places inside short Chinese words, where no line is broken."""
    inside: set[int] = set()
    for found in _CHINESE.finditer(text):
        if found.end() - found.start() <= SHORT_WORD:
            inside.update(range(found.start() + 1, found.end()))
    return inside


def _parts(piece: str, character: str) -> bool:
    """May a line be broken between the piece and this character?"""
    if not piece or character in CLINGING or piece[-1] in OPENING:
        return False
    if character == " ":
        return False
    return piece[-1] == " " or _columns(character) == 2 or _columns(piece[-1]) == 2


def table(head: Sequence[str], rows: Sequence[Sequence[str]], columns: int | None) -> list[str]:
    """Lines of an aligned table, its cells folded into `columns` where that is given."""
    return aligned([head, *rows], columns)


def aligned(rows: Sequence[Sequence[str]], columns: int | None) -> list[str]:
    """The same without a head."""
    cells = [[safe(cell).replace("\n", " ") for cell in row] for row in rows]
    if not cells:
        return []
    natural = [max(width(cell) for cell in column) for column in zip(*cells, strict=True)]
    sizes = natural if columns is None else _fitted(cells, natural, columns)
    return [line for row in cells for line in _row(row, sizes)]


def _fitted(cells: list[list[str]], natural: list[int], columns: int) -> list[int]:
    """Widths that fit: the widest columns give way first, words are kept whole while that is
    possible, and nothing becomes narrower than can be read."""
    room = columns - len(GAP) * (len(natural) - 1)
    words = [max(_longest(cell) for cell in column) for column in zip(*cells, strict=True)]
    floors = [min(size, NARROWEST) for size in natural]
    whole = [max(pair) for pair in zip(floors, words, strict=True)]
    return _shrunk(_shrunk(natural, whole, room), floors, room)


def _longest(cell: str) -> int:
    return max((width(word.rstrip()) for word in _words(cell)), default=0)


def _shrunk(sizes: list[int], floors: list[int], room: int) -> list[int]:
    sizes = list(sizes)
    while sum(sizes) > room:
        wide = [n for n, size in enumerate(sizes) if size > floors[n]]
        if not wide:
            break
        sizes[max(wide, key=sizes.__getitem__)] -= 1
    return sizes


def _row(row: list[str], sizes: list[int]) -> list[str]:
    parts = [folded(cell, size) for cell, size in zip(row, sizes, strict=True)]
    height = max(len(part) for part in parts)
    lines = [[part[n] if n < len(part) else "" for part in parts] for n in range(height)]
    return [
        GAP.join(
            cell + " " * (size - width(cell)) for cell, size in zip(line, sizes, strict=True)
        ).rstrip()
        for line in lines
    ]
