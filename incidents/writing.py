"""Storing decisions: incidents, their transitions and the logbook entries of these."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import Connection, bindparam, delete, insert, update

from checks.verdict import Severity
from incidents.model import (
    Calm,
    Change,
    ChangeKind,
    Changes,
    Cleared,
    Cover,
    Decision,
    Finding,
    IncidentState,
    Merge,
    Open,
    Reopen,
    Resolve,
    Suspected,
    Update,
)
from logbook.book import Logbook
from logbook.entries import canonical
from phrases import Phrase, say
from store.schema import incident, suspect, transition

ENTRY: Final = "incident"
"""The kind of logbook entry that holds one transition."""

SEVERITY_WORDS: Final[Mapping[Severity, Phrase]] = MappingProxyType(
    {
        Severity.INFO: say("info"),
        Severity.WARNING: say("warning"),
        Severity.CRITICAL: say("critical"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """One step in an incident's life, ready to be stored."""

    incident: int
    kind: ChangeKind
    cause: str
    from_state: IncidentState | None
    to_state: IncidentState
    severity: Severity | None
    why: Phrase
    merged_into: int | None = None
    finding: Finding | None = None
    """What was seen, for the transitions from which the incident's row takes its words: opened,
    opened again, and raised. What is seen in between is counted and not written down, so it changes
    no words."""
    more: Mapping[str, Any] = field(default_factory=dict)
    """Further fields of the entry, such as whose it is now."""

    def body(self, actor: str) -> dict[str, Any]:
        """Its logbook entry."""
        return {
            "incident": self.incident,
            "cause": self.cause,
            "change": self.kind.value,
            "from": self.from_state,
            "to": self.to_state.value,
            "severity": self.severity,
            "merged_into": self.merged_into,
            "why": self.why.both(),
            "actor": actor,
            **self.more,
            **({} if self.finding is None else self._seen(self.finding)),
        }

    def _seen(self, finding: Finding) -> dict[str, Any]:
        return {
            "device": finding.device,
            "site": finding.site,
            "item": finding.item,
            "check": finding.check,
            "finding": finding.sentence.both(),
        }

    def row(self, at: datetime, actor: str, entry: int) -> dict[str, Any]:
        """Its row of the table."""
        return {
            "incident": self.incident,
            "at": at,
            "from_state": self.from_state,
            "to_state": self.to_state.value,
            "why": canonical(self.why.both()),
            "actor": actor,
            "entry": entry,
        }

    def change(self, entry: int) -> Change:
        """What is told of it."""
        return Change(
            kind=self.kind,
            incident=self.incident,
            cause=self.cause,
            sentence=self.why,
            entry=entry,
        )


@dataclass(slots=True, kw_only=True)
class Writing:
    """One observation being stored. New incidents are inserted at once, because others name them
    by number; everything else is gathered and written together, so that a storm is few statements.
    """

    tx: Connection
    at: datetime
    actor: str
    live: dict[str, int]
    """The incident that stands for each cause, kept current."""
    steps: list[Transition] = field(default_factory=list)
    updated: list[Change] = field(default_factory=list)
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def write(self, decision: Decision) -> None:
        """Take one decision."""
        match decision:
            case Open():
                self._open(decision.finding)
            case Reopen():
                self._reopen(decision)
            case Update():
                self._update(decision)
            case Suspected():
                self._later("doubt", {**asdict(decision.suspect), "since": self.at})
            case Cleared():
                self._later("settle", {"of": decision.cause})
            case Calm():
                self._later("calm", {"of": decision.incident, "calm_since": self.at})
            case Cover():
                self._later(
                    "cover", {"of": decision.incident, "suppresses": _list(decision.covers)}
                )
            case Resolve():
                self._end(decision, ChangeKind.RESOLVED, IncidentState.RESOLVED, None)
            case Merge():
                self._end(
                    decision, ChangeKind.MERGED, IncidentState.MERGED, self.live[decision.into]
                )

    def finish(self, logbook: Logbook) -> Changes:
        """Write what was gathered, each transition with its entry."""
        for name, rows in self.rows.items():
            if name == "doubt":
                self._doubt(rows)
            else:
                self.tx.execute(STATEMENTS[name], rows)
        records = [(ENTRY, step.body(self.actor)) for step in self.steps]
        entries = logbook.append_many(self.tx, records, self.at)
        stored = list(zip(self.steps, entries, strict=True))
        if stored:
            rows = [step.row(self.at, self.actor, entry) for step, entry in stored]
            self.tx.execute(insert(transition), rows)
        made = tuple(step.change(entry) for step, entry in stored)
        return Changes(made=(*made, *self.updated), live=dict(self.live))

    def _doubt(self, rows: list[dict[str, Any]]) -> None:
        """Counted once more; `since` is when it was first seen."""
        for row in rows:
            more = update(suspect).where(suspect.c.cause == row["cause"]).values(seen=row["seen"])
            if not self.tx.execute(more).rowcount:
                self.tx.execute(insert(suspect), [row])

    def _later(self, name: str, row: dict[str, Any]) -> None:
        self.rows.setdefault(name, []).append(row)

    def _open(self, finding: Finding) -> None:
        number = _insert(self.tx, finding, self.at)
        self.live[finding.cause] = number
        self.steps.append(
            Transition(
                incident=number,
                kind=ChangeKind.OPENED,
                cause=finding.cause,
                from_state=None,
                to_state=IncidentState.OPEN,
                severity=finding.severity,
                why=finding.sentence,
                finding=finding,
            )
        )

    def _reopen(self, decision: Reopen) -> None:
        finding = decision.finding
        self.live[finding.cause] = decision.incident
        row = {
            "of": decision.incident,
            "severity": decision.severity.value,
            "sentence": canonical(finding.sentence.both()),
            "updated_at": self.at,
            "suppresses": _list(finding.covers),
        }
        self._later("reopen", row)
        self.steps.append(
            Transition(
                incident=decision.incident,
                kind=ChangeKind.REOPENED,
                cause=finding.cause,
                from_state=IncidentState.RESOLVED,
                to_state=IncidentState.OPEN,
                severity=decision.severity,
                why=say("it is back: {sentence}", sentence=finding.sentence),
                finding=finding,
            )
        )

    def _update(self, decision: Update) -> None:
        finding = decision.finding
        seen = {
            "of": decision.incident,
            "updated_at": self.at,
            "suppresses": _list(decision.covers),
        }
        self._later("seen", seen)
        if decision.raised is not None:
            worse = {
                "of": decision.incident,
                "severity": decision.severity.value,
                "sentence": canonical(finding.sentence.both()),
            }
            self._later("raised", worse)
            self.steps.append(_raised(decision, decision.raised))
            return
        self.updated.append(
            Change(
                kind=ChangeKind.UPDATED,
                incident=decision.incident,
                cause=finding.cause,
                sentence=finding.sentence,
            )
        )

    def _end(
        self,
        decision: Resolve | Merge,
        kind: ChangeKind,
        state: IncidentState,
        into: int | None,
    ) -> None:
        self.live.pop(decision.cause, None)
        row = {
            "of": decision.incident,
            "state": state.value,
            "resolved_at": self.at,
            "updated_at": self.at,
            "merged_into": into,
        }
        self._later("end", row)
        self.steps.append(
            Transition(
                incident=decision.incident,
                kind=kind,
                cause=decision.cause,
                from_state=decision.was,
                to_state=state,
                severity=None,
                why=decision.why,
                merged_into=into,
            )
        )


def write_step(
    tx: Connection, logbook: Logbook, step: Transition, at: datetime, actor: str, **row: object
) -> Change:
    """One transition with its entry; `row` are the columns of the incident that it changes."""
    tx.execute(
        update(incident)
        .where(incident.c.id == step.incident)
        .values(state=step.to_state.value, **row)
    )
    number = logbook.append(tx, ENTRY, step.body(actor), at)
    tx.execute(insert(transition), [step.row(at, actor, number)])
    return step.change(number)


STATEMENTS: Final = MappingProxyType(
    {
        "seen": update(incident)
        .where(incident.c.id == bindparam("of"))
        .values(
            findings=incident.c.findings + 1,
            updated_at=bindparam("updated_at"),
            suppresses=bindparam("suppresses"),
            calm_since=None,
        ),
        "reopen": update(incident)
        .where(incident.c.id == bindparam("of"))
        .values(
            state=IncidentState.OPEN.value,
            severity=bindparam("severity"),
            sentence=bindparam("sentence"),
            findings=incident.c.findings + 1,
            updated_at=bindparam("updated_at"),
            suppresses=bindparam("suppresses"),
            resolved_at=None,
            owner=None,
            acknowledged_at=None,
            calm_since=None,
        ),
        "calm": update(incident)
        .where(incident.c.id == bindparam("of"))
        .values(calm_since=bindparam("calm_since")),
        "raised": update(incident)
        .where(incident.c.id == bindparam("of"))
        .values(
            severity=bindparam("severity"),
            sentence=bindparam("sentence"),
        ),
        "settle": delete(suspect).where(suspect.c.cause == bindparam("of")),
        "cover": update(incident)
        .where(incident.c.id == bindparam("of"))
        .values(suppresses=bindparam("suppresses")),
        "end": update(incident)
        .where(incident.c.id == bindparam("of"))
        .values(
            state=bindparam("state"),
            resolved_at=bindparam("resolved_at"),
            updated_at=bindparam("updated_at"),
            merged_into=bindparam("merged_into"),
            hold_until=None,
            calm_since=None,
        ),
    }
)


def _insert(tx: Connection, finding: Finding, at: datetime) -> int:
    inserted = tx.execute(
        insert(incident).values(
            cause=finding.cause,
            state=IncidentState.OPEN.value,
            severity=finding.severity.value,
            device=finding.device,
            site=finding.site,
            item=finding.item,
            check=finding.check,
            sentence=canonical(finding.sentence.both()),
            findings=1,
            opened_at=at,
            updated_at=at,
            suppresses=_list(finding.covers),
        )
    )
    key = inserted.inserted_primary_key
    assert key is not None  # noqa: S101  (a table with a serial key always gives one)
    return int(key[0])


def _raised(decision: Update, was: Severity) -> Transition:
    return Transition(
        incident=decision.incident,
        kind=ChangeKind.RAISED,
        cause=decision.finding.cause,
        from_state=decision.was,
        to_state=decision.was,
        severity=decision.severity,
        finding=decision.finding,
        why=say(
            "severity raised from {was} to {now}: {sentence}",
            was=SEVERITY_WORDS[was],
            now=SEVERITY_WORDS[decision.severity],
            sentence=decision.finding.sentence,
        ),
    )


def _list(covers: Iterable[str]) -> str:
    return canonical(sorted(covers))
