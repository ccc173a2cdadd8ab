"""One sentence, two languages: every text that a person reads starts here.

A `Phrase` is an English message id with its arguments. It travels as a value and becomes text only
at the edge, in Chinese (`zh`, the default) or English (`en`). The Chinese lives in gettext
catalogues: one `.po` per room in `phrases/locale/zh_CN/`, compiled together by `make phrases`.
"""

from __future__ import annotations

import gettext
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, Literal

Lang = Literal["zh", "en"]

UNREADABLE: Final = "\N{REPLACEMENT CHARACTER}×"
"""Stands, with the number of bytes behind it, for bytes of a device that are no text."""
NOISE: Final = re.compile(UNREADABLE + r"(\d{1,9})", re.ASCII)

LOCALE: Final = Path(__file__).parent / "locale"


@dataclass(frozen=True, slots=True)
class Phrase:
    """An English message id with named `str.format` fields, and the values for them."""

    msgid: str
    args: tuple[tuple[str, str | int | float | Phrase], ...] = ()

    def text(self, lang: Lang) -> str:
        """The sentence in one language. A message without a translation reads in English."""
        values = {name: _worded(value, lang) for name, value in self.args}
        message = self.msgid if lang == "en" else _chinese().gettext(self.msgid)
        return message.format(**values)

    def both(self) -> dict[str, str]:
        """The sentence as it is stored: `{"en": ..., "zh": ...}`."""
        return {"en": self.text("en"), "zh": self.text("zh")}


def say(msgid: str, /, **args: str | int | float | Phrase) -> Phrase:
    """A phrase. `msgid` must be a literal, so that `make phrases` finds it."""
    return Phrase(msgid, tuple(args.items()))


def verbatim(text: str) -> Phrase:
    """A text that has no translation: a name, a number, a device's own words."""
    return Phrase("{verbatim}", (("verbatim", text),))


def readable(text: str, lang: Lang) -> str:
    """A device's words as people read them: noise in them is said, with its length."""
    if UNREADABLE not in text:
        return text
    return NOISE.sub(lambda one: NOISE_SAID.text(lang).format(count=one[1]), text)


def _worded(value: str | int | float | Phrase, lang: Lang) -> str | int | float:
    if isinstance(value, Phrase):
        return value.text(lang)
    return readable(value, lang) if isinstance(value, str) else value


def joined(phrases: tuple[Phrase, ...]) -> Phrase:
    """Several phrases as one, in order, parted by a semicolon."""
    if not phrases:
        return verbatim("")
    if len(phrases) == 1:
        return phrases[0]
    middle = len(phrases) // 2  # in halves: a device with hundreds of faults must not nest so deep
    return say("{first}; {second}", first=joined(phrases[:middle]), second=joined(phrases[middle:]))


NOISE_SAID: Final = say("({{count}} unreadable bytes)")


@cache
def _chinese() -> gettext.NullTranslations:
    return gettext.translation("lineguard", LOCALE, languages=["zh_CN"], fallback=True)
