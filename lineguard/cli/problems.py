"""Problems of the estate or the persons file, one line each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from lineguard.cli.screen import Screen
from phrases import Phrase, say

if TYPE_CHECKING:
    from inventory.problems import Problem

INVALID: Final = 2
"""Exit status of `inventory check` and `people check` for a file that cannot be used."""


def show_problems(
    show: Screen, problems: Sequence[Problem], fine: Phrase, notes: Sequence[Phrase] = ()
) -> int:
    """All of them and their number, or that everything is fine; the exit status. `notes` are what
    is worth knowing though it is valid."""
    for problem in problems:
        show.line(problem.sentence())
    if problems:
        show.note(say("{count} problems; mend them and check again", count=len(problems)))
    else:
        show.line(fine)
    for note in notes:
        show.note(note)
    show.document(
        {
            "valid": not problems,
            "problems": [
                {
                    "file": one.file,
                    "line": one.line,
                    "device": one.device,
                    "sentence": one.what.text(show.asked.lang),
                }
                for one in problems
            ],
            "notes": [one.text(show.asked.lang) for one in notes],
        }
    )
    return INVALID if problems else 0
