"""What the practice database answers to the statements of `oracle_care_queries`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from collectors.sources import oracle_care_queries as asked
from lab.embedded.oracle.care_data import CareData, Lag, Space
from lab.embedded.oracle.values import Column, Value, number, text, timestamp

EMPTY: Final = " "
CLOCK: Final = "%m/%d/%Y %H:%M:%S"
"""As V$DATAGUARD_STATS writes times."""

Rows = list[tuple[Value, ...]]


def _history(data: CareData) -> Rows:
    return [(data.role, data.keep_days)]


def _jobs(data: CareData) -> Rows:
    rows = [(one.kind, one.status, _seconds(one.began), _seconds(one.ended)) for one in data.jobs]
    return [*sorted(rows, key=lambda row: row[2] or 0)]


def _seconds(ago: timedelta | None) -> int | None:
    return None if ago is None else round(ago.total_seconds())


def _mode(data: CareData) -> Rows:
    return [(data.log_mode,)]


def _destinations(data: CareData) -> Rows:
    return [
        (one.name, one.kind, one.status, one.standby or EMPTY, one.gap or EMPTY, one.error or EMPTY)
        for one in data.destinations
    ]


def _without_backup(data: CareData) -> Rows:
    return [(data.logs_without_backup, _seconds(data.oldest_without_backup))]


def _role(data: CareData) -> Rows:
    return [(data.role,)]


def _lags(data: CareData) -> Rows:
    return [_lag(one) for one in data.lags]


def _lag(one: Lag) -> tuple[Value, ...]:
    now = datetime.now(UTC)
    datum = EMPTY if one.datum is None else (now - one.datum).strftime(CLOCK)
    return one.name, one.value or EMPTY, now.strftime(CLOCK), datum


def _alerts(data: CareData) -> Rows:
    return [
        (one.at.astimezone(UTC).replace(tzinfo=None), one.kind, one.level, one.words)
        for one in data.alerts
    ]


def _spaces(data: CareData) -> Rows:
    return [_space(one) for one in data.spaces]


def _space(one: Space) -> tuple[Value, ...]:
    if one.used_percent is None:
        return one.name, one.contents, one.status, None, None, None
    used = round(one.most_bytes * one.used_percent / 100)
    return one.name, one.contents, one.status, one.used_percent, used, one.most_bytes


CARE_ANSWERS: Final[
    tuple[tuple[str, tuple[Column, ...], Callable[[CareData], Rows]], ...]
] = (
    (asked.RMAN_HISTORY, (text("DATABASE_ROLE", 16), number("KEEP_DAYS")), _history),
    (
        asked.RMAN_JOBS,
        (text("INPUT_TYPE", 13), text("STATUS", 23), number("BEGAN_S"), number("ENDED_S")),
        _jobs,
    ),
    (asked.ARCHIVE_MODE, (text("LOG_MODE", 12),), _mode),
    (
        asked.ARCHIVE_DESTINATIONS,
        (text("DEST", 256), text("TYPE", 16), text("STATUS", 9), text("STANDBY", 30),
         text("GAP", 24), text("MESSAGE", 256)),
        _destinations,
    ),
    (asked.LOGS_WITHOUT_BACKUP, (number("LOGS"), number("OLDEST_S")), _without_backup),
    (asked.DATABASE_ROLE, (text("DATABASE_ROLE", 16),), _role),
    (
        asked.DATAGUARD_LAGS,
        (text("NAME", 32), text("VALUE", 64), text("COMPUTED", 30), text("DATUM", 30)),
        _lags,
    ),
    (
        asked.ALERT_ERRORS,
        (timestamp("LOGGED"), number("MESSAGE_TYPE"), number("MESSAGE_LEVEL"),
         text("MESSAGE", 1200)),
        _alerts,
    ),
    (
        asked.TABLESPACES,
        (text("TABLESPACE_NAME", 128), text("CONTENTS", 21), text("STATUS", 9),
         number("USED_PERCENT"), number("USED_BYTES"), number("MOST_BYTES")),
        _spaces,
    ),
)  # fmt: skip
