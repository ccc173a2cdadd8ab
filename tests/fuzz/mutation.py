"""What comes of a good answer: varied (anything may come of it), or spoilt (never normal)."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Final

Vary = Callable[[random.Random, Sequence[Any]], Any]
Spoil = Callable[[random.Random, Any], Any]
"""Gives None where it has nothing to spoil."""

LONG: Final = 20_000
"""Bytes of the longest run that is put in: the parsers' own bounds are below or near it."""
NASTY: Final = (
    b"", b"\x00", b"\n", b"\r\n", b"\x1b[2J", b"\x1b[42D", b"---- More ----", b"\xff\xfe", b"\xc3",
    b"-1", b"0", b"NaN", b"inf", b"1e999", b"99999999999999999999", b"100%", b"%", b":", b"|",
    b"\t", "守线".encode(), "守线".encode("gb18030"),
    "\u202e".encode(), "٣".encode(), b"Normal", b"UP",
)  # fmt: skip
ODD: Final = (
    None, 0, 1, -1, 2**31 - 1, 2**31, 2**63, "", "0", "x" * 500, "\x1b[2J\u202e", b"", b"\xff" * 9,
    True, 0.0, float("nan"), float("inf"), (), [None],
    datetime(9999, 12, 31), datetime(1, 1, 1, tzinfo=UTC),  # noqa: DTZ001
)  # fmt: skip


# --- texts -----------------------------------------------------------------------------------


def varied_text(chance: random.Random, seeds: Sequence[bytes]) -> bytes:
    """One to four small changes of a seed."""
    text = chance.choice(seeds)
    for _ in range(chance.randint(1, 4)):
        text = chance.choice(CHANGES)(chance, text, seeds)
    return text


def _place(chance: random.Random, text: bytes) -> int:
    return chance.randint(0, len(text))


def _put_in(chance: random.Random, text: bytes, _: Sequence[bytes]) -> bytes:
    at = _place(chance, text)
    return text[:at] + chance.choice(NASTY) + text[at:]


def _leave_out(chance: random.Random, text: bytes, _: Sequence[bytes]) -> bytes:
    first, last = sorted((_place(chance, text), _place(chance, text)))
    return text[:first] + text[min(last, first + 40) :]


def _flip(chance: random.Random, text: bytes, _: Sequence[bytes]) -> bytes:
    if not text:
        return text
    at = chance.randrange(len(text))
    return text[:at] + bytes([text[at] ^ (1 << chance.randrange(8))]) + text[at + 1 :]


def _swap_lines(chance: random.Random, text: bytes, _: Sequence[bytes]) -> bytes:
    lines = text.splitlines(keepends=True)
    chance.shuffle(lines)
    return b"".join(lines)


def _repeat(chance: random.Random, text: bytes, _: Sequence[bytes]) -> bytes:
    first, last = sorted((_place(chance, text), _place(chance, text)))
    part = text[first : min(last, first + 80)]
    return text[:first] + part * min(chance.choice((2, 30, 2_000)), LONG // max(1, len(part)))


def _splice(chance: random.Random, text: bytes, seeds: Sequence[bytes]) -> bytes:
    other = chance.choice(seeds)
    return text[: _place(chance, text)] + other[_place(chance, other) :]


CHANGES: Final = (_put_in, _leave_out, _flip, _swap_lines, _repeat, _splice)


def cut(chance: random.Random, text: bytes) -> bytes | None:
    """Ended in the middle of a line, before its last character that shows."""
    places = [at for at in range(1, len(text.rstrip())) if text[at - 1 : at] != b"\n"]
    return text[: chance.choice(places)] if places else None


def noise(chance: random.Random, _: bytes) -> bytes:
    """Bytes of no meaning, with a line end."""
    return chance.randbytes(chance.randint(0, 400)) + b"\n"


def upside_down(_: random.Random, text: bytes) -> bytes | None:
    """The lines in reverse: what is a heading stands at the end."""
    lines = text.splitlines(keepends=True)
    turned = b"".join(reversed(lines))
    return turned if turned != text else None


def nothing(chance: random.Random, _: bytes) -> bytes:
    """Empty, or as good as empty."""
    return chance.choice((b"", b"\n", b"\r\n\r\n", b" " * 80, b"\x00" * 80))


ANY_ORDER: Final[tuple[Spoil, ...]] = (cut, noise, nothing)
"""For what says the same in whatever order its lines stand."""
SPOILT_TEXT: Final[tuple[Spoil, ...]] = (cut, noise, upside_down, nothing)


# --- rows of databases and values of agents ---------------------------------------------------


def varied_rows(chance: random.Random, seeds: Sequence[dict[str, list[Any]]]) -> dict[str, Any]:
    """Some cells are of another kind, some rows missing, doubled or of another length."""
    tables = {sql: [list(row) for row in rows] for sql, rows in chance.choice(seeds).items()}
    for _ in range(chance.randint(1, 3)):
        rows = tables[chance.choice(sorted(tables))]
        if rows:
            chance.choice((_odd_cell, _other_length, _row_again, _row_gone))(chance, rows)
    return tables


def _odd_cell(chance: random.Random, rows: list[list[Any]]) -> None:
    row = chance.choice(rows)
    if row:
        row[chance.randrange(len(row))] = chance.choice(ODD)


def _other_length(chance: random.Random, rows: list[list[Any]]) -> None:
    row = chance.choice(rows)
    row[len(row) - 1 :] = [] if chance.random() < 0.5 else [chance.choice(ODD), chance.choice(ODD)]


def _row_again(chance: random.Random, rows: list[list[Any]]) -> None:
    rows.extend(list(chance.choice(rows)) for _ in range(chance.choice((1, 40))))


def _row_gone(chance: random.Random, rows: list[list[Any]]) -> None:
    rows.pop(chance.randrange(len(rows)))


def no_rows(_: random.Random, tables: dict[str, list[Any]]) -> dict[str, Any]:
    """Every query gives nothing."""
    return {sql: [] for sql in tables}


def all_null(_: random.Random, tables: dict[str, list[Any]]) -> dict[str, Any]:
    """Every cell is NULL."""
    return {sql: [[None] * len(row) for row in rows] for sql, rows in tables.items()}


def varied_values(chance: random.Random, seeds: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Some values of an agent are of another kind, or gone."""
    values = dict(chance.choice(seeds))
    for oid in chance.sample(sorted(values), min(len(values), chance.randint(1, 12))):
        if chance.random() < 0.3:
            del values[oid]
        else:
            values[oid] = chance.choice([one for one in ODD if isinstance(one, int | str | bytes)])
    return values


def no_values(_: random.Random, __: dict[str, Any]) -> dict[str, Any]:
    """An agent that has none of what is asked."""
    return {}


def strange_values(_: random.Random, values: dict[str, Any]) -> dict[str, Any]:
    """Every value is bytes of no meaning."""
    return dict.fromkeys(values, b"\xff\x00\xfe")
