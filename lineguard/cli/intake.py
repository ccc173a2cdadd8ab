"""`lineguard intake`: what devices said unasked, and what became of it."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from lineguard import clock
from lineguard.cli.asked import Asked
from lineguard.cli.screen import WORDS, screen
from lineguard.cli.speech import command, option
from phrases import readable, say, verbatim

if TYPE_CHECKING:
    from incidents.intake_records import Message
    from lineguard.cli.screen import Screen

DAY: Final = timedelta(days=1)
LAST: Final = 20
MOST: Final = 1_000
OUTCOMES: Final = {
    "stored": say("stored"),
    "malformed": say("not understood: rejected"),
    "unknown_source": say("from an unknown source: not kept"),
    "refused": say("community, key or token refused"),
    "too_large": say("too large: rejected"),
    "handshake": say("handshakes of SNMPv3"),
    "lost_in_kernel": say("lost in the system's buffer"),
    "lost_in_queue": say("lost in our queue"),
    "lost_in_crash": say("lost when the process was killed"),
    "expired": say("let go after their time"),
}


@command("counts", say("What became of everything that arrived within the last day."))
def counts(asked: Asked) -> int:
    """A line for each receiver and outcome."""
    from incidents.intake_records import counts as counted
    from lineguard.wiring import station_of

    with station_of(asked).store.read() as tx:
        found = counted(tx, clock.now() - DAY)
    show = screen(asked)
    if found:
        show.rows(
            (say("receiver"), say("outcome"), say("how many")),
            [(name, show.text(OUTCOMES[way]) if way in OUTCOMES else way, f"{many:,}")
             for name, way, many in found],
        )  # fmt: skip
    else:
        show.line(say("nothing has arrived; docs/intake.md says how to set it up"))
    show.document([{"receiver": name, "outcome": way, "count": many} for name, way, many in found])
    return 0


@command("list", say("The newest messages."))
@option("--device", says=say("only of this device"))
@option("--last", type=int, default=LAST, says=say("how many; 20 by default"))
def list_messages(asked: Asked, device: str | None, last: int) -> int:
    """The newest first."""
    from incidents.intake_records import messages
    from lineguard.wiring import station_of

    with station_of(asked).store.read() as tx:
        found = messages(tx, max(1, min(last, MOST)), device)
    show = screen(asked)
    if found:
        head = (say("time"), say("device"), say("severity"), say("subject"), say("text"))
        show.rows(head, [_row(show, one) for one in found])
    else:
        show.line(say("there are no such messages"))
    show.document([_json(one) for one in found])
    return 0


def _row(show: Screen, one: Message) -> tuple[str, ...]:
    severity = WORDS.get(one.severity, verbatim(one.severity))
    text = readable(one.text, show.asked.lang)
    return (show.time(one.at), one.device, show.text(severity), one.subject, text)


def _json(one: Message) -> dict[str, Any]:
    return asdict(one)
