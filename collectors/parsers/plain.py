"""A device's own words, made harmless: what may go into a sentence or onto a terminal."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

WORDS_LIMIT: Final = 200
"""Characters of a device's words that a sentence quotes."""

UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode categories that move the cursor, change direction, hide text or break the line."""

ESCAPES: Final = re.compile(
    "(?:\x1b\\[|\x9b)[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor, clearing (ECMA-48 5.4)
    "|(?:\x1b[\\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\\\|\x9c)?"  # OSC, DCS
    "|\x1b[ -/]*[0-~]"
)
"""Terminal sequences as a whole: what is left of one when only its ESC goes is noise, or a lure."""


def plain(words: bytes | str, limit: int = WORDS_LIMIT) -> str:
    """One line without control or invisible characters, at most `limit` characters long."""
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    shown = "".join(
        " " if one in "\t\r\n" else one
        for one in ESCAPES.sub("", text[: limit * 4])
        if one in "\t\r\n" or unicodedata.category(one) not in UNSEEN
    )
    whole = " ".join(shown.split())
    return whole if len(whole) <= limit else whole[: limit - 1] + "…"
