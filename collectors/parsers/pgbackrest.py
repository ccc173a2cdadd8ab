"""What pgBackRest tells of a stanza: `pgbackrest info --output=json`.

The JSON form is kept stable by the project (pgBackRest command reference, `info`). Of a backup that
failed nothing is listed: its absence is seen by the age of the last one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from collectors.parsers.linux import Unreadable
from collectors.parsers.moments import span
from collectors.parsers.plain import plain
from collectors.readings.database_care import BackupRun, Outcome, Scope
from phrases import say

OK: Final = 0
"""status.code: 1 missing stanza path, 2 no valid backups, 3 missing stanza data, 4 different across
repositories, 5 database mismatch, 6 requested backup not found, 99 other."""
TYPES: Final = ("full", "diff", "incr")
DEPTH_TROUBLES: Final = (ValueError, RecursionError)
RUNS_KEPT: Final = 100


def parse_stanza(
    answer: bytes, stanza: str, now: datetime
) -> tuple[tuple[BackupRun, ...], str | None]:
    """The backups of that stanza, newest first, and what pgBackRest complains of. Raises
    `Unreadable`, also where there is no such stanza."""
    try:
        told = json.loads(answer)
    except DEPTH_TROUBLES:
        raise Unreadable(say("what pgbackrest printed is no JSON")) from None
    try:
        found = next((one for one in told if one["name"] == stanza), None)
        if found is None:
            raise Unreadable(say("pgbackrest knows no stanza {stanza}", stanza=stanza))
        runs = [_run(one, now) for one in found["backup"]]
        complaint = _complaint(found["status"])
    except (TypeError, KeyError, AttributeError, ValueError, OverflowError):
        raise Unreadable(say("what pgbackrest printed has another shape than it should")) from None
    return tuple(sorted(runs, key=lambda one: one.age)[:RUNS_KEPT]), complaint


def _complaint(status: Mapping[str, Any]) -> str | None:
    code = status["code"]
    if type(code) is not int:
        raise ValueError("no status")
    return None if code == OK else plain(f"{status['message']} ({code})")


def _run(one: Mapping[str, Any], now: datetime) -> BackupRun:
    """`error`: pages in the backup had a wrong checksum (absent before 2.36)."""
    kind, stop = one["type"], one["timestamp"]["stop"]
    if kind not in TYPES or type(stop) is not int:
        raise ValueError("no backup")
    wrong = one.get("error")
    if wrong not in (True, False, None):
        raise ValueError("no backup")
    told = f"{kind} {one['label']}"
    return BackupRun(
        scope=Scope.WHOLE,
        outcome=Outcome.FAILED if wrong else Outcome.GOOD,
        told=plain(f"{told}, page checksum errors" if wrong else told),
        age=span(now.timestamp() - stop),
    )
