"""Reading back what a column holds. A text that no writer of ours wrote is a damaged record, said
in one sentence by whoever meets it; the logbook's own proof finds where."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, TypeVar

from phrases import say
from store.trouble import StoreUnreadable

INSTANT_LENGTH: Final = 27
LANGUAGES: Final = ("en", "zh")
SHOWN: Final = 40
"""Characters of the damaged text in the sentence."""

Member = TypeVar("Member", bound=StrEnum)


class RecordDamaged(StoreUnreadable):
    """A row holds what cannot have been written. Nothing is decided on such a row."""

    def __init__(self, found: object) -> None:
        what = repr(found)[:SHOWN]
        super().__init__(
            say("the record is damaged, it holds {what}: lineguard log verify", what=what)
        )


def parse_instant(text: object) -> datetime:
    """The time of a stored form, `2026-11-21T03:00:00.000000Z`. Raises `RecordDamaged`."""
    if isinstance(text, str) and len(text) == INSTANT_LENGTH and text.endswith("Z"):
        try:
            return datetime.fromisoformat(text)
        except ValueError as error:
            raise RecordDamaged(text) from error
    raise RecordDamaged(text)


def document(text: object) -> dict[str, Any]:
    """A stored JSON object. Raises `RecordDamaged`."""
    found = _json(text)
    if not isinstance(found, dict):
        raise RecordDamaged(text)
    return found


def sentence(text: object) -> Mapping[str, str]:
    """A stored sentence, `{"en": ..., "zh": ...}`. Raises `RecordDamaged`."""
    found = document(text)
    if not all(isinstance(found.get(lang), str) for lang in LANGUAGES):
        raise RecordDamaged(text)
    return found


def names(text: object) -> tuple[str, ...]:
    """A stored list of names. Raises `RecordDamaged`."""
    found = _json(text)
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise RecordDamaged(text)
    return tuple(found)


def member(kind: type[Member], text: object) -> Member:
    """A stored word of a fixed choice. Raises `RecordDamaged`."""
    try:
        return kind(str(text))
    except ValueError as error:
        raise RecordDamaged(text) from error


def _json(text: object) -> object:
    if not isinstance(text, str):
        raise RecordDamaged(text)
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise RecordDamaged(text) from error
