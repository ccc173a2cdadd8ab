"""Carrying out what waits: file, tell, and put the ticket where its incident is.

A state that somebody else put the ticket to is left alone here: it is their work, and comes back
first (`incidents.tickets.taking`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, RowMapping, insert, select, update

from incidents.listing import IncidentRecord, incident_of
from incidents.model import IncidentState
from incidents.rota import SHANGHAI
from incidents.tickets import outbox
from incidents.tickets.lifecycle import WANTED, TicketState, agrees, way
from incidents.tickets.outbox import Operation, Task, home_mark, ticket_key
from incidents.tickets.port import Declined, Draft, Ticket, Unclear
from incidents.tickets.taking import Persons
from incidents.tickets.turn import Turn
from incidents.tickets.web import cleaned
from logbook.entries import canonical
from phrases import Lang, say, verbatim
from store.schema import ticket
from store.stored import names

ENTRY: Final = "ticket"
"""The kind of logbook entry that says which ticket an incident was filed as."""
TITLE_LIMIT: Final = 200


@dataclass(slots=True)
class Sending:
    """The outbox being emptied in one run."""

    turn: Turn
    persons: Persons
    filed: int = 0
    told: int = 0

    async def send(self) -> None:
        """Every task that is due, in the order of each incident; one that fails holds up the later
        ones of its incident, and nothing else."""
        with self.turn.store.read() as tx:
            tasks = outbox.waiting(tx)
        by_incident: dict[int, list[Task]] = {}
        for task in tasks:
            by_incident.setdefault(task.incident, []).append(task)
        for of in by_incident.values():
            await self._send_of(of)

    async def _send_of(self, tasks: list[Task]) -> None:
        for task in tasks:
            if self.turn.late or not task.due(self.turn.clock()):
                return
            try:
                await self._carry_out(task, last=task is tasks[-1])
            except (Unclear, Declined) as trouble:
                with self.turn.store.write() as tx:
                    outbox.failed(tx, task, trouble.why)
                return

    async def _carry_out(self, task: Task, *, last: bool) -> None:
        with self.turn.store.write() as tx:
            outbox.tried(tx, task, self.turn.clock())
            record, known, key = _case(tx, task.incident)
        fresh = known is None
        if known is None:
            known = await self._file(task, record, key)
        if task.operation is not Operation.CREATE:
            await self._tell(task, known["ref"], f"{key}/{task.id}", task.text[self.turn.lang])
            self.told += 1
        if last and not (fresh and record.state is IncidentState.OPEN):
            await self._settle(known, record)
        with self.turn.store.write() as tx:
            outbox.done(tx, task)

    # --- filing -------------------------------------------------------------------------------

    async def _file(self, task: Task, record: IncidentRecord, key: str) -> RowMapping:
        """The ticket of an incident: the one that stands there already, else a new one."""
        asked, port = self.turn.asked, self.turn.port
        refs = await asked(port.find(key)) if task.tries else ()
        if not refs:
            refs = (await asked(port.create(draft(record, key, self.turn.lang))),)
            if task.tries:
                refs = await asked(port.find(key)) or refs
        for surplus in refs[1:]:
            await self._withdraw(task, surplus, key, refs[0])
        with self.turn.store.write() as tx:
            known = _record_filing(self, tx, record, key, refs[0])
        self.filed += 1
        return known

    async def _withdraw(self, task: Task, surplus: str, key: str, kept: str) -> None:
        """A second ticket of the same key, where a service worked a request off that was given up
        long before: it says so and is rejected."""
        why = say("filed twice; work goes on in ticket {kept}", kept=kept).text(self.turn.lang)
        await self._tell(task, surplus, f"{key}/twice-{surplus}", why)
        seen = await self.turn.asked(self.turn.port.read(surplus))
        for state in way(seen.state, TicketState.REJECTED):
            await self.turn.asked(self.turn.port.transition(surplus, state))

    # --- telling ------------------------------------------------------------------------------

    async def _tell(self, task: Task, ref: str, key: str, text: str) -> None:
        if task.tries and await self._stands(ref, key):
            return
        await self.turn.asked(self.turn.port.comment(ref, key, text))

    async def _stands(self, ref: str, key: str) -> bool:
        """Does the comment of that key stand there already?"""
        after = ""
        while True:
            seen = await self.turn.asked(self.turn.port.read(ref, after))
            if any(one.key == key for one in seen.comments):
                return True
            if not seen.comments:
                return False
            after = seen.comments[-1].id

    # --- its state ----------------------------------------------------------------------------

    async def _settle(self, known: RowMapping, record: IncidentRecord) -> None:
        """Put the ticket where its incident is, unless somebody else has moved it meanwhile."""
        seen = await self.turn.asked(self.turn.port.read(known["ref"], known["seen"]))
        interrupted = names(known["going"])
        if seen.state.value not in (known["state"], *interrupted):
            return
        owner = self._owner(known, record, seen)
        there = agrees(seen.state, record.state) and not interrupted
        steps = () if there else way(seen.state, WANTED[record.state])
        if not steps and owner is None:
            return
        self._note(record.id, going=canonical([seen.state.value, *(one.value for one in steps)]))
        for state in steps:
            await self.turn.asked(self.turn.port.transition(known["ref"], state))
        reached = steps[-1] if steps else seen.state
        if owner is not None:
            owner = await self._give(known["ref"], reached, owner)
        self._note(record.id, state=reached.value, owner=owner or seen.owner, going=canonical([]))

    def _owner(self, known: RowMapping, record: IncidentRecord, seen: Ticket) -> str | None:
        """Whom to give it to: the incident's owner, where the ticket is still whose we last saw."""
        user = self.persons.user(record.owner)
        return user if user != seen.owner and seen.owner == known["owner"] else None

    async def _give(self, ref: str, state: TicketState, owner: str) -> str | None:
        """A user whom the service does not know, or who may not have it, is no trouble: the comment
        says whose it is."""
        try:
            await self.turn.asked(self.turn.port.transition(ref, state, owner))
        except Declined:
            return None
        return owner

    def _note(self, number: int, **values: object) -> None:
        with self.turn.store.write() as tx:
            tx.execute(update(ticket).where(ticket.c.incident == number).values(values))


def _record_filing(
    sending: Sending, tx: Connection, record: IncidentRecord, key: str, ref: str
) -> RowMapping:
    body = {"incident": record.id, "key": key, "ref": ref}
    number = sending.turn.logbook.append(tx, ENTRY, body, sending.turn.clock())
    row: dict[str, Any] = {
        **body, "entry": number, "state": TicketState.REGISTERED.value, "going": canonical([]),
        "seen": "",
    }  # fmt: skip
    tx.execute(insert(ticket), [row])
    return tx.execute(select(ticket).where(ticket.c.incident == record.id)).mappings().one()


def _case(tx: Connection, number: int) -> tuple[IncidentRecord, RowMapping | None, str]:
    """An incident, its ticket where there is one, and our key of it."""
    record = incident_of(tx, number)
    assert record is not None  # noqa: S101  (a task's row names an incident)
    known = tx.execute(select(ticket).where(ticket.c.incident == number)).mappings().first()
    return record, known, ticket_key(home_mark(tx), number)


def draft(record: IncidentRecord, key: str, lang: Lang) -> Draft:
    """What is filed of an incident."""
    sentence = record.sentence[lang]
    since = f"{record.opened_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"
    text = say(
        "{sentence}; since {since}; device {device}, site {site}. Everything about it: lineguard "
        "incident show {number}",
        sentence=verbatim(sentence), since=since, device=record.device or "-",
        site=record.site or "-", number=record.id,
    )  # fmt: skip
    return Draft(
        key=key,
        title=cleaned(sentence, TITLE_LIMIT),
        text=text.text(lang),
        severity=record.severity,
        device=record.device or "",
    )
