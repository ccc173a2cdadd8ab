"""What a NUT server (upsd) answers, and what its variables mean.

Protocol and flags: "Network protocol information" and "Possible values for status_set" of the NUT
documentation. A line is words parted by blanks; a word within quotes has quotes and backslashes
escaped by a backslash.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from collectors.readings.power import Battery, Supply
from collectors.ups_words import UpsTold

TEXT_LIMIT: Final = 200
"""Characters of a server's own words that are kept."""
WORDS_LIMIT: Final = 16
NUMBER: Final = re.compile(r"-?[0-9]{1,10}(\.[0-9]{1,10})?", re.ASCII)
"""Decimal, with a point and without an exponent, says the protocol."""

STATUS: Final = "ups.status"
ALARM: Final = "ups.alarm"
CHARGE: Final = "battery.charge"
RUNTIME_S: Final = "battery.runtime"
BATTERY_CELSIUS: Final = "battery.temperature"
LOAD: Final = "ups.load"


class NotNut(Exception):
    """An answer that the protocol does not allow, or that is not whole."""


def text_lines(answer: bytes) -> list[str]:
    """The lines of an answer. Raises `NotNut` for what is no text, or ends within a line."""
    if answer and not answer.endswith(b"\n"):
        raise NotNut("an answer that ends within a line")
    try:
        return [line.removesuffix("\r") for line in answer.decode("utf-8").split("\n")[:-1]]
    except UnicodeDecodeError:
        raise NotNut("not text") from None


def error_of(lines: Sequence[str]) -> str | None:
    """The code, where the answer is an error. Raises `NotNut`."""
    told = words(lines[0]) if lines else []
    return told[1] if len(told) > 1 and told[0] == "ERR" else None


def listing(lines: Sequence[str], query: str) -> Iterator[list[str]]:
    """The words of each line between `BEGIN LIST query` and `END LIST query`. Raises `NotNut`."""
    if len(lines) < 2 or lines[0] != f"BEGIN LIST {query}" or lines[-1] != f"END LIST {query}":
        raise NotNut("a list without its beginning or end")
    yield from map(words, lines[1:-1])


def variables(lines: Sequence[str], ups: str) -> dict[str, str]:
    """Every variable of one UPS. Raises `NotNut`."""
    told: dict[str, str] = {}
    for line in listing(lines, f"VAR {ups}"):
        if len(line) != 4 or line[:2] != ["VAR", ups] or line[2] in told:
            raise NotNut("a line that is no variable of this UPS, or one that is told twice")
        told[line[2]] = line[3]
    return told


def names(lines: Sequence[str]) -> list[str]:
    """The UPSs that a server knows. Raises `NotNut`."""
    return [line[1] for line in listing(lines, "UPS") if len(line) > 1]


def words(line: str) -> list[str]:
    """The words of a line, unquoted, printable and bounded. Raises `NotNut`."""
    found: list[str] = []
    rest = line.strip(" ")
    while rest:
        if len(found) == WORDS_LIMIT:
            raise NotNut("too many words in a line")
        word, rest = _quoted(rest) if rest.startswith('"') else _plain(rest)
        found.append("".join(one for one in word if one.isprintable())[:TEXT_LIMIT])
        rest = rest.lstrip(" ")
    return found


def _plain(rest: str) -> tuple[str, str]:
    word, _, after = rest.partition(" ")
    return word, after


def _quoted(rest: str) -> tuple[str, str]:
    word: list[str] = []
    place = 1
    while place < len(rest) and rest[place] != '"':
        place += 1 if rest[place] == "\\" else 0
        word.append(rest[place : place + 1])
        place += 1
    if place >= len(rest):
        raise NotNut("a quote that does not end")
    return "".join(word), rest[place + 1 :]


# --- meanings ----------------------------------------------------------------------------------


def ups_told(told: Mapping[str, str]) -> UpsTold:
    """What the variables say. `ups.status` is the one that every driver must give."""
    status = told.get(STATUS)
    flags = frozenset((status or "").split())
    runtime = _number(told.get(RUNTIME_S))
    return UpsTold(
        supply_word=status,
        supply=_supply(flags),
        battery=_battery(flags),
        replace="RB" in flags,
        charge_percent=_within(told.get(CHARGE), 0, 100),
        runtime_minutes=None if runtime is None or runtime < 0 else round(runtime / 60, 1),
        battery_celsius=_within(told.get(BATTERY_CELSIUS), -40, 120),
        load_percent=_within(told.get(LOAD), 0, 400),
        overloaded="OVER" in flags if flags else None,
        alarms=_alarms(told.get(ALARM, ""), flags) if flags else None,
    )


def _supply(flags: frozenset[str]) -> Supply | None:
    """The gravest flag counts. On mains and on battery at once is no state."""
    if {"OL", "OB"} <= flags:
        return None
    if "OFF" in flags:
        return Supply.OFF
    if "BYPASS" in flags:
        return Supply.BYPASS
    if "OB" in flags:
        return Supply.TESTING if flags & {"CAL", "TEST"} else Supply.BATTERY
    return _on_line(flags) if "OL" in flags else None


def _on_line(flags: frozenset[str]) -> Supply:
    for flag, supply in (
        ("BOOST", Supply.BOOSTED),
        ("TRIM", Supply.TRIMMED),
        ("ECO", Supply.ECONOMY),
    ):
        if flag in flags:
            return supply
    return Supply.MAINS


def _battery(flags: frozenset[str]) -> Battery | None:
    """FSD, the forced shutdown, is to be treated as OB LB, says the protocol."""
    if flags & {"LB", "FSD"}:
        return Battery.LOW
    return Battery.NORMAL if flags & {"OL", "OB"} else None


def _alarms(text: str, flags: frozenset[str]) -> tuple[str, ...]:
    return (text,) if text.strip() else ("ALARM",) if "ALARM" in flags else ()


def _number(text: str | None) -> float | None:
    return float(text) if text is not None and NUMBER.fullmatch(text) else None


def _within(text: str | None, low: float, high: float) -> float | None:
    told = _number(text)
    return told if told is not None and low <= told <= high else None
