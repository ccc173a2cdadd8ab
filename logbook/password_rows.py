"""Do the changes of passwords still stand as their entries tell?"""

from __future__ import annotations

from itertools import pairwise
from typing import Any, Final

from sqlalchemy import Connection, Row, select

from logbook.rows import Faults, as_text, fault, rows, told
from phrases import say
from store.schema import entry, password_change

CHANGED: Final = "password"
STEADY: Final = ("device", "login", "secret", "how")


def passwords(connection: Connection) -> Faults:
    """Every change has the stage and time of its last entry and began with its first; every entry
    belongs to a change. There are a few hundred a year."""
    entries = _entries(connection)
    for row in connection.execute(_rows()).all():
        own = entries.pop(row.id, [])
        if not _agrees(row, own):
            reason = say(
                "the change of a password that entry {entry} tells of does not stand as it says",
                entry=str(row.last_entry),
            )
            yield fault(connection, row.last_entry, reason)
    for number, _, _ in (own[0] for own in entries.values()):
        reason = say("the change of a password that entry {entry} tells of is missing",
                     entry=number)  # fmt: skip
        yield fault(connection, number, reason)


def _entries(connection: Connection) -> dict[object, list[tuple[int, str, dict[str, Any]]]]:
    """Number, time and fields of every entry, by change, in order."""
    found: dict[object, list[tuple[int, str, dict[str, Any]]]] = {}
    chosen = (
        select(entry.c.seq, entry.c.at, entry.c.body)
        .where(entry.c.kind == CHANGED)
        .order_by(entry.c.seq)
    )
    with rows(connection, chosen) as told_of:
        for row in told_of:
            fields = told(row.body)
            change = fields.get("change")
            key = change if isinstance(change, int) else str(change)
            found.setdefault(key, []).append((row.seq, row.at, fields))
    return found


def _rows() -> Any:  # noqa: ANN401  (a select of many columns)
    return select(
        password_change.c.id, password_change.c.device, password_change.c.login,
        password_change.c.secret, password_change.c.how, password_change.c.stage,
        as_text(password_change.c.began_at), as_text(password_change.c.updated_at),
        password_change.c.first_entry, password_change.c.last_entry,
    ).order_by(password_change.c.last_entry)  # fmt: skip


def _agrees(row: Row[Any], own: list[tuple[int, str, dict[str, Any]]]) -> bool:
    if not own:
        return False
    (first, began, _), (last, updated, fields) = own[0], own[-1]
    stands = (row.first_entry, row.began_at, row.last_entry, row.updated_at, row.stage)
    steady = all(one.get(name) == getattr(row, name) for _, _, one in own for name in STEADY)
    follows = all(
        after.get("from") == before.get("to") for (_, _, before), (_, _, after) in pairwise(own)
    )
    return steady and follows and stands == (first, began, last, updated, fields.get("to"))
