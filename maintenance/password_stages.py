"""How far the change of one password is, and what is known of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from phrases import Phrase


class Stage(StrEnum):
    """In the order of an undisturbed change. Every step from one to the next is an entry."""

    PLANNED = "planned"
    """It has been decided; nothing was done."""
    STORED = "stored_new"
    """The new password is kept, and from here on the device may have it."""
    CHANGED = "changed"
    """The device said that it took it."""
    VERIFIED = "verified"
    """A fresh login with the new one was let in."""
    OLD_DEAD = "old_dead"
    """The device refused a login with the old one."""
    DONE = "done"
    ROLLED_BACK = "rolled_back"
    """The device has the old one, and so has the store."""
    WAITING = "waiting"
    """The new one is kept; a person has to set it on the device."""
    HALF_DONE = "half_done"
    """It is not known, or not in order, which one the device takes; both are kept."""


OVER: Final = frozenset({Stage.DONE, Stage.ROLLED_BACK})
"""Nothing is left to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change as it stands."""

    id: int
    device: str
    login: str
    secret: str
    how: str
    stage: Stage
    began_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What a command tells of one login. `stage` None: it was refused before anything began."""

    login: str
    stage: Stage | None
    why: Phrase

    @property
    def well(self) -> bool:
        """Is there nothing for anybody to do about it?"""
        return self.stage is Stage.DONE
