"""Storing what arrived: messages, counts, and what they mean for the incidents, in one transaction.

An alarm has one incident, whose cause is `alarm:DEVICE:KEY`, whoever tells of it and how often;
where a check looks at the same thing it is the check's (`incidents.intake_joins`). A
device has at most `MOST_ALARMS` of them: what comes beyond is gathered in one, `alarm:DEVICE:many`,
that ends when all that it covers has ended.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, delete, func, insert, select, update

from checks.verdict import Severity
from collectors.intake.backlog import Counts
from collectors.intake.decoding import Senders
from collectors.intake.model import Outcome, Received, Receiver
from collectors.intake.tally import Left
from incidents.desk import IncidentDesk, live_incidents
from incidents.intake_joins import QUIET, Joins, joined, told
from incidents.intake_joins import Gathered as GatheredParts
from incidents.intake_rules import Meaning, Rules, sentence
from incidents.model import LIVE, Changes, Finding, OpenIncident
from phrases import Phrase, say
from store.database import Store
from store.schema import incident, instant_text, intake_count, intake_run, received

ACTOR: Final = "intake"
GAP_ENTRY: Final = "intake_gap"
"""The entry that says that nobody listened, and how many messages were lost with who did."""
ALARM: Final = "alarm:"
MANY: Final = "many"
MOST_ALARMS: Final = 20
"""Of one device, each an incident of its own."""
MOST_COVERED: Final = 500
SUBJECT_WIDTH: Final = 255
"""Of the store's column."""
FLOOD: Final = "self:intake-flood"
AT_ONCE: Final = 5_000
"""Rows that are let go in one transaction."""


@dataclass(slots=True)
class Heard:
    """What the messages of one batch say of the alarms; the last word on each counts."""

    findings: dict[str, Finding] = field(default_factory=dict)
    over: dict[str, Phrase] = field(default_factory=dict)
    covers: dict[str, frozenset[str]] = field(default_factory=dict)

    def wrong(self, finding: Finding) -> None:
        """It is wrong."""
        self.over.pop(finding.cause, None)
        self.findings[finding.cause] = finding

    def well(self, cause: str, why: Phrase) -> None:
        """It is well again."""
        self.findings.pop(cause, None)
        self.over[cause] = why

    def parts(self, gathered: GatheredParts) -> None:
        """What was said of things that checks look at too."""
        for finding in gathered.findings():
            self.wrong(finding)
        for cause, why in gathered.over():
            self.well(cause, why)
        self.covers.update(gathered.fewer())


@dataclass(frozen=True, slots=True, kw_only=True)
class IntakeDesk:
    """Everything that storing needs; wiring fills it. `sites` has the site of each device."""

    store: Store
    incidents: IncidentDesk
    rules: Rules
    senders: Senders
    sites: Mapping[str, str]
    joins: Joins = field(default_factory=dict)

    def begin(
        self, receivers: Sequence[Receiver], at: datetime, left: Left | None = None
    ) -> tuple[int, ...]:
        """These receivers listen from now on; gives the rows that say so. `left`: what a process
        that was killed before had in hand is lost, which goes on record."""
        with self.store.write() as tx:
            if left is not None:
                self._fell(tx, receivers, left, at)
            return tuple(_run(tx, one, at) for one in receivers)

    def _fell(
        self, tx: Connection, receivers: Iterable[Receiver], left: Left, at: datetime
    ) -> None:
        names = [one.value for one in receivers]
        last = tx.execute(
            select(func.max(intake_run.c.seen_at)).where(intake_run.c.receiver.in_(names))
        ).scalar()
        body = {
            "receivers": names,
            "from": instant_text(last or at),
            "to": instant_text(at),
            "lost": {one.value: count for one, count in left.messages.items()},
            "known": left.known,
        }
        self.incidents.logbook.append(tx, GAP_ENTRY, body, at)
        lost = {(one, Outcome.LOST_IN_CRASH): count for one, count in left.messages.items()}
        _count(tx, lost, at)
        self.incidents.logbook.checkpoint(tx, at)

    def take(
        self, messages: Sequence[Received], counts: Counts, runs: Sequence[int], at: datetime
    ) -> Changes:
        """Store a batch. All of it is in the database afterwards, or none. Raises `StoreTrouble`,
        `KeyTrouble`."""
        meant = [self._meant(one) for one in messages]
        with self.store.write() as tx:
            if meant:
                tx.execute(insert(received), [_row(*one) for one in meant])
            _count(tx, counts, at)
            if runs:
                tx.execute(update(intake_run).where(intake_run.c.id.in_(runs)).values(seen_at=at))
            changes = self._alarms(tx, meant, at)
            if changes.made:
                self.incidents.logbook.checkpoint(tx, at)
        return changes

    def flood(self, lost: int, since: datetime, at: datetime) -> Changes:
        """More comes than can be taken in: one incident, however long it lasts."""
        finding = Finding(
            cause=FLOOD,
            severity=Severity.WARNING,
            sentence=say(
                "more traps and logs arrive than can be taken in: {lost} were lost within "
                "{seconds:.0f} s; they are counted, what they said is not known",
                lost=lost, seconds=max(1.0, (at - since).total_seconds()),
            ),
        )  # fmt: skip
        with self.store.write() as tx:
            changes = self.incidents.declare(tx, finding, at, ACTOR)
            self.incidents.logbook.checkpoint(tx, at)
        return changes

    def ebb(self, lost: int, at: datetime) -> Changes:
        """All that comes is taken in again."""
        why = say("all that arrives is taken in again; {lost} messages were lost", lost=lost)
        with self.store.write() as tx:
            changes = self.incidents.told(tx, (), {FLOOD: why}, at, ACTOR)
            if changes.made:
                self.incidents.logbook.checkpoint(tx, at)
        return changes

    def flooded(self) -> bool:
        """Is an incident about a flood open, perhaps from before a restart?"""
        with self.store.read() as tx:
            return any(one.cause == FLOOD for one in live_incidents(tx))

    def sweep(self, at: datetime) -> Changes:
        """End what was not repeated for as long as its rule says, and what flapped and is calm."""
        with self.store.write() as tx:
            over = dict(self._silent(tx, at))
            changes = self.incidents.told(tx, (), over, at, ACTOR) if over else Changes()
            if changes.made:
                self.incidents.logbook.checkpoint(tx, at)
        return changes

    def let_go(self, before: datetime, most: int, at: datetime) -> bool:
        """Let messages go that are older, and of more than `most` the oldest; some at a time. Is
        there more to let go? They stay counted."""
        with self.store.write() as tx:
            gone = _old(tx, before, most)
            tx.execute(delete(received).where(received.c.id.in_([number for number, _ in gone])))
            counts = Counter((receiver, Outcome.EXPIRED) for _, receiver in gone)
            _count(tx, counts, at)
        return len(gone) == AT_ONCE

    def _meant(self, one: Received) -> tuple[Received, str, Meaning]:
        device = self.senders.device(one) or ""
        return one, device, self.rules.meaning(one, device)

    # --- alarms ----------------------------------------------------------------------------

    def _alarms(
        self, tx: Connection, meant: Iterable[tuple[Received, str, Meaning]], at: datetime
    ) -> Changes:
        said = [
            one for one in meant
            if one[2].key and (one[2].over or one[2].severity is not Severity.INFO)
        ]  # fmt: skip
        if not said:
            return Changes()
        live = {one.cause: one for one in live_incidents(tx)}
        heard = Heard()
        gathered = _Gathered(live)
        parts = GatheredParts(live)
        for one, device, meaning in said:
            cause = f"{ALARM}{device}:{meaning.key}"
            known = joined(self.joins, device, meaning)
            if meaning.over:
                why = say("{device}: {alarm} has ended: so {source} says",
                          device=device, alarm=meaning.key, source=one.source)  # fmt: skip
                if known is not None:
                    parts.ended(known, why)
                if cause in live or cause in heard.findings:
                    heard.well(cause, why)
                    gathered.fewer(device, cause, live)
                gathered.drop(device, meaning.key)
            elif known is not None:
                found = self._finding(one, device, meaning, cause)
                parts.began(known, found, meaning.quiet_min)
            elif gathered.has_room(device, cause):
                heard.wrong(self._finding(one, device, meaning, cause))
            else:
                gathered.add(device, meaning.key)
        for device, covers in gathered.changed.items():
            self._many(heard, device, covers, device in gathered.grown)
        heard.parts(parts)
        over = {cause: why for cause, why in heard.over.items() if cause in live}
        if not (heard.findings or over or heard.covers):
            return Changes()
        return self.incidents.told(tx, heard.findings.values(), over, at, ACTOR, heard.covers)

    def _finding(self, one: Received, device: str, meaning: Meaning, cause: str) -> Finding:
        return Finding(
            cause=cause,
            severity=meaning.severity,
            sentence=sentence(one, meaning, device),
            device=device,
            site=self.sites.get(device),
            item=meaning.item,
            check=meaning.rule[:40],
            covers=frozenset() if meaning.quiet_min is None else frozenset(
                {f"{QUIET}{meaning.quiet_min}"}
            ),
        )  # fmt: skip

    def _many(self, heard: Heard, device: str, covers: frozenset[str], grown: bool) -> None:
        cause = f"{ALARM}{device}:{MANY}"
        if not covers:
            heard.well(cause, say("{device}: all further alarms have ended", device=device))
            return
        heard.covers[cause] = covers
        if not grown:
            return
        heard.wrong(
            Finding(
                cause=cause,
                severity=Severity.WARNING,
                sentence=say("{device} has more than {most} alarms at once; {count} further ones "
                             "are gathered here", device=device, most=MOST_ALARMS,
                             count=len(covers)),
                device=device,
                site=self.sites.get(device),
                item="M54",
                check=MANY,
                covers=covers,
            )
        )  # fmt: skip

    def _silent(self, tx: Connection, at: datetime) -> Iterable[tuple[str, Phrase]]:
        rows = tx.execute(
            select(incident.c.id, incident.c.updated_at).where(
                incident.c.state.in_([one.value for one in LIVE])
            )
        )
        seen = {row.id: row.updated_at for row in rows}
        for one in live_incidents(tx):
            if not (one.cause.startswith(ALARM) or told(one)):
                continue
            quiet = _quiet(one)
            if quiet is not None and at - seen[one.id] >= quiet:
                yield one.cause, say("{device}: not repeated for {minutes} minutes",
                                     device=one.device or "", minutes=_minutes(quiet))  # fmt: skip
            elif one.calm_since is not None:
                yield one.cause, say("{device}: it has ended and stayed so",
                                     device=one.device or "")  # fmt: skip


QUIET_COVER: Final = re.compile(rf"(?:[A-Z]\d+:)?{QUIET}(\d{{1,6}})")


def _quiet(one: OpenIncident) -> timedelta | None:
    """After how long without a repeat it is over, where nothing ends it."""
    said = [found[1] for name in one.covers if (found := QUIET_COVER.fullmatch(name))]
    return timedelta(minutes=int(said[0])) if said else None


def _minutes(span: timedelta) -> int:
    return int(span.total_seconds() // 60)


class _Gathered:
    """How many alarms each device has, and what is gathered beyond them."""

    def __init__(self, live: Mapping[str, OpenIncident]) -> None:
        self._causes: dict[str, set[str]] = {}
        self._covers: dict[str, set[str]] = {}
        self.changed: dict[str, frozenset[str]] = {}
        self.grown: set[str] = set()
        for cause, one in live.items():
            if not cause.startswith(ALARM) or one.device is None:
                continue
            if cause == f"{ALARM}{one.device}:{MANY}":
                self._covers[one.device] = set(one.covers)
            else:
                self._causes.setdefault(one.device, set()).add(cause)

    def has_room(self, device: str, cause: str) -> bool:
        """Is it one of the device's alarms already, or may it become one?"""
        known = self._causes.setdefault(device, set())
        if cause not in known and len(known) >= MOST_ALARMS:
            return False
        known.add(cause)
        return True

    def fewer(self, device: str, cause: str, live: Mapping[str, OpenIncident]) -> None:
        """One that began and ended within the batch leaves no incident."""
        if cause not in live:
            self._causes.get(device, set()).discard(cause)

    def add(self, device: str, key: str) -> None:
        """One more beyond the others. Beyond `MOST_COVERED` they are not told apart any more, and
        a person ends the incident."""
        covers = self._covers.setdefault(device, set())
        covers.add(key if len(covers) < MOST_COVERED else "…")
        self.changed[device] = frozenset(covers)
        self.grown.add(device)

    def drop(self, device: str, key: str) -> None:
        """One less."""
        covers = self._covers.get(device)
        if covers and key in covers:
            covers.discard(key)
            self.changed[device] = frozenset(covers)


def _row(one: Received, device: str, meaning: Meaning) -> dict[str, Any]:
    return {
        "at": one.at,
        "receiver": one.receiver.value,
        "kind": one.kind.value,
        "source": one.source[:45],
        "device": device,
        "subject": one.subject[:SUBJECT_WIDTH],
        "severity": meaning.severity.value,
        "key": meaning.key,
        "over": meaning.over,
        "text": one.text,
        "raw": one.raw,
    }


def _run(tx: Connection, receiver: Receiver, at: datetime) -> int:
    made = tx.execute(insert(intake_run).values(receiver=receiver.value, began_at=at, seen_at=at))
    key = made.inserted_primary_key
    assert key is not None  # noqa: S101  (a table with a serial key always gives one)
    return int(key[0])


def _old(tx: Connection, before: datetime, most: int) -> list[tuple[int, Receiver]]:
    """The first of those that have to go, by number and receiver."""
    query = select(received.c.id, received.c.receiver).limit(AT_ONCE)
    newest = tx.execute(select(func.max(received.c.id))).scalar() or 0
    beyond = query.where(received.c.id <= newest - most).order_by(received.c.id)
    older = query.where(received.c.at < before).order_by(received.c.at)
    rows = tx.execute(beyond).all() or tx.execute(older).all()
    return [(row.id, Receiver(row.receiver)) for row in rows]


def _count(tx: Connection, counts: Counts, at: datetime) -> None:
    hour = at.replace(minute=0, second=0, microsecond=0)
    for (receiver, outcome), times in Counter(counts).items():
        where = (
            (intake_count.c.hour == hour)
            & (intake_count.c.receiver == receiver.value)
            & (intake_count.c.outcome == outcome.value)
        )
        more = {"count": intake_count.c.count + times}
        if tx.execute(update(intake_count).where(where).values(more)).rowcount == 0:
            row = {"hour": hour, "receiver": receiver.value, "outcome": outcome.value}
            tx.execute(insert(intake_count).values(**row, count=times))
