"""What a round works with, and what it tells."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from checks.item import Item
from checks.verdict import Severity, State
from collectors.visit import Collector
from incidents.desk import IncidentDesk
from incidents.model import Change, ChangeKind
from inventory.model import Estate
from logbook.book import Logbook
from maintenance.calendar import CalendarSettings
from maintenance.doubt import SelfCheck
from maintenance.looks import DEVICES_AT_ONCE
from maintenance.record import GRAVITY, VerdictRecord, severity_of
from maintenance.results import Outcome
from maintenance.versions import Versions
from store.database import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundDesk:
    """Everything a round needs; wiring fills it. `items` is the catalogue."""

    store: Store
    logbook: Logbook
    incidents: IncidentDesk
    estate: Estate
    items: tuple[Item, ...]
    collector: Collector
    self_check: SelfCheck
    calendar: CalendarSettings = field(default_factory=CalendarSettings)
    devices_at_once: int = DEVICES_AT_ONCE
    versions: Versions | None = None
    """Where fetched configurations are kept; None: nowhere."""
    actor: Mapping[str, object] | None = None
    """Who started the round, in the form of `inventory.people.Actor.as_json`; None: nobody says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundStep:
    """Progress: `done` of `total` devices. `state` is the worst that the latest one showed, None
    when its slots had been closed by somebody else; `severity` that of what is abnormal.
    `unbuilt`: further slots of it that no check exists for; they are unknown on every device, and
    would hide what is unknown because it was not seen."""

    done: int
    total: int
    device: str
    state: State | None
    severity: Severity | None = None
    unbuilt: int = 0
    waits: bool = False
    """Nothing of it is unseen; something is only not done yet."""


class Progress(Protocol):
    """Told after each device is recorded."""

    def __call__(self, step: RoundStep, /) -> None: ...


def quiet(step: RoundStep, /) -> None:
    """Progress that nobody watches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundReport:
    """What a round did. Counts are of slots: `due` is `done + not_observed`, those that could be
    worked; `normal`, `abnormal`, `unknown` and `not_applicable` are the states of the done ones.

    `not_observed` were tried in vain and stay due; `not_yet` wait for their busy hour, or for what
    is to be done within their period, `by_others` for a person or a document; `missed` can no
    longer be satisfied. `cut_off`: Lineguard itself could not see.
    """

    slot_time: datetime
    due: int
    done: int
    normal: int
    abnormal: int
    unknown: int
    not_applicable: int
    not_observed: int
    not_yet: int
    by_others: int
    missed: int
    planned: int
    interrupted: int
    cut_off: bool
    verdicts: tuple[VerdictRecord, ...]
    changes: tuple[Change, ...]

    def incidents(self, kind: ChangeKind) -> int:
        """How many incidents were opened, updated, resolved, ..."""
        return len({one.incident for one in self.changes if one.kind is kind})

    @property
    def exit_code(self) -> int:
        """As contracts.md has it: 0 all observed and normal, 1 some abnormal, 3 some not
        observed. 未知 was not observed, whatever the reason."""
        if self.unknown or self.not_observed or self.missed or self.cut_off:
            return 3
        return 1 if self.abnormal else 0


def count(outcomes: Iterable[Outcome], state: State) -> int:
    """How many slots were done with that state."""
    return sum(one.observed and one.state is state for one in outcomes)


def step(done: int, total: int, device: str, outcomes: Iterable[Outcome]) -> RoundStep:
    """What is told of one device, of all the outcomes that were recorded with it."""
    of_device = [one for one in outcomes if one.slot.device == device]
    own = [one for one in of_device if not one.waits]
    checked = [one for one in own if any(record.judgement.check for record in one.records)]
    speaking = checked or own
    return RoundStep(
        done=done,
        total=total,
        device=device,
        state=max((one.state for one in speaking), key=GRAVITY.__getitem__, default=None),
        severity=severity_of([record for one in speaking for record in one.records]),
        unbuilt=len(own) - len(speaking),
        waits=bool(of_device) and not own,
    )
