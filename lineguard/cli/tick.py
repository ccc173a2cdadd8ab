"""`lineguard tick`: every minute, what is overdue. With nothing to do it asks the database two
questions and ends."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime

from lineguard import clock
from lineguard.cli.asked import Asked
from lineguard.cli.screen import screen
from lineguard.cli.speech import command
from lineguard.home import no_home, resolve
from lineguard.refusals import Refused
from lineguard.settings import read_settings
from logbook.soundness import SOUND, damaged
from phrases import say

OVERDUE = "SELECT count(*) FROM slot WHERE state = 'due' AND closes <= ?"


@command(
    "tick",
    say("Every minute: slots whose time is over are recorded as missed. Safe to run twice."),
)
def tick(asked: Asked) -> int:
    """Usually there is nothing to do."""
    home = resolve(asked.home)
    if not home.exists():
        raise no_home(home)
    missed = 0
    # A short read, by the driver itself: loading everything that could record a missed
    # slot would cost more CPU in a year of minutes than all rounds together.
    if read_settings(home.settings).store.url or overdue(str(home.database), clock.now()):
        missed = close_overdue(asked)
    show = screen(asked)
    if missed:
        show.line(say("{count} slots were missed", count=missed))
    else:
        show.line(say("nothing is overdue"))
    show.document({"missed": missed})
    return 0


def overdue(database: str, at: datetime) -> int:
    """How many slots are due and over. Raises `Refused` when it cannot be read, and for a logbook
    that is plainly damaged."""
    # The stored form of a time (store.schema.instant_text), which sorts as it reads.
    now = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    try:
        connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
        try:
            if connection.execute(SOUND).fetchone() is None:
                raise Refused(damaged())
            return int(connection.execute(OVERDUE, (now,)).fetchone()[0])
        finally:
            connection.close()
    except sqlite3.Error as error:
        why = str(error)
        raise Refused(say("{file} cannot be read: {why}", file=database, why=why)) from None


def close_overdue(asked: Asked) -> int:
    """Record what was missed, as a round does that has nothing to look at."""
    import asyncio

    from lineguard.wiring import station_of
    from maintenance.rounds import run_round

    desk = station_of(asked).round_desk()
    report = asyncio.run(run_round(desk, clock.now(), clock.now, periods=frozenset()))
    return report.missed
