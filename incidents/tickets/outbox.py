"""What is to be done in the ticket service: one row for each transition, derived from a cursor over
them, so that nothing that writes an incident has to know of tickets.

Transitions are numbered in the order in which they are committed (one writer at a time, see
`store.database`), so that a cursor over their numbers passes none over. Every function here works
in the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Connection, RowMapping, func, insert, select, update

from incidents.model import LIVE
from incidents.rota import SHANGHAI
from logbook.entries import canonical
from phrases import Phrase
from store.schema import entry, incident, ticket_service, ticket_task, transition
from store.stored import member, sentence

THE_SERVICE: Final = 1
"""The key of the only row of `ticket_service`."""

FIRST_PAUSE: Final = timedelta(seconds=60)
"""After something that went wrong nothing of it is asked again so soon: a request that was given
up may still be worked on there, and its ticket must be found, not filed again."""
LONGEST_PAUSE: Final = timedelta(minutes=10)
AT_ONCE: Final = 5_000
"""Tasks that one reading takes: far more than may ever be stuck."""


class Operation(StrEnum):
    """What a task is."""

    CREATE = "create"
    STEP = "step"
    """A comment that says what happened, then the state."""
    ANSWER = "answer"
    """A comment that says why what was done there could not be done here, then the state."""


class TaskState(StrEnum):
    """How far a task is."""

    WAITING = "waiting"
    DONE = "done"
    CAME = "came"
    """The transition came from the ticket: it is not sent back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One row that waits."""

    id: int
    incident: int
    operation: Operation
    text: Mapping[str, str]
    tries: int
    tried_at: datetime | None

    def due(self, at: datetime) -> bool:
        """Not tried yet, or its pause is over; the pause doubles."""
        if self.tried_at is None or self.tried_at > at:
            return True
        pause = min(FIRST_PAUSE * 2 ** min(self.tries - 1, 10), LONGEST_PAUSE)
        return bool(at - self.tried_at >= pause)


def enlist(tx: Connection, at: datetime, state: TaskState = TaskState.WAITING) -> int:
    """Write a task for every transition behind the cursor; how many. Incidents that were over
    before there was a mirror are left alone."""
    rows = _behind_the_cursor(tx)
    if not rows:
        return 0
    concerned = {row["incident"] for row in rows}
    own = select(ticket_task.c.incident).where(ticket_task.c.incident.in_(concerned))
    known = set(tx.execute(own).scalars())
    tasks: list[dict[str, Any]] = []
    for row in rows:
        if row["incident"] not in known and row["to_state"] not in LIVE:
            continue
        operation = Operation.STEP if row["incident"] in known else Operation.CREATE
        known.add(row["incident"])
        tasks.append(_task(row, operation, state, at))
    if tasks:
        tx.execute(insert(ticket_task), tasks)
    newest = max(rows[-1]["id"], tx.execute(select(ticket_service.c.cursor)).scalar_one())
    tx.execute(update(ticket_service).values(cursor=newest))
    return len(tasks)


def answer(tx: Connection, number: int, why: Phrase, at: datetime) -> None:
    """A task that says on the ticket why something was not taken over."""
    row = {
        "incident": number,
        "operation": Operation.ANSWER.value,
        "text": canonical(why.both()),
        "state": TaskState.WAITING.value,
        "created_at": at,
        "tries": 0,
    }
    tx.execute(insert(ticket_task), [row])


def waiting(tx: Connection, limit: int = AT_ONCE) -> tuple[Task, ...]:
    """The tasks that are to be done, the first one first."""
    rows = tx.execute(
        select(ticket_task)
        .where(ticket_task.c.state == TaskState.WAITING.value)
        .order_by(ticket_task.c.id)
        .limit(limit)
    )
    return tuple(_read(row) for row in rows.mappings())


def waits(tx: Connection, number: int) -> int:
    """How many tasks of that incident are to be done."""
    counted = select(func.count()).where(
        ticket_task.c.incident == number, ticket_task.c.state == TaskState.WAITING.value
    )
    return int(tx.execute(counted).scalar_one())


def tried(tx: Connection, task: Task, at: datetime) -> None:
    """It is about to be tried. Written before, so that whoever is killed meanwhile is known to have
    been at it."""
    values = {"tries": task.tries + 1, "tried_at": at}
    tx.execute(update(ticket_task).where(ticket_task.c.id == task.id).values(values))


def failed(tx: Connection, task: Task, why: Phrase) -> None:
    """It did not work, or nobody knows."""
    values = {"trouble": canonical(why.both())}
    tx.execute(update(ticket_task).where(ticket_task.c.id == task.id).values(values))


def done(tx: Connection, task: Task) -> None:
    """The service has said that it is so."""
    values = {"state": TaskState.DONE.value, "trouble": None}
    tx.execute(update(ticket_task).where(ticket_task.c.id == task.id).values(values))


def home_mark(tx: Connection) -> str:
    """Eight digits of this home's first entry: keys of two homes differ."""
    first = tx.execute(select(entry.c.hash).where(entry.c.seq == 1)).scalar_one()
    return str(first)[:8]


def ticket_key(mark: str, number: int) -> str:
    """Our key of an incident's ticket, such as `LG-1a2b3c4d-000012`."""
    return f"LG-{mark}-{number:06d}"


def _behind_the_cursor(tx: Connection) -> Sequence[RowMapping]:
    columns = (
        transition.c.id, transition.c.incident, transition.c.to_state, transition.c.why,
        transition.c.actor, transition.c.at,
    )  # fmt: skip
    query = select(*columns).order_by(transition.c.id)
    cursor = tx.execute(select(ticket_service.c.cursor)).scalar()
    if cursor is not None:
        return tx.execute(query.where(transition.c.id > cursor)).mappings().all()
    newest = tx.execute(select(func.max(transition.c.id))).scalar() or 0
    first = {"id": THE_SERVICE, "cursor": newest, "tries": 0}
    tx.execute(insert(ticket_service), [first])
    live = select(incident.c.id).where(incident.c.state.in_([one.value for one in LIVE]))
    return tx.execute(query.where(transition.c.incident.in_(live))).mappings().all()


def _task(row: RowMapping, operation: Operation, state: TaskState, at: datetime) -> dict[str, Any]:
    when = f"{row['at'].astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"
    said = {lang: f"{text} ({row['actor']}, {when})" for lang, text in sentence(row["why"]).items()}
    return {
        "incident": row["incident"],
        "operation": operation.value,
        "transition": row["id"],
        "text": canonical(said),
        "state": state.value,
        "created_at": at,
        "tries": 0,
    }


def _read(row: RowMapping) -> Task:
    return Task(
        id=row["id"],
        incident=row["incident"],
        operation=member(Operation, row["operation"]),
        text=sentence(row["text"]),
        tries=row["tries"],
        tried_at=row["tried_at"],
    )
