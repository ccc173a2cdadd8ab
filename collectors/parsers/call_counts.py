"""What a keeper answers about its call records: files, digests and a table of hours, all whole."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from collectors.parsers.linux import END

LINES: Final = 20_000
COUNT_LIMIT: Final = 10_000_000
"""Calls in an hour beyond which a number is none."""

FILE: Final = re.compile(r"F (\d{1,12})(?:\.\d{1,12})? (\d{1,15})")
DIGEST: Final = re.compile(r"S \\?[0-9a-f]{64}")
HOUR: Final = re.compile(r"N (\d{1,9}) (\d[0-9T/ -]{8,11}\d)")
STRANGE: Final = re.compile(r"B (\d{1,9})")
CLOCK: Final = re.compile(r"\d{9,12}")


class NotATable(ValueError):
    """The answer is cut short, or something else."""


@dataclass(frozen=True, slots=True)
class Table:
    """The host's time, when each file was written, the calls by hour as it stands in the files, and
    how many lines have no such time."""

    now: int
    written: tuple[int, ...]
    calls: Mapping[str, int]
    strange: int


def table_of(answer: bytes) -> Table:
    """Raises `NotATable` unless every line is one of those expected and the end mark is there."""
    try:
        lines = answer.decode("ascii").split("\n")
    except UnicodeDecodeError:
        raise NotATable from None
    if len(lines) < 3 or len(lines) > LINES or lines[-2:] != [END, ""]:
        raise NotATable
    if not CLOCK.fullmatch(lines[0]):
        raise NotATable
    return _read(int(lines[0]), lines[1:-2])


def _read(now: int, lines: list[str]) -> Table:
    written: list[int] = []
    digests = strange = 0
    calls: dict[str, int] = {}
    for line in lines:
        if file := FILE.fullmatch(line):
            written.append(int(file[1]))
        elif DIGEST.fullmatch(line):
            digests += 1
        elif hour := HOUR.fullmatch(line):
            calls[hour[2]] = calls.get(hour[2], 0) + int(hour[1])
        elif odd := STRANGE.fullmatch(line):
            strange += int(odd[1])
        else:
            raise NotATable
    if digests != len(written) or max(calls.values(), default=0) > COUNT_LIMIT:
        raise NotATable
    return Table(now, tuple(written), calls, strange)
