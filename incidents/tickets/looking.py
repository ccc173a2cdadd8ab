"""Looking at the tickets of what is open, and of what was over lately: what was done there?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from sqlalchemy import ColumnElement, RowMapping, or_, select, update

from incidents.model import IncidentState
from incidents.tickets.lifecycle import TicketState, agrees
from incidents.tickets.outbox import TaskState
from incidents.tickets.port import Declined, Ticket, Unclear
from incidents.tickets.taking import Persons, Taking
from incidents.tickets.turn import Turn
from logbook.entries import canonical
from phrases import Phrase
from store.schema import incident, ticket, ticket_task
from store.stored import member

LOOKED_AT_ONCE: Final = 200
LOOKED_AFTER: Final = timedelta(days=7)
"""What is done on a ticket within a week after its incident was over still comes back, closed or
not: whoever opens the ticket of a closed incident is told why it does not open."""


async def look(turn: Turn, persons: Persons) -> int:
    """Read the tickets, those first that were not read for longest; how many transitions came of
    it. Raises `Stop`."""
    came = 0
    unchanged: list[int] = []
    try:
        for row in _watched(turn):
            if turn.late:
                break
            seen = await _read(turn, row)
            if seen is None:
                continue
            if _nothing_new(row, seen):
                unchanged.append(row["incident"])
            else:
                came += _take(turn, persons, row["incident"], seen)
    finally:
        _looked(turn, unchanged)
    return came


def _watched(turn: Turn) -> Sequence[RowMapping]:
    busy = select(ticket_task.c.incident).where(ticket_task.c.state == TaskState.WAITING.value)
    query = (
        select(ticket, incident.c.state.label("now"))
        .join(incident, incident.c.id == ticket.c.incident)
        .where(open_tickets(turn), ticket.c.incident.not_in(busy))
        .order_by(ticket.c.looked_at.is_not(None), ticket.c.looked_at, ticket.c.incident)
        .limit(LOOKED_AT_ONCE)
    )
    with turn.store.read() as tx:
        return tx.execute(query).mappings().all()


def open_tickets(turn: Turn) -> ColumnElement[bool]:
    """Which incidents' tickets are looked at."""
    lately = or_(
        incident.c.resolved_at.is_(None), incident.c.resolved_at >= turn.clock() - LOOKED_AFTER
    )
    return (incident.c.state != IncidentState.MERGED.value) & lately


async def _read(turn: Turn, row: RowMapping) -> Ticket | None:
    """The ticket as it is; None, with the reason noted, where it cannot be read."""
    try:
        return await turn.asked(turn.port.read(row["ref"], row["seen"]))
    except (Unclear, Declined) as trouble:
        _unread(turn, row["incident"], trouble.why)
        return None


def _nothing_new(row: RowMapping, seen: Ticket) -> bool:
    same = (seen.state.value, seen.owner) == (row["state"], row["owner"])
    state = member(IncidentState, row["now"])
    return same and not seen.comments and agrees(member(TicketState, row["state"]), state)


def _take(turn: Turn, persons: Persons, number: int, seen: Ticket) -> int:
    with turn.store.write() as tx:
        taking = Taking(
            tx=tx, store=turn.store, logbook=turn.logbook, persons=persons,
            own_user=turn.port.user, at=turn.clock(), lang=turn.lang,
        )  # fmt: skip
        return taking.take(number, seen)


def _unread(turn: Turn, number: int, why: Phrase) -> None:
    values = {"looked_at": turn.clock(), "trouble": canonical(why.both())}
    with turn.store.write() as tx:
        tx.execute(update(ticket).where(ticket.c.incident == number).values(values))


def _looked(turn: Turn, numbers: Sequence[int]) -> None:
    if not numbers:
        return
    values = {"looked_at": turn.clock(), "trouble": None}
    with turn.store.write() as tx:
        tx.execute(update(ticket).where(ticket.c.incident.in_(numbers)).values(values))
