"""What a person says of an item, what may be said, and what becomes of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from checks.item import By, Item
from checks.verdict import State
from incidents.model import Changes
from inventory.model import Role
from inventory.people import Actor
from maintenance.record import VerdictRecord
from phrases import Phrase, say

NOTE_LIMIT: Final = 1_000
OF_A_RECORD: Final = frozenset({"M43"})
"""Items whose doing leaves a report; an entry without its name proves nothing."""
MAY_ENTER: Final = frozenset({Role.OPERATOR, Role.SUPERVISOR})


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """What somebody says that they saw. `place` is a device or a site; None where the item is due
    in one place only."""

    item: str
    place: str | None
    state: State
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why nothing was entered. `misused`: it was not said in full, or cannot be meant."""

    why: Phrase
    misused: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """It is on record. `fulfilled` false: the slot had its result, this is an observation.
    `beside` is the comparison with the sensors of the site, `seen` what they said."""

    record: VerdictRecord
    fulfilled: bool
    changes: Changes
    beside: VerdictRecord | None = None
    seen: tuple[VerdictRecord, ...] = ()


def note_refusal(state: State, note: str) -> Phrase | None:
    """Why this note will not do for that state."""
    if state is State.ABNORMAL and not note.strip():
        return say("what is abnormal needs a note: --note TEXT says what was seen")
    if len(note) > NOTE_LIMIT:
        return say("a note has at most {limit} characters", limit=NOTE_LIMIT)
    if not note.isprintable():
        return say("a note is one line of text, without control characters")
    return None


def drill_refusal(item: str, note: str) -> Phrase | None:
    """Why a drill is not on record by this: the report of it must be found again."""
    if item in OF_A_RECORD and not note.strip():
        return say(
            "{item} is a drill: --note names its record (date, number or file of the report that "
            "both sides signed)", item=item,
        )  # fmt: skip
    return None


def refusal(item: Item, seen: Observation, actor: Actor) -> Refusal | None:
    """Why that person may not enter that of this item, whatever stands on record."""
    why = note_refusal(seen.state, seen.note) or drill_refusal(seen.item, seen.note)
    if why is not None:
        return Refusal(why=why, misused=True)
    if item.by is not By.PERSON:
        return Refusal(
            why=say("{item} is not a person's to enter: `lineguard schedule items` says whose it "
                    "is", item=item.id)
        )  # fmt: skip
    if actor.person is not None and not actor.person.roles & MAY_ENTER:
        return Refusal(
            why=say("{who} is neither operator nor supervisor and enters nothing",
                    who=actor.shown())
        )  # fmt: skip
    return None


def no_place(item: Item, asked: str | None, places: Sequence[str]) -> Refusal:
    """That it is not due there, or in more than one place; it names those."""
    known = ", ".join(places)
    if asked is None:
        return Refusal(
            why=say("{item} is due in several places; --device is one of {places}",
                    item=item.id, places=known),
            misused=True,
        )  # fmt: skip
    return Refusal(
        why=say("{item} is not due at {place}; --device is one of {places}",
                item=item.id, place=asked, places=known or "-"),
        misused=True,
    )  # fmt: skip
