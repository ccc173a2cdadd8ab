"""Backup copies as the estate declares them: what of a device is kept where, and what of a file
is looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyPlace:
    """Where a copy lies: the device that keeps it, and an absolute path on it, of whose last part
    `*` and `?` may stand for what changes; the newest match is meant."""

    keeper: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialRestore:
    """A dump is restored into a scratch server, and must then have at least so many tables and,
    over all of them, rows. `limit_s` bounds the whole: fetching, restoring, counting."""

    engine: Literal["postgresql"]
    tables: int = 1
    rows: int = 1
    limit_s: float = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """A backup copy of something on the device whose catalogue it stands in. `items` are those of
    the schedule that look at it (M40, M42, M57); `checksum` is `beside` (a file PATH.sha256) or
    the SHA-256 itself, in lower-case hexadecimal."""

    name: str
    items: tuple[str, ...]
    kept: CopyPlace
    max_age_h: float
    min_bytes: int = 1
    checksum: str | None = None
    offsite: CopyPlace | None = None
    restore: TrialRestore | None = None

    @property
    def places(self) -> tuple[CopyPlace, ...]:
        """Where it lies, and where it lies once more."""
        return (self.kept,) if self.offsite is None else (self.kept, self.offsite)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptFile:
    """What a keeper is asked of one path, for all who have a copy there: `digest_for` the items
    that need its SHA-256, `beside` whether the file PATH.sha256 is read, `restore_s` the longest
    time that a trial restore may take (none is made where it is None)."""

    path: str
    digest_for: frozenset[str] = frozenset()
    beside: bool = False
    restore_s: float | None = None
