"""What a trial restore needs of the machine that Lineguard runs on, as a port: wiring fills it."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from collectors.readings import Trouble
from collectors.readings.backups import Restored
from phrases import Phrase


class CannotTry(Exception):
    """No trial: the machine lacks what it needs, or time ran out. Nothing is said of the dump."""

    def __init__(self, trouble: Trouble, why: Phrase) -> None:
        super().__init__(why.text("en"))
        self.trouble = trouble
        self.why = why


class DoesNotRestore(Exception):
    """The dump was tried, and does not restore. `said` is what the restoring program printed."""

    def __init__(self, why: Phrase, said: bytes = b"") -> None:
        super().__init__(why.text("en"))
        self.why = why
        self.said = said


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of it, and the evidence: the dump's own table of contents, and what was counted."""

    restored: Restored
    said: bytes


class Bench(Protocol):
    """A place where one dump at a time is restored. All of it blocks: it is for threads."""

    def room(self, dump_bytes: int, ends: float) -> AbstractContextManager[Path]:
        """A file to fetch a dump of that size into. Whatever lies there is taken away at the end,
        and what an earlier trial that was killed left behind at the beginning. `ends` is a time of
        `time.monotonic`. Raises `CannotTry`."""
        ...

    def restore(self, dump: Path, ends: float) -> Outcome:
        """Restore it into a server of its own. Raises `CannotTry`, `DoesNotRestore`."""
        ...
