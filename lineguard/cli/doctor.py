"""`lineguard doctor`: what is missing, unsafe or unreachable, and how to mend it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lineguard.cli.asked import Asked
from lineguard.cli.screen import Screen, screen
from lineguard.cli.speech import command
from lineguard.cli.titles import title
from phrases import say

if TYPE_CHECKING:
    from lineguard.finding import Finding


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
            (_mark(show, one), show.text(title(one.subject)), show.text(one.sentence))
            for one in findings
        ],
    )
    ill = [one for one in findings if not one.well]
    for subject, mend in dict.fromkeys((one.subject, one.mend) for one in ill):
        if mend is not None:
            show.line(say("To do ({subject}): {mend}", subject=title(subject), mend=mend))
    if not ill:
        show.line(say("All is well."))
    show.document({"well": not ill, "findings": [_document(one, asked) for one in findings]})
    return 1 if ill else 0


def _mark(show: Screen, one: Finding) -> str:
    if not one.well:
        return "! " + show.text(say("mend"))
    return "○ " + show.text(say("note")) if one.note else "✓ " + show.text(say("well"))


def _document(one: Finding, asked: Asked) -> dict[str, Any]:
    return {
        "subject": one.subject,
        "well": one.well,
        "note": one.note,
        "sentence": one.sentence.text(asked.lang),
        "mend": one.mend.text(asked.lang) if one.mend else None,
    }
