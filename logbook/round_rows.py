"""Do the rounds still say what their first and last entries say?"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Connection, Row, func, select

from logbook.rows import Faults, as_text, fault, rows, told
from phrases import say
from store.schema import entry, round_run

STARTED: Final = "round_started"
FINISHED: Final = "round_finished"
INTERRUPTED: Final = "round_interrupted"

FIRST = entry.alias("first_entry")
LAST = entry.alias("last_entry")


def rounds(connection: Connection) -> Faults:
    """Every round stands as its entries have it, once."""
    joined = (
        select(
            round_run.c.start_entry, round_run.c.end_entry, as_text(round_run.c.slot_time),
            as_text(round_run.c.started_at), as_text(round_run.c.finished_at),
            round_run.c.outcome,
            FIRST.c.kind.label("first_kind"), FIRST.c.body.label("first_body"),
            FIRST.c.at.label("first_at"),
            LAST.c.kind.label("last_kind"), LAST.c.body.label("last_body"),
            LAST.c.at.label("last_at"),
        )
        .outerjoin(FIRST, FIRST.c.seq == round_run.c.start_entry)
        .outerjoin(LAST, LAST.c.seq == round_run.c.end_entry)
        .order_by(round_run.c.start_entry)
    )  # fmt: skip
    previous = 0
    with rows(connection, joined) as found:
        for row in found:
            if row.start_entry == previous or not (_began(row) and _ended(row)):
                reason = say(
                    "the round of entry {entry} does not stand as its entries say",
                    entry=str(row.start_entry),
                )
                yield fault(connection, row.start_entry, reason)
            previous = row.start_entry


def _began(row: Row[Any]) -> bool:
    stored = (STARTED, row.slot_time, row.started_at)
    return stored == (row.first_kind, told(row.first_body).get("slot_time"), row.first_at)


def _ended(row: Row[Any]) -> bool:
    if row.end_entry is None:
        return (row.finished_at, row.outcome) == (None, None)
    fields = told(row.last_body)
    outcomes = {FINISHED: fields.get("outcome"), INTERRUPTED: "interrupted"}
    said = (fields.get("round"), row.last_at, outcomes.get(row.last_kind, ""))
    return said == (row.start_entry, row.finished_at, row.outcome)


def unclaimed(connection: Connection) -> Faults:
    """Every entry that begins or ends a round has its row."""
    for refers, kinds in (
        (round_run.c.start_entry, (STARTED,)),
        (round_run.c.end_entry, (FINISHED, INTERRUPTED)),
    ):
        seq = connection.execute(
            select(func.min(entry.c.seq))
            .outerjoin(round_run, refers == entry.c.seq)
            .where(entry.c.kind.in_(kinds), round_run.c.id.is_(None))
        ).scalar()
        if seq is not None:
            reason = say("the round that entry {entry} tells of is missing", entry=seq)
            yield fault(connection, seq, reason)
