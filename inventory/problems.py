"""What is wrong with an estate: every problem with its place, all of them at once."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Final

from phrases import Phrase, say, verbatim

SHOWN_LENGTH: Final = 60
"""Characters of a key or value that a sentence quotes."""

NEAR_ENOUGH: Final = 0.6
"""difflib's own default ratio: `cpu_avrage` finds `cpu_average`, `colour` finds nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing to mend. `file` is relative to the home, `line` counts from 1."""

    what: Phrase
    file: str | None = None
    line: int | None = None
    device: str | None = None

    def sentence(self) -> Phrase:
        """The problem with its place, as one line: `estate/hosts.yml:12: sw-1: ...`."""
        whole = self.what
        if self.device is not None:
            whole = say("{place}: {what}", place=shown(self.device), what=whole)
        if self.file is None:
            return whole
        place = shown(self.file) if self.line is None else f"{shown(self.file)}:{self.line}"
        return say("{place}: {what}", place=place, what=whole)


class EstateError(Exception):
    """The estate or the persons file cannot be used. Trying again helps only after mending."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(one.sentence().text("en") for one in problems))
        self.problems = problems


def in_order(problems: Collection[Problem]) -> tuple[Problem, ...]:
    """Problems by file and line. What one line does to several devices is one problem: a faulty
    default is said once, with the first device and the number of the others."""
    ordered = sorted(
        dict.fromkeys(problems), key=lambda one: (one.file or "", one.line or 0, one.device or "")
    )
    alike: dict[object, list[Problem]] = {}
    for one in ordered:
        known_line = one.line is not None and one.device is not None
        alike.setdefault((one.file, one.line, one.what) if known_line else one, []).append(one)
    return tuple(as_one(group) for group in alike.values())


def as_one(alike: Sequence[Problem]) -> Problem:
    """The first of several like problems, with the number of the others."""
    first, others = alike[0], len(alike) - 1
    if not others:
        return first
    what = say("{what} (the same on {count} more)", what=first.what, count=others)
    return replace(first, what=what)


def shown(value: object, length: int = SHOWN_LENGTH) -> str:
    """A value from a file as a sentence may quote it: printable and bounded."""
    text = value if isinstance(value, str) else _plain(value)
    safe = "".join(c if is_printable(c) else "\N{REPLACEMENT CHARACTER}" for c in text[:length])
    return safe if len(text) <= length else safe[:-1] + "…"


def is_printable(text: str) -> bool:
    """Has the text no control, format or surrogate character?"""
    return not any(unicodedata.category(c).startswith("C") for c in text)


def nearest(name: str, known: Collection[str], cutoff: float = NEAR_ENOUGH) -> str | None:
    """The known name that was probably meant."""
    # Bounded: difflib's cost grows with the square of the length.
    close = get_close_matches(name[:SHOWN_LENGTH], sorted(known), n=1, cutoff=cutoff)
    return close[0] if close else None


def not_known(at: str | Phrase, key: object, known: Collection[str]) -> Phrase:
    """The sentence about a key that means nothing, with the one that was probably meant."""
    close = nearest(str(key), known)
    if close is not None:
        return say(
            "{at}: the key “{key}” is not known; the nearest is “{nearest}”",
            at=at,
            key=shown(key),
            nearest=close,
        )
    return say(
        "{at}: the key “{key}” is not known; known here: {known}",
        at=at,
        key=shown(key),
        known=listed(known),
    )


def listed(names: Collection[str]) -> Phrase:
    """Names in order, as one enumeration."""
    return verbatim(", ".join(sorted(names))) if names else say("no key at all")


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "null"
    if isinstance(value, int) and abs(value) > 10**SHOWN_LENGTH:
        # Python refuses to print integers of more than 4,300 digits.
        return "…"
    return str(value)
