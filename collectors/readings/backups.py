"""Backup copies, by the device that keeps them; and the same, gathered for the device whose they
are. A state is told of a path, the pattern of the site data, whoever has a copy there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from collectors.readings.base import Reading, Trouble, Unanswered
from collectors.readings.gathered import Gathered
from phrases import Phrase


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """Why nobody knows of one path, where the keeper answered of others."""

    trouble: Trouble
    why: Phrase


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenCopy:
    """The newest file that a path matches; `file` None: there is none. `age_s` in seconds by the
    keeper's own clock, negative for a file of the future; `before` is the size in bytes of the
    file that was the newest before this one, where it is remembered."""

    path: str
    file: str | None = None
    size: int = 0
    age_s: float = 0.0
    before: int | None = None
    unread: Unread | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptCopies(Reading):
    """Every path that this device keeps, for whomever."""

    seen: tuple[SeenCopy, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenChecksum:
    """The SHA-256 of the newest file of a path, worked out by its keeper, and what the file beside
    it says it should be, both in lower-case hexadecimal. `file` None: there is none."""

    path: str
    file: str | None = None
    digest: str | None = None
    beside: str | None = None
    unread: Unread | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptChecksums(Reading):
    """Of every path that a copy for `item` needs the checksum of."""

    item: ClassVar[str]
    seen: tuple[SeenChecksum, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptColdChecksums(KeptChecksums):
    """Of the cold copies."""

    item: ClassVar[str] = "M40"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptDumpChecksums(KeptChecksums):
    """Of the dumps of the databases behind USM and CTI."""

    item: ClassVar[str] = "M42"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptDataChecksums(KeptChecksums):
    """Of the backups of application data."""

    item: ClassVar[str] = "M57"


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What came of a dump in a scratch server. `tables` and `rows` are counted there, `listed` in
    the dump's own table of contents (None where the format has none). `fetch_s` is the time that
    fetching it took, `restore_s` that of restoring."""

    tables: int
    rows: int
    listed: int | None
    fetch_s: float
    restore_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenTrial:
    """A trial restore of the newest file of a path. `failed`: the dump itself does not restore;
    `untried`: nobody knows, because it could not be tried."""

    path: str
    file: str | None = None
    restored: Restored | None = None
    failed: Phrase | None = None
    untried: Unread | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptTrials(Reading):
    """Of every path whose copies are to be restored on trial."""

    seen: tuple[SeenTrial, ...]


# --- gathered for the device whose copies they are ---


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnCopies(Gathered):
    """What the keepers of a device's copies for `item` see of them."""

    item: ClassVar[str]

    @property
    def trouble(self) -> Trouble | None:
        """Why something is not known, be it all of a keeper or one path of it."""
        return next(filter(None, map(_trouble_of, (part for _, part in self.parts))), None)


def _trouble_of(part: Reading | Unanswered) -> Trouble | None:
    if isinstance(part, Unanswered):
        return part.trouble
    unknown: list[Unread | None] = []
    if isinstance(part, KeptCopies | KeptChecksums):
        unknown = [one.unread for one in part.seen]
    elif isinstance(part, KeptTrials):
        unknown = [one.untried for one in part.seen]
    return next((one.trouble for one in unknown if one is not None), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnColdCopies(OwnCopies):
    """Cold copies of software, configuration and addresses."""

    item: ClassVar[str] = "M40"
    gathers: ClassVar[type[Reading]] = KeptCopies


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnDumps(OwnCopies):
    """Dumps of the databases behind USM and CTI."""

    item: ClassVar[str] = "M42"
    gathers: ClassVar[type[Reading]] = KeptCopies


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnDataBackups(OwnCopies):
    """Backups of application data."""

    item: ClassVar[str] = "M57"
    gathers: ClassVar[type[Reading]] = KeptCopies


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnColdChecksums(OwnCopies):
    """Their checksums."""

    item: ClassVar[str] = "M40"
    gathers: ClassVar[type[Reading]] = KeptColdChecksums


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnDumpChecksums(OwnCopies):
    """Their checksums."""

    item: ClassVar[str] = "M42"
    gathers: ClassVar[type[Reading]] = KeptDumpChecksums


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnDataChecksums(OwnCopies):
    """Their checksums."""

    item: ClassVar[str] = "M57"
    gathers: ClassVar[type[Reading]] = KeptDataChecksums


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnTrials(OwnCopies):
    """Trial restores of the dumps."""

    item: ClassVar[str] = "M42"
    gathers: ClassVar[type[Reading]] = KeptTrials
