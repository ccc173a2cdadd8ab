"""Reading what `pg_dump --format=plain` wrote, statement by statement, without `psql`: that program
would run whatever commands of the shell a script holds.

Where a statement ends follows psql's own scanner (psqlscan.l): not within quotes, dollar quotes,
comments, parentheses, or the body of a function that is written in SQL (BEGIN ATOMIC ... END).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

LONGEST_STATEMENT: Final = 64_000_000
"""Bytes; pg_dump writes rows by COPY, or one INSERT for each."""
END_OF_ROWS: Final = b"\\."
COPY: Final = re.compile(rb"COPY .* FROM stdin;", re.DOTALL)
HARMLESS: Final = frozenset({b"\\restrict", b"\\unrestrict"})
"""pg_dump puts these around a script so that psql runs no other command (CVE-2025-8714)."""
MAKES_ROUTINE: Final = re.compile(
    rb"CREATE (?:OR REPLACE )?(?:FUNCTION|PROCEDURE)\b", re.IGNORECASE
)
NESTING: Final = re.compile(rb"\b(?:begin|case|end)\b")
OPENS: Final = re.compile(
    rb"--[^\n]*|/\*|(?<![A-Za-z0-9_])[eE]'|'|\"|\$(?:[A-Za-z_\x80-\xff][A-Za-z0-9_\x80-\xff]*)?\$|[();]"
)
IN_COMMENT: Final = re.compile(rb"/\*|\*/")
QUOTE_ENDS: Final = {b"'": re.compile(rb"'"), b'"': re.compile(rb'"'),
                     b"e'": re.compile(rb"'|\\.", re.DOTALL)}  # fmt: skip


class CutOff(Exception):
    """The script ends within a statement or within rows."""


class NotRun(Exception):
    """The script holds what is not run here: a command of psql, or a statement beyond all
    bounds. The text names it."""


class Script:
    """The statements of a script, in order. After a COPY, `rows` gives its rows; they must be
    taken before the next statement is asked for."""

    def __init__(self, lines: Iterable[bytes]) -> None:
        self._lines = iter(lines)

    def statements(self) -> Iterator[bytes]:
        """Each with its semicolon, without comments before it. Raises `CutOff`, `NotRun`."""
        scan = _Scan()
        for line in self._lines:
            if scan.between and line.startswith(b"\\"):
                _check_command(line)
                continue
            yield from scan.fed(line)
        if not scan.between:
            raise CutOff

    def rows(self) -> Iterator[bytes]:
        """The rows of the COPY that was given last, a line each. Raises `CutOff`."""
        for line in self._lines:
            if line.rstrip(b"\r\n") == END_OF_ROWS:
                return
            yield line
        raise CutOff


def _check_command(line: bytes) -> None:
    word = line.split(None, 1)[0]
    if word not in HARMLESS:
        raise NotRun(word[:40].decode("ascii", "replace"))


class _Scan:
    """Where in a statement the reading is."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._code: list[bytes] = []
        self._size = 0
        self._inside: bytes | None = None
        """What is open: a quote, `e'`, a dollar quote, or `/*`."""
        self._comments = 0
        self._parentheses = 0

    @property
    def between(self) -> bool:
        """Is no statement begun?"""
        return self._inside is None and not self._parentheses and not self._size

    def fed(self, line: bytes) -> Iterator[bytes]:
        """The statements that end in this line."""
        at = 0
        while at < len(line):
            if self._inside is not None:
                at = self._within(self._inside, line, at)
                continue
            found = OPENS.search(line, at)
            if found is None:
                self._keep(line[at:], code=True)
                return
            self._keep(line[at : found.start()], code=True)
            at = found.end()
            token = found.group()
            if token.startswith(b"--"):
                continue
            self._open(token)
            if token == b";" and not self._parentheses and not self._in_body():
                yield self._taken()

    def _open(self, token: bytes) -> None:
        if token == b"/*":
            self._inside, self._comments = token, 1
            return
        self._keep(token, code=token in (b"(", b")", b";"))
        if token == b"(":
            self._parentheses += 1
        elif token == b")":
            self._parentheses = max(0, self._parentheses - 1)
        elif token != b";":
            self._inside = token.lower() if token in (b"E'", b"e'") else token

    def _within(self, inside: bytes, line: bytes, at: int) -> int:
        """Go on to the end of what is open, or of the line."""
        if inside == b"/*":
            return self._in_comment(line, at)
        if inside.startswith(b"$"):
            end = line.find(inside, at)
            after = len(line) if end < 0 else end + len(inside)
            closed = end >= 0
        else:
            found = QUOTE_ENDS[inside].search(line, at)
            after = found.end() if found else len(line)
            closed = found is not None and not found.group().startswith(b"\\")
        self._keep(line[at:after])
        if closed:
            self._inside = None
        return after

    def _in_comment(self, line: bytes, at: int) -> int:
        found = IN_COMMENT.search(line, at)
        if found is None:
            return len(line)
        self._comments += 1 if found.group() == b"/*" else -1
        if not self._comments:
            self._inside = None
            self._keep(b" " if self._size else b"")
        return found.end()

    def _keep(self, piece: bytes, *, code: bool = False) -> None:
        if not self._size:
            piece = piece.lstrip()
        if not piece:
            return
        self._size += len(piece)
        if self._size > LONGEST_STATEMENT:
            raise NotRun(f"> {LONGEST_STATEMENT} bytes")
        self._parts.append(piece)
        if code:
            self._code.append(piece)

    def _in_body(self) -> bool:
        """Is this a function of which the body, written in SQL, has not ended?"""
        if not MAKES_ROUTINE.match(self._parts[0]):
            return False
        depth = 0
        for word in NESTING.findall(b"".join(self._code).lower()):
            if word == b"begin" or (word == b"case" and depth):
                depth += 1
            elif word == b"end" and depth:
                depth -= 1
        return depth > 0

    def _taken(self) -> bytes:
        statement = b"".join(self._parts)
        self._parts, self._code, self._size = [], [], 0
        return statement
