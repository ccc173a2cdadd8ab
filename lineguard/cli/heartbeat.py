"""`lineguard heartbeat`: a sign of life, for cron jobs of this machine."""

from __future__ import annotations

from lineguard import clock
from lineguard.cli.asked import Asked
from lineguard.cli.screen import screen
from lineguard.cli.speech import argument, command
from lineguard.refusals import Refused
from phrases import say


@command(
    "heartbeat",
    say("A sign of life under NAME, which [heartbeat] expect_s of lineguard.toml must name: at\n"
        "the end of a cron job, `job && lineguard heartbeat job`. Late: an incident."),
)  # fmt: skip
@argument("name")
def heartbeat(asked: Asked, name: str) -> int:
    """Exit status 1 for a name that nobody expects."""
    from lineguard.duty import heartbeat_desk
    from lineguard.wiring import station_of

    at = clock.now()
    refusal = heartbeat_desk(station_of(asked)).beat(name, at)
    if refusal is not None:
        raise Refused(refusal.why)
    screen(asked).document({"heartbeat": name, "at": at})
    return 0
