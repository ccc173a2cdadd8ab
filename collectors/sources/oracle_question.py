"""One question to an Oracle database under way, with its evidence so far."""

from __future__ import annotations

from datetime import UTC, datetime

from collectors.parsers.blocking import typed
from collectors.parsers.moments import moment
from collectors.sources.database_session import DatabaseQuestion
from collectors.sources.oracle_line import Line


class Question(DatabaseQuestion[Line]):
    """As `DatabaseQuestion`, over a line to Oracle."""


def utc(at: object) -> datetime:
    """The queries give times in UTC without a zone. Raises `TypeError`."""
    return moment(typed(datetime, at).replace(tzinfo=UTC))
