"""What was done on the ticket comes back to the incident, through the same hands as everything
that persons do.

Comments become notes, an owner takes the incident, a state that says something else of it is
followed. What the incident refuses is answered on the ticket, and the ticket put back. All of one
reading is one transaction, with the mark of how far the ticket was read: nothing is taken twice,
and what came from the ticket is not sent back to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, RowMapping, select, update

from incidents.handling import NOTE_LIMIT, HandlingDesk, Outcome, Refusal
from incidents.listing import IncidentRecord, incident_of
from incidents.model import LIVE, IncidentState
from incidents.tickets.lifecycle import MEANT, TicketState, agrees
from incidents.tickets.outbox import TaskState, answer, enlist, waits
from incidents.tickets.port import Comment, Ticket
from incidents.tickets.web import cleaned
from inventory.model import Person
from inventory.people import Actor, Proof
from logbook.book import Logbook
from phrases import Lang, Phrase, say
from store.database import Store
from store.schema import ticket

CHANNEL: Final = "ticket"
"""The key under a person's `channels` in people.yml that holds the ticket user's name."""
UNKNOWN: Final = "ticket:"
"""Before the name of a ticket user who is nobody's: no person's name can hold a colon."""
HELD_FOR: Final = timedelta(hours=24)
"""A ticket says that it waits, not until when; after a day its owner has it again."""

NOT_BACK: Final = say(
    "an incident is opened again only by what is seen, and whoever has it keeps it until somebody "
    "else takes it"
)


@dataclass(frozen=True, slots=True)
class Persons:
    """Who is who in the ticket service."""

    by_user: Mapping[str, Person]

    @classmethod
    def of(cls, people: Sequence[Person]) -> Persons:
        """By the ticket names of people.yml."""
        named = ((dict(one.channels).get(CHANNEL), one) for one in people)
        return cls({user: one for user, one in named if user is not None})

    def actor(self, user: str | None) -> Actor:
        """The person of that ticket user, whom the service let in; else a name that is claimed."""
        person = self.by_user.get(user or "")
        if person is not None:
            return Actor(name=person.name, proven=True, how=Proof.TICKET, person=person)
        return Actor(name=f"{UNKNOWN}{user or '-'}", proven=False, how=Proof.CLAIMED)

    def user(self, name: str | None) -> str | None:
        """The ticket user of a person, to give them the ticket."""
        if name is not None and name.startswith(UNKNOWN):
            return name.removeprefix(UNKNOWN)
        return next((user for user, one in self.by_user.items() if one.name == name), None)


class _Within(Store):
    """The store, where the hands write into the transaction that is open already."""

    __slots__ = ("_tx",)

    def __init__(self, store: Store, tx: Connection) -> None:
        super().__init__(store.engine, store.folder)
        object.__setattr__(self, "_tx", tx)

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """The transaction of whoever opened it; they commit."""
        tx: Connection = object.__getattribute__(self, "_tx")
        yield tx


@dataclass(frozen=True, slots=True, kw_only=True)
class Taking:
    """One ticket's news, taken in one transaction."""

    tx: Connection
    store: Store
    logbook: Logbook
    persons: Persons
    own_user: str
    at: datetime
    lang: Lang

    def take(self, number: int, seen: Ticket) -> int:
        """How many transitions came of it; none while something is to be sent first."""
        enlist(self.tx, self.at)
        if waits(self.tx, number):
            return 0
        known = self._known(number)
        self._note(number, seen)
        outcomes = [*self._owned(number, seen, known), *self._followed(number, seen)]
        came = enlist(self.tx, self.at, TaskState.CAME)
        for one in outcomes:
            if isinstance(one, Refusal):
                answer(self.tx, number, _not_taken(one.why), self.at)
        self._mark(number, seen)
        return came

    @property
    def _desk(self) -> HandlingDesk:
        within = _Within(self.store, self.tx)
        return HandlingDesk(store=within, logbook=self.logbook, clock=lambda: self.at)

    def _known(self, number: int) -> RowMapping:
        rows = self.tx.execute(select(ticket).where(ticket.c.incident == number))
        return rows.mappings().one()

    def _record(self, number: int) -> IncidentRecord:
        record = incident_of(self.tx, number)
        assert record is not None  # noqa: S101  (a ticket's row names an incident)
        return record

    def _theirs(self, seen: Ticket) -> list[Comment]:
        return [one for one in seen.comments if one.author != self.own_user and not one.key]

    def _note(self, number: int, seen: Ticket) -> None:
        """Those who may handle no incidents are not answered: they may be a machine that answers
        answers, and what they said stands in the ticket."""
        for one in self._theirs(seen):
            text = cleaned(one.text, NOTE_LIMIT)
            if text:
                self._desk.note(number, self.persons.actor(one.author), text)

    def _owned(self, number: int, seen: Ticket, known: RowMapping) -> Iterator[Outcome]:
        """Somebody was given the ticket who had it not when we last looked."""
        record = self._record(number)
        new = seen.owner not in (None, self.own_user, known["owner"])
        who = self.persons.actor(seen.owner)
        if new and record.state in LIVE and record.owner != who.name:
            yield self._desk.acknowledge(number, who)

    def _followed(self, number: int, seen: Ticket) -> Iterator[Outcome]:
        now = self._record(number).state
        if agrees(seen.state, now):
            return
        who = self._who(seen)
        match MEANT[seen.state]:
            case IncidentState.ACKNOWLEDGED if now in LIVE:
                yield self._desk.acknowledge(number, self._taker(seen))
            case IncidentState.ON_HOLD if now in LIVE:
                yield self._desk.hold(number, who, self.at + HELD_FOR, self._why(seen))
            case IncidentState.RESOLVED if now in LIVE:
                yield self._desk.resolve(number, who, self._why(seen))
            case IncidentState.CLOSED:
                yield from self._closed(number, who, seen)
            case _:
                yield Refusal(why=NOT_BACK)

    def _closed(self, number: int, who: Actor, seen: Ticket) -> Iterator[Outcome]:
        if self._record(number).state in LIVE:
            yield self._desk.resolve(number, who, self._why(seen))
        yield self._desk.close(number, who, self._why(seen))

    def _who(self, seen: Ticket) -> Actor:
        """Who put it there: the last to change it, unless that was us."""
        last = None if seen.changed_by == self.own_user else seen.changed_by
        return self.persons.actor(last or seen.owner)

    def _taker(self, seen: Ticket) -> Actor:
        owner = None if seen.owner == self.own_user else seen.owner
        return self.persons.actor(owner) if owner else self._who(seen)

    def _why(self, seen: Ticket) -> str:
        """What was written last, else that the ticket says so."""
        theirs = self._theirs(seen)
        said = cleaned(theirs[-1].text, NOTE_LIMIT) if theirs else ""
        state = TICKET_WORDS[seen.state]
        return said or say("ticket {ref} was put to “{state}”",
                           ref=seen.ref, state=state).text(self.lang)  # fmt: skip

    def _mark(self, number: int, seen: Ticket) -> None:
        values: dict[str, object] = {"state": seen.state.value, "owner": seen.owner,
                                     "looked_at": self.at, "trouble": None}  # fmt: skip
        if seen.comments:
            values["seen"] = seen.comments[-1].id
        self.tx.execute(update(ticket).where(ticket.c.incident == number).values(values))


def _not_taken(why: Phrase) -> Phrase:
    return say("Lineguard did not take this over: {why}", why=why)


TICKET_WORDS: Final[Mapping[TicketState, Phrase]] = {
    TicketState.REGISTERED: say("registered"),
    TicketState.ACCEPTED: say("accepted"),
    TicketState.REVIEWING: say("under review"),
    TicketState.DISPATCHED: say("dispatched"),
    TicketState.HANDLING: say("being handled"),
    TicketState.EXTENSION: say("extended"),
    TicketState.RETURNED: say("answered"),
    TicketState.RETURN_VISIT: say("return visit"),
    TicketState.CLOSED: say("work order closed"),
    TicketState.REJECTED: say("rejected"),
}
