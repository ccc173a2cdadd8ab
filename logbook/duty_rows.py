"""Do silences, clocks, pages and filed tickets still say what their entries say?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from sqlalchemy import Column, Connection, Row, func, select

from logbook.rows import Faults, as_text, fault, rows, told
from phrases import say
from store.schema import attempt, clock, counted, entry, override, page, silence, ticket

Expected = Mapping[str, Column[Any]]
"""Fields of an entry's body, and the columns that must say the same."""

SILENCE, CLOCK, PAGE, OVERRIDE, TOLD = "silence", "clock", "page", "override", "told"
COUNTED = "counted"

OF_SILENCE: Final[Expected] = {
    "site": silence.c.site, "device": silence.c.device, "item": silence.c.item,
    "begins": silence.c.begins, "ends": silence.c.ends, "why": silence.c.why,
}  # fmt: skip
OF_CLOCK: Final[Expected] = {
    "incident": clock.c.incident, "clock": clock.c.name, "started_at": clock.c.started_at,
}  # fmt: skip
OF_PAGE: Final[Expected] = {
    "key": page.c.key, "incident": page.c.incident, "person": page.c.person,
    "reason": page.c.reason, "step": page.c.step,
}  # fmt: skip

OF_OVERRIDE: Final[Expected] = {
    "post": override.c.post, "person": override.c.person, "begins": override.c.begins,
    "ends": override.c.ends, "why": override.c.why,
}  # fmt: skip

OF_TICKET: Final[Expected] = {
    "incident": ticket.c.incident, "key": ticket.c.key, "ref": ticket.c.ref,
}  # fmt: skip

OF_COUNTED: Final[Expected] = {
    "counter": counted.c.counter, "period": counted.c.period, "incident": counted.c.incident,
    "opened_at": counted.c.opened_at, "how": counted.c.how, "at": counted.c.at,
}  # fmt: skip

OF_ATTEMPT: Final[Expected] = {"channel": attempt.c.channel, "outcome": attempt.c.outcome}


def held(
    kind: str, column: Column[Any], expected: Expected, extra: Mapping[str, str]
) -> Callable[[Connection], Faults]:
    """Every row that names an entry in `column` is told by it; `extra` are further fields that the
    entry must have."""

    def compare(connection: Connection) -> Faults:
        columns = [as_text(one).label(f"own_{name}") for name, one in expected.items()]
        joined = (
            select(column.label("number"), entry.c.kind, entry.c.body, *columns)
            .outerjoin(entry, entry.c.seq == column)
            .where(column.is_not(None))
            .order_by(column)
        )
        with rows(connection, joined) as found:
            for row in found:
                if row.kind != kind or not _tells(row, expected, extra):
                    reason = say(
                        "a row of the table {table} is not what entry {entry} says",
                        table=column.table.name, entry=row.number,
                    )  # fmt: skip
                    yield fault(connection, row.number, reason)

    return compare


def _tells(row: Row[Any], expected: Expected, extra: Mapping[str, str]) -> bool:
    fields = told(row.body)
    said = tuple(fields.get(name) for name in expected)
    stored = tuple(getattr(row, f"own_{name}") for name in expected)
    return stored == said and all(fields.get(name) == value for name, value in extra.items())


def claimed(kind: str, *columns: Column[Any]) -> Callable[[Connection], Faults]:
    """Every entry of that kind is named by a row."""

    def compare(connection: Connection) -> Faults:
        named = [select(column).where(column.is_not(None)) for column in columns]
        missing = select(func.min(entry.c.seq)).where(entry.c.kind == kind)
        for one in named:
            missing = missing.where(entry.c.seq.not_in(one))
        seq = connection.execute(missing).scalar()
        if seq is not None:
            reason = say("the row that entry {entry} tells of is missing", entry=seq)
            yield fault(connection, seq, reason)

    return compare


def _silences_end(connection: Connection) -> Faults:
    """A silence ends before its time where an entry says so, and at the time of that entry."""
    joined = (
        select(
            silence.c.entry, silence.c.end_entry, as_text(silence.c.ended_at),
            entry.c.at.label("written"),
        )
        .outerjoin(entry, entry.c.seq == silence.c.end_entry)
        .order_by(silence.c.entry)
    )  # fmt: skip
    with rows(connection, joined) as found:
        for row in found:
            if row.ended_at != row.written:
                reason = say("the silence of entry {entry} does not end as the logbook says",
                             entry=row.entry)  # fmt: skip
                yield fault(connection, row.end_entry or row.entry, reason)


LOOKS: Final[tuple[Callable[[Connection], Faults], ...]] = (
    held(SILENCE, silence.c.entry, OF_SILENCE, {"change": "added"}),
    held(SILENCE, silence.c.end_entry, {"silence_entry": silence.c.entry}, {"change": "ended"}),
    claimed(SILENCE, silence.c.entry, silence.c.end_entry),
    _silences_end,
    held(CLOCK, clock.c.warned_entry, OF_CLOCK, {"event": "warned"}),
    held(CLOCK, clock.c.breached_entry, OF_CLOCK, {"event": "breached"}),
    held(CLOCK, clock.c.stop_entry, {**OF_CLOCK, "stopped_at": clock.c.stopped_at}, {}),
    claimed(CLOCK, clock.c.warned_entry, clock.c.breached_entry, clock.c.stop_entry),
    held(PAGE, page.c.entry, OF_PAGE, {}),
    claimed(PAGE, page.c.entry),
    held(OVERRIDE, override.c.entry, OF_OVERRIDE, {}),
    claimed(OVERRIDE, override.c.entry),
    held("ticket", ticket.c.entry, OF_TICKET, {}),
    claimed("ticket", ticket.c.entry),
    held(COUNTED, counted.c.entry, OF_COUNTED, {}),
    claimed(COUNTED, counted.c.entry),
    held(TOLD, attempt.c.entry, OF_ATTEMPT, {}),
)
