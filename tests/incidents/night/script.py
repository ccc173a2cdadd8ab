"""What happens in the night, minute by minute."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from checks.verdict import Severity
from incidents.handling import Trouble
from tests.incidents.night.town import Town, minute_of

STORM: Final = tuple(f"branch-{number:03}" for number in range(1, 501))
"""Five hundred devices that nobody stands in front of."""
LAST: Final = minute_of("08:20")

Deed = Callable[[Town], None]

SCRIPT: Final[tuple[tuple[str, Deed], ...]] = (
    # the day shift
    ("19:35", lambda town: town.silent("file-1")),
    ("19:38", lambda town: town.acknowledge("陈静", "file-1")),
    ("19:45", lambda town: town.back("file-1")),
    ("19:50", lambda town: town.stand_in("周磊", "20:00", "22:00")),
    # nobody takes it before the shift changes, and somebody stands in for the night shift
    ("19:58", lambda town: town.silent("wechat-1")),
    ("20:02", lambda town: town.acknowledge("周磊", "wechat-1")),
    ("20:10", lambda town: town.back("wechat-1")),
    # a core switch fails, and all that stands behind it; the telephone rings until it is taken
    ("20:30", lambda town: town.silent(*town.behind("sw-core-1"))),
    ("20:31", lambda town: town.silent("db-1")),
    ("20:33", lambda town: town.acknowledge("周磊", "sw-core-1")),
    ("20:50", lambda town: town.back(*town.behind("sw-core-1"))),
    # planned work: what is found meanwhile pages nobody, what outlasts it does
    ("21:00", lambda town: town.work("周磊", "rt-gov-1", "21:40")),
    ("21:05", lambda town: town.silent("rt-gov-1")),
    ("21:30", lambda town: town.back("rt-gov-1")),
    ("21:35", lambda town: town.silent("rt-gov-1")),
    ("21:44", lambda town: town.acknowledge("周磊", "rt-gov-1")),
    ("21:50", lambda town: town.back("rt-gov-1")),
    # an item that takes two looks: seen once, then well
    ("22:00", lambda town: town.bad("fw-core-1", "M44", Severity.CRITICAL)),
    ("22:01", lambda town: town.good("fw-core-1", "M44")),
    # a warning that gets worse, is held, passes the contract's hour, is called done and comes back
    ("22:10", lambda town: town.bad("app-2", "M19", Severity.WARNING)),
    ("22:20", lambda town: town.bad("app-2", "M19", Severity.CRITICAL)),
    ("22:22", lambda town: town.acknowledge("刘洋", "app-2")),
    ("22:30", lambda town: town.hold("刘洋", "app-2", "23:00")),
    ("23:20", lambda town: town.resolve("刘洋", "app-2")),
    ("23:30", lambda town: town.bad("app-2", "M19", Severity.CRITICAL)),
    ("23:31", lambda town: town.acknowledge("刘洋", "app-2")),
    ("23:40", lambda town: town.good("app-2", "M19")),
    # over midnight, something that comes and goes
    ("23:56", lambda town: town.silent("tts-1")),
    ("23:57", lambda town: town.back("tts-1")),
    ("23:58", lambda town: town.silent("tts-1")),
    ("23:59", lambda town: town.back("tts-1")),
    ("00:00", lambda town: town.silent("tts-1")),
    ("00:01", lambda town: town.back("tts-1")),
    ("00:02", lambda town: town.silent("tts-1")),
    ("00:03", lambda town: town.acknowledge("刘洋", "tts-1")),
    ("00:04", lambda town: town.back("tts-1")),
    ("00:10", lambda town: town.back("tts-1")),
    ("00:20", lambda town: town.back("tts-1")),
    # a storm
    ("01:00", lambda town: town.silent(*STORM)),
    ("01:03", lambda town: town.acknowledge("刘洋", "branch-")),
    ("01:20", lambda town: town.back(*STORM)),
    # nobody takes it: it climbs to the purchaser, whose telephone is not picked up at once
    ("02:00", lambda town: town.silent("gw-1960-1")),
    ("03:05", lambda town: town.acknowledge("王芳", "gw-1960-1")),
    ("03:30", lambda town: town.back("gw-1960-1")),
    # what people report has clocks of its own
    ("04:00", lambda town: town.report("刘洋", Trouble.POWER)),
    ("04:01", lambda town: town.acknowledge("刘洋", "power")),
    ("04:20", lambda town: town.resolve("刘洋", "power")),
    ("05:00", lambda town: town.report("刘洋", Trouble.SEAT)),
    ("05:01", lambda town: town.acknowledge("刘洋", "seat")),
    ("05:04", lambda town: town.resolve("刘洋", "seat")),
    # found by the night shift, taken by the day shift
    ("07:57", lambda town: town.silent("bak-1")),
    ("08:01", lambda town: town.acknowledge("陈静", "bak-1")),
    ("08:10", lambda town: town.back("bak-1")),
)

PICKED_UP: Final[Mapping[str, datetime]] = {
    "13800000002": minute_of("19:00"),
    "13800000003": minute_of("21:00"),
    "13800000007": minute_of("02:34"),
}
"""From when on each telephone is picked up."""


def answers(number: str, at: datetime) -> bool:
    """Is it picked up?"""
    return at >= PICKED_UP[number]
