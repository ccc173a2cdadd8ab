"""Incidents as they are shown: read models, nothing is decided here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import Connection, RowMapping, select

from checks.runbooks import runbook_for
from checks.verdict import Severity
from incidents.model import LIVE, IncidentState, Step
from phrases import Lang
from store.schema import incident, instant_text, transition
from store.stored import member, names, sentence

NO_NAMES: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentRecord:
    """One incident as stored. Times are aware, in UTC; `sentence` is `{"en": ..., "zh": ...}`."""

    id: int
    cause: str
    state: IncidentState
    severity: str
    device: str | None
    site: str | None
    item: str | None
    check: str | None
    sentence: Mapping[str, str]
    findings: int
    opened_at: datetime
    updated_at: datetime
    resolved_at: datetime | None
    merged_into: int | None
    suppresses: tuple[str, ...]
    owner: str | None = None
    acknowledged_at: datetime | None = None
    hold_until: datetime | None = None
    closed_at: datetime | None = None
    analysis: int | None = None
    named_runbook: str | None = None
    """The one that the site names for its item."""

    @property
    def live(self) -> bool:
        """Does it still take findings?"""
        return self.state in LIVE

    @property
    def runbook(self) -> str | None:
        """What is offered to be done about it."""
        return self.named_runbook or runbook_for(self.item, self.check, self.cause)

    def as_json(self, lang: Lang) -> dict[str, Any]:
        """The object of `incident list --json`."""
        return {
            "incident": self.id,
            "cause": self.cause,
            "state": self.state.value,
            "severity": self.severity,
            "device": self.device,
            "site": self.site,
            "item": self.item,
            "check": self.check,
            "sentence": self.sentence[lang],
            "findings": self.findings,
            "opened_at": instant_text(self.opened_at),
            "updated_at": instant_text(self.updated_at),
            "resolved_at": _text(self.resolved_at),
            "merged_into": self.merged_into,
            "suppresses": list(self.suppresses),
            "owner": self.owner,
            "acknowledged_at": _text(self.acknowledged_at),
            "hold_until": _text(self.hold_until),
            "closed_at": _text(self.closed_at),
            "runbook": self.runbook,
        }


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else instant_text(moment)


def incidents(
    tx: Connection,
    states: Iterable[IncidentState] | None = LIVE,
    device: str | None = None,
    limit: int | None = None,
    runbooks: Mapping[str, str] = NO_NAMES,
) -> tuple[IncidentRecord, ...]:
    """Incidents in these states (None: in all), the newest first. `runbooks` are those that the
    site names, by item."""
    query = select(incident).order_by(incident.c.opened_at.desc(), incident.c.id.desc())
    if states is not None:
        query = query.where(incident.c.state.in_([state.value for state in states]))
    if device is not None:
        query = query.where(incident.c.device == device)
    if limit is not None:
        query = query.limit(limit)
    return tuple(_record(row, runbooks) for row in tx.execute(query).mappings())


def incident_of(
    tx: Connection, number: int, runbooks: Mapping[str, str] = NO_NAMES
) -> IncidentRecord | None:
    """The incident of that number, or None. `runbooks` are those that the site names, by item."""
    row = tx.execute(select(incident).where(incident.c.id == number)).mappings().first()
    return None if row is None else _record(row, runbooks)


def steps_of(tx: Connection, number: int) -> tuple[Step, ...]:
    """Its transitions, the first one first."""
    rows = tx.execute(
        select(transition).where(transition.c.incident == number).order_by(transition.c.id)
    )
    return tuple(
        Step(
            at=row["at"],
            from_state=row["from_state"],
            to_state=row["to_state"],
            why=sentence(row["why"]),
            actor=row["actor"],
            entry=row["entry"],
        )
        for row in rows.mappings()
    )


def step_json(step: Step, lang: Lang) -> dict[str, Any]:
    """One of the `transitions` of `incident show --json`."""
    return {
        "at": instant_text(step.at),
        "from": step.from_state,
        "to": step.to_state,
        "why": step.why[lang],
        "actor": step.actor,
        "entry": step.entry,
    }


def _record(row: RowMapping, runbooks: Mapping[str, str]) -> IncidentRecord:
    return IncidentRecord(
        id=row["id"],
        cause=row["cause"],
        state=member(IncidentState, row["state"]),
        severity=member(Severity, row["severity"]).value,
        device=row["device"],
        site=row["site"],
        item=row["item"],
        check=row["check"],
        sentence=sentence(row["sentence"]),
        findings=row["findings"],
        opened_at=row["opened_at"],
        updated_at=row["updated_at"],
        resolved_at=row["resolved_at"],
        merged_into=row["merged_into"],
        suppresses=names(row["suppresses"]),
        owner=row["owner"],
        acknowledged_at=row["acknowledged_at"],
        hold_until=row["hold_until"],
        closed_at=row["closed_at"],
        analysis=row["analysis"],
        named_runbook=runbooks.get(row["item"] or ""),
    )
