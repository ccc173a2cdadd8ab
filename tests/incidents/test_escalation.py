"""Who is told, and when: policies, empty posts, changes of shift, planned work."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from checks.verdict import Severity
from incidents.clocks import Case
from incidents.escalation import Post, Reason, Step, pages_due
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


def climbed(
    of: Case, minutes: int, board: Board | None = None, unreached: Collection[str] = ()
) -> list[tuple[int, str]]:
    """Who was told at which minute, with a tick every minute."""
    roster, sent, told = board or Board(), set[str](), list[tuple[int, str]]()
    for minute in range(minutes + 1):
        at = EVE + minute * MINUTE
        for page in pages_due(of, sent, roster, at, unreached=unreached):
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


@pytest.mark.parametrize(
    ("unreached", "when"),
    [
        ({"陈静"}, [(0, "陈静"), (0, "刘洋"), (5, "远程"), (10, "赵敏"), (25, "孙涛")]),
        ({"刘洋"}, [(0, "陈静"), (5, "刘洋"), (5, "远程"), (10, "赵敏"), (25, "孙涛")]),
        ({"陈静", "王芳"}, [(0, "陈静"), (0, "刘洋"), (5, "远程"), (10, "赵敏"), (25, "孙涛")]),
    ],
)
def test_nobody_waits_for_whom_no_channel_leads_to(
    unreached: set[str], when: list[tuple[int, str]]
) -> None:
    """They are told all the same, should a channel be written meanwhile."""
    assert climbed(case(), 60, unreached=unreached) == when


def test_a_post_held_by_two_waits_while_one_of_them_is_reached() -> None:
    board = Board({**EVERYBODY, Post.PRIMARY: ("陈静", "王芳")})
    assert climbed(case(), 5, board, unreached={"陈静"})[2:] == [(5, "刘洋")]


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


# --- what got worse ------------------------------------------------------------------------------


def worse(minutes: float, of: Case | None = None) -> Case:
    return replace(of or case(), raised_at=EVE + minutes * MINUTE)


def told_of(of: Case, sent: set[str], minute: float) -> list[tuple[str, Reason]]:
    pages = list(pages_due(of, sent, Board(), EVE + minute * MINUTE))
    sent.update(one.key for one in pages)
    return [(one.person, one.reason) for one in pages]


def test_who_was_told_that_it_is_less_bad_is_told_again_once_and_the_rest_climb_anew() -> None:
    sent = set[str]()
    warning = case(severity=Severity.WARNING)
    first = [who for minute in range(20) for who in told_of(warning, sent, minute)]
    assert first == [("陈静", Reason.OPENED), ("刘洋", Reason.ESCALATED)]
    of = worse(20)
    then = [(minute, *who) for minute in range(20, 60) for who in told_of(of, sent, minute)]
    assert then == [
        (20, "刘洋", Reason.RAISED),
        (20, "陈静", Reason.RAISED),
        (30, "远程", Reason.ESCALATED),
        (35, "赵敏", Reason.ESCALATED),
        (50, "孙涛", Reason.ESCALATED),
    ]


def test_what_got_worse_in_somebodys_hands_is_told_to_its_owner_and_the_primary() -> None:
    of = worse(20, replace(case(), state=IncidentState.ACKNOWLEDGED, owner="刘洋"))
    sent = set[str]()
    assert told_of(of, sent, 20) == [("刘洋", Reason.RAISED), ("陈静", Reason.RAISED)]
    assert told_of(of, sent, 60) == []


def test_what_nobody_was_told_of_begins_at_the_first_step_when_it_matters() -> None:
    """Something that is only said tells nobody; it is no reason to wake everybody at once."""
    of = worse(60 * 24)
    assert told_of(of, set(), 60 * 24) == [("陈静", Reason.OPENED)]


def test_what_got_worse_under_planned_work_begins_at_the_first_step_after_it() -> None:
    of = worse(20, case(work=(work(10, 30),)))
    sent = set[str]()
    assert told_of(of, sent, 20) == []
    assert told_of(of, sent, 30) == [("陈静", Reason.OPENED)]


def test_who_was_told_before_planned_work_is_told_again_when_it_outlasts_it() -> None:
    of = case(work=(work(10, 30),))
    sent = set[str]()
    assert told_of(of, sent, 0) == [("陈静", Reason.OPENED)]
    assert told_of(of, sent, 29) == []
    assert told_of(of, sent, 30) == [("陈静", Reason.OPENED)]
    assert told_of(of, sent, 31) == []


def test_a_long_escalation_tells_nobody_twice() -> None:
    """A site's own may have more steps than ours, and the same post on several."""
    steps = tuple(Step(post=Post.PRIMARY, after=minute * MINUTE) for minute in range(9))
    sent = set[str]()
    for minute in range(9):
        pages = pages_due(case(), sent, Board(), EVE + minute * MINUTE, {Severity.CRITICAL: steps})
        sent.update(one.key for one in pages)
    assert len(sent) == 1
