"""What a parser says when it does not understand, and the tables that consoles print."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

MISSING: Final = frozenset({"-", "--", "NA", "N/A"})
"""How VRP prints a cell that does not apply."""


STATES: Final = frozenset({"Present", "Absent", "Normal", "Abnormal"})
"""What stands in every row of VRP's tables of parts, and in no title."""


class Garbled(ValueError):
    """The answer is of no known shape; nothing may be concluded from it."""


class CutShort(Garbled):
    """The answer breaks off before the end that its kind always has."""


class NotOffered(Exception):
    """The console said that it has no such command."""


class NotPermitted(Exception):
    """The console said that this user may not run the command."""


def percent(text: str) -> float:
    """A percentage from 0 to 100, with or without its sign. Raises `Garbled`."""
    value = number(text.rstrip("%"))
    if not 0 <= value <= 100:
        raise Garbled
    return value


def number(text: str) -> float:
    """A plain decimal number of at most twelve characters. Raises `Garbled`."""
    digits = text.strip().removeprefix("-").replace(".", "", 1)
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 12):
        raise Garbled
    return float(text)


def is_rule(line: str) -> bool:
    """A line of dashes that parts a table's heading from its rows."""
    bare = line.replace(" ", "")
    return bool(bare) and set(bare) <= {"-", "="}


def rows_under(
    lines: tuple[str, ...], *heading: str
) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Every row, as words, that stands under a heading with all these words, and that heading.

    A heading may be repeated, for another slot. Lines above the first are left out. Raises
    `Garbled` when there is no such heading, or a row stands above it: then the lines are not in
    the order in which they were printed, or some of them belong to another answer.
    """
    columns: tuple[str, ...] = ()
    for line in lines:
        words = tuple(line.split())
        if set(heading) <= set(words):
            columns = words
        elif columns and words and not is_rule(line):
            yield columns, words
        elif not columns and STATES & set(words):
            raise Garbled
    if not columns:
        raise Garbled
