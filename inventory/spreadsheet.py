"""A spreadsheet of devices as Excel saves it: CSV in UTF-8 or GB18030, its first row a header."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from inventory.columns import Column, by_header, columns, folded
from inventory.problems import Problem, nearest, shown
from inventory.sheets import bounded_content
from phrases import Phrase, say

ROWS_LIMIT: Final = 5_000
"""Rows of one file; a city's centre has some hundred devices."""

WORKBOOKS: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
"""How .xlsx (a ZIP archive, ECMA-376) and .xls (an OLE compound file, MS-CFB) begin."""

UTF16_MARKS: Final = (b"\xff\xfe", b"\xfe\xff")
"""Excel's "Unicode text"."""

ENCODINGS: Final = ("utf-8-sig", "gb18030")
"""Excel's "CSV UTF-8" and, under Chinese Windows, its "CSV"; GB18030 holds all of GBK."""

SEPARATORS: Final = ",;\t"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A cell that is not empty, with its header as the file spells it."""

    header: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row that is not empty. `number` counts from 1, the header's, as spreadsheets do."""

    number: int
    cells: Mapping[str, Cell]
    """By the name of the column."""


def read_spreadsheet(path: Path) -> tuple[tuple[Row, ...], tuple[Problem, ...]]:
    """The rows of a file below its header, and all that is wrong with the file as such."""
    text = _text(path)
    if isinstance(text, Phrase):
        return (), (Problem(file=path.name, what=text),)
    lines, problems = _lines(text, path.name)
    if not lines:
        return (), problems or (Problem(file=path.name, what=say("holds no row at all")),)
    header, faults = _header(lines[0], path.name)
    problems = (*problems, *faults)
    if problems:
        return (), problems
    rows: list[Row] = []
    for number, cells in enumerate(lines[1:], 2):
        row, faults = _row(number, cells, header, path.name)
        problems = (*problems, *faults)
        rows += [row] if row.cells else []
    if not rows:
        problems = (*problems, Problem(file=path.name, what=say("holds no device")))
    return tuple(rows), problems


def _text(path: Path) -> str | Phrase:
    content = bounded_content(path)
    if isinstance(content, Phrase):
        return content
    if content.startswith(WORKBOOKS):
        return say("is a workbook; save it as “CSV UTF-8” in Excel and import that file")
    if not content.startswith(UTF16_MARKS) and b"\0" not in content:
        for encoding in ENCODINGS:
            try:
                return content.decode(encoding)
            except UnicodeDecodeError:
                continue
    return say("is neither UTF-8 nor GB18030 text; save it as “CSV UTF-8” in Excel")


def _lines(text: str, file: str) -> tuple[list[list[str]], tuple[Problem, ...]]:
    first = text.partition("\n")[0]
    separator = max(SEPARATORS, key=first.count)
    reading = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    lines: list[list[str]] = []
    try:
        for line in reading:
            if len(lines) > ROWS_LIMIT:
                what = say("holds more than {limit} rows", limit=ROWS_LIMIT)
                return [], (Problem(file=file, what=what),)
            lines.append([cell.strip() for cell in line])
    except csv.Error:
        what = say(
            "is not CSV: a quote is not closed, a field is too long, or a character cannot stand "
            "here"
        )
        return [], (Problem(file=file, line=len(lines) + 1, what=what),)
    return lines, ()


def _header(
    cells: Sequence[str], file: str
) -> tuple[tuple[tuple[str, Column] | None, ...], tuple[Problem, ...]]:
    """Header and column of each place in a row; None where the header is empty."""
    known = by_header()
    found = [(cell, known.get(folded(cell))) for cell in cells]
    wrong = list(_unknown(found))
    named = [column.name for _, column in found if column is not None]
    for name in sorted({one for one in named if named.count(one) > 1}):
        wrong.append(say("the column “{column}” stands twice", column=name))
    for column in columns():
        if column.needed and column.name not in named:
            wrong.append(say("the column “{column}” is missing", column=_called(column)))
    header = tuple((cell, column) if column else None for cell, column in found)
    return header, tuple(Problem(file=file, line=1, what=what) for what in wrong)


def _unknown(found: Sequence[tuple[str, Column | None]]) -> Iterator[Phrase]:
    for cell, column in found:
        if column is not None or not cell:
            continue
        close = nearest(folded(cell), by_header().keys())
        what = say("the column “{column}” is not known", column=shown(cell))
        if close is not None:
            what = say("{what}; the nearest is “{nearest}”", what=what, nearest=close)
        yield what


def _called(column: Column) -> str:
    return "/".join((column.name, *column.chinese[:1]))


def _row(
    number: int, cells: Sequence[str], header: Sequence[tuple[str, Column] | None], file: str
) -> tuple[Row, tuple[Problem, ...]]:
    kept: dict[str, Cell] = {}
    problems: tuple[Problem, ...] = ()
    for place, text in enumerate(cells):
        under = header[place] if place < len(header) else None
        if text and under is not None:
            kept[under[1].name] = Cell(header=under[0], text=text)
        elif text:
            what = say("“{value}” stands under no column", value=shown(text))
            problems = (*problems, Problem(file=file, line=number, what=what))
    return Row(number=number, cells=kept), problems
