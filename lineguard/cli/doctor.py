"""`lineguard doctor`: what is missing, unsafe or unreachable, and how to mend it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lineguard.cli.asked import Asked
from lineguard.cli.screen import screen
from lineguard.cli.speech import command
from phrases import say

if TYPE_CHECKING:
    from lineguard.examination import Finding


@command(
    "doctor", say("Examine this home: a line for each thing, and what to do where it is not well.")
)
def doctor(asked: Asked) -> int:
    """0 when all is well, else 1."""
    from lineguard.examination import examine
    from lineguard.wiring import station_of

    findings = list(examine(station_of(asked)))
    show = screen(asked)
    show.rows(
        (say("state"), say("subject"), say("finding")),
        [
            ("✓ " + show.text(say("well")) if one.well else "! " + show.text(say("mend")),
             one.subject, show.text(one.sentence))
            for one in findings
        ],
    )  # fmt: skip
    ill = [one for one in findings if one.mend is not None]
    for one in ill:
        if one.mend is not None:
            show.line(say("To do ({subject}): {mend}", subject=one.subject, mend=one.mend))
    if not ill:
        show.line(say("All is well."))
    show.document({"well": not ill, "findings": [_document(one, asked) for one in findings]})
    return 1 if ill else 0


def _document(one: Finding, asked: Asked) -> dict[str, Any]:
    return {
        "subject": one.subject,
        "well": one.well,
        "sentence": one.sentence.text(asked.lang),
        "mend": one.mend.text(asked.lang) if one.mend else None,
    }
