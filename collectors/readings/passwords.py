"""What is on record about the passwords of a device: M48."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from collectors.readings.base import Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginRecord:
    """One login. `done_at`: when the old password was last proven dead, in UTC. `open_stage`: how
    far a change came that is not over, and since when it stands there."""

    login: str
    done_at: datetime | None = None
    open_stage: str | None = None
    open_since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordRecord:
    """Of one device. `since`: from when on there is any record at all, None while there is none.
    `logins` are those that a change was ever begun for."""

    since: datetime | None
    logins: tuple[LoginRecord, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordChanges(Reading):
    """Every login of the device that has a password, with what is on record about it. It comes
    from Lineguard's own record: that it was read says nothing about the device."""

    of_device: ClassVar[bool] = False

    since: datetime | None
    logins: tuple[LoginRecord, ...]
    keys_only: bool = False
    """The device is entered with a key and has no password."""
