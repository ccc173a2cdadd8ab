"""Databases, of whatever family: their backups, their log, their space, and what copies them.

Times are told as ages by the database's own clock (or the host's), so that no clock of ours and no
time zone of theirs comes between.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from collectors.readings.base import Reading


class Scope(StrEnum):
    """What a backup run covers."""

    WHOLE = "whole"
    """The whole database, fully or as an increment on an earlier one."""
    ARCHIVE = "archive"
    """Archived redo logs alone."""
    OTHER = "other"


class Outcome(StrEnum):
    """How a backup run stands."""

    GOOD = "good"
    RUNNING = "running"
    FAILED = "failed"
    """Ended, or still running, with errors."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupRun:
    """One run. `told` is the tool's own word for how it stands; `age` counts from its end, or from
    its beginning while it runs."""

    scope: Scope
    outcome: Outcome
    told: str
    age: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseBackups(Reading):
    """Runs of a backup tool, newest first. `history` is how far back they are known at all."""

    tool: str
    runs: tuple[BackupRun, ...]
    history: timedelta | None = None
    complaint: str | None = None
    """What the tool itself says is wrong with the whole of it."""
    standby: bool = False
    """The database is a standby: the backups may be those of its primary."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveDestination:
    """Where archived logs go, and the server's word for it."""

    name: str
    status: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveFailure:
    """The newest attempt failed, so long ago. `count` is of all failures since the server began to
    count."""

    log: str
    count: int
    ago: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Archiving(Reading):
    """Does the log of changes leave the server? `waiting` counts finished logs that are not yet
    where they belong, `oldest` is the age of the first."""

    on: bool
    failing: ArchiveFailure | None
    waiting: int
    oldest: timedelta
    destinations: tuple[ArchiveDestination, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Follower:
    """A standby as its primary sees it. `complaint` is empty while it is well; lags that are not
    told are None."""

    name: str
    complaint: str
    behind_bytes: int | None = None
    behind: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A replication slot: what it keeps for a follower that is gone fills the disk."""

    name: str
    active: bool
    lost: bool
    kept_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Leader:
    """A standby's own view of what it follows. `silence`: how long nothing has come; None where
    nothing ever did. A lag of nothing during silence is no lag of nothing."""

    complaint: str
    behind: timedelta | None
    silence: timedelta | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Replication(Reading):
    """Standbys of a primary, or the primary of a standby (`leader`)."""

    role: str
    followers: tuple[Follower, ...] = ()
    slots: tuple[Slot, ...] = ()
    leader: Leader | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LogError:
    """A line of the server's log that tells of an error. `grave`: the server says it is critical,
    or an incident of its own."""

    at: datetime | None
    words: str
    grave: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseLog(Reading):
    """Errors in the server's log since the last look: the newest (Oracle) or first (PostgreSQL)
    few of `count`. `more`: there were more than could be counted. `gap`: some may be unseen."""

    errors: tuple[LogError, ...]
    count: int
    more: bool = False
    skipped_bytes: int = 0
    gap: bool = False


class SpaceKind(StrEnum):
    """What a tablespace holds."""

    PERMANENT = "permanent"
    TEMPORARY = "temporary"
    """Sorting; it is reused and may look full for long."""
    UNDO = "undo"
    """What can be taken back; it is reused as well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tablespace:
    """Percent and bytes are of the most that it may grow to."""

    name: str
    kind: SpaceKind
    used_percent: float
    used_bytes: int
    most_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tablespaces(Reading):
    """Never empty. `offline`: those that nobody can use now."""

    spaces: tuple[Tablespace, ...]
    offline: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """A database, or a tablespace outside the data folder. `before` and `since`: as last noted."""

    name: str
    size: int
    before: int | None = None
    since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseSizes(Reading):
    """PostgreSQL's tablespaces have no size of their own: they grow until the disk is full."""

    databases: tuple[Size, ...]
    tablespaces: tuple[Size, ...]
