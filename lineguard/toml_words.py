"""Why the settings are no TOML, in words for people: tomllib says it in English."""

from __future__ import annotations

import re
from typing import Final

from phrases import Phrase, say

TOML_PLACE: Final = re.compile(r"\(at line (\d+), column (\d+)\)")


def why_no_toml(name: str, told: str) -> Phrase:
    """tomllib says where in English: `Invalid statement (at line 11, column 5)`."""
    found = TOML_PLACE.search(told)
    twice = "Cannot overwrite" in told or "Cannot declare" in told
    if found is None:  # at the end of the document
        if twice:
            return say("{file}: its last key or section stands there twice", file=name)
        return say("{file}: a text or a bracket is not closed at its end", file=name)
    if twice:
        return say("{file}:{line}: this key or section stands there twice", file=name,
                   line=found[1])  # fmt: skip
    return say(
        "{file}:{line}: this is no TOML from column {column} on: a key stands as name = value, a "
        "text in double quotes, a section as [name]", file=name, line=found[1], column=found[2],
    )  # fmt: skip
