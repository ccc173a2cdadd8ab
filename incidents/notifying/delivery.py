"""Carrying out what was decided: the outbox is emptied, every attempt is on record.

At least once: what is packed into one message, and its key, is written down before it is sent, so
that a message whose sender died before it could say so is sent again as it was, with the same key.
Nobody is asked to take an incident that somebody has taken meanwhile, that is over, or that planned
work covers: such a page is withdrawn, and stays on record as that.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final

from sqlalchemy import Connection, RowMapping, func, insert, select, update

from checks.verdict import Severity
from incidents.desk import live_incidents
from incidents.escalation import Reason
from incidents.listing import IncidentRecord, incident_of
from incidents.model import IncidentState
from incidents.notifying.channels import Message, NotSent, Sender, Way, Ways
from incidents.notifying.paths import Paths, troubled_by
from incidents.paging import SENT, WAITING, WITHDRAWN
from incidents.silences import Silence, covering, silences
from incidents.waits import waits_still
from logbook.book import Logbook
from phrases import Lang, Phrase, say
from store.database import Store
from store.schema import attempt, page
from store.stored import sentence

LOCK: Final = "notify"
ENTRY: Final = "told"
FAILED: Final = "failed"
NO_WAY: Final = "-"
"""Stands for a channel where a person has none. It is tried again like any other: the files that
name channels may just be written anew."""

URGING: Final = frozenset(
    {Reason.OPENED, Reason.REOPENED, Reason.ESCALATED, Reason.RAISED, Reason.RESUMED}
)
"""Pages about an incident that goes on: pointless once it is over, or taken by somebody."""

BUNDLE_FROM: Final = 4
"""So many pages that wait for one person are one message."""
NAMED_IN_A_BUNDLE: Final = 3
FIRST_PAUSE: Final = timedelta(seconds=30)
LONGEST_PAUSE: Final = timedelta(minutes=10)
GIVEN_UP_AFTER: Final = timedelta(hours=12)
LEAST_TRIES: Final = 12
"""Before it is given up: a clock that was wrong for a moment, or a machine that slept, tried none
of the 12 hours. With every pause in between it takes more than an hour."""
TURN_S: Final = 25.0
"""Nothing is begun later than that: receivers that are slow must not keep the next tick waiting."""
GOOD_NEWS_TRIES: Final = 3
"""That it is over wakes nobody: it goes over one channel, and is not said again and again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """What one person is sent at once: the pages in it, and the message that tells of them."""

    person: str
    pages: tuple[int, ...]
    message: Message
    urgent: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What came of one channel."""

    parcel: Parcel
    channel: str
    at: datetime
    why: Phrase | None
    """Why it was not taken; None when it was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """What one emptying of the outbox did; counts are of pages."""

    sent: int = 0
    waiting: int = 0
    withdrawn: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """Everything that telling people needs; wiring fills it."""

    store: Store
    logbook: Logbook
    ways: Ways
    paths: Paths
    sender: Sender
    clock: Callable[[], datetime]
    lang: Lang = "zh"
    turn_s: float = TURN_S

    async def deliver(self) -> Delivered:
        """Send what waits and is due. Raises `store.locks.Held` while another one is at it."""
        turn = asyncio.get_running_loop()
        over_at = turn.time() + self.turn_s
        with self.store.hold(LOCK):
            sent = withdrawn = 0
            while turn.time() < over_at:
                withdrawn += self._withdraw()
                parcels, troubled = self._next()
                if not parcels:
                    break
                tried = await asyncio.gather(*(self._try(one, troubled) for one in parcels))
                sent += sum(map(self._record, parcels, tried))
            failed = self._give_up()
            with self.store.read() as tx:
                left = len(_waiting(tx))
        return Delivered(sent=sent, waiting=left, withdrawn=withdrawn, failed=failed)

    async def test(self, person: str, actor: str) -> tuple[Attempt, ...]:
        """A test message over every channel of that person, each attempt on record."""
        at = self.clock()
        title = say("Lineguard: test").text(self.lang)
        text = say("{actor} tests whether this reaches {person}; nothing is to be done",
                   actor=actor, person=person).text(self.lang)  # fmt: skip
        message = Message(key=f"test/{person}/{at:%Y%m%dT%H%M%SZ}", title=title, text=text)
        parcel = Parcel(person=person, pages=(), message=message, urgent=True)
        attempts = await self._try(parcel, frozenset())
        with self.store.write() as tx:
            for one in attempts:
                self.logbook.append(tx, ENTRY, _body(one), one.at)
        return tuple(attempts)

    # --- what is not to be said any more -------------------------------------------------------

    def _withdraw(self) -> int:
        with self.store.write() as tx:
            at = self.clock()
            known = silences(tx, at)
            rows = [row for row in _waiting(tx) if _pointless(tx, row, known, at)]
            self._close(tx, [row["id"] for row in rows], WITHDRAWN, at)
        return len(rows)

    def _give_up(self) -> int:
        with self.store.write() as tx:
            at = self.clock()
            old = [row for row in _waiting(tx) if _in_vain(row, at)]
            self._close(tx, [row["id"] for row in old], FAILED, at)
        return len(old)

    def _close(self, tx: Connection, pages: Sequence[int], state: str, at: datetime) -> None:
        if not pages:
            return
        tx.execute(update(page).where(page.c.id.in_(pages)).values(state=state))
        keys = tx.execute(select(page.c.key).where(page.c.id.in_(pages)).order_by(page.c.id))
        body = {"outcome": state, "pages": list(keys.scalars())}
        self.logbook.append(tx, ENTRY, body, at)

    # --- what is sent --------------------------------------------------------------------------

    def _next(self) -> tuple[list[Parcel], frozenset[str]]:
        """One parcel for each person for whom something is due, and the devices in trouble. Asked
        again after every sending: what was true when the first was sent may not be any more."""
        with self.store.write() as tx:
            at = self.clock()
            due = [row for row in _waiting(tx) if _is_due(row, at)]
            by_person = groupby(sorted(due, key=_order), key=lambda row: row["person"])
            parcels = [_packed(person, [*rows], self.lang) for person, rows in by_person]
            for one in parcels:
                chosen = update(page).where(page.c.id.in_(one.pages))
                tx.execute(chosen.values(parcel=one.message.key))
            return parcels, troubled_by(live_incidents(tx))

    async def _try(self, parcel: Parcel, troubled: frozenset[str]) -> list[Attempt]:
        """Over the first channel that takes it; what is urgent over every one that is sound."""
        every = self.ways.of(parcel.person)
        chosen = self.paths.sound(every, troubled) or every
        attempts: list[Attempt] = []
        if parcel.urgent:  # at once: one that is slow must not keep the others waiting
            attempts += await asyncio.gather(*(self._send(parcel, *one) for one in chosen))
        for way, address in () if parcel.urgent else chosen:
            attempts.append(await self._send(parcel, way, address))
            if attempts[-1].why is None:
                break
        if not chosen:
            why = say("{person} has no channel in people.yml that lineguard.toml names",
                      person=parcel.person)  # fmt: skip
            attempts.append(Attempt(parcel=parcel, channel=NO_WAY, at=self.clock(), why=why))
        return attempts

    async def _send(self, parcel: Parcel, way: Way, address: str) -> Attempt:
        try:
            await self.sender.send(way, address, parcel.message)
        except NotSent as trouble:
            return Attempt(parcel=parcel, channel=way.name, at=self.clock(), why=trouble.why)
        return Attempt(parcel=parcel, channel=way.name, at=self.clock(), why=None)

    def _record(self, parcel: Parcel, attempts: Sequence[Attempt]) -> int:
        """The attempts, each with its entry; gives how many pages were sent."""
        taken = any(one.why is None for one in attempts)
        with self.store.write() as tx:
            at = self.clock()
            for one in () if _said_before(tx, attempts) else attempts:
                number = self.logbook.append(tx, ENTRY, _body(one), one.at)
                tx.execute(insert(attempt), [_row(one, of, number) for of in parcel.pages])
            values = {"tried_at": at, "tries": page.c.tries + 1}
            state = SENT if taken else WAITING
            chosen = update(page).where(page.c.id.in_(parcel.pages))
            # What nobody took may be packed anew, with what came meanwhile.
            key = parcel.message.key if taken else None
            tx.execute(chosen.values(state=state, parcel=key, **values))
            if attempts[-1].channel == NO_WAY:  # good news is not kept for somebody without a way
                good = chosen.where(page.c.reason == Reason.RESOLVED.value)
                tx.execute(good.values(state=FAILED))
        return len(parcel.pages) if taken else 0


def _said_before(tx: Connection, attempts: Sequence[Attempt]) -> bool:
    """That there is no way to somebody is put on record once, not with every try."""
    tries = select(func.min(page.c.tries)).where(page.c.id.in_(attempts[0].parcel.pages))
    return attempts[0].channel == NO_WAY and bool(tx.execute(tries).scalar())


def _waiting(tx: Connection) -> Sequence[RowMapping]:
    rows = tx.execute(select(page).where(page.c.state == WAITING).order_by(page.c.id))
    return rows.mappings().all()


def _pointless(tx: Connection, row: RowMapping, known: Iterable[Silence], at: datetime) -> bool:
    """Is it over since, has somebody taken it, or does planned work cover it? Of a runbook's wait:
    was the step done?"""
    if row["reason"] == Reason.WAITED:
        return not waits_still(tx, row["key"])
    if row["incident"] is None or row["reason"] == Reason.RESOLVED:
        return False
    record = incident_of(tx, row["incident"])
    if record is None or not record.live:
        # That a limit had run out before the end was known is told all the same.
        ended = record.resolved_at if record else None
        return row["reason"] in URGING or (ended is not None and ended > row["created_at"])
    if row["reason"] not in URGING:
        return False
    work = covering(known, record.site, record.device, record.item)
    return _taken_since(record, row) or any(one.holds(at) for one in work)


def _taken_since(record: IncidentRecord, row: RowMapping) -> bool:
    """That it got worse, or that a hold is over, is said to its owner as well, unless it was taken
    or held after that."""
    if record.state is IncidentState.OPEN:
        return False
    if row["reason"] == Reason.RESUMED and record.state is IncidentState.ON_HOLD:
        return True
    taken = record.acknowledged_at
    afterwards = taken is not None and taken >= row["created_at"]
    return afterwards or row["reason"] not in (Reason.RAISED, Reason.RESUMED)


def _in_vain(row: RowMapping, at: datetime) -> bool:
    """Is it time to give up?"""
    if row["reason"] == Reason.RESOLVED and row["tries"] >= GOOD_NEWS_TRIES:
        return True
    return bool(at - row["created_at"] >= GIVEN_UP_AFTER and row["tries"] >= LEAST_TRIES)


def _is_due(row: RowMapping, at: datetime) -> bool:
    """Not tried yet, or its pause is over: half a minute, doubled each time."""
    if row["tried_at"] is None:
        return True
    pause = min(FIRST_PAUSE * 2 ** min(row["tries"] - 1, 10), LONGEST_PAUSE)
    return bool(at - row["tried_at"] >= pause or row["tried_at"] > at)


def _order(row: RowMapping) -> tuple[str, int]:
    return row["person"], row["id"]


def _packed(person: str, rows: Sequence[RowMapping], lang: Lang) -> Parcel:
    """What was under way when its sender died goes first, as it was; then what is new, many as
    one."""
    begun = next((row["parcel"] for row in rows if row["parcel"] is not None), None)
    if begun is not None:
        rows = [row for row in rows if row["parcel"] == begun]
        if begun == rows[0]["key"]:
            return _single(person, rows[0], lang)
        return _bundle(person, rows, begun, lang)
    if len(rows) < BUNDLE_FROM:
        return _single(person, rows[0], lang)
    digest = hashlib.sha256("\n".join(row["key"] for row in rows).encode()).hexdigest()[:16]
    return _bundle(person, rows, f"bundle/{digest}", lang)


def _single(person: str, row: RowMapping, lang: Lang) -> Parcel:
    text = sentence(row["text"])[lang]
    return _parcel(person, [row], row["key"], text, lang)


def _bundle(person: str, rows: Sequence[RowMapping], key: str, lang: Lang) -> Parcel:
    """One message for many: how many, and the first of the worst."""
    ranked = sorted(rows, key=lambda row: (row["severity"] != Severity.CRITICAL, row["id"]))
    named = [sentence(row["text"])[lang] for row in ranked[:NAMED_IN_A_BUNDLE]]
    head = say("{count} messages at once; lineguard incident list shows all", count=len(rows))
    lines = named if len(rows) == 1 else [head.text(lang), *named]
    return _parcel(person, rows, key, "\n".join(lines), lang)


def _parcel(person: str, rows: Sequence[RowMapping], key: str, text: str, lang: Lang) -> Parcel:
    urgent = any(
        row["severity"] == Severity.CRITICAL and row["reason"] != Reason.RESOLVED for row in rows
    )
    title = say("Lineguard: critical") if urgent else say("Lineguard")
    message = Message(key=key, title=title.text(lang), text=f"{text}\n[{key}]", urgent=urgent)
    return Parcel(
        person=person, pages=tuple(row["id"] for row in rows), message=message, urgent=urgent
    )


def _body(one: Attempt) -> Mapping[str, object]:
    return {
        "outcome": SENT if one.why is None else FAILED,
        "person": one.parcel.person,
        "channel": one.channel,
        "key": one.parcel.message.key,
        "pages": len(one.parcel.pages),
        "why": None if one.why is None else one.why.both(),
    }


def _row(one: Attempt, of: int, entry: int) -> dict[str, object]:
    return {
        "page": of,
        "at": one.at,
        "channel": one.channel,
        "outcome": SENT if one.why is None else FAILED,
        "entry": entry,
    }
