"""Writing down who is to be told: the outbox of notification, each row decided once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final

from sqlalchemy import Connection, insert, select

from checks.verdict import Severity
from incidents.clocks import Case, Event, Rule, Struck
from incidents.escalation import Page, Post, Reason, Roster, Step, page_key, pages_due, who
from incidents.listing import incident_of
from incidents.wording import Telling, told
from logbook.book import Logbook
from logbook.entries import canonical
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


@dataclass(frozen=True, slots=True)
class Paging:
    """Whom one tick tells."""

    tx: Connection
    at: datetime
    logbook: Logbook
    roster: Roster
    policies: Mapping[Severity, tuple[Step, ...]]
    rules: tuple[Rule, ...]

    def page(self, cases: Iterable[Case], struck: Sequence[Struck]) -> Iterator[Page]:
        """Whoever is to be told now, each decided once."""
        by_number = {case.incident: case for case in cases if case.current}
        sent = self._decided(by_number)
        due: list[Told] = [
            (one, None)
            for number, case in by_number.items()
            for one in pages_due(case, sent.get(number, {}), self.roster, self.at, self.policies)
        ]
        due += [*self._of_clocks(struck), *self._of_endings(struck, sent)]
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
        record = incident_of(self.tx, one.incident)
        assert record is not None  # noqa: S101  (its case was read in this transaction)
        telling = Telling(
            record=record, case=case, reason=one.reason, at=self.at, rules=self.rules,
            struck=struck,
        )  # fmt: skip
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
            "text": canonical(dict(told(telling))),
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


def _page(case: Case, reason: Reason, what: str, person: str) -> Page:
    key = page_key(case, what, person)
    return Page(incident=case.incident, person=person, step=0, reason=reason, key=key)
