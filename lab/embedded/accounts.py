"""The account that a practice device is inspected with: its password, and how a change of it goes.

A running device keeps its password itself; one that is started takes that of the store.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from enum import StrEnum


class Obedience(StrEnum):
    """What the device does with a change that it is asked for."""

    HONEST = "honest"
    LIES = "lies"
    """It says that it changed the password, and did not."""
    REFUSES = "refuses"
    DEAF = "deaf"
    """It changes the password and says nothing any more: the line goes dead."""
    KEEPS_BOTH = "keeps_both"
    """The old password goes on working."""


@dataclass(slots=True)
class Account:
    """One login. `saved` is what a restart brings back; `changes` counts those that were made."""

    user: str
    password: str = field(repr=False)
    saved: str = field(default="", repr=False)
    obedience: Obedience = Obedience.HONEST
    former: list[str] = field(default_factory=list, repr=False)
    changes: int = 0

    def __post_init__(self) -> None:
        self.saved = self.saved or self.password

    def admits(self, user: str, password: str) -> bool:
        """Is this the right login?"""
        valid = [self.password]
        if self.obedience is Obedience.KEEPS_BOTH:
            valid += self.former
        right = any(secrets.compare_digest(password.encode(), one.encode()) for one in valid)
        return right and user == self.user

    def change(self, password: str) -> bool:
        """As somebody who may asks for it; False when the device says no."""
        if self.obedience is Obedience.REFUSES:
            return False
        if self.obedience is not Obedience.LIES:
            self.former.append(self.password)
            self.password = password
            self.changes += 1
        return True

    def save(self) -> None:
        """The password outlives a restart from now on."""
        self.saved = self.password

    def restart(self) -> None:
        """What was not saved is gone."""
        self.password = self.saved
