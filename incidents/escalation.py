"""Who is to be told of an incident, and when. Pure: facts, a roster and a time in, pages out.

The steps of a policy are climbed while nobody has acknowledged. Who stands on a step is asked of
the roster at the moment of asking, not when the incident began: whoever comes on duty while it is
still unacknowledged is told as well, so that a change of shift leaves no gap. Each page has a key
of its own and is decided once, whatever is restarted.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import chain
from types import MappingProxyType
from typing import Final, Protocol

from checks.verdict import Severity
from incidents.clocks import Case
from incidents.model import LIVE, IncidentState


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
    RESUMED = "resumed"
    """A hold is over."""
    WAITED = "waited"
    """The wait of a runbook's run is over."""
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
    sent: Collection[str],
    roster: Roster,
    at: datetime,
    policies: Mapping[Severity, tuple[Step, ...]] = POLICIES,
    unreached: Collection[str] = (),
) -> Iterator[Page]:
    """The pages that this opening of the incident calls for now and that were not decided yet;
    `sent` are the keys of those that were.

    None while planned work covers it. When it gets worse, and when planned work ends without it,
    the steps are climbed anew, and whoever was told that it is less bad is told again at once.
    Once somebody has it the steps end; that it got worse is told to its owner and the primary.
    Where nobody holds a post the next step is reached at once: an empty chair costs no time, nor
    does one whose holders no channel leads to (`unreached`).
    """
    if case.state not in LIVE or case.silenced(at):
        return
    since = _loud_since(case, at)
    known = _told(case, since, sent)
    pages = _worse(case, since, sent, roster, at)
    if case.state is IncidentState.OPEN:
        pages = chain(
            pages, _climbed(case, since, at, policies[case.severity], _Chairs(roster, unreached))
        )
    for page in pages:
        if page.person not in known:
            known.add(page.person)
            yield page


def _worse(
    case: Case, since: datetime, sent: Iterable[str], roster: Roster, at: datetime
) -> Iterator[Page]:
    """Those who know of it, as something less bad."""
    if case.raised_at is None or case.raised_at != since:
        return
    opening = _beginning(case)
    if case.state is IncidentState.OPEN:
        people = {who(key) for key in sent if key.startswith(opening)}
    else:
        people = {*roster.on_duty(Post.PRIMARY, at), *([case.owner] if case.owner else [])}
    for person in sorted(people):
        yield _page(case, since, 0, person, Reason.RAISED)


@dataclass(frozen=True, slots=True)
class _Chairs:
    """Who sits where, and whom no channel leads to."""

    roster: Roster
    unreached: Collection[str]

    def wait(self, post: Post, at: datetime) -> bool:
        """Is there anybody who may answer, so that they are given time to?"""
        return any(one not in self.unreached for one in self.roster.on_duty(post, at))


def _climbed(
    case: Case, since: datetime, at: datetime, steps: Iterable[Step], chairs: _Chairs
) -> Iterator[Page]:
    for number, step in enumerate(_reached(steps, at - since, chairs, at)):
        first = Reason.REOPENED if case.again else Reason.OPENED
        for person in chairs.roster.on_duty(step.post, at):
            yield _page(case, since, number, person, Reason.ESCALATED if number else first)


def _reached(
    steps: Iterable[Step], waited: timedelta, chairs: _Chairs, at: datetime
) -> Iterator[Step]:
    """The steps that have been reached; one where nobody can answer passes its time on."""
    needed = timedelta(0)
    before: Step | None = None
    for step in steps:
        if before is None:
            needed = step.after
        elif chairs.wait(before.post, at):
            needed += step.after - before.after
        if waited < needed:
            return
        yield step
        before = step


def _loud_since(case: Case, at: datetime) -> datetime:
    """Since when somebody should have been told of it as bad as it is now: planned work before
    that does not count."""
    over = [one.until for one in case.work if one.until <= at and one.begins <= at]
    return max([case.span.opened_at, *over, *([case.raised_at] if case.raised_at else [])])


def _page(case: Case, since: datetime, step: int, person: str, reason: Reason) -> Page:
    what = Reason.RAISED.value if reason is Reason.RAISED else f"step{step}"
    key = page_key(case, f"{_chapter(case, since)}{what}", person)
    return Page(incident=case.incident, person=person, step=step, reason=reason, key=key)


def _told(case: Case, since: datetime, sent: Iterable[str]) -> set[str]:
    """Who was told since that time, on whatever step."""
    begins = _beginning(case, _chapter(case, since))
    whats = (f"{begins}step", f"{begins}{Reason.RAISED.value}/")
    return {who(key) for key in sent if key.startswith(whats)}


def _chapter(case: Case, since: datetime) -> str:
    """Begins the keys of what is told since that time: empty since it was opened."""
    return "" if since == case.span.opened_at else f"{compact(since)}-"


def page_key(case: Case, what: str, person: str) -> str:
    """The same thing told to the same person about the same opening has the same key."""
    return f"{case.incident}/{compact(case.span.opened_at)}/{what}/{person}"


def _beginning(case: Case, what: str = "") -> str:
    return page_key(case, what, "").removesuffix("/")


def who(key: str) -> str:
    """Whom the page of that key tells: a person's name has no slash."""
    return key.rpartition("/")[2]


def compact(moment: datetime) -> str:
    """A time as it stands in keys."""
    return moment.strftime("%Y%m%dT%H%M%SZ")
