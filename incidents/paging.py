"""Writing down who is to be told: the outbox of notification, each row decided once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from types import MappingProxyType
from typing import Final, get_args

from sqlalchemy import Connection, insert, select

from checks.verdict import Severity
from incidents.clocks import Case, Event, Struck
from incidents.escalation import Page, Post, Reason, Roster, Step, page_key, pages_due
from incidents.listing import IncidentRecord, incident_of
from logbook.book import Logbook
from logbook.entries import canonical
from phrases import Lang, Phrase, say, verbatim
from store.schema import page

ENTRY: Final = "page"
WAITING: Final = "waiting"
SHANGHAI: Final = timezone(timedelta(hours=8), "Asia/Shanghai")

CONCERNED: Final[Mapping[tuple[str, Event], tuple[Post, ...]]] = MappingProxyType(
    {
        ("cure", Event.WARNED): (Post.PRIMARY, Post.SUPERVISOR),
        ("cure", Event.BREACHED): (Post.SUPERVISOR,),
        ("head_decides", Event.BREACHED): (Post.SUPERVISOR, Post.PURCHASER),
        ("seat", Event.WARNED): (Post.PRIMARY,),
        ("seat", Event.BREACHED): (Post.SUPERVISOR,),
        ("power_cut", Event.BREACHED): (Post.SUPERVISOR, Post.PURCHASER),
    }
)
"""Who is told when a clock warns or runs out (K 6.10.2: the head decides; reported upward)."""


@dataclass(frozen=True, slots=True)
class Paging:
    """Whom one tick tells."""

    tx: Connection
    at: datetime
    logbook: Logbook
    roster: Roster
    policies: Mapping[Severity, tuple[Step, ...]]

    def page(self, cases: Iterable[Case], struck: Iterable[Struck]) -> Iterator[Page]:
        """Whoever is to be told now, each decided once."""
        by_number = {case.incident: case for case in cases if case.current}
        sent = self._decided(by_number)
        due = [
            one
            for case in by_number.values()
            for one in pages_due(case, sent, self.roster, self.at, self.policies)
        ]
        due += self._of_clocks(struck)
        due += self._of_endings(struck, sent)
        for one in {one.key: one for one in due if one.key not in sent}.values():
            self._write(one, by_number[one.incident])
            yield one

    def _decided(self, numbers: Iterable[int]) -> dict[str, str]:
        """Whom each page that was decided of these incidents tells, by its key."""
        rows = self.tx.execute(
            select(page.c.key, page.c.person).where(page.c.incident.in_(list(numbers)))
        )
        return {row.key: row.person for row in rows}

    def _of_endings(self, struck: Iterable[Struck], sent: Mapping[str, str]) -> Iterator[Page]:
        """Whoever was told of an incident is told that it is over."""
        cases = (one.running.case for one in struck if _ends(one))
        over = {case.incident: case for case in cases if case.current}
        for case in over.values():
            opening = page_key(case, "", "").removesuffix("/")
            for person in sorted({who for key, who in sent.items() if key.startswith(opening)}):
                yield Page(
                    incident=case.incident,
                    person=person,
                    step=0,
                    reason=Reason.RESOLVED,
                    key=page_key(case, "over", person),
                )

    def _of_clocks(self, struck: Iterable[Struck]) -> Iterator[Page]:
        """A clock that warns or runs out is told to those whom it concerns, planned work or not
        acknowledged or not: it is the contract's, not the engineer's."""
        for one in struck:
            case, rule = one.running.case, one.running.rule
            told = CONCERNED.get((rule.name, one.event))
            if told is None or not case.current or case.silenced(self.at):
                continue
            for post in told:
                for person in self.roster.on_duty(post, self.at):
                    what = f"{rule.name}-{one.event.value}"
                    reason = Reason.WARNED if one.event is Event.WARNED else Reason.BREACHED
                    yield Page(
                        incident=case.incident,
                        person=person,
                        step=0,
                        reason=reason,
                        key=page_key(case, what, person),
                    )

    def _write(self, one: Page, case: Case) -> None:
        record = incident_of(self.tx, one.incident)
        assert record is not None  # noqa: S101  (its case was read in this transaction)
        body = {
            "incident": one.incident,
            "person": one.person,
            "reason": one.reason.value,
            "step": one.step,
            "key": one.key,
        }
        number = self.logbook.append(self.tx, ENTRY, body, self.at)
        row = {
            "key": one.key,
            "incident": one.incident,
            "person": one.person,
            "reason": one.reason.value,
            "step": one.step,
            "severity": case.severity.value,
            "text": canonical(dict(told(record))),
            "created_at": self.at,
            "state": WAITING,
            "tries": 0,
            "entry": number,
        }
        self.tx.execute(insert(page), [row])


def _ends(one: Struck) -> bool:
    """Did this clock stop because the incident is over?"""
    span = one.running.case.span
    over = one.event in (Event.MET, Event.STOPPED)
    return over and span.ended_at is not None and one.running.stopped_at == span.ended_at


def told(record: IncidentRecord) -> Mapping[Lang, str]:
    """What is said of an incident: what, where, since when, how to take it, and what to do."""
    since = f"{record.opened_at.astimezone(SHANGHAI):%m-%d %H:%M}"
    return {lang: _told(record, since, lang).text(lang) for lang in get_args(Lang)}


def _told(record: IncidentRecord, since: str, lang: Lang) -> Phrase:
    sentence = verbatim(record.sentence[lang])
    if record.runbook is None:
        return say(
            "{sentence}; since {time}; take it: lineguard incident ack {number}",
            sentence=sentence, time=since, number=record.id,
        )  # fmt: skip
    return say(
        "{sentence}; since {time}; take it: lineguard incident ack {number}; runbook {runbook}: "
        "lineguard runbook run --incident {number}",
        sentence=sentence, time=since, number=record.id, runbook=record.runbook,
    )  # fmt: skip
