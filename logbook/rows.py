"""Rows that stand beside the logbook, held against the entries that tell of them: what all of these
comparisons share."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    CursorResult,
    Label,
    Select,
    String,
    func,
    select,
    type_coerce,
)

from logbook.chain import Fault
from logbook.entries import NotCanonical, canonical
from phrases import Phrase
from store.schema import entry

BATCH: Final = 1_000

Faults = Generator[Fault, None, None]


@contextmanager
def rows(connection: Connection, statement: Select[Any]) -> Iterator[CursorResult[Any]]:
    """The rows in batches, so that memory does not grow with the history."""
    found = connection.execute(statement, execution_options={"yield_per": BATCH})
    with closing(found):
        yield found


def as_text(column: ColumnElement[Any]) -> Label[Any]:
    """A column as it is stored: a time that is none is to be found here, not tripped over."""
    return type_coerce(column, String).label(getattr(column, "name", None))


def told(body: str | None) -> dict[str, Any]:
    """The fields of a body; none for what is no JSON object, which an entry behind the last
    checkpoint can be made to hold."""
    try:
        fields = json.loads(body or "null")
    except (ValueError, RecursionError):
        return {}
    return fields if isinstance(fields, dict) else {}


def fault(connection: Connection, number: object, reason: Phrase) -> Fault:
    """At the entry that a row names, or at the last of all when it names none."""
    last = select(func.max(entry.c.seq))
    at = number if isinstance(number, int) else connection.execute(last).scalar_one()
    return Fault(entry=at, reason=reason)


def text_of(value: object) -> str | None:
    """The canonical text of a field of a body; None for what has none."""
    try:
        return canonical(value)
    except NotCanonical:
        return None
