"""M48: was every password of the device changed this month, with proof that the old one is dead?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Final

from checks.item import Check
from checks.verdict import Severity, Verdict, abnormal, normal, not_applicable, unknown
from collectors.readings.passwords import LoginRecord, PasswordChanges
from inventory.model import Device
from phrases import say

SHANGHAI: Final = timezone(timedelta(hours=8))
"""The contract's months are those of the calendar there."""
WAITING: Final = "waiting"
"""The stage in which a person has to set the password; `maintenance.password_stages`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordLimits:
    """The contract asks for a change a month; until this day of it there is time."""

    password_due_day: float = 25


def judge_passwords(reading: PasswordChanges, limits: PasswordLimits, device: Device) -> Verdict:
    """正常: all changed this month. 异常: one is half-done, or overdue. 未知: not yet, or the
    record does not reach back to the beginning of the month."""
    if reading.keys_only:
        return not_applicable(
            say("{device} is entered with a key, not with a password", device=device.name)
        )
    broken = [one for one in reading.logins if one.open_stage not in (None, WAITING)]
    if broken:
        return _half_done(broken[0], device)
    today = reading.taken_at.astimezone(SHANGHAI)
    begins = today.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    late = [one for one in reading.logins if one.done_at is None or one.done_at < begins]
    if not late:
        return _all_changed(reading, device)
    return _late(reading, late, limits, device, today, begins)


def _half_done(login: LoginRecord, device: Device) -> Verdict:
    return abnormal(
        say("{device}: the change of the password of {login} was left half-done; go on "
            "with: lineguard secrets resume", device=device.name, login=login.login),
        severity=Severity.CRITICAL,
        measured=login.open_stage,
        expected="done",
    )  # fmt: skip


def _all_changed(reading: PasswordChanges, device: Device) -> Verdict:
    done = [one.done_at for one in reading.logins if one.done_at is not None]
    return normal(
        say("{device}: all passwords ({count}) were changed this month, last on {day}; the old "
            "ones are refused", device=device.name, count=len(done), day=_day(max(done))),
        measured=len(done),
        expected=str(len(reading.logins)),
    )  # fmt: skip


def _late(
    reading: PasswordChanges,
    late: list[LoginRecord],
    limits: PasswordLimits,
    device: Device,
    today: datetime,
    begins: datetime,
) -> Verdict:
    names = ", ".join(one.login for one in late)
    if today.day <= limits.password_due_day:
        return unknown(
            say("{device}: the password of {logins} was not changed this month yet; it is due by "
                "day {day:g}", device=device.name, logins=names, day=limits.password_due_day),
            again=True,
        )  # fmt: skip
    if reading.since is None or reading.since > begins:
        return unknown(
            say("{device}: the record begins within this month and has no change of the password "
                "of {logins}; what was done before is not known",
                device=device.name, logins=names),
            again=True,
        )  # fmt: skip
    return abnormal(
        say("{device}: the password of {logins} was not changed this month; it was due by day "
            "{day:g}", device=device.name, logins=names, day=limits.password_due_day),
        measured=len(late),
        expected="0",
    )  # fmt: skip


def _day(at: datetime) -> str:
    return at.astimezone(SHANGHAI).strftime("%Y-%m-%d")


PASSWORDS: Final = Check(
    name="passwords", reads=PasswordChanges, judge=judge_passwords, limits=PasswordLimits()
)
