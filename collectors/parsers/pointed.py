"""JSON of unknown makers: the value at a JSON pointer (RFC 6901), or none."""

from __future__ import annotations

import json
from typing import Any, Final

DEPTH: Final = 20
NUMBER_CHARACTERS: Final = 12


class NoSuchPlace(ValueError):
    """The document is no JSON, or has nothing of that kind at that place."""


def document(body: bytes) -> Any:  # noqa: ANN401  (JSON)
    """The JSON document in UTF-8. Raises `NoSuchPlace`."""
    try:
        return json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError):
        raise NoSuchPlace from None


def at_pointer(page: Any, pointer: str) -> Any:  # noqa: ANN401
    """The value there. Raises `NoSuchPlace`."""
    if pointer == "":
        return page
    for step in pointer.removeprefix("/").split("/", DEPTH):
        name = step.replace("~1", "/").replace("~0", "~")
        if isinstance(page, dict) and name in page:
            page = page[name]
        elif isinstance(page, list) and name.isascii() and name.isdigit() and len(name) < 6:
            page = _member(page, int(name))
        else:
            raise NoSuchPlace
    return page


def _member(page: list[Any], number: int) -> Any:  # noqa: ANN401
    if number >= len(page):
        raise NoSuchPlace
    return page[number]


def text_at(page: Any, pointer: str) -> str:  # noqa: ANN401
    """A text, or a whole number as its digits. Raises `NoSuchPlace`."""
    found = at_pointer(page, pointer)
    if isinstance(found, int) and not isinstance(found, bool) and abs(found) < 10**18:
        return str(found)
    if not isinstance(found, str):
        raise NoSuchPlace
    return found
