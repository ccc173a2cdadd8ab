"""Who is to be told of an incident, and when. Pure: facts, a roster and a time in, pages out.

The steps of a policy are climbed while nobody has acknowledged. Who stands on a step is asked of
the roster at the moment of asking, not when the incident began: whoever comes on duty while it is
still unacknowledged is told as well, so that a change of shift leaves no gap. Each page has a key
of its own and is decided once, whatever is restarted.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Protocol

from checks.verdict import Severity
from incidents.clocks import Case
from incidents.model import IncidentState


class Post(StrEnum):
    """A place in the roster that somebody holds at any time."""

    PRIMARY = "primary"
    BACKUP = "backup"
    REMOTE = "remote"
    """The contractor's remote support team, 7x24."""
    SUPERVISOR = "supervisor"
    PURCHASER = "purchaser"


class Roster(Protocol):
    """Who holds a post at a moment; `incidents.rota` fulfils it."""

    def on_duty(self, post: Post, at: datetime) -> tuple[str, ...]:
        """Names of persons; empty where nobody holds it."""
        ...


class Reason(StrEnum):
    """Why somebody is told."""

    OPENED = "opened"
    REOPENED = "reopened"
    ESCALATED = "escalated"
    RAISED = "raised"
    WARNED = "warned"
    BREACHED = "breached"
    RESOLVED = "resolved"
    TEST = "test"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A step is reached when the incident was unacknowledged for `after`, since it was opened."""

    post: Post
    after: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Somebody is to be told. `key` is the same whenever the same thing is decided again."""

    incident: int
    person: str
    step: int
    reason: Reason
    key: str


def _minutes(*steps: tuple[Post, int]) -> tuple[Step, ...]:
    return tuple(Step(post=post, after=timedelta(minutes=after)) for post, after in steps)


POLICIES: Final[Mapping[Severity, tuple[Step, ...]]] = MappingProxyType(
    {
        Severity.CRITICAL: _minutes(
            (Post.PRIMARY, 0), (Post.BACKUP, 5), (Post.REMOTE, 10), (Post.SUPERVISOR, 15),
            (Post.PURCHASER, 30),
        ),
        Severity.WARNING: _minutes((Post.PRIMARY, 0), (Post.BACKUP, 15), (Post.SUPERVISOR, 45)),
        Severity.INFO: (),
    }
)  # fmt: skip
"""Defaults; a site's people.yml may have its own. The first minute is the primary's."""


def pages_due(
    case: Case,
    sent: Container[str],
    roster: Roster,
    at: datetime,
    policies: Mapping[Severity, tuple[Step, ...]] = POLICIES,
) -> Iterator[Page]:
    """The pages that this opening of the incident calls for now and that were not decided yet.

    None while planned work covers it, and none once somebody has it. Where nobody holds a post the
    next step is reached at once: an empty chair costs no time.
    """
    if case.state is not IncidentState.OPEN or case.silenced(at):
        return
    waited = at - _loud_since(case, at)
    for number, step in enumerate(_reached(policies[case.severity], waited, roster, at)):
        for person in roster.on_duty(step.post, at):
            page = _page(case, number, person)
            if page.key not in sent and not _told(case, person, sent):
                yield page


def _reached(
    steps: Iterable[Step], waited: timedelta, roster: Roster, at: datetime
) -> Iterator[Step]:
    """The steps that have been reached; an empty one passes its time on."""
    needed = timedelta(0)
    before: Step | None = None
    for step in steps:
        if before is None:
            needed = step.after
        elif roster.on_duty(before.post, at):
            needed += step.after - before.after
        if waited < needed:
            return
        yield step
        before = step


def _loud_since(case: Case, at: datetime) -> datetime:
    """Since when somebody should have been told: planned work before that does not count."""
    over = [one.until for one in case.work if one.until <= at and one.begins <= at]
    return max([case.span.opened_at, *over])


def _page(case: Case, step: int, person: str) -> Page:
    reason = Reason.OPENED if step == 0 else Reason.ESCALATED
    return Page(
        incident=case.incident,
        person=person,
        step=step,
        reason=reason,
        key=page_key(case, f"step{step}", person),
    )


def _told(case: Case, person: str, sent: Container[str]) -> bool:
    """Was this person told of this opening on another step?"""
    longest = max(map(len, POLICIES.values()))
    return any(page_key(case, f"step{step}", person) in sent for step in range(longest))


def page_key(case: Case, what: str, person: str) -> str:
    """The same thing told to the same person about the same opening has the same key."""
    opening = case.span.opened_at.strftime("%Y%m%dT%H%M%SZ")
    return f"{case.incident}/{opening}/{what}/{person}"
