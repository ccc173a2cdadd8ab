"""docs/coverage.md as text: what the tests have shown of every item, and what they have not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Final

from checks.catalogue import catalogue
from checks.item import By, Item
from checks.verdict import State
from tests.witness import NO_ANSWER, Shown

WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        State.NORMAL.value: "正常",
        State.ABNORMAL.value: "异常",
        State.UNKNOWN.value: "未知",
        State.NOT_APPLICABLE.value: "不适用",
    }
)
"""In the order in which states are listed."""
OF_MACHINES: Final = (State.NORMAL.value, State.ABNORMAL.value, State.UNKNOWN.value)
OF_PERSONS: Final = (State.NORMAL.value, State.ABNORMAL.value)
"""A person who saw nothing enters nothing; the slot is then missed."""
WAITING: Final[Mapping[str, str]] = MappingProxyType({"M43": "G", "M51": "D", "M52": "D"})
"""Items that are accepted with another issue, by its letter."""
HEAD: Final = """\
# What the tests have shown

Written by `make coverage` from the verdicts that tests handed to `tests/witness.py`; a whole
`make test` fails when it says anything else. An item is complete when 正常, 异常 and 未知 were
each made of what a peer answered over its real protocol; a person's item when 正常 and 异常 were
entered.

| item | title | protocol | peer | states shown |
| --- | --- | --- | --- | --- |
"""
GAPS_HEAD: Final = "\n## Gaps\n\n"
NO_GAPS: Final = "None: every other item is complete.\n"


def page(seen: Iterable[Shown]) -> str:
    """The whole page. The same sightings give the same page, in whatever order they came."""
    by_item: dict[str, set[Shown]] = {}
    for one in seen:
        by_item.setdefault(one.item, set()).add(one)
    rows = (line for item in catalogue() for line in _rows(item, by_item.get(item.id, set())))
    missing = "".join(_gap(item, by_item.get(item.id, set())) for item in catalogue())
    return HEAD + "".join(rows) + GAPS_HEAD + (missing or NO_GAPS)


def gaps(seen: Iterable[Shown]) -> dict[str, tuple[str, ...]]:
    """The states that no test has shown, by item, of those that are accepted with this issue."""
    states: dict[str, set[str]] = {}
    for one in seen:
        states.setdefault(one.item, set()).add(one.state)
    found = {item.id: _missing(item, states.get(item.id, set())) for item in catalogue()}
    return {item: lacks for item, lacks in found.items() if lacks and item not in WAITING}


def _rows(item: Item, seen: set[Shown]) -> Iterator[str]:
    """A line for each peer, or one that says what the item waits for."""
    for peer in sorted({one.peer for one in seen}):
        of = [one for one in seen if one.peer == peer]
        answered = {one.protocol for one in of} - {NO_ANSWER}
        yield _line(item, ", ".join(sorted(answered)) or "-", peer, _told(of))
    if not seen:
        letter = WAITING.get(item.id)
        yield _line(item, "-", "-", f"waits for issue {letter}" if letter else "none yet")


def _line(item: Item, *cells: str) -> str:
    return "| " + " | ".join((item.id, item.title_zh, *cells)) + " |\n"


def _told(seen: Iterable[Shown]) -> str:
    """The states in words. One that only silence stands for says so."""
    answered = {one.state for one in seen if one.protocol != NO_ANSWER}
    silent = {one.state for one in seen} - answered
    words = [_words(answered), *(f"{_words([state])} (no answer)" for state in sorted(silent))]
    return " ".join(word for word in words if word)


def _words(states: Iterable[str]) -> str:
    held = set(states)
    return " ".join(word for state, word in WORDS.items() if state in held)


def _missing(item: Item, states: set[str]) -> tuple[str, ...]:
    wanted = OF_PERSONS if item.by is By.PERSON else OF_MACHINES
    return tuple(state for state in wanted if state not in states)


def _gap(item: Item, seen: set[Shown]) -> str:
    lacks = _missing(item, {one.state for one in seen})
    if not lacks:
        return ""
    why = f"waits for issue {WAITING[item.id]}" if item.id in WAITING else "not shown"
    return f"- {item.id} {item.title_zh}: {_words(lacks)} ({why})\n"
