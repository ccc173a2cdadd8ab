"""The rota of people.yml: who holds which post when, and how fast an incident climbs.

```yaml
rota:
  primary: {shifts: {白班: [陈静], 夜班: [刘洋]}}        # the shifts of lineguard.toml
  backup: {weekly: [周磊, 王芳], from: 2026-11-16, hands_over: "08:00"}
  supervisor: {always: [赵敏], on_days_off: [王芳]}
escalation:
  critical: [{post: primary, after_minutes: 0}, {post: backup, after_minutes: 5}]
```
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from pathlib import Path
from typing import Final

from inventory import places
from inventory.declared import Complaints, Value, choice, items, mapping, text, texts
from inventory.people import TOP_KEYS, plain
from inventory.problems import Problem, in_order
from inventory.sheets import read_file
from phrases import say

POSTS: Final = ("primary", "backup", "remote", "supervisor", "purchaser")
SEVERITIES: Final = ("critical", "warning")
WAYS: Final = ("always", "shifts", "daily", "weekly")
POST_KEYS: Final = frozenset({*WAYS, "from", "hands_over", "on_days_off"})
LONGEST_MINUTES: Final = 24 * 60
MIDNIGHT: Final = time(0)
EPOCH: Final = date(2024, 1, 1)
"""A Monday. Where a rotation names no first day, it began then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """How one post is held. Exactly one of `always`, `by_shift` and `rotation` is not empty.

    `rotation`: one person after the other, `turn_days` each, counted from `begins`, changing at
    `hands_over` of Shanghai time. `days_off` stand in on statutory days off, where there are any.
    """

    always: tuple[str, ...] = ()
    by_shift: tuple[tuple[str, tuple[str, ...]], ...] = ()
    rotation: tuple[str, ...] = ()
    turn_days: int = 7
    begins: date = EPOCH
    hands_over: time = MIDNIGHT
    days_off: tuple[str, ...] = ()

    @property
    def people(self) -> frozenset[str]:
        """Everybody who may hold it."""
        of_shifts = (name for _, names in self.by_shift for name in names)
        return frozenset((*self.always, *of_shifts, *self.rotation, *self.days_off))


@dataclass(frozen=True, slots=True, kw_only=True)
class Climb:
    """A step of an escalation: that post, after so many minutes without an acknowledgement."""

    post: str
    after_minutes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """The rota and the escalation of a home; both empty where people.yml has none."""

    posts: tuple[tuple[str, Holding], ...] = ()
    escalation: tuple[tuple[str, tuple[Climb, ...]], ...] = ()


def load_duty(
    path: Path, people: frozenset[str], shifts: frozenset[str], *, exacting: bool = False
) -> tuple[Duty, tuple[Problem, ...]]:
    """The rota of a people.yml whose persons are `people`, in a centre with these `shifts`, and all
    that is wrong with it. What is wrong with the file as a whole is `load_people`'s to say.
    `exacting`: also what is surely a slip and yet can be worked with; it must not keep the
    telephone silent, so only checks ask for it."""
    sheet, problems = read_file(path, path.name)
    if sheet is None or problems or sheet.encrypted or sheet.root is None:
        return Duty(), ()
    index = places.Places(hosts={"": [places.Block(file=sheet.name, line=1, node=sheet.root)]})
    complaints = Complaints(lambda where: index.locate("", (), where))
    top = mapping(Value(plain(sheet.root), (), Complaints(complaints.place)), TOP_KEYS)
    read = _Reading(people, shifts)
    rota = mapping(Value(top["rota"].raw, ("rota",), complaints), POSTS) if "rota" in top else {}
    climbs = (
        mapping(Value(top["escalation"].raw, ("escalation",), complaints), SEVERITIES)
        if "escalation" in top
        else {}
    )
    holdings = ((name, read.holding(value)) for name, value in rota.items())
    steps = ((name, tuple(read.climbs(value))) for name, value in climbs.items())
    duty = Duty(
        posts=tuple((name, one) for name, one in holdings if one is not None),
        escalation=tuple(steps),
    )
    if exacting and _copied(duty):
        rota["backup"].refuse(
            say("{at} says the same as rota.primary, so that nobody is ever backup to another; "
                "name who else is told, or leave it out", at=rota["backup"].at)
        )  # fmt: skip
    return duty, in_order(complaints.found)


def _copied(duty: Duty) -> bool:
    """Is the backup's line that of the primary word for word, though several take turns? One person
    alone is both and has no choice."""
    posts = dict(duty.posts)
    backup = posts.get("backup")
    return backup is not None and len(backup.people) > 1 and backup == posts.get("primary")


@dataclass(frozen=True, slots=True)
class _Reading:
    """One file being read."""

    people: frozenset[str]
    shifts: frozenset[str]

    def holding(self, value: Value) -> Holding | None:
        parts = mapping(value, POST_KEYS)
        ways = [one for one in WAYS if one in parts]
        if len(ways) != 1:
            value.refuse(say("{at} says how it is held in one way: always, shifts, daily or weekly",
                             at=value.at))  # fmt: skip
            return None
        (way,) = ways
        rotates = way in ("daily", "weekly")
        return Holding(
            always=self._names(parts[way]) if way == "always" else (),
            by_shift=self._shifts(parts[way]) if way == "shifts" else (),
            rotation=self._names(parts[way]) if rotates else (),
            turn_days=1 if way == "daily" else 7,
            begins=_day(parts) or EPOCH,
            hands_over=_hour(parts) or MIDNIGHT,
            days_off=self._names(parts["on_days_off"]) if "on_days_off" in parts else (),
        )

    def climbs(self, value: Value) -> list[Climb]:
        found: list[Climb] = []
        for one in items(value):
            parts = mapping(one, {"post", "after_minutes"})
            post = choice(parts["post"], POSTS) if "post" in parts else None
            minutes = _minutes(parts)
            if post is None or minutes is None:
                one.refuse(say("{at} needs post and after_minutes", at=one.at))
            elif found and minutes < found[-1].after_minutes:
                one.refuse(say("{at} comes before the step above it", at=one.at))
            else:
                found.append(Climb(post=post, after_minutes=minutes))
        return found

    def _shifts(self, value: Value) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """A shift that nobody holds is a hole in the night, said here and not at 3 a.m."""
        parts = mapping(value, self.shifts)
        for missing in sorted(self.shifts - parts.keys()):
            value.refuse(say("{at} leaves out the shift “{shift}”: nobody would hold the post then",
                             at=value.at, shift=missing))  # fmt: skip
        return tuple((name, self._names(one)) for name, one in parts.items())

    def _names(self, value: Value) -> tuple[str, ...]:
        names = texts(value)
        for name in names:
            if name not in self.people:
                value.refuse(say("{at}: nobody named “{name}” is among the people",
                                 at=value.at, name=name))  # fmt: skip
        if not names:
            value.refuse(say("{at} names nobody", at=value.at))
        return names


def _day(parts: Mapping[str, Value]) -> date | None:
    if "from" not in parts:
        return None
    written = text(parts["from"])
    try:
        return None if written is None else date.fromisoformat(written)
    except ValueError:
        parts["from"].refuse(say("{at} is not a date such as 2026-11-21", at=parts["from"].at))
        return None


def _hour(parts: Mapping[str, Value]) -> time | None:
    if "hands_over" not in parts:
        return None
    written = text(parts["hands_over"])
    try:
        return None if written is None else time.fromisoformat(written)
    except ValueError:
        value = parts["hands_over"]
        value.refuse(say("{at} is not a time of day such as 08:00", at=value.at))
        return None


def _minutes(parts: Mapping[str, Value]) -> int | None:
    written = text(parts["after_minutes"]) if "after_minutes" in parts else None
    if written is None or not written.isascii() or not written.isdigit() or len(written) > 4:
        return None
    minutes = int(written)
    return minutes if minutes <= LONGEST_MINUTES else None
