"""Do silences, clocks, pages and filed tickets still say what their entries say?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from sqlalchemy import Column, Connection, Row, func, select

from logbook.chain import Fault
from logbook.rows import Faults, as_text, fault, rows, told
from phrases import say
from store.schema import attempt, clock, counted, entry, override, page, silence, ticket

Expected = Mapping[str, Column[Any]]
"""Fields of an entry's body, `a.b` for one inside another, and the columns that must say the
same."""

SILENCE, CLOCK, PAGE, OVERRIDE, TOLD = "silence", "clock", "page", "override", "told"
COUNTED = "counted"

OF_SILENCE: Final[Expected] = {
    "site": silence.c.site, "device": silence.c.device, "item": silence.c.item,
    "begins": silence.c.begins, "ends": silence.c.ends, "why": silence.c.why,
    "actor.name": silence.c.actor,
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
    "ends": override.c.ends, "why": override.c.why, "actor.name": override.c.actor,
}  # fmt: skip

OF_TICKET: Final[Expected] = {
    "incident": ticket.c.incident, "key": ticket.c.key, "ref": ticket.c.ref,
}  # fmt: skip

OF_COUNTED: Final[Expected] = {
    "counter": counted.c.counter, "period": counted.c.period, "incident": counted.c.incident,
    "opened_at": counted.c.opened_at, "how": counted.c.how, "at": counted.c.at,
}  # fmt: skip


def held(
    kind: str, column: Column[Any], expected: Expected, extra: Mapping[str, str]
) -> Callable[[Connection], Faults]:
    """Every row that names an entry in `column` is told by it, and is the only one; `extra` are
    further fields that the entry must have."""

    def compare(connection: Connection) -> Faults:
        columns = [as_text(one).label(f"own_{name}") for name, one in expected.items()]
        joined = (
            select(column.label("number"), entry.c.kind, entry.c.body, *columns)
            .outerjoin(entry, entry.c.seq == column)
            .where(column.is_not(None))
            .order_by(column)
        )
        last: object = None
        with rows(connection, joined) as found:
            for row in found:
                again, last = row.number == last, row.number
                if again or row.kind != kind or not _tells(row, expected, extra):
                    reason = say(
                        "a row of the table {table} is not what entry {entry} says",
                        table=column.table.name, entry=row.number,
                    )  # fmt: skip
                    yield fault(connection, row.number, reason)

    return compare


def _tells(row: Row[Any], expected: Expected, extra: Mapping[str, str]) -> bool:
    fields = told(row.body)
    said = tuple(_field(fields, name) for name in expected)
    stored = tuple(getattr(row, f"own_{name}") for name in expected)
    return stored == said and all(fields.get(name) == value for name, value in extra.items())


def _field(fields: Mapping[str, Any], name: str) -> object:
    outer, _dot, inner = name.partition(".")
    found = fields.get(outer)
    return found.get(inner) if inner and isinstance(found, dict) else found


def paired(moment: Column[Any], number: Column[Any]) -> Callable[[Connection], Faults]:
    """A moment stands there where an entry tells of it, and nowhere else."""

    def compare(connection: Connection) -> Faults:
        lone = select(func.min(number)).where(moment.is_(None), number.is_not(None))
        none = select(func.count()).where(moment.is_not(None), number.is_(None))
        seq = connection.execute(lone).scalar()
        if seq is not None or connection.execute(none).scalar():
            reason = say("a row of the table {table} has a time that no entry tells of, or none "
                         "where one does", table=moment.table.name)  # fmt: skip
            yield fault(connection, seq, reason)

    return compare


def attempts(connection: Connection) -> Faults:
    """Every attempt is that of its entry: to that person, at that time, over that channel, and for
    as many pages as it says."""
    joined = (
        select(
            attempt.c.entry, entry.c.kind, entry.c.body, entry.c.at.label("written"),
            as_text(attempt.c.at), attempt.c.channel, attempt.c.outcome,
            func.min(page.c.person).label("first"), func.max(page.c.person).label("last"),
            func.count(func.distinct(attempt.c.page)).label("told"), func.count().label("many"),
        )
        .outerjoin(entry, entry.c.seq == attempt.c.entry)
        .outerjoin(page, page.c.id == attempt.c.page)
        .group_by(attempt.c.entry, entry.c.kind, entry.c.body, entry.c.at, attempt.c.at,
                  attempt.c.channel, attempt.c.outcome)
        .order_by(attempt.c.entry)
    )  # fmt: skip
    with rows(connection, joined) as found:
        for row in found:
            fields = told(row.body)
            said = tuple(fields.get(one) for one in ("channel", "outcome", "pages", "person"))
            stored = (row.channel, row.outcome, row.many, row.first)
            whole = (row.last, row.told, row.at) == (row.first, row.many, row.written)
            if row.kind != TOLD or said != stored or not whole:
                yield _no_attempts(connection, row.entry)


def untried(connection: Connection) -> Faults:
    """Every entry about an attempt has its rows: one for each page that was told of."""
    lone = (
        select(entry.c.seq, entry.c.body)
        .outerjoin(attempt, attempt.c.entry == entry.c.seq)
        .where(entry.c.kind == TOLD, attempt.c.id.is_(None))
        .order_by(entry.c.seq)
    )
    with rows(connection, lone) as found:
        for row in found:
            fields = told(row.body)
            if "channel" in fields and fields.get("pages"):
                yield _no_attempts(connection, row.seq)


def _no_attempts(connection: Connection, number: int) -> Fault:
    reason = say("the attempts of entry {entry} are not what it says", entry=number)
    return fault(connection, number, reason)


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
    paired(clock.c.stopped_at, clock.c.stop_entry),
    claimed(CLOCK, clock.c.warned_entry, clock.c.breached_entry, clock.c.stop_entry),
    held(PAGE, page.c.entry, OF_PAGE, {}),
    claimed(PAGE, page.c.entry),
    held(OVERRIDE, override.c.entry, OF_OVERRIDE, {}),
    claimed(OVERRIDE, override.c.entry),
    held("ticket", ticket.c.entry, OF_TICKET, {}),
    claimed("ticket", ticket.c.entry),
    held(COUNTED, counted.c.entry, OF_COUNTED, {}),
    claimed(COUNTED, counted.c.entry),
    attempts,
    untried,
)
