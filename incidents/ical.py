"""The rota as an iCalendar feed (RFC 5545), for the calendars that people carry."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Final

from incidents.rota import Turn

LINE_OCTETS: Final = 75
"""RFC 5545 section 3.1: longer lines are folded."""
END: Final = "\r\n"


def calendar(turns: Iterable[Turn], names: dict[str, str], at: datetime) -> str:
    """A VCALENDAR with one event for each turn that somebody holds. `names` are the titles of the
    posts; `at` is when it is made."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Lineguard//rota//ZH",
        "CALSCALE:GREGORIAN",
        *(line for turn in turns if turn.people for line in _event(turn, names, at)),
        "END:VCALENDAR",
    ]
    return "".join(_folded(line) + END for line in lines)


def _event(turn: Turn, names: dict[str, str], at: datetime) -> Iterator[str]:
    people = "、".join(turn.people)
    yield "BEGIN:VEVENT"
    yield f"UID:{turn.post.value}-{_stamp(turn.begins)}@lineguard"
    yield f"DTSTAMP:{_stamp(at)}"
    yield f"DTSTART:{_stamp(turn.begins)}"
    yield f"DTEND:{_stamp(turn.ends)}"
    yield f"SUMMARY:{_escaped(f'{names[turn.post.value]}：{people}')}"
    yield "END:VEVENT"


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _escaped(text: str) -> str:
    """RFC 5545 section 3.3.11."""
    escaped = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return escaped.replace("\n", "\\n")


def _folded(line: str) -> str:
    """At most 75 octets a line, never in the middle of a character."""
    parts, part, size = list[str](), "", 0
    for character in line:
        octets = len(character.encode())
        if size + octets > LINE_OCTETS:
            parts.append(part)
            part, size = " ", 1
        part, size = part + character, size + octets
    return END.join([*parts, part])
