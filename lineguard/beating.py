"""Signs of life at the end of a tick: our own row, and the call of a dead-man switch elsewhere.

What is asked every minute goes by SQLite's own driver where the database is the home's file:
loading everything else would cost more than the tick itself."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from incidents.beats import Beat, Beats, forgotten, hearts, ticked, to_change
from lineguard.settings import Settings
from store.frozen import glance

if TYPE_CHECKING:
    from lineguard.cli.asked import Asked

BUSY_S: Final = 30.0
BEATS: Final = "SELECT name, at, failures FROM heartbeat"
LIVE: Final = (
    "SELECT cause FROM incident WHERE state IN ('open', 'acknowledged', 'on_hold')"
    " AND cause LIKE 'heartbeat:%'"
)
PUT: Final = (
    "INSERT INTO heartbeat (name, at, failures) VALUES (?, ?, ?)"
    " ON CONFLICT (name) DO UPDATE SET at = excluded.at, failures = excluded.failures"
)


@dataclass(frozen=True, slots=True)
class Hearts:
    """The signs of life of one home. `database`: its SQLite file; None for a database elsewhere."""

    settings: Settings
    database: Path | None

    def changing(self, at: datetime) -> bool:
        """Is somebody late, or not late any more, whose incident does not say so?"""
        from lineguard.duty import expected

        if self.database is None:
            return True
        wanted = expected(self.settings.heartbeat)
        beats, live = self._known(self.database)
        return bool(to_change(hearts(wanted, beats, at), live, at) or forgotten(wanted, live))

    def ticked(self, asked: Asked, at: datetime) -> None:
        """A tick came to its end: say so here, and to whoever watches us from elsewhere."""
        from lineguard.wiring import steady_station_of

        if self.database is None:
            from lineguard.deadman import note

            with closing(steady_station_of(asked).store) as store:
                note(store, lambda beats: ticked(beats, at))
        else:
            self._put(self.database, at)
        if self.settings.heartbeat.url:
            from lineguard.deadman import ping

            station = steady_station_of(asked)
            with closing(station.store):
                ping(station, at)

    def _put(self, database: Path, at: datetime) -> None:
        beats, _live = self._known(database)
        rows = [(one.name, _stored(one.at), one.failures) for one in ticked(beats, at)]
        try:
            with closing(sqlite3.connect(database, timeout=BUSY_S)) as connection, connection:
                connection.executemany(PUT, rows)
        except sqlite3.Error as error:
            from store.trouble import explained

            raise explained(error, str(database)) or error from error

    def _known(self, database: Path) -> tuple[Beats, tuple[str, ...]]:
        with glance(str(database)) as connection:
            rows = connection.execute(BEATS).fetchall()
            live = tuple(cause for (cause,) in connection.execute(LIVE))
        try:
            beats = {n: Beat(name=n, at=_read(at), failures=f) for n, at, f in rows}
        except (ValueError, TypeError) as error:
            from store.stored import RecordDamaged

            raise RecordDamaged(rows) from error
        return beats, live


def _stored(at: datetime) -> str:
    """The stored form of a time (store.schema.instant_text)."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _read(text: str) -> datetime:
    """The time of a stored form. Raises `ValueError`."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(text)
    return at
