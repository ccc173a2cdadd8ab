"""One JSON document as Windows PowerShell writes it, read strictly.

Sources: ConvertTo-Json of Windows PowerShell 5.1: dates are `\\/Date(milliseconds)\\/`, a date that
carries notes is an object with `value`, a collection of one may be that one, and a decorated array
an object with `value` and `Count`. PowerShell 7 writes dates by ISO 8601. The console's code page
decides the encoding: UTF-8 with or without a mark, UTF-16, or GBK on a Chinese Windows.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from collectors.parsers.linux import Unreadable
from collectors.parsers.plain import plain
from phrases import say

Document = Mapping[str, Any]

MILLISECONDS: Final = re.compile(r"/Date\((-?\d{1,15})(?:[+-]\d{4})?\)/", re.ASCII)
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
WIDEST: Final = 2**63
ROWS: Final = 5_000
"""Members of a list that are believed."""


class ScriptFailed(Exception):
    """The script ran and says that it could not: Windows' own words and code (an HRESULT)."""

    def __init__(self, words: str, code: int) -> None:
        super().__init__(words)
        self.words = words
        self.code = code


def document(answer: bytes, script: str) -> Document:
    """The one document that this script prints. Raises `Unreadable`, `ScriptFailed`."""
    try:
        whole = json.loads(
            _text(answer), parse_constant=_refuse_number, object_pairs_hook=_once_each
        )
    except (ValueError, RecursionError):
        raise Unreadable(say("the answer is no whole JSON document")) from None
    if not isinstance(whole, dict) or whole.get("script") != script:
        raise Unreadable(say("the answer does not belong to what was asked"))
    if "error" in whole:
        raise ScriptFailed(plain(str(whole["error"])), number(whole, "code"))
    return whole


def _text(answer: bytes) -> str:
    if answer.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings: tuple[str, ...] = ("utf-16",)
    elif answer[1:2] == b"\0":
        encodings = ("utf-16-le",)
    else:
        encodings = ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            return answer.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Unreadable(say("the answer is not text"))


def _refuse_number(_: str) -> float:
    raise ValueError


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError
    return found


def _member(whole: Document, key: str) -> Any:  # noqa: ANN401
    if key not in whole:
        raise Unreadable(say("{key} is missing in the answer", key=key))
    return whole[key]


def _wrong(key: str) -> Unreadable:
    return Unreadable(say("{key} is not told as Windows tells it", key=key))


def number(whole: Document, key: str) -> int:
    """A whole number; PowerShell writes some of them as 1.0."""
    value = _member(whole, key)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _wrong(key)
    if not abs(value) <= WIDEST or value != int(value):  # 1e999 is read as infinite
        raise _wrong(key)
    return int(value)


def amount(whole: Document, key: str) -> int:
    """A whole number that is not negative."""
    value = number(whole, key)
    if value < 0:
        raise _wrong(key)
    return value


def flag(whole: Document, key: str) -> bool:
    """true or false."""
    value = _member(whole, key)
    if not isinstance(value, bool):
        raise _wrong(key)
    return value


def text(whole: Document, key: str, limit: int = 200) -> str:
    """One harmless line; nothing at all is an empty one."""
    value = _member(whole, key)
    if value is None:
        return ""
    if not isinstance(value, str | int) or isinstance(value, bool):
        raise _wrong(key)
    return plain(str(value), limit)


def part(whole: Document, key: str) -> Document | None:
    """An object, or None for null."""
    value = _member(whole, key)
    if value is not None and not isinstance(value, dict):
        raise _wrong(key)
    return value


def rows(whole: Document, key: str) -> tuple[Document, ...]:
    """A list of objects, however PowerShell wrapped it. Nothing is an empty list."""
    value = _member(whole, key)
    if isinstance(value, dict) and value.keys() == {"value", "Count"}:
        value = value["value"]
    if value is None:
        return ()
    found = value if isinstance(value, list) else [value]
    if len(found) > ROWS or not all(isinstance(one, dict) for one in found):
        raise _wrong(key)
    return tuple(found)


def moment(whole: Document, key: str) -> datetime | None:
    """A time in UTC, or None for null."""
    value = _member(whole, key)
    if isinstance(value, dict):
        value = value.get("value", "")
    if value is None:
        return None
    if not isinstance(value, str):
        raise _wrong(key)
    try:
        if found := MILLISECONDS.fullmatch(value):
            return EPOCH + timedelta(milliseconds=int(found[1]))
        read = datetime.fromisoformat(value)
        if read.tzinfo is not None:
            return read.astimezone(UTC)
    except (ValueError, OverflowError):
        raise _wrong(key) from None
    raise _wrong(key)
