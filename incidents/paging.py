"""Writing down who is to be told: the outbox of notification, each row decided once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Final

from sqlalchemy import Connection, insert, select

from checks.verdict import Severity
from incidents.cases import last_hold
from incidents.clocks import Case, Event, Rule, Struck
from incidents.escalation import (
    Page,
    Post,
    Reason,
    Roster,
    Step,
    compact,
    page_key,
    pages_due,
    who,
)
from incidents.listing import incident_of
from incidents.model import IncidentState
from incidents.wording import Telling, told
from logbook.book import Logbook
from logbook.entries import canonical
from phrases import Lang
from store.schema import page

ENTRY: Final = "page"
WAITING: Final = "waiting"
SENT: Final = "sent"
WITHDRAWN: Final = "withdrawn"

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


Told = tuple[Page, Struck | None]
"""A page, and the clock that calls for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What one person is to be told, in words. `more` are further fields of its entry."""

    key: str
    incident: int | None
    person: str
    reason: Reason
    severity: str
    text: Mapping[Lang, str]
    step: int = 0
    more: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Paging:
    """Whom one tick tells."""

    tx: Connection
    at: datetime
    logbook: Logbook
    roster: Roster
    policies: Mapping[Severity, tuple[Step, ...]]
    rules: tuple[Rule, ...]
    runbooks: Mapping[str, str]
    """Those that the site names, by item."""
    unreached: frozenset[str] = frozenset()
    """Whom no channel leads to: nobody waits for their answer."""

    def page(self, cases: Iterable[Case], struck: Sequence[Struck]) -> Iterator[Page]:
        """Whoever is to be told now, each decided once."""
        by_number = {case.incident: case for case in cases if case.current}
        sent = self._decided(by_number)
        due: list[Told] = [
            (one, None)
            for number, case in by_number.items()
            for one in pages_due(
                case, sent.get(number, {}), self.roster, self.at, self.policies, self.unreached
            )
        ]
        due += [*self._of_clocks(struck), *self._of_endings(struck, sent)]
        due += self._of_holds(by_number.values())
        for one, struck_by in {one.key: (one, by) for one, by in due}.values():
            if one.key not in sent.get(one.incident, ()):
                self._write(one, by_number[one.incident], struck_by)
                yield one

    def _decided(self, numbers: Iterable[int]) -> dict[int, dict[str, str]]:
        """The pages that were decided of these incidents: their state by their key."""
        rows = self.tx.execute(
            select(page.c.incident, page.c.key, page.c.state).where(
                page.c.incident.in_(list(numbers))
            )
        )
        decided: dict[int, dict[str, str]] = {}
        for row in rows:
            decided.setdefault(row.incident, {})[row.key] = row.state
        return decided

    def _of_endings(
        self, struck: Iterable[Struck], sent: Mapping[int, Mapping[str, str]]
    ) -> Iterator[Told]:
        """Whoever was reached about an incident, and whoever has it, is told that it is over."""
        cases = (one.running.case for one in struck if _ends(one))
        over = {case.incident: case for case in cases if case.current}
        for number, case in over.items():
            opening = page_key(case, "", "").removesuffix("/")
            reached = {
                who(key)
                for key, state in sent.get(number, {}).items()
                if state == SENT and key.startswith(opening)
            }
            for person in sorted(reached | ({case.owner} if case.owner else set())):
                yield _page(case, Reason.RESOLVED, "over", person), None

    def _of_holds(self, cases: Iterable[Case]) -> Iterator[Told]:
        """That a hold is over is told to whoever held it and to whoever is on duty now, which may
        be days later. Planned work puts it off; a new hold does away with it."""
        for case in cases:
            since = case.resumed_at
            if case.state is not IncidentState.ACKNOWLEDGED or since is None:
                continue
            if not case.silenced(self.at):
                on_duty = self.roster.on_duty(Post.PRIMARY, self.at)
                for person in sorted({*on_duty, *([case.owner] if case.owner else [])}):
                    yield _page(case, Reason.RESUMED, f"{compact(since)}-hold", person), None

    def _of_clocks(self, struck: Iterable[Struck]) -> Iterator[Told]:
        """A clock that warns or runs out is told to those whom it concerns, acknowledged or not: it
        is the contract's, not the engineer's. Planned work holds it, so that one that ran out did
        so before the work began, and is told. Of several that run out together the last of the
        rules, which asks for most, speaks."""
        found: dict[tuple[int, str, Reason], Told] = {}
        for one in struck:
            case, rule = one.running.case, one.running.rule
            warned = one.event is Event.WARNED
            if not case.current or (warned and case.silenced(self.at)):
                continue
            reason = Reason.WARNED if warned else Reason.BREACHED
            for post in CONCERNED.get((rule.name, one.event), ()):
                for person in self.roster.on_duty(post, self.at):
                    due = _page(case, reason, f"{rule.name}-{one.event.value}", person)
                    found[case.incident, person, reason] = due, one
        yield from found.values()

    def _write(self, one: Page, case: Case, struck: Struck | None) -> None:
        record = incident_of(self.tx, one.incident, self.runbooks)
        assert record is not None  # noqa: S101  (its case was read in this transaction)
        telling = Telling(
            record=record, case=case, reason=one.reason, at=self.at, rules=self.rules,
            struck=struck,
            held=last_hold(self.tx, one.incident) if one.reason is Reason.RESUMED else None,
        )  # fmt: skip
        notice = Notice(
            key=one.key,
            incident=one.incident,
            person=one.person,
            reason=one.reason,
            step=one.step,
            severity=case.severity.value,
            text=told(telling),
        )
        put_down(self.tx, self.logbook, notice, self.at)


def put_down(tx: Connection, logbook: Logbook, notice: Notice, at: datetime) -> None:
    """Into the outbox, with its entry."""
    body = {
        "incident": notice.incident,
        "person": notice.person,
        "reason": notice.reason.value,
        "step": notice.step,
        "key": notice.key,
        **notice.more,
    }
    row = {
        "key": notice.key,
        "incident": notice.incident,
        "person": notice.person,
        "reason": notice.reason.value,
        "step": notice.step,
        "severity": notice.severity,
        "text": canonical(dict(notice.text)),
        "created_at": at,
        "state": WAITING,
        "tries": 0,
        "entry": logbook.append(tx, ENTRY, body, at),
    }
    tx.execute(insert(page), [row])


def _ends(one: Struck) -> bool:
    """Did this clock stop because the incident is over?"""
    span = one.running.case.span
    over = one.event in (Event.MET, Event.STOPPED)
    return over and span.ended_at is not None and one.running.stopped_at == span.ended_at


def _page(case: Case, reason: Reason, what: str, person: str) -> Page:
    key = page_key(case, what, person)
    return Page(incident=case.incident, person=person, step=0, reason=reason, key=key)
