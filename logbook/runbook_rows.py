"""Do the runs of runbooks, handovers and obligations still say what their entries say?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from sqlalchemy import Connection, func, select

from logbook.duty_rows import Expected, claimed, held, paired
from logbook.rows import Faults, fault, rows
from phrases import say
from store.schema import (
    handover,
    handover_signature,
    matter,
    obligation,
    runbook_run,
    runbook_step,
)

RUNBOOK, MATTER, HANDOVER, OBLIGATION = "runbook", "matter", "handover", "obligation"

OF_BEGINNING: Final[Expected] = {
    "run": runbook_run.c.id, "runbook": runbook_run.c.runbook, "digest": runbook_run.c.digest,
    "incident": runbook_run.c.incident, "device": runbook_run.c.device,
    "site": runbook_run.c.site, "by": runbook_run.c.actor,
}  # fmt: skip
OF_STANDING: Final[Expected] = {
    "run": runbook_run.c.id, "state": runbook_run.c.state, "next": runbook_run.c.step,
    "since": runbook_run.c.since, "due_at": runbook_run.c.due_at,
    "ended_at": runbook_run.c.ended_at,
}  # fmt: skip
OF_STEP: Final[Expected] = {
    "run": runbook_step.c.run, "at": runbook_step.c.at, "step": runbook_step.c.step,
    "outcome": runbook_step.c.outcome, "choice": runbook_step.c.choice,
    "note": runbook_step.c.note, "by": runbook_step.c.actor,
}  # fmt: skip
OF_MATTER: Final[Expected] = {
    "text": matter.c.text, "at": matter.c.at, "by": matter.c.actor,
}  # fmt: skip
OF_HANDOVER: Final[Expected] = {
    "shift": handover.c.shift, "begins": handover.c.begins, "ends": handover.c.ends,
    "at": handover.c.drafted_at, "digest": handover.c.digest, "by": handover.c.actor,
}  # fmt: skip
OF_SIGNATURE: Final[Expected] = {
    "handover": handover_signature.c.handover, "side": handover_signature.c.side,
    "by": handover_signature.c.person, "at": handover_signature.c.at,
}  # fmt: skip
OF_OBLIGATION: Final[Expected] = {
    "obligation": obligation.c.name, "term": obligation.c.term, "done_on": obligation.c.done_on,
    "at": obligation.c.at, "note": obligation.c.note, "digest": obligation.c.digest,
    "by": obligation.c.actor,
}  # fmt: skip


def latest(connection: Connection) -> Faults:
    """A run stands as the last of its entries leaves it, not as an earlier one did."""
    last = func.coalesce(func.max(runbook_step.c.entry), runbook_run.c.start_entry)
    joined = (
        select(runbook_run.c.id, runbook_run.c.last_entry, last.label("newest"))
        .outerjoin(runbook_step, runbook_step.c.run == runbook_run.c.id)
        .group_by(runbook_run.c.id, runbook_run.c.last_entry, runbook_run.c.start_entry)
        .having(runbook_run.c.last_entry != last)
        .order_by(runbook_run.c.id)
    )
    with rows(connection, joined) as found:
        for row in found:
            reason = say("run {run} of a runbook does not stand as entry {entry} leaves it",
                         run=row.id, entry=row.newest)  # fmt: skip
            yield fault(connection, row.newest, reason)


LOOKS: Final[tuple[Callable[[Connection], Faults], ...]] = (
    held(RUNBOOK, runbook_run.c.start_entry, OF_BEGINNING, {"change": "begun"}),
    held(RUNBOOK, runbook_run.c.last_entry, OF_STANDING, {}),
    held(RUNBOOK, runbook_step.c.entry, OF_STEP, {"change": "step"}),
    latest,
    claimed(RUNBOOK, runbook_run.c.start_entry, runbook_step.c.entry),
    held(MATTER, matter.c.entry, OF_MATTER, {"change": "flagged"}),
    held(MATTER, matter.c.clear_entry,
         {"flag_entry": matter.c.entry, "cleared_at": matter.c.cleared_at},
         {"change": "cleared"}),
    paired(matter.c.cleared_at, matter.c.clear_entry),
    claimed(MATTER, matter.c.entry, matter.c.clear_entry),
    held(HANDOVER, handover.c.entry, OF_HANDOVER, {"change": "drafted"}),
    held(HANDOVER, handover_signature.c.entry, OF_SIGNATURE, {"change": "signed"}),
    claimed(HANDOVER, handover.c.entry, handover_signature.c.entry),
    held(OBLIGATION, obligation.c.entry, OF_OBLIGATION, {}),
    claimed(OBLIGATION, obligation.c.entry),
)  # fmt: skip
