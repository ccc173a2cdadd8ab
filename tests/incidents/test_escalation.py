"""Who is told, and when: policies, empty posts, changes of shift, planned work."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from checks.verdict import Severity
from incidents.clocks import Case
from incidents.escalation import Post, Reason, pages_due
from incidents.model import IncidentState
from tests.incidents.test_clocks import EVE, MINUTE, case, work

EVERYBODY: Mapping[Post, tuple[str, ...]] = {
    Post.PRIMARY: ("陈静",),
    Post.BACKUP: ("刘洋",),
    Post.REMOTE: ("远程",),
    Post.SUPERVISOR: ("赵敏",),
    Post.PURCHASER: ("孙涛",),
}


@dataclass
class Board:
    """A roster written down, that may change at a time."""

    posts: Mapping[Post, tuple[str, ...]] = field(default_factory=lambda: EVERYBODY)
    later: Mapping[Post, tuple[str, ...]] = field(default_factory=dict)
    change: datetime = EVE + timedelta(days=1)

    def on_duty(self, post: Post, at: datetime) -> tuple[str, ...]:
        now = {**self.posts, **self.later} if at >= self.change else self.posts
        return now.get(post, ())


def climbed(of: Case, minutes: int, board: Board | None = None) -> list[tuple[int, str]]:
    """Who was told at which minute, with a tick every minute."""
    roster, sent, told = board or Board(), set[str](), list[tuple[int, str]]()
    for minute in range(minutes + 1):
        for page in pages_due(of, sent, roster, EVE + minute * MINUTE):
            sent.add(page.key)
            told.append((minute, page.person))
    return told


def test_what_nobody_takes_climbs_to_the_purchaser_and_each_is_told_once() -> None:
    assert climbed(case(), 120) == [
        (0, "陈静"), (5, "刘洋"), (10, "远程"), (15, "赵敏"), (30, "孙涛"),
    ]  # fmt: skip


def test_a_warning_climbs_more_slowly_and_not_as_far() -> None:
    of = case(severity=Severity.WARNING)
    assert climbed(of, 120) == [(0, "陈静"), (15, "刘洋"), (45, "赵敏")]


@pytest.mark.parametrize(
    "state", [IncidentState.ACKNOWLEDGED, IncidentState.ON_HOLD, IncidentState.RESOLVED]
)
def test_once_somebody_has_it_nobody_else_is_told(state: IncidentState) -> None:
    assert climbed(replace(case(), state=state), 120) == []


def test_an_empty_chair_costs_no_time() -> None:
    posts = {**EVERYBODY, Post.PRIMARY: (), Post.REMOTE: ()}
    assert climbed(case(), 60, Board(posts)) == [(0, "刘洋"), (5, "赵敏"), (20, "孙涛")]


def test_escalation_gap_at_rota_change() -> None:
    """Who comes on duty while it is unacknowledged is told, whatever was told to who left."""
    board = Board(later={Post.PRIMARY: ("周磊",)}, change=EVE + 3 * MINUTE)
    assert climbed(case(), 6, board) == [(0, "陈静"), (3, "周磊"), (5, "刘洋")]


def test_who_holds_two_posts_is_told_once() -> None:
    board = Board({**EVERYBODY, Post.BACKUP: ("陈静",)})
    assert climbed(case(), 12, board) == [(0, "陈静"), (10, "远程")]


def test_planned_work_pages_nobody_and_what_outlasts_it_begins_at_the_first_step() -> None:
    of = case(work=(work(-10, 20),))
    assert climbed(of, 26) == [(20, "陈静"), (25, "刘洋")]


def test_coming_back_is_told_anew() -> None:
    first = next(iter(pages_due(case(), set(), Board(), EVE)))
    again = case(start=EVE + 10 * MINUTE)
    (page,) = pages_due(again, {first.key}, Board(), EVE + 10 * MINUTE)
    assert (page.person, page.reason, page.key != first.key) == ("陈静", Reason.OPENED, True)
