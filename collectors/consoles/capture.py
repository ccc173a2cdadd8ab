"""From one recorded console session to site data: which pattern finds what a person marked.

The vendor's commands are not public (see `u1900`), so somebody who has the console before them
shows Lineguard once where a value stands. Nothing here is sent; a suggestion is only offered when
the very parser that rounds use finds in the recording exactly what was marked.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from collectors.consoles import transcript, u1900
from collectors.consoles.shapes import CutShort, Garbled, NotOffered, NotPermitted
from inventory.model import ConsoleQuestion
from phrases import Phrase, say

BEFORE: Final = 24
"""Characters in front of a value that tell where it stands."""
AFTER: Final = 4
PAIR: Final = "="
"""Between the name and the state of a part, as a person marks it."""

SHAPES: Final = (
    (re.compile(r"\d{1,3}(?:\.\d{1,3}){3}/\d{1,2}"), r"(\d{1,3}(?:\.\d{1,3}){3}/\d{1,2})"),
    (re.compile(r"\d{1,3}(?:\.\d{1,3}){3}"), r"(\d{1,3}(?:\.\d{1,3}){3})"),
    (re.compile(r"\d{1,9}\.\d{1,9}"), r"(\d{1,9}\.\d{1,9})"),
    (re.compile(r"\d{1,9}"), r"(\d{1,9})"),
    (re.compile(r"\S{1,60}"), r"(\S{1,60})"),
)
"""How a value looks, the narrowest first, and what finds others of its kind."""


class NotFound(Exception):
    """What was marked cannot be found again; the sentence says why."""

    def __init__(self, why: Phrase) -> None:
        super().__init__(why.text("en"))
        self.why = why


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """One recorded answer, the question that reads it, and what it must find there for ever."""

    device: str
    topic: str
    question: ConsoleQuestion
    answer: str
    values: tuple[str, ...]

    def found_now(self, question: ConsoleQuestion | None = None) -> tuple[str, ...]:
        """What a question (its own by default) finds in the recording. Raises `NotFound`."""
        return read(self.answer, question or self.question, self.topic)


def read(answer: str, question: ConsoleQuestion, topic: str) -> tuple[str, ...]:
    """As a round reads it. Raises `NotFound`."""
    try:
        lines = u1900.without_trailer(transcript.lines_of(answer.encode()))
        return u1900.values(lines, question, topic)
    except (Garbled, CutShort, NotOffered, NotPermitted):
        raise NotFound(
            say("the pattern finds nothing in the answer, or the answer is not whole")
        ) from None


def suggested(answer: str, marks: Sequence[str], topic: str) -> str:
    """A pattern that finds what was marked. Raises `NotFound` when no line holds it."""
    if topic in u1900.PARTS:
        return _of_parts(marks)
    for line in transcript.lines_of(answer.encode()):
        places = _places(line.strip(), marks)
        if places is not None:
            return _of_line(line.strip(), places)
    raise NotFound(
        say("no line of the answer holds {marks} in this order", marks=" … ".join(marks))
    )


def expected(marks: Sequence[str], topic: str) -> tuple[str, ...]:
    """What the parser gives for the marks: of parts a name and a state, parted by a tab."""
    if topic in u1900.PARTS:
        return tuple("\t".join(part.strip() for part in one.split(PAIR, 1)) for one in marks)
    if topic == u1900.ALARMS:
        return (" ".join(marks),)
    return tuple(marks)


def site_data(question: ConsoleQuestion) -> dict[str, Any]:
    """The question as it stands in the estate."""
    told = {
        "command": question.command,
        "pattern": question.pattern,
        "unit": question.unit,
        "expect": question.expect,
        "none": question.none,
        "confirmed": question.confirmed,
    }
    return {key: value for key, value in told.items() if value is not None}


def _places(line: str, marks: Sequence[str]) -> list[tuple[int, int]] | None:
    places: list[tuple[int, int]] = []
    start = 0
    for mark in marks:
        begin = line.find(mark, start)
        if begin < 0:
            return None
        start = begin + len(mark)
        places.append((begin, start))
    return places


def _of_line(line: str, places: Sequence[tuple[int, int]]) -> str:
    parts: list[str] = []
    end_before = 0
    for begin, end in places:
        context = line[max(end_before, begin - BEFORE) : begin]
        parts += [_literal(context), _shape(line[begin:end])]
        end_before = end
    parts.append(_literal(line[end_before : end_before + AFTER].rstrip()))
    return "".join(parts)


def _of_parts(marks: Sequence[str]) -> str:
    """Rows of a name and a state: names alike but for their numbers."""
    names = list(dict.fromkeys(_numbered(one.split(PAIR, 1)[0].strip()) for one in marks))
    return rf"^({'|'.join(names)}) {{1,40}}(\S.{{0,40}})$"


def _shape(value: str) -> str:
    for looks, finds in SHAPES:
        if looks.fullmatch(value):
            return finds
    return f"({_literal(value)})"


def _numbered(name: str) -> str:
    return re.sub(r"\d+", lambda _match: r"\d{1,4}", re.escape(name).replace(r"\ ", " "))


def _literal(text: str) -> str:
    """The text itself; a run of blanks stands for any run of them."""
    return re.sub(r"(?:\\ )+| +", " {1,40}", re.escape(text))
