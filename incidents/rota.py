"""Who is on duty, by the rota of people.yml and the overrides on record.

Without a rota a person's role says it: every operator is a primary, and so on. Days and hours are
those of Shanghai, which has one zone and no summer time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta, timezone
from types import MappingProxyType
from typing import Final, Protocol

from checks.verdict import Severity
from incidents.escalation import POLICIES, Post, Step
from inventory.duty import Duty, Holding
from inventory.model import Person, Role

SHANGHAI: Final = timezone(timedelta(hours=8), "Asia/Shanghai")
ONE_DAY: Final = timedelta(days=1)

BY_ROLE: Final[Mapping[Post, Role]] = MappingProxyType(
    {
        Post.PRIMARY: Role.OPERATOR,
        Post.SUPERVISOR: Role.SUPERVISOR,
        Post.PURCHASER: Role.PURCHASER,
    }
)


class DutyCalendar(Protocol):
    """Shifts and working days; `maintenance.calendar` knows them."""

    def works(self, day: date) -> bool:
        """Does China work on that day?"""
        ...

    def shift_at(self, at: datetime) -> str | None:
        """The name of the shift on duty; None in a gap of the roster."""
        ...

    def shift_begins(self) -> tuple[time, ...]:
        """The times of day at which shifts begin and end."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """Somebody holds a post instead of whoever the rota names."""

    id: int
    post: Post
    person: str
    begins: datetime
    ends: datetime
    why: str
    actor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A span in which the same persons hold a post; nobody where `people` is empty."""

    post: Post
    people: tuple[str, ...]
    begins: datetime
    ends: datetime


@dataclass(frozen=True, slots=True)
class DutyRoster:
    """The roster of a home. Later overrides win over earlier ones."""

    duty: Duty
    people: tuple[Person, ...]
    calendar: DutyCalendar
    overrides: tuple[Override, ...] = ()

    def on_duty(self, post: Post, at: datetime) -> tuple[str, ...]:
        """Names of persons; empty where nobody holds it. An override of somebody who is not in
        people.yml any more is none: nobody can be told there."""
        for one in reversed(self.overrides):
            if one.post is post and one.begins <= at < one.ends and self._knows(one.person):
                return (one.person,)
        if not self.duty.posts:
            return self._by_role(post)
        holding = dict(self.duty.posts).get(post.value)
        return () if holding is None else self._held(holding, at)

    def turns(self, post: Post, begins: datetime, ends: datetime) -> Iterator[Turn]:
        """Who holds a post in `[begins, ends)`, without gaps in time, in order."""
        cuts = [*self._cuts(post, begins, ends), ends]
        start, people = begins, self.on_duty(post, begins)
        for cut in cuts:
            now = self.on_duty(post, cut) if cut < ends else None
            if now != people:
                yield Turn(post=post, people=people, begins=start, ends=cut)
                start, people = cut, now or ()

    def policies(self) -> Mapping[Severity, tuple[Step, ...]]:
        """The escalation of people.yml, else the defaults, by severity."""
        own = {
            Severity(name): tuple(
                Step(post=Post(one.post), after=timedelta(minutes=one.after_minutes))
                for one in climbs
            )
            for name, climbs in self.duty.escalation
        }
        return {**POLICIES, **own}

    def _knows(self, person: str) -> bool:
        return any(one.name == person for one in self.people)

    def _by_role(self, post: Post) -> tuple[str, ...]:
        role = BY_ROLE.get(post)
        return tuple(one.name for one in self.people if role in one.roles)

    def _held(self, holding: Holding, at: datetime) -> tuple[str, ...]:
        if holding.days_off and not self.calendar.works(at.astimezone(SHANGHAI).date()):
            return holding.days_off
        if holding.by_shift:
            return dict(holding.by_shift).get(self.calendar.shift_at(at) or "", ())
        if holding.rotation:
            return (_whose_turn(holding, at),)
        return holding.always

    def _cuts(self, post: Post, begins: datetime, ends: datetime) -> Sequence[datetime]:
        """Every moment at which the holder may change."""
        holding = dict(self.duty.posts).get(post.value)
        own = () if holding is None else (holding.hands_over,)
        times = {time(0), *own, *self.calendar.shift_begins()}
        moments = {
            moment
            for one in self.overrides
            if one.post is post
            for moment in (one.begins, one.ends)
        }
        day, last = begins.astimezone(SHANGHAI).date(), ends.astimezone(SHANGHAI).date()
        while day <= last:
            moments |= {datetime.combine(day, moment, SHANGHAI) for moment in times}
            day += ONE_DAY
        return sorted(moment for moment in moments if begins < moment < ends)


def doubled(roster: DutyRoster, begins: datetime, ends: datetime) -> Iterator[Turn]:
    """The turns of the backup in which only the primary holds that post too: nobody else is told
    when its step is reached. An empty post is no such turn."""
    for backup in roster.turns(Post.BACKUP, begins, ends):
        for primary in roster.turns(Post.PRIMARY, backup.begins, backup.ends):
            if backup.people and set(backup.people) <= set(primary.people):
                yield replace(backup, begins=primary.begins, ends=primary.ends)


def _whose_turn(holding: Holding, at: datetime) -> str:
    first = datetime.combine(holding.begins, holding.hands_over, SHANGHAI)
    turn = (at - first) // timedelta(days=holding.turn_days)
    return holding.rotation[turn % len(holding.rotation)]
