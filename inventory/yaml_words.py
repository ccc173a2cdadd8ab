"""Why a file is no YAML, in words for people: libyaml and PyYAML say it in English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from phrases import Phrase, say

UNCLOSED: Final = say("a bracket or a quote is not closed")
INDENT: Final = say("the indent or a colon is wrong, here or in the line before")
COLON: Final = say("a second colon in one line: put the value in quotes")
TAB: Final = say("a character that cannot stand here, perhaps a tab: indent with spaces")

WORDS: Final[Mapping[str, Phrase]] = {
    "mapping values are not allowed": COLON,
    "did not find expected key": INDENT,
    "did not find expected '-' indicator": INDENT,
    "could not find expected ':'": INDENT,
    "block sequence entries are not allowed": INDENT,
    "block mapping entries are not allowed": INDENT,
    "did not find expected ',' or": UNCLOSED,
    "found unexpected end of stream": UNCLOSED,
    "that cannot start any token": TAB,
    "found a tab character": TAB,
    "control characters are not allowed": TAB,
    "special characters are not allowed": TAB,
    "found undefined alias": say("an alias (*) of which there is no anchor (&)"),
    "unknown escape character": say("a backslash in double quotes: use single quotes"),
    "found undefined tag": say("a tag (!) that is not known"),
}
"""By a piece of what the reader says (libyaml's scanner.c and parser.c)."""

ELSE: Final = say("its structure is broken here")


def why_no_yaml(problem: str) -> Phrase:
    """The words for what a reader of YAML says."""
    return next((told for piece, told in WORDS.items() if piece in problem), ELSE)
