"""Runs of runbooks as they are shown: read models, nothing is decided here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, RowMapping, select

from runbooks.subject import Subject
from store.schema import instant_text, runbook_run, runbook_step
from store.stored import member


class RunState(StrEnum):
    """The life of a run."""

    RUNNING = "running"
    FINISHED = "finished"
    GIVEN_UP = "given_up"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """A run as stored. `step` is None when it is over; `due_at` is set while a wait runs."""

    id: int
    runbook: str
    digest: str
    subject: Subject
    state: RunState
    step: str | None
    since: datetime
    due_at: datetime | None
    began_at: datetime
    ended_at: datetime | None
    actor: str
    last_entry: int

    def as_json(self) -> dict[str, Any]:
        """The object of `runbook list --running --json`."""
        return {
            "run": self.id,
            "runbook": self.runbook,
            **self.subject.as_json(),
            "state": self.state.value,
            "step": self.step,
            "since": instant_text(self.since),
            "due_at": _text(self.due_at),
            "began_at": instant_text(self.began_at),
            "ended_at": _text(self.ended_at),
            "actor": self.actor,
            "entry": self.last_entry,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRecord:
    """What was done in one step."""

    at: datetime
    step: str
    outcome: str
    choice: str | None
    note: str
    actor: str
    entry: int

    def as_json(self) -> dict[str, Any]:
        """One of the `steps` of `runbook show --run --json`."""
        return {
            "at": instant_text(self.at),
            "step": self.step,
            "outcome": self.outcome,
            "choice": self.choice,
            "note": self.note,
            "actor": self.actor,
            "entry": self.entry,
        }


def runs(
    tx: Connection, *, running: bool = False, incident: int | None = None
) -> tuple[RunRecord, ...]:
    """Runs, the newest first: all, those under way, those about one incident."""
    query = select(runbook_run).order_by(runbook_run.c.id.desc())
    if running:
        query = query.where(runbook_run.c.state == RunState.RUNNING.value)
    if incident is not None:
        query = query.where(runbook_run.c.incident == incident)
    return tuple(_run(row) for row in tx.execute(query).mappings())


def run_of(tx: Connection, number: int) -> RunRecord | None:
    """The run of that number, or None."""
    row = tx.execute(select(runbook_run).where(runbook_run.c.id == number)).mappings().first()
    return None if row is None else _run(row)


def steps_of(tx: Connection, number: int) -> tuple[StepRecord, ...]:
    """What was done in a run, the first step first."""
    rows = tx.execute(
        select(runbook_step).where(runbook_step.c.run == number).order_by(runbook_step.c.id)
    )
    return tuple(
        StepRecord(
            at=row["at"],
            step=row["step"],
            outcome=row["outcome"],
            choice=row["choice"],
            note=row["note"],
            actor=row["actor"],
            entry=row["entry"],
        )
        for row in rows.mappings()
    )


def _run(row: RowMapping) -> RunRecord:
    return RunRecord(
        id=row["id"],
        runbook=row["runbook"],
        digest=row["digest"],
        subject=Subject(incident=row["incident"], device=row["device"], site=row["site"]),
        state=member(RunState, row["state"]),
        step=row["step"],
        since=row["since"],
        due_at=row["due_at"],
        began_at=row["began_at"],
        ended_at=row["ended_at"],
        actor=row["actor"],
        last_entry=row["last_entry"],
    )


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else instant_text(moment)
