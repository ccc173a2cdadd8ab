"""Boards, fans, supplies and temperatures as VRP prints them.

Sources: recorded `display device` (CE12808S, CE8868) and `display temperature` (NE40E); the shapes
F (fan), G (power) and H (temperature) of S, CE and AR devices.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, TypeVar

from collectors.consoles.shapes import MISSING, Garbled, number, rows_under
from collectors.readings import Module

T = TypeVar("T")

PRESENT: Final = "Present"
ABSENT: Final = "Absent"
ONLINE: Final = (PRESENT, ABSENT)
SUPPLYING: Final = "Supply"
NORMAL: Final = "Normal"
REGISTERED: Final = "Registered"
POWERED_OFF: Final = frozenset({"Off", "PowerOff"})
CONFIGURED_ABSENT: Final = "*"
"""Marks a slot that is configured and has no board."""

_TITLE: Final = re.compile(r"(?:.{1,80}'s Device status|Chassis \d{1,3}.{0,40}) ?:?", re.IGNORECASE)
_NE_TITLE: Final = re.compile(
    r"Slot ?ID ?\d{1,3} ?:.{0,40}|Base-Board,.{0,60}|TMin +Tmax.{0,20}", re.IGNORECASE
)


def boards(lines: tuple[str, ...]) -> tuple[Module, ...]:
    """`display device`: every row, in service or not. Raises `Garbled`."""
    told = tuple(line for line in lines if not _TITLE.fullmatch(line.strip()))
    return _some(_board(columns, words) for columns, words in rows_under(told, "Online"))


def _board(columns: tuple[str, ...], words: tuple[str, ...]) -> Module:
    """Types have spaces in them, so a row is read from its `Present` or `Absent` on."""
    at = next((index for index, word in enumerate(words) if word in ONLINE), None)
    if not at:
        raise Garbled
    cells = dict(zip(columns[columns.index("Online") :], words[at:], strict=False))
    status = cells.get("Status", cells.get("Alarm"))
    if status is None or "Register" not in cells:
        raise Garbled
    faults = [
        word
        for word, fine in (
            (cells["Register"], cells["Register"] == REGISTERED),
            (status, status == NORMAL),
            (cells.get("Power", "-"), cells.get("Power") not in POWERED_OFF),
        )
        if not fine
    ]
    present = words[at] == PRESENT and not words[0].startswith(CONFIGURED_ABSENT)
    return Module(
        name=_name(words[:at]),
        state=(" ".join(faults) or NORMAL) if present else ABSENT,
        healthy=present and not faults,
        present=present,
    )


def fans(lines: tuple[str, ...]) -> tuple[Module, ...]:
    """Shape F. Raises `Garbled`."""
    return _some(
        _part(columns, words, "FanID", "Status", NORMAL)
        for columns, words in rows_under(lines, "FanID", "Online", "Status")
    )


def supplies(lines: tuple[str, ...]) -> tuple[Module, ...]:
    """Shape G: a supply is well when it supplies. Raises `Garbled`."""
    return _some(
        _part(columns, words, "PowerID", "State", SUPPLYING)
        for columns, words in rows_under(lines, "PowerID", "Online", "State")
    )


def _part(
    columns: tuple[str, ...], words: tuple[str, ...], identity: str, state: str, fine: str
) -> Module:
    cells = dict(zip(columns, words, strict=False))
    if cells.get("Online") not in ONLINE or identity not in cells:
        raise Garbled
    present = cells["Online"] == PRESENT
    if present and state not in cells:
        raise Garbled
    told = cells[state] if present else ABSENT
    name = "/".join(_name((word,)) for word in (*words[: columns.index(identity)], cells[identity]))
    return Module(name=name, state=told, healthy=told == fine, present=present)


def temperatures(lines: tuple[str, ...]) -> tuple[tuple[str, float], ...]:
    """Shape H, or an NE's. The column is `Current(C)` or `Temp`: the last one of H is the upper
    limit's resume value and no temperature. Raises `Garbled`."""
    if any("Current(C)" in line.split() for line in lines):
        return _some(_sensors(lines))
    return _some(_base_boards(lines))


def _sensors(lines: tuple[str, ...]) -> Iterable[tuple[str, float]]:
    told = tuple(line for line in lines if set(line.split()) != {"Resume(C)"})
    for columns, words in rows_under(told, "Current(C)", "Status"):
        at = columns.index("Current(C)")
        if len(words) <= at:
            raise Garbled
        yield _place(words[: columns.index("Status")]), number(words[at])


def _base_boards(lines: tuple[str, ...]) -> Iterable[tuple[str, float]]:
    """An NE's row: PCB, I2C, Addr, Chl, Status, three limits, TMin, Tmax, Temp."""
    slot = ""
    for line in lines:
        text = line.strip()
        if _NE_TITLE.fullmatch(text):
            slot = text.partition(":")[0].strip() if text.lower().startswith("slot") else slot
            continue
        words = text.split()
        if not words or words[0] == "PCB" or set(text) == {"-"}:
            continue
        if len(words) != 11:
            raise Garbled
        yield _name((slot, *words[:4])), number(words[-1])


def _place(words: Iterable[str]) -> str:
    """Where a sensor sits, to be read aloud: a bare number is its slot."""
    name = _name(words)
    return f"slot {name}" if name[:1].isdigit() else name


def _name(words: Iterable[str]) -> str:
    return " ".join(word.lstrip(CONFIGURED_ABSENT) for word in words if word not in MISSING)


def _some(found: Iterable[T]) -> tuple[T, ...]:
    parts = tuple(found)
    if not parts:
        raise Garbled
    return parts
