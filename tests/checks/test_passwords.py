"""M48: a change a month, proven; not yet, overdue and half-done are told apart."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from checks.catalogue import item
from checks.passwords import PASSWORDS, PasswordLimits, judge_passwords
from checks.verdict import Severity, State, Verdict
from collectors.readings.passwords import LoginRecord, PasswordChanges
from inventory.model import Kind
from tests.inventory.builders import device

ROUTER = device("rt-1", Kind.ROUTER)
DAY = timedelta(days=1)
BEGINS = datetime(2026, 10, 31, 16, 0, tzinfo=UTC)
"""1 November 2026, 00:00 in Shanghai."""
LONG_AGO = BEGINS - 400 * DAY
DUE_DAY = int(PasswordLimits().password_due_day)


def judged(
    *logins: LoginRecord,
    at: datetime = BEGINS + 9 * DAY,
    since: datetime | None = LONG_AGO,
    keys_only: bool = False,
) -> Verdict:
    reading = PasswordChanges(
        device="rt-1", taken_at=at, since=since, logins=logins, keys_only=keys_only
    )
    return judge_passwords(reading, PasswordLimits(), ROUTER)


def login(done: datetime | None = None, stage: str | None = None, name: str = "cli") -> LoginRecord:
    return LoginRecord(login=name, done_at=done, open_stage=stage, open_since=done)


def test_m48_is_judged_by_it() -> None:
    assert item("M48").checks == (PASSWORDS,)


@pytest.mark.parametrize(
    ("done", "state"),
    [
        (BEGINS - timedelta(microseconds=1), State.UNKNOWN),
        (BEGINS, State.NORMAL),
        (BEGINS + DAY, State.NORMAL),
        (None, State.UNKNOWN),
    ],
)
def test_the_month_begins_at_midnight_in_shanghai(done: datetime | None, state: State) -> None:
    assert judged(login(done)).state is state


@pytest.mark.parametrize(
    ("day", "state", "again"),
    [
        (DUE_DAY - 1, State.UNKNOWN, True),
        (DUE_DAY, State.UNKNOWN, True),
        (DUE_DAY + 1, State.ABNORMAL, False),
    ],
)
def test_it_is_overdue_after_its_day_and_due_until_then(
    day: int, state: State, again: bool
) -> None:
    told = judged(login(), at=BEGINS + (day - 1) * DAY)
    assert (told.state, told.again) == (state, again)


@pytest.mark.parametrize(
    ("since", "state"),
    [
        (BEGINS, State.ABNORMAL),
        (BEGINS + timedelta(microseconds=1), State.UNKNOWN),
        (None, State.UNKNOWN),
    ],
)
def test_what_was_before_the_record_is_not_known(since: datetime | None, state: State) -> None:
    assert judged(login(), at=BEGINS + 28 * DAY, since=since).state is state


@pytest.mark.parametrize("stage", ["planned", "stored_new", "changed", "verified", "half_done"])
def test_half_done_is_critical_whatever_was_done_before(stage: str) -> None:
    told = judged(login(BEGINS + DAY, stage))
    assert (told.state, told.severity) == (State.ABNORMAL, Severity.CRITICAL)


def test_a_persons_step_that_waits_is_not_done_yet() -> None:
    assert judged(login(None, "waiting")).state is State.UNKNOWN
    assert judged(login(None, "waiting"), at=BEGINS + 28 * DAY).state is State.ABNORMAL


def test_every_login_counts() -> None:
    one, other = login(BEGINS + DAY), login(name="ssh")
    told = judged(one, other)
    assert told.state is State.UNKNOWN
    assert "ssh" in told.sentence.text("en") and "cli" not in told.sentence.text("en")


def test_a_device_that_is_entered_with_a_key_has_none() -> None:
    assert judged(keys_only=True).state is State.NOT_APPLICABLE
