"""Values as text: what a device wrote, made fit to read, the numbers that some write as text, and
the evidence of an answer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from collectors.parsers.plain import plain
from collectors.sources.snmp.port import Value

NAME_LIMIT: Final = 64
"""Characters of a device's own words that go into a sentence."""
UNTOLD: Final = 2**31 - 1
"""Numbers from here on mean "not told": some cards give 4294967295 minutes of runtime."""
ENCODINGS: Final = ("utf-8", "gb18030")
"""Names on Chinese devices come in either."""


def words(value: Value | None) -> str:
    """A device's text in one line, without control or formatting characters; empty for nothing."""
    if value is None:
        return ""
    return plain(value if isinstance(value, bytes) else str(value), NAME_LIMIT)


def number(value: Value | None) -> float | None:
    """A number, also one that an agent gives as text; None for none, and for what stands for
    "not told"."""
    if isinstance(value, bytes):
        text = words(value)
        value = int(text) if text.isdecimal() and len(text) <= 10 else None
    if not isinstance(value, int) or not -UNTOLD < value < UNTOLD:
        return None
    return float(value)


def decoded(octets: bytes) -> str:
    """By the first encoding that fits, else with marks in place of what does not."""
    for encoding in ENCODINGS:
        try:
            return octets.decode(encoding)
        except UnicodeDecodeError:
            continue
    return octets.decode("utf-8", "replace")


def evidence(rows: Iterable[tuple[str, Value | None]], limit: int) -> tuple[bytes, bool]:
    """An answer as `oid = TYPE: value` lines, and whether it was cut to `limit` bytes."""
    answer = "\n".join([f"{oid} = {_typed(value)}" for oid, value in rows]).encode()
    return answer[:limit], len(answer) > limit


def _typed(value: Value | None) -> str:
    if isinstance(value, int):
        return f"INTEGER: {value}"
    if value is None:
        return "ABSENT"
    if isinstance(value, str):
        return f"NAME: {value}"
    try:
        text = value.decode("ascii")
    except UnicodeDecodeError:
        return f"HEX: {value.hex(' ')}"
    return f"STRING: {text}" if text.isprintable() else f"HEX: {value.hex(' ')}"
