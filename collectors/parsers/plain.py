"""A device's own words, made harmless: what may go into a sentence or onto a terminal."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from phrases import UNREADABLE

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


CHINESE: Final = re.compile("[\t\r\n -~\u2010-\u2027\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]*")
"""What Chinese words are written with; noise that happens to decode holds other characters."""

LONE_FIRST: Final = "\udc80"
LONE_LAST: Final = "\udcff"
"""What `surrogateescape` makes of bytes that are no UTF-8."""

NOISE: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\udc80-\udcff\ufffd]"
    "(?:[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\udc80-\udcff\ufffd]{0,7}"
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\udc80-\udcff\ufffd]){2,}"
)
"""Three or more bytes that are no text, with at most seven characters between one and the next:
what stands between them is noise as well."""


def plain(words: bytes | str, limit: int = WORDS_LIMIT) -> str:
    """One line without control or invisible characters, at most `limit` characters long. Noise is
    counted, not quoted (`phrases.UNREADABLE`)."""
    text = text_of(words[: limit * 16]) if isinstance(words, bytes) else words
    padded = ESCAPES.sub("", text[: limit * 4]).rstrip("\0")
    quiet = NOISE.sub(_counted, padded)
    shown = "".join(map(_shown, quiet))
    whole = " ".join(shown.split())
    return whole if len(whole) <= limit else whole[: limit - 1] + "…"


def text_of(raw: bytes) -> str:
    """UTF-8, else GB 18030 where it gives Chinese, as older machines write it; else UTF-8 with each
    byte that does not fit as a lone surrogate."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        pass
    text = raw.decode("utf-8", "surrogateescape")
    strange = sum(LONE_FIRST <= one <= LONE_LAST for one in text)
    if strange * 2 < sum(one >= 0x80 for one in raw):
        return text  # nearly all of it is UTF-8
    try:
        chinese = raw.decode("gb18030")
    except UnicodeDecodeError:
        return text
    return chinese if CHINESE.fullmatch(chinese) else text


def _shown(one: str) -> str:
    if one in "\t\r\n":
        return " "
    if LONE_FIRST <= one <= LONE_LAST:
        return "\N{REPLACEMENT CHARACTER}"
    return "" if unicodedata.category(one) in UNSEEN else one


def _counted(noise: re.Match[str]) -> str:
    count = len(noise.group().encode("utf-8", "surrogateescape"))
    return f" {UNREADABLE}{count} "
