"""PostgreSQL: the archiver, standbys and what they follow, sizes, accounts about to expire."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from collectors.parsers.amounts import amount, whole
from collectors.parsers.blocking import typed
from collectors.parsers.moments import span
from collectors.parsers.plain import plain
from collectors.readings import ExpiringAccount, Trouble
from collectors.readings.database_care import (
    ArchiveFailure,
    Archiving,
    DatabaseSizes,
    Follower,
    Leader,
    Replication,
    Size,
    Slot,
)
from collectors.sources.database_session import QueryFailed, Row
from collectors.sources.postgres_care_queries import (
    ACCOUNT_EXPIRY,
    ARCHIVE_WAITING,
    ARCHIVER,
    DATABASE_SIZES,
    FOLLOWERS,
    RECEIVER,
    SLOTS,
    TABLESPACE_SIZES,
)
from collectors.sources.postgres_question import Question
from collectors.visit import Answer, Memory
from phrases import say

SIZES_TOPIC: Final = "database-sizes"
PLACES_TOPIC: Final = "replayed"
PLACE_LIMIT: Final = 40
"""Characters of a place in the WAL, such as 16/B374D848."""
STREAMING: Final = "streaming"
"""State of a standby that follows, and of a receiver that hears its primary."""
LOST: Final = ("lost", "unreserved")
"""wal_status of a slot whose WAL is gone, or goes with the next checkpoint."""


async def archiving(asked: Question, memory: Memory) -> Answer:
    """M10: does WAL leave the server?"""
    ((mode, standby, failing, wal, count, ago_s, sees_all),) = await asked.rows(ARCHIVER)
    if not sees_all:
        raise asked.needs_monitor()
    on = typed(str, mode) == "always" or (mode == "on" and not typed(bool, standby))
    ((waiting, oldest_s),) = await asked.rows(ARCHIVE_WAITING) if on else [(0, 0.0)]
    return Archiving(
        device=asked.name,
        taken_at=asked.at,
        exchanges=tuple(asked.exchanges),
        on=on,
        failing=_failure(typed(str, wal), whole(count), ago_s) if on and failing else None,
        waiting=whole(waiting),
        oldest=span(oldest_s),
    )


def _failure(wal: str, count: int, ago_s: object) -> ArchiveFailure:
    """The reason stands in the server's log."""
    return ArchiveFailure(log=plain(wal), count=count, ago=span(ago_s))


# --- standbys ---


async def replication(asked: Question, memory: Memory) -> Answer:
    """M10: what follows this server, and what it follows itself."""
    ((standby, sees_all, status, silence_s, behind_b, behind_s),) = await asked.rows(RECEIVER)
    if not sees_all:
        raise asked.needs_monitor()
    followers, slots = await asked.rows(FOLLOWERS), await asked.rows(SLOTS)
    leader = _leader(typed(str, status), silence_s, behind_b, behind_s)
    before, since = _recalled_places(memory.recall(asked.name, PLACES_TOPIC))
    asked.notebook.note(PLACES_TOPIC, _noted_places(followers, asked.at))
    return Replication(
        device=asked.name,
        taken_at=asked.at,
        exchanges=tuple(asked.exchanges),
        role="standby" if typed(bool, standby) else "primary",
        followers=tuple(_follower(row, _stood(row, before, since, asked.at)) for row in followers),
        slots=tuple(map(_slot, slots)),
        leader=leader if standby else None,
    )


def _leader(status: str, silence_s: object, behind_b: object, behind_s: object) -> Leader:
    """What came is replayed: not behind, however long ago the last transaction was."""
    behind = None if behind_s is None else span(behind_s)
    if behind_b is not None and amount(behind_b) <= 0:
        behind = timedelta()
    return Leader(
        complaint="" if status == STREAMING else plain(f"wal receiver: {status or 'none'}"),
        behind=behind,
        silence=None if silence_s is None else span(silence_s),
    )


def _noted_places(rows: Sequence[Row], at: datetime) -> str:
    """How far each standby has replayed."""
    places = {
        plain(typed(str, name)): typed(str, place)[:PLACE_LIMIT]
        for name, _state, _behind_b, _lag_s, place in rows
    }
    return json.dumps({"at": at.isoformat(), "places": places}, ensure_ascii=False)


def _recalled_places(note: str | None) -> tuple[Mapping[str, str], datetime | None]:
    """What was noted, and when; a note that cannot be read is none."""
    try:
        kept = json.loads(note or "")
        return {str(name): str(place) for name, place in kept["places"].items()}, _aware(kept["at"])
    except (ValueError, TypeError, KeyError, AttributeError):
        return {}, None


def _stood(
    row: Row, before: Mapping[str, str], since: datetime | None, at: datetime
) -> timedelta | None:
    """For how long a standby that has something to replay has replayed nothing."""
    name, _state, behind_b, _lag_s, place = row
    same = place != "" and before.get(plain(typed(str, name))) == place
    if since is None or not same or behind_b is None or amount(behind_b) <= 0:
        return None
    return max(timedelta(), at - since)


def _follower(row: Row, stood: timedelta | None) -> Follower:
    name, state, behind_b, lag_s, _place = row
    behind = None if lag_s is None else span(lag_s)
    if stood is not None:
        behind = max(stood, behind or timedelta())
    return Follower(
        name=plain(typed(str, name)),
        complaint="" if typed(str, state) == STREAMING else plain(f"state {state or 'hidden'}"),
        behind_bytes=None if behind_b is None else whole(behind_b),
        behind=behind,
    )


def _slot(row: Row) -> Slot:
    name, active, status, kept = row
    return Slot(
        name=plain(typed(str, name)),
        active=typed(bool, active),
        lost=typed(str, status) in LOST,
        kept_bytes=max(0, whole(kept)),
    )


# --- sizes ---


async def sizes(asked: Question, memory: Memory) -> Answer:
    """M12: how large everything is, beside how large it was at the last recorded look."""
    databases = _sized(await asked.rows(DATABASE_SIZES))
    tablespaces = _sized(await asked.rows(TABLESPACE_SIZES))
    if not databases:
        raise ValueError("a server has at least one database")
    before, since = _recalled(memory.recall(asked.name, SIZES_TOPIC))
    noted = {"at": asked.at.isoformat(), "sizes": {**databases, **_marked(tablespaces)}}
    asked.notebook.note(SIZES_TOPIC, json.dumps(noted, ensure_ascii=False))
    return DatabaseSizes(
        device=asked.name,
        taken_at=asked.at,
        exchanges=tuple(asked.exchanges),
        databases=tuple(_size(name, size, before, since) for name, size in databases.items()),
        tablespaces=tuple(
            _size(name, size, before, since) for name, size in _marked(tablespaces).items()
        ),
    )


def _sized(rows: Sequence[Row]) -> dict[str, int]:
    return {plain(typed(str, name)): whole(size) for name, size in rows}


def _marked(tablespaces: Mapping[str, int]) -> dict[str, int]:
    """Told apart from a database of the same name."""
    return {f"tablespace {name}": size for name, size in tablespaces.items()}


def _size(name: str, size: int, before: Mapping[str, int], since: datetime | None) -> Size:
    return Size(name=name, size=size, before=before.get(name), since=since)


def _recalled(note: str | None) -> tuple[Mapping[str, int], datetime | None]:
    """What was noted, and when; a note that cannot be read is none."""
    try:
        kept = json.loads(note or "")
        return {name: int(size) for name, size in kept["sizes"].items()}, _aware(kept["at"])
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError):
        return {}, None


def _aware(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("a time without a zone")
    return at


# --- accounts (M08) ---


async def expiring_accounts(asked: Question) -> tuple[ExpiringAccount, ...]:
    """Roles whose password is valid for less than 90 days more."""
    return tuple(
        ExpiringAccount(account=plain(typed(str, name)), left=span(seconds))
        for name, seconds in await asked.rows(ACCOUNT_EXPIRY)
    )


# --- what only the machine itself can tell ---


async def no_shell(asked: Question, memory: Memory) -> Answer:
    """M10, M11: backups and the log's text are on the machine, which is asked over ssh."""
    raise QueryFailed(
        Trouble.NOT_CONFIGURED,
        say(
            "{device}: its backups and its log are looked at on its own machine; give it an access "
            "“ssh” in the estate",
            device=asked.name,
        ),
    )
