"""The frozen facts of incidents: what was sighted, what is open, what is to change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from checks.judging import Judgement
from checks.verdict import Severity
from collectors.visit import Contact
from phrases import Phrase


class IncidentState(StrEnum):
    """The life of an incident. `merged`: it turned out to be a consequence of another."""

    OPEN = "open"
    """Nobody has it yet."""
    ACKNOWLEDGED = "acknowledged"
    """Its owner works on it."""
    ON_HOLD = "on_hold"
    """Its owner waits for something, until a time; then it is acknowledged again."""
    RESOLVED = "resolved"
    CLOSED = "closed"
    """Resolved, looked at once more by a person, and never opened again."""
    MERGED = "merged"


LIVE: Final = frozenset({IncidentState.OPEN, IncidentState.ACKNOWLEDGED, IncidentState.ON_HOLD})
"""States in which an incident still takes findings."""

RANK: Final[Mapping[Severity, int]] = MappingProxyType(
    {Severity.INFO: 0, Severity.WARNING: 1, Severity.CRITICAL: 2}
)

CUT_OFF: Final = "self:cut-off"
"""The root cause of everything being silent at once: Lineguard's own way out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """One device, looked at once. `contact` is None when nothing was asked that could tell, such
    as an item without a check or a device without access."""

    device: str
    site: str
    contact: Contact | None
    judgements: tuple[Judgement, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenIncident:
    """A live incident, as it is stored. `covers` are the checks (`M02:space`) and devices that it
    stands for."""

    id: int
    cause: str
    severity: Severity
    device: str | None
    item: str | None = None
    covers: frozenset[str] = frozenset()
    state: IncidentState = IncidentState.OPEN
    flaps: int = 0
    """How often it came back within `Damping.flap_window`."""
    calm_since: datetime | None = None
    """Since when a flapping one has been seen to be well, without a break."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PastIncident:
    """One that was resolved so lately that it comes back rather than begins anew."""

    id: int
    cause: str
    severity: Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspect:
    """What was seen abnormal `seen` times without a break, of an item that takes more to be
    believed."""

    cause: str
    device: str
    item: str
    seen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Damping:
    """When trouble that comes back is the same trouble. What came back `flaps` times within
    `flap_window` flaps: it is over only after it was well for `calm` without a break."""

    reopen_within: timedelta = timedelta(minutes=30)
    flaps: int = 3
    flap_window: timedelta = timedelta(hours=1)
    calm: timedelta = timedelta(minutes=15)


DAMPING: Final = Damping()


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something wrong that was seen, under the key of its cause."""

    cause: str
    severity: Severity
    sentence: Phrase
    device: str | None = None
    site: str | None = None
    item: str | None = None
    check: str | None = None
    covers: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """A new incident."""

    finding: Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """A finding again. `raised` says from which severity, where it got worse."""

    incident: int
    finding: Finding
    severity: Severity
    """The worst since it was opened; it does not fall before the incident is over."""
    covers: frozenset[str]
    was: IncidentState
    raised: Severity | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reopen:
    """The same trouble, soon after it was over."""

    incident: int
    finding: Finding
    severity: Severity
    """The worst that it ever had."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspected:
    """It is abnormal, but was not seen so often enough to be believed."""

    suspect: Suspect


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleared:
    """What was suspected is an incident now, or was seen to be well."""

    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Calm:
    """A flapping incident was seen to be well for the first time since it was seen ill."""

    incident: int
    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolve:
    """It is over: seen to be normal, not merely unseen."""

    incident: int
    cause: str
    why: Phrase
    was: IncidentState


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover:
    """What it stands for has changed, nothing else."""

    incident: int
    cause: str
    covers: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """It is a consequence of the incident with that cause, which is live or opened beside it."""

    incident: int
    cause: str
    into: str
    why: Phrase
    was: IncidentState


Decision = Open | Reopen | Update | Suspected | Cleared | Cover | Calm | Resolve | Merge


class ChangeKind(StrEnum):
    """What happened to an incident."""

    OPENED = "opened"
    REOPENED = "reopened"
    UPDATED = "updated"
    RAISED = "raised"
    ACKNOWLEDGED = "acknowledged"
    HELD = "held"
    RESUMED = "resumed"
    NOTED = "noted"
    RESOLVED = "resolved"
    CLOSED = "closed"
    MERGED = "merged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What was stored about one incident; `entry` is the logbook entry of a transition."""

    kind: ChangeKind
    incident: int
    cause: str
    sentence: Phrase
    entry: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """All of one observation. `live` maps a cause to the incident that stands for it now."""

    made: tuple[Change, ...] = ()
    live: Mapping[str, int] = field(default_factory=dict)

    def count(self, kind: ChangeKind) -> int:
        """How many of that kind."""
        return sum(one.kind is kind for one in self.made)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One transition, as it is shown. Sentences are `{"en": ..., "zh": ...}`."""

    at: datetime
    from_state: str | None
    to_state: str
    why: Mapping[str, str]
    actor: str
    entry: int
