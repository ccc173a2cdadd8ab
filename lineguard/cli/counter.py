"""`lineguard counter`: what the contract counts before it calls itself broken."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Final

from lineguard import clock
from lineguard.cli.asked import Asked
from lineguard.cli.screen import screen
from lineguard.cli.speech import command, option
from lineguard.cli.values import Moment
from phrases import Phrase, say

if TYPE_CHECKING:
    from incidents.counters import Standing
    from lineguard.cli.screen import Screen

TITLES: Final[Mapping[str, Phrase]] = {
    "outage": say("outages of more than 1 hour, this month"),
    "collection": say("data collection not cured the same day, this week"),
    "indicator": say("indicators below target two months running"),
}
STANDS: Final[Mapping[str, Phrase]] = {
    "unknown": say("unknown: there are no figures"),
    "clear": say("clear"),
    "warning": say("one more breaks the contract"),
    "breach": say("contract broken"),
}


@command("list", say("How each counter of the contract stands in its month or week."))
@option("--at", type=Moment(), says=say("at this time instead of now"))
def list_counters(asked: Asked, at: datetime | None) -> int:
    """A line for each counter; planned work is counted apart."""
    from lineguard.duty import counter_desk
    from lineguard.wiring import station_of

    found = counter_desk(station_of(asked)).standings(at or clock.now())
    show = screen(asked)
    head = (say("counter"), say("period"), say("unplanned"), say("limit"), say("planned"),
            say("points"), say("stands"))  # fmt: skip
    show.rows(head, [_row(show, one) for one in found])
    show.document(
        [
            {"counter": one.counter.value, "period": one.period, "unplanned": one.unplanned,
             "limit": one.limit, "planned": one.planned, "points": one.points, "stands": one.word}
            for one in found
        ]
    )  # fmt: skip
    return 0


def _row(show: Screen, one: Standing) -> tuple[str, ...]:
    counted = "-" if one.unplanned is None else str(one.unplanned)
    return (
        show.text(TITLES[one.counter]), one.period, counted, str(one.limit), str(one.planned),
        str(one.points), show.text(STANDS[one.word]),
    )  # fmt: skip
