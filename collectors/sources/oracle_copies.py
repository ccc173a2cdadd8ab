"""Oracle: what RMAN backed up, whether redo is archived, and Data Guard as either side sees it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from collectors.parsers.amounts import whole
from collectors.parsers.blocking import typed
from collectors.parsers.moments import span
from collectors.parsers.plain import plain
from collectors.readings.database_care import (
    ArchiveDestination,
    Archiving,
    BackupRun,
    DatabaseBackups,
    Follower,
    Leader,
    Outcome,
    Replication,
    Scope,
)
from collectors.sources.database_session import Row
from collectors.sources.oracle_care_queries import (
    ARCHIVE_DESTINATIONS,
    ARCHIVE_MODE,
    DATABASE_ROLE,
    DATAGUARD_LAGS,
    LOGS_WITHOUT_BACKUP,
    RMAN_HISTORY,
    RMAN_JOBS,
    RMAN_WINDOW_DAYS,
)
from collectors.sources.oracle_question import Question
from collectors.visit import Answer, Memory

PRIMARY: Final = "PRIMARY"
SCOPES: Final[Mapping[str, Scope]] = {
    "DB FULL": Scope.WHOLE,
    "DB INCR": Scope.WHOLE,
    "ARCHIVELOG": Scope.ARCHIVE,
}
OUTCOMES: Final[Mapping[str, Outcome]] = {
    "COMPLETED": Outcome.GOOD,
    "COMPLETED WITH WARNINGS": Outcome.GOOD,
    "COMPLETED WITH ERRORS": Outcome.FAILED,
    "FAILED": Outcome.FAILED,
    "RUNNING": Outcome.RUNNING,
    "RUNNING WITH WARNINGS": Outcome.RUNNING,
    "RUNNING WITH ERRORS": Outcome.FAILED,
}
"""V$RMAN_BACKUP_JOB_DETAILS.STATUS. A word that is not here is no answer."""
NO_GAP: Final = "NO GAP"
NOT_A_STANDBY: Final = ("LOCAL", "CROSS-INSTANCE")
"""V$ARCHIVE_DEST_STATUS.TYPE of this database's own folders and instances."""
WORKING: Final = ("VALID", "ALTERNATE")
"""V$ARCHIVE_DEST_STATUS.STATUS of a destination that works, or waits to stand in for another."""
LAG: Final = re.compile(r"([+-])([0-9]{1,9}) ([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.[0-9]{1,9})?")
CLOCK: Final = "%m/%d/%Y %H:%M:%S"


async def backups(asked: Question, memory: Memory) -> Answer:
    """M10, M39: the newest runs of every kind."""
    ((role, keep_days),) = await asked.rows(RMAN_HISTORY)
    jobs = await asked.rows(RMAN_JOBS)
    kept = whole(keep_days)
    return DatabaseBackups(
        device=asked.name,
        taken_at=asked.at,
        exchanges=tuple(asked.exchanges),
        tool="RMAN",
        runs=tuple(map(_run, jobs)),
        history=timedelta(days=min(kept, RMAN_WINDOW_DAYS) if kept > 0 else RMAN_WINDOW_DAYS),
        standby=typed(str, role) != PRIMARY,
    )


def _run(row: Row) -> BackupRun:
    """Raises `ValueError` for a status that is none of Oracle's."""
    kind, status, began_s, ended_s = row
    told = typed(str, status)
    if told not in OUTCOMES:
        raise ValueError("no status of RMAN")
    outcome = OUTCOMES[told]
    running = outcome is Outcome.RUNNING or ended_s is None
    return BackupRun(
        scope=SCOPES.get(typed(str, kind), Scope.OTHER),
        outcome=outcome,
        told=plain(f"{kind}, {told}"),
        age=span(began_s if running else ended_s),
    )


async def archiving(asked: Question, memory: Memory) -> Answer:
    """M10: this database's own destinations, and the archived logs that no backup has."""
    ((mode,),) = await asked.rows(ARCHIVE_MODE)
    destinations = await asked.rows(ARCHIVE_DESTINATIONS)
    ((logs, oldest_s),) = await asked.rows(LOGS_WITHOUT_BACKUP)
    return Archiving(
        device=asked.name,
        taken_at=asked.at,
        exchanges=tuple(asked.exchanges),
        on=typed(str, mode) != "NOARCHIVELOG",
        failing=None,
        waiting=whole(logs),
        oldest=span(oldest_s),
        destinations=tuple(_destination(row) for row in destinations if not _is_standby(row)),
    )


def _is_standby(row: Row) -> bool:
    return typed(str, row[1]) not in NOT_A_STANDBY


def _destination(row: Row) -> ArchiveDestination:
    name, _type, status, _standby, _gap, message = (typed(str, one).strip() for one in row)
    return ArchiveDestination(name=plain(name), status=plain(status), message=plain(message))


async def replication(asked: Question, memory: Memory) -> Answer:
    """M10: a primary's standbys by its destinations, a standby by what it has received."""
    ((role,),) = await asked.rows(DATABASE_ROLE)
    if typed(str, role) == PRIMARY:
        destinations = await asked.rows(ARCHIVE_DESTINATIONS)
        followers, leader = tuple(map(_follower, filter(_is_standby, destinations))), None
    else:
        followers, leader = (), _leader(await asked.rows(DATAGUARD_LAGS))
    return Replication(
        device=asked.name,
        taken_at=asked.at,
        exchanges=tuple(asked.exchanges),
        role=plain(role),
        followers=followers,
        leader=leader,
    )


def _follower(row: Row) -> Follower:
    name, _type, status, standby, gap, message = (typed(str, one).strip() for one in row)
    wrong = [one for one in ("" if status in WORKING else status, message) if one]
    if gap and gap != NO_GAP:
        wrong.append(gap)
    return Follower(name=plain(standby or name), complaint=plain(", ".join(wrong)))


def _leader(rows: Sequence[Row]) -> Leader:
    """The larger of the two lags. Raises `ValueError` for texts that are no such times, and where
    a standby tells of no lag at all."""
    if not rows:
        raise ValueError("a standby has its lags")
    told = [[typed(str, one).strip() for one in row] for row in rows]
    lags = [lag_of(value) for _name, value, _computed, _datum in told if value]
    return Leader(
        complaint="",
        behind=max(lags) if len(lags) == len(told) and lags else None,
        silence=max(_silences(told), default=None),
    )


def _silences(told: Sequence[Sequence[str]]) -> Iterator[timedelta]:
    """How long before the lag was worked out its datum had come."""
    for _name, _value, computed, datum in told:
        if computed and datum:
            yield max(timedelta(), _clock(computed) - _clock(datum))


def _clock(words: str) -> datetime:
    return datetime.strptime(words, CLOCK)  # noqa: DTZ007  (two texts of one clock: only their difference counts)


def lag_of(value: str) -> timedelta:
    """`+00 00:00:00`: days and a time. Raises `ValueError`."""
    found = LAG.fullmatch(value)
    if found is None:
        raise ValueError("no interval")
    sign, days, hours, minutes, seconds = found.groups()
    lag = timedelta(
        days=min(int(days), 100_000), hours=int(hours), minutes=int(minutes), seconds=int(seconds)
    )
    return lag if sign == "+" else -lag
