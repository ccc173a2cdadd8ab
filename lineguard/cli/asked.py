"""What was asked of every command alike: language, home, JSON. Users type these options before or
after the command's name, so they are taken out of the line before click sees it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from phrases import Lang, Phrase, say

LANGUAGES: Final[Mapping[str, Lang]] = {"zh": "zh", "zh_CN": "zh", "en": "en"}


class Misused(Exception):
    """A command line that cannot be meant; said in one sentence."""

    def __init__(self, why: Phrase) -> None:
        super().__init__(why.text("en"))
        self.why = why


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The options that belong to every command."""

    lang: Lang = "zh"
    home: Path | None = None
    person: str | None = None
    """Who is said to act: `--as`."""
    json: bool = False
    quiet: bool = False
    colour: bool = True


def by_environment() -> Asked:
    """What the environment asks: `LINEGUARD_LANG` and `NO_COLOR`."""
    return Asked(
        lang=LANGUAGES.get(os.environ.get("LINEGUARD_LANG", ""), "zh"),
        colour=not os.environ.get("NO_COLOR"),
    )


def separate(arguments: Sequence[str], asked: Asked) -> tuple[list[str], Asked]:
    """The line without the global options, and what they ask for. Behind `--` nothing is taken.

    Raises `Misused`; a wrong `--lang` as well, in the language asked before it.
    """
    rest: list[str] = []
    waiting = list(arguments)
    while waiting:
        word = waiting.pop(0)
        if word == "--":
            return [*rest, word, *waiting], asked
        name, equals, value = word.partition("=")
        if name in ("--lang", "--home", "--as"):
            asked = _with(asked, name, value if equals else _next(name, waiting))
        elif word == "--json":
            asked = replace(asked, json=True)
        elif word == "--quiet":
            asked = replace(asked, quiet=True)
        elif word == "--no-color":
            asked = replace(asked, colour=False)
        else:
            rest.append(word)
    return rest, asked


def _next(name: str, waiting: list[str]) -> str:
    if not waiting:
        raise Misused(say("{option} needs a value behind it", option=name))
    return waiting.pop(0)


def _with(asked: Asked, name: str, value: str) -> Asked:
    if not value and name != "--lang":
        raise Misused(say("{option} needs a value behind it", option=name))
    if name == "--home":
        return replace(asked, home=Path(value))
    if name == "--as":
        return replace(asked, person=value)
    if value not in LANGUAGES:
        raise Misused(say("--lang is zh or en, not {value!r}", value=value))
    return replace(asked, lang=LANGUAGES[value])
