"""What a person sees: results on stdout, progress and messages on stderr."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any, Final, TextIO

from lineguard.cli.asked import Asked
from lineguard.cli.folding import safe, table
from phrases import Phrase, say

SHANGHAI: Final = timezone(timedelta(hours=8), "Asia/Shanghai")
"""No summer time since 1991, so the fixed offset is exact and no zone data has to be installed."""

MARKS: Final[Mapping[str, tuple[str, Phrase, int]]] = {
    "normal": ("✓", say("normal"), 32),
    "abnormal": ("!", say("abnormal"), 31),
    "critical": ("!!", say("critical"), 31),
    "unknown": ("✗", say("unknown"), 33),
    "not_applicable": ("○", say("not applicable"), 0),
    "due": ("○", say("due"), 0),
    "missed": ("✗", say("missed"), 33),
    "overdue": ("✗", say("overdue"), 33),
    "unplanned": ("○", say("not planned"), 0),
}
"""How a state is shown: mark, word, ANSI colour (0 for none). A mark never stands without its
word: colours and marks are lost in print and on the telephone."""

WORDS: Final[Mapping[str, Phrase]] = {
    "info": say("info"),
    "warning": say("warning"),
    "critical": say("critical"),
    "open": say("open"),
    "acknowledged": say("acknowledged"),
    "on_hold": say("on hold"),
    "resolved": say("resolved"),
    "closed": say("closed"),
    "merged": say("merged"),
    "opened": say("new"),
    "updated": say("seen again"),
    "raised": say("got worse"),
    "reopened": say("back again"),
    "round": say("round"),
    "tick": say("tick"),
    "watch": say("watch"),
    "reached": say("reached"),
    "unreachable": say("unreachable"),
    "refused": say("login refused"),
    "timed_out": say("timed out"),
    "garbled": say("not understood"),
    "too_large": say("answer too large"),
    "not_configured": say("not configured"),
    "unsupported": say("not supported"),
    "not_observed": say("not observed"),
    "not_yet": say("not yet"),
    "done": say("done"),
    "skipped": say("skipped"),
    "given_up": say("given up"),
    "running": say("under way"),
    "finished": say("finished"),
}
"""Stored words that people read."""


def carries_all(stream: TextIO) -> bool:
    """Can every character be written to it?"""
    return (getattr(stream, "encoding", None) or "").lower().replace("-", "") in {"utf8", ""}


@dataclass(slots=True)
class Page:
    """The stdout of one command line: with `--json` it holds one document."""

    filled: bool = False
    last_word: Phrase | None = None
    """What is to be known of everything that was shown; said once, behind it."""


PAGE: Final = Page()


@dataclass(frozen=True, slots=True)
class Screen:
    """Where a command speaks. With `--json`, only `document` writes to stdout."""

    asked: Asked
    out: TextIO
    err: TextIO
    page: Page = field(default_factory=Page)

    def text(self, phrase: Phrase) -> str:
        """The phrase in this screen's language, fit for a terminal."""
        return safe(phrase.text(self.asked.lang))

    def line(self, phrase: Phrase) -> None:
        """A result."""
        if not self.asked.json:
            self.out.write(self.text(phrase) + "\n")

    def raw(self, text: str) -> None:
        """A result that is to be used as it is, such as a crontab."""
        if not self.asked.json:
            self.out.write(text)

    def progress(self, phrase: Phrase) -> None:
        """How far it is; not said with `--quiet`."""
        if not self.asked.quiet:
            self.note(phrase)

    def note(self, phrase: Phrase) -> None:
        """A message: never part of the result."""
        self.err.write(self.text(phrase) + "\n")
        self.err.flush()

    def ongoing(self, phrase: Phrase) -> None:
        """What has begun and takes minutes: for whoever sits before a terminal."""
        if self.err.isatty():
            self.progress(phrase)

    def at_the_end(self, phrase: Phrase) -> None:
        """A message about all that is shown, unless the command fails and says its own."""
        self.page.last_word = phrase

    def rows(self, head: Sequence[Phrase], rows: Sequence[Sequence[str]]) -> None:
        """A table, or nothing but its head."""
        if self.asked.json:
            return
        for line in table([self.text(one) for one in head], rows, _columns_of(self.out)):
            self.out.write(self._coloured(line) + "\n")

    def document(self, value: object) -> None:
        """The one JSON document, when it was asked for."""
        if self.asked.json:
            plain = not carries_all(self.out)
            json.dump(value, self.out, ensure_ascii=plain, indent=2, default=_plain)
            self.out.write("\n")
            self.page.filled = True

    def failed(self, why: Phrase, status: int) -> None:
        """The document of a command that came to none: why, and its exit status."""
        if not self.page.filled:
            self.document({"error": self.text(why), "status": status})

    def mark(self, state: str, severity: str | None = None) -> str:
        """A state as mark and word; an abnormal one that is critical says so."""
        critical = state == "abnormal" and severity == "critical"
        mark, word, _colour = MARKS["critical" if critical else state]
        return f"{mark} {self.text(word)}"

    def word(self, stored: str) -> str:
        """A stored word (a severity, a state of an incident) in this screen's language."""
        known = WORDS.get(stored)
        return self.text(known) if known else stored

    def time(self, at: datetime | None) -> str:
        """A time as people in Shanghai read it, to the minute."""
        return at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M") if at else ""

    def _coloured(self, line: str) -> str:
        if not (self.asked.colour and self.out.isatty()):
            return line
        for state, (_mark, _word, colour) in MARKS.items():
            shown = self.mark(state)
            if colour and shown in line:
                return line.replace(shown, f"\x1b[{colour}m{shown}\x1b[0m", 1)
        return line


def _columns_of(stream: TextIO) -> int | None:
    """Its columns, where it is a terminal."""
    return shutil.get_terminal_size((100, 24)).columns if stream.isatty() else None


def _plain(value: Any) -> str:  # noqa: ANN401  (json hands over whatever it cannot write)
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value)


def screen(asked: Asked) -> Screen:
    """The screen of this process."""
    return Screen(asked, sys.stdout, sys.stderr, PAGE)
