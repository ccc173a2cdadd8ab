"""Does an obligation of the contract press that was not told of yet? Asked by every tick, so that
most of the year it costs nothing, and otherwise two questions to the database."""

from __future__ import annotations

import sqlite3
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from lineguard.cli.asked import Asked
from maintenance.obligations import Due, Stage, pressing, today_of
from store.frozen import glance

if TYPE_CHECKING:
    from lineguard.wiring import Station

DONE: Final = "SELECT count(*) FROM obligation WHERE name = ? AND term = ?"
TOLD: Final = "SELECT count(*) FROM incident WHERE cause = ? AND (? OR severity <> 'info')"
CAUSE: Final = "obligation:"
"""As `maintenance.obligation_desk` has it, which would load too much; a test holds them equal."""


def untold(database: Path | None, at: datetime) -> bool:
    """Is there something to say? Without a database to ask quickly: if anything presses."""
    today = today_of(at)
    due = pressing(today)
    if not due or database is None:
        return bool(due)
    with glance(str(database)) as connection:
        return any(_untold(connection, one, one.stage(today)) for one in due)


def _untold(connection: sqlite3.Connection, due: Due, stage: Stage) -> bool:
    done = connection.execute(DONE, (due.obligation.name, due.term)).fetchone()[0]
    if done >= due.obligation.times:
        return False
    told = connection.execute(TOLD, (CAUSE + due.key, stage is Stage.WARNED)).fetchone()[0]
    return not told


def press(asked: Asked, at: datetime) -> int:
    """Warn of what presses; how many warnings were opened or raised."""
    from lineguard.cli.obligation import obligation_desk
    from lineguard.wiring import steady_station_of

    station: Station = steady_station_of(asked)
    return len(obligation_desk(station).tick(at).made)
