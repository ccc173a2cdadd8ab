"""How a command ends when it is not done: one sentence, and what the exit status shall say."""

from __future__ import annotations

from phrases import Phrase


class Refused(Exception):
    """Not done: the sentence says why and what to do. `status` None is the command's own."""

    def __init__(self, why: Phrase, status: int | None = None) -> None:
        super().__init__(why.text("en"))
        self.why = why
        self.status = status


class TryLater(Exception):
    """Somebody else is at it: the same command works later. Exit status 75."""

    def __init__(self, why: Phrase) -> None:
        super().__init__(why.text("en"))
        self.why = why
