"""The frozen facts of incidents: what was sighted, what is open, what is to change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
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
    RESOLVED = "resolved"
    MERGED = "merged"


LIVE: Final = frozenset({IncidentState.OPEN})
"""States in which an incident still takes findings. A later state, such as acknowledged, is one
member of the two above."""

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
    raised: Severity | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolve:
    """It is over: seen to be normal, not merely unseen."""

    incident: int
    cause: str
    why: Phrase


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


Decision = Open | Update | Cover | Resolve | Merge


class ChangeKind(StrEnum):
    """What happened to an incident."""

    OPENED = "opened"
    UPDATED = "updated"
    RAISED = "raised"
    RESOLVED = "resolved"
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
