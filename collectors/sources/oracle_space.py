"""Oracle: errors in the alert log since the last look, and how full the tablespaces are."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from collectors.parsers.amounts import amount, whole
from collectors.parsers.blocking import typed
from collectors.parsers.database_errors import ORACLE_GRAVE
from collectors.parsers.log_lines import is_any_of
from collectors.parsers.plain import plain
from collectors.readings import Trouble
from collectors.readings.database_care import (
    DatabaseLog,
    LogError,
    SpaceKind,
    Tablespace,
    Tablespaces,
)
from collectors.sources.database_session import QueryFailed, Row
from collectors.sources.oracle_care_queries import (
    ALERT_ERRORS,
    ALERT_ROWS,
    ALERT_WINDOW_DAYS,
    TABLESPACES,
)
from collectors.sources.oracle_queries import ALERT_LOG
from collectors.sources.oracle_question import Question, utc
from collectors.visit import Answer, Memory
from phrases import say

TOPIC: Final = "alert-log"
FIRST_LOOK: Final = timedelta(days=7)
"""How far back a first look goes: the contract has the log looked at weekly."""
ERRORS_KEPT: Final = 20
INCIDENT: Final = 2
"""MESSAGE_TYPE of an incident."""
SEVERE: Final = (1, 2)
"""MESSAGE_LEVEL of what is critical or severe."""
KINDS: Final[Mapping[str, SpaceKind]] = {
    "TEMPORARY": SpaceKind.TEMPORARY,
    "UNDO": SpaceKind.UNDO,
}
OFFLINE: Final = "OFFLINE"
ONLINE: Final = "ONLINE"


async def alert_log(asked: Question, memory: Memory) -> Answer:
    """M11: the errors since the last look, by the database's own clock."""
    ((clock, shown),) = await asked.rows(ALERT_LOG)
    if not typed(int, shown):
        raise QueryFailed(
            Trouble.UNSUPPORTED,
            say("{device}: Oracle shows this login no line of its alert log", device=asked.name),
        )
    now = utc(clock)
    rows = await asked.rows(ALERT_ERRORS)
    since, gap = looked_at(memory.recall(asked.name, TOPIC), now)
    logged = [_error(row) for row in rows]
    new = [one for one in logged if one.at is not None and one.at > since]
    wanted = [one for one in new if not is_any_of(one.words, _ignored(asked))]
    newest = max((one.at for one in logged if one.at is not None), default=now)
    asked.notebook.note(TOPIC, json.dumps({"until": max(now, newest).isoformat()}))
    return DatabaseLog(
        device=asked.name,
        taken_at=asked.at,
        exchanges=tuple(asked.exchanges),
        errors=tuple(sorted(wanted, key=lambda one: not one.grave)[:ERRORS_KEPT]),
        count=len(wanted),
        more=len(rows) >= ALERT_ROWS and len(new) == len(rows),
        gap=gap or (len(rows) >= ALERT_ROWS and len(new) == len(rows)),
    )


def _ignored(asked: Question) -> tuple[str, ...]:
    site = asked.device.watch.database
    return site.log_ignore if site is not None else ()


def looked_at(note: str | None, now: datetime) -> tuple[datetime, bool]:
    """Until when the log has been read, and whether that is longer ago than what was asked for. A
    note that cannot be read is none: then the last week is looked at."""
    window = now - timedelta(days=ALERT_WINDOW_DAYS)
    try:
        until = datetime.fromisoformat(json.loads(note or "")["until"])
        return min(max(until, window), now), until < window
    except (ValueError, TypeError, KeyError):
        return now - FIRST_LOOK, False


def _error(row: Row) -> LogError:
    at, kind, level, message = row
    words = plain(typed(str, message or " "))
    return LogError(
        at=utc(at),
        words=words,
        grave=kind == INCIDENT or level in SEVERE or any(code in words for code in ORACLE_GRAVE),
    )


# --- tablespaces ---


async def tablespaces(asked: Question, memory: Memory) -> Answer:
    """M12: all that are online, by how full they may ever be. Read-only ones cannot fill up."""
    rows = await asked.rows(TABLESPACES)
    online = [row for row in rows if typed(str, row[2]) == ONLINE]
    if not online:
        raise ValueError("a database has at least one tablespace online")
    return Tablespaces(
        device=asked.name,
        taken_at=asked.at,
        exchanges=tuple(asked.exchanges),
        spaces=tuple(map(_space, online)),
        offline=tuple(plain(typed(str, row[0])) for row in rows if row[2] == OFFLINE),
    )


def _space(row: Row) -> Tablespace:
    """Raises `TypeError` where a tablespace that is online has no measure."""
    name, contents, _status, percent, used, most = row
    return Tablespace(
        name=plain(typed(str, name)),
        kind=KINDS.get(typed(str, contents), SpaceKind.PERMANENT),
        used_percent=amount(percent),
        used_bytes=whole(used),
        most_bytes=whole(most),
    )
