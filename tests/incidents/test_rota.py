"""Who is on duty: rotations, shifts, days off, overrides, over midnight and the Spring Festival."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.verdict import Severity
from incidents.escalation import POLICIES, Post, Step
from incidents.handling import Refusal
from incidents.ical import LINE_OCTETS, calendar
from incidents.overrides import OverrideDesk, overrides
from incidents.rota import SHANGHAI, DutyRoster, Override, Turn, doubled
from inventory.duty import Climb, Duty, Holding
from inventory.model import Person, Role
from maintenance.calendar import CalendarSettings, OnDuty
from store.database import open_store
from store.migrating import migrate
from tests.incidents.test_handling import CHEN, actor
from tests.maintenance.fakes import entries, logbook, proven

MONDAY = date(2026, 11, 16)
NEW_YEAR, DECEMBER = datetime.fromisoformat("2026-01-01"), datetime.fromisoformat("2026-12-01")
WEEKLY = Holding(rotation=("刘洋", "陈静"), begins=MONDAY, hands_over=time(8))
SHIFTS = Holding(by_shift=(("白班", ("陈静",)), ("夜班", ("刘洋", "周磊"))))
OFFICE = Holding(always=("赵敏",), days_off=("王芳",))


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), SHANGHAI)


STAFF = tuple(
    Person(name=name, title=name, roles=frozenset({Role.OPERATOR}))
    for name in ("陈静", "刘洋", "周磊", "赵敏", "王芳")
)


def roster(*given_overrides: Override, **posts: Holding) -> DutyRoster:
    duty = Duty(posts=tuple(posts.items()))
    return DutyRoster(duty, STAFF, OnDuty(CalendarSettings()), given_overrides)


@pytest.mark.parametrize(
    ("moment", "who"),
    [
        (at(MONDAY, 7, 59), "陈静"),
        (at(MONDAY, 8), "刘洋"),
        (at(MONDAY + timedelta(days=7), 7, 59), "刘洋"),
        (at(MONDAY + timedelta(days=7), 8), "陈静"),
        (at(MONDAY - timedelta(days=700), 9), "刘洋"),
    ],
)
def test_a_weekly_rotation_changes_at_its_hour(moment: datetime, who: str) -> None:
    assert roster(backup=WEEKLY).on_duty(Post.BACKUP, moment) == (who,)


def test_a_night_shift_holds_its_post_past_midnight() -> None:
    board = roster(primary=SHIFTS)
    assert board.on_duty(Post.PRIMARY, at(MONDAY, 19, 59)) == ("陈静",)
    assert board.on_duty(Post.PRIMARY, at(MONDAY, 23)) == ("刘洋", "周磊")
    assert board.on_duty(Post.PRIMARY, at(MONDAY + timedelta(days=1), 7, 59)) == ("刘洋", "周磊")


@pytest.mark.parametrize(
    ("day", "who"),
    [
        (date(2026, 2, 16), "王芳"),  # Spring Festival, a Monday
        (date(2026, 2, 14), "赵敏"),  # a Saturday that is worked for it
        (date(2026, 11, 21), "王芳"),  # an ordinary Saturday
        (date(2026, 11, 20), "赵敏"),
    ],
)
def test_days_off_are_those_of_the_state_council(day: date, who: str) -> None:
    assert roster(supervisor=OFFICE).on_duty(Post.SUPERVISOR, at(day, 10)) == (who,)


def stands_in(begins: datetime, ends: datetime, person: str = "周磊") -> Override:
    return Override(
        id=1, post=Post.BACKUP, person=person, begins=begins, ends=ends, why="x", actor="陈静"
    )


def test_the_last_override_wins_while_it_holds() -> None:
    begins = at(MONDAY, 12)
    first = stands_in(begins, begins + timedelta(hours=4))
    second = stands_in(begins + timedelta(hours=1), begins + timedelta(hours=2), "赵敏")
    board = roster(first, second, backup=WEEKLY)
    held = [board.on_duty(Post.BACKUP, begins + timedelta(minutes=30 * n)) for n in range(-1, 9)]
    assert [who for (who,) in held] == ["刘洋", *["周磊"] * 2, *["赵敏"] * 2, *["周磊"] * 4, "刘洋"]


def test_who_left_stands_in_for_nobody_any_more() -> None:
    begins = at(MONDAY, 12)
    gone = stands_in(begins, begins + timedelta(hours=4), "离职者")
    here = stands_in(begins, begins + timedelta(hours=4), "周磊")
    assert roster(gone, backup=WEEKLY).on_duty(Post.BACKUP, begins) == ("刘洋",)
    assert roster(here, gone, backup=WEEKLY).on_duty(Post.BACKUP, begins) == ("周磊",)


def test_without_a_rota_the_roles_say_it() -> None:
    people = (
        Person(name="a", title="a", roles=frozenset({Role.OPERATOR})),
        Person(name="b", title="b", roles=frozenset({Role.SUPERVISOR})),
    )
    board = DutyRoster(Duty(), people, OnDuty(CalendarSettings()))
    assert board.on_duty(Post.PRIMARY, at(MONDAY, 8)) == ("a",)
    assert board.on_duty(Post.SUPERVISOR, at(MONDAY, 8)) == ("b",)
    assert board.on_duty(Post.REMOTE, at(MONDAY, 8)) == ()


@given(
    st.datetimes(NEW_YEAR, DECEMBER, timezones=st.just(UTC)),
    st.integers(1, 20 * 24),
)
def test_turns_cover_the_time_without_gap_and_each_moment_has_its_holder(
    begins: datetime, hours: int
) -> None:
    over = stands_in(begins + timedelta(hours=3), begins + timedelta(hours=9))
    board = roster(over, backup=WEEKLY, primary=SHIFTS, supervisor=OFFICE)
    ends = begins + timedelta(hours=hours)
    for post in Post:
        turns = list(board.turns(post, begins, ends))
        assert (turns[0].begins, turns[-1].ends) == (begins, ends)
        for one, following in pairwise(turns):
            assert one.ends == following.begins and one.people != following.people
        for hour in range(hours):
            moment = begins + timedelta(hours=hour)
            (turn,) = (one for one in turns if one.begins <= moment < one.ends)
            assert turn.people == board.on_duty(post, moment)


ALONE = Holding(always=("刘洋",))


@pytest.mark.parametrize(
    ("backup", "spans"),
    [
        (ALONE, [(20, 32)]),
        (Holding(always=("刘洋", "周磊")), [(20, 32)]),
        (Holding(always=("刘洋", "王芳")), []),
        (Holding(always=("王芳",)), []),
        (SHIFTS, [(8, 20), (20, 32)]),
        (Holding(), []),
    ],
)
def test_whoever_is_backup_to_themselves_is_found_with_the_time(
    backup: Holding, spans: list[tuple[int, int]]
) -> None:
    board = roster(primary=SHIFTS, backup=backup)
    begins, ends = at(MONDAY, 8), at(MONDAY + timedelta(days=1), 8)
    hour = timedelta(hours=1)
    found = [
        ((one.begins - begins) / hour + 8, (one.ends - begins) / hour + 8)
        for one in doubled(board, begins, ends)
    ]
    assert found == spans


def test_an_override_doubles_a_person_and_another_ends_that() -> None:
    begins, ends = at(MONDAY, 9), at(MONDAY, 19)
    both = instead(Post.PRIMARY, "刘洋", 10, 12)
    board = roster(both, primary=SHIFTS, backup=ALONE)
    assert [(one.begins, one.ends) for one in doubled(board, begins, ends)] == [
        (at(MONDAY, 10), at(MONDAY, 12)),
    ]  # fmt: skip
    other = instead(Post.BACKUP, "王芳", 9, 19)
    board = roster(both, other, primary=SHIFTS, backup=ALONE)
    assert list(doubled(board, begins, ends)) == []


def instead(post: Post, person: str, begins: int, ends: int) -> Override:
    return Override(
        id=1, post=post, person=person, begins=at(MONDAY, begins), ends=at(MONDAY, ends),
        why="病假", actor="赵敏",
    )  # fmt: skip


def test_a_sites_own_escalation_stands_in_place_of_the_default() -> None:
    own = (("critical", (Climb(post="primary", after_minutes=0),)),)
    board = DutyRoster(Duty(escalation=own), (), OnDuty(CalendarSettings()))
    assert board.policies()[Severity.CRITICAL] == (Step(post=Post.PRIMARY, after=timedelta(0)),)
    assert board.policies()[Severity.WARNING] == POLICIES[Severity.WARNING]


def test_the_feed_is_folded_and_escaped_as_the_standard_says() -> None:
    turn = Turn(
        post=Post.PRIMARY, people=("张三, 李四;" * 12,), begins=at(MONDAY, 8), ends=at(MONDAY, 20)
    )
    empty = Turn(post=Post.BACKUP, people=(), begins=at(MONDAY, 8), ends=at(MONDAY, 20))
    feed = calendar([turn, empty], {"primary": "主值班", "backup": "备班"}, at(MONDAY, 9))
    assert all(len(line.encode()) <= LINE_OCTETS for line in feed.split("\r\n"))
    unfolded = feed.replace("\r\n ", "")
    assert unfolded.count("BEGIN:VEVENT") == 1
    assert "DTSTART:20261116T000000Z\r\nDTEND:20261116T120000Z" in unfolded
    assert "SUMMARY:主值班：张三\\, 李四\\;张三" in unfolded


def test_an_override_is_on_record_and_begins_now_at_the_earliest(tmp_path: Path) -> None:
    store = open_store("sqlite:///" + str(tmp_path / "data/lineguard.db"), tmp_path / "data")
    migrate(store)
    book = logbook(store, tmp_path)
    now = at(MONDAY, 9)
    desk = OverrideDesk(store=store, logbook=book, clock=lambda: now)
    person = Person(name="周磊", title="x", roles=frozenset({Role.OPERATOR}))
    hour = timedelta(hours=1)
    made = desk.add(Post.BACKUP, person, now - hour, now + hour, "换班", CHEN)
    assert isinstance(made, Override)
    assert made.begins == now
    with store.read() as tx:
        assert overrides(tx) == (made,)
    for refused in (
        desk.add(Post.BACKUP, person, now, now, "换班", CHEN),
        desk.add(Post.BACKUP, person, now, now + timedelta(days=61), "换班", CHEN),
        desk.add(Post.BACKUP, person, now, now + hour, " ", CHEN),
        desk.add(Post.BACKUP, person, now, now + hour, "x", actor("周磊", Role.VIEWER)),
    ):
        assert isinstance(refused, Refusal)
    assert len(entries(store, "override")) == 1
    assert proven(book) == ""
    store.close()
