"""What a database's own machine tells of it: PostgreSQL's backups and log, Oracle's log."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from collectors.parsers.database_errors import (
    ERROR_PATTERNS,
    GRAVE,
    LEFT_TO_M07,
    ORACLE_GRAVE,
    ORACLE_PATTERNS,
)
from collectors.parsers.linux import Unreadable
from collectors.parsers.moments import span
from collectors.parsers.pgbackrest import parse_stanza
from collectors.parsers.plain import plain
from collectors.readings import Trouble
from collectors.readings.database_care import (
    BackupRun,
    DatabaseBackups,
    DatabaseLog,
    LogError,
    Outcome,
    Scope,
)
from collectors.session import Notebook
from collectors.sources.host_commands import PGBACKREST, file_age
from collectors.sources.host_logs import look_at
from collectors.sources.host_questions import NO_SUCH_COMMAND, NoAnswer, Question
from collectors.visit import Answer, Memory
from inventory.model import DatabaseWatch, LogWatch, Trait
from phrases import say

ITEM: Final = "M11"
"""What was read of its log is remembered for this item, apart from the host's own logs."""
PG_BASEBACKUP: Final = "pg_basebackup"
MTIME: Final = re.compile(r"([0-9]{1,10}) ([0-9]{1,18})\n")
"""`stat`: seconds since 1970 and bytes."""


async def backups(asked: Question, memory: Memory) -> Answer:
    """M10: by pgBackRest, or by the age of the file that ends a base backup."""
    site = asked.device.watch.database
    if site is not None and site.stanza is not None:
        runs, complaint = await _stanza(asked, site.stanza)
        return _backups(asked, "pgBackRest", runs, complaint)
    if site is not None and site.manifest is not None:
        return _backups(asked, PG_BASEBACKUP, [await _manifest(asked, site.manifest)], None)
    raise NoAnswer(
        Trouble.NOT_CONFIGURED,
        say(
            "{device}: the estate does not say what backs it up; name its pgBackRest stanza under "
            "watch.database.stanza, or the file that ends a base backup under "
            "watch.database.manifest",
            device=asked.device.name,
        ),
    )


def _backups(
    asked: Question, tool: str, runs: Sequence[BackupRun], complaint: str | None
) -> DatabaseBackups:
    return DatabaseBackups(
        device=asked.device.name,
        taken_at=asked.taken_at,
        exchanges=tuple(asked.exchanges),
        tool=tool,
        runs=tuple(runs),
        complaint=complaint,
    )


async def _stanza(asked: Question, stanza: str) -> tuple[tuple[BackupRun, ...], str | None]:
    output = await asked.output(PGBACKREST)
    if output.status == NO_SUCH_COMMAND:
        raise NoAnswer(
            Trouble.NOT_CONFIGURED,
            say(
                "{device}: pgbackrest is not installed on it, though the estate names its "
                "stanza {stanza} (watch.database.stanza)",
                device=asked.device.name,
                stanza=stanza,
            ),
        )
    if output.status != 0:
        words = plain(output.complaint or output.answer)
        raise NoAnswer(
            Trouble.GARBLED,
            say("{device}: pgbackrest failed: {words}", device=asked.device.name, words=words),
        )
    return parse_stanza(output.answer, stanza, asked.means.clock())


async def _manifest(asked: Question, path: str) -> BackupRun:
    """A file that is not there is a backup that is not there: the path is the site's to know."""
    output = await asked.output(file_age(path))
    found = MTIME.fullmatch(output.answer.decode("ascii", "replace"))
    if output.status != 0 or found is None:
        raise NoAnswer(
            Trouble.GARBLED,
            say(
                "{device}: the file {path} that ends a base backup cannot be looked at: {words}",
                device=asked.device.name,
                path=path,
                words=plain(output.complaint or output.answer),
            ),
        )
    size, age = int(found[2]), _age(asked.means.clock().timestamp() - int(found[1]))
    return BackupRun(
        scope=Scope.WHOLE,
        outcome=Outcome.GOOD if size else Outcome.FAILED,
        told=plain(f"{path}, {size} bytes"),
        age=age,
    )


def _age(seconds: float) -> timedelta:
    try:
        return span(seconds)
    except ValueError:
        raise Unreadable(say("a file was written at a time that cannot be meant")) from None


# --- the log ---


async def database_log(asked: Question, memory: Memory, notebook: Notebook) -> Answer:
    """M11: the server's log since the last look; Oracle's where its view shows nothing."""
    site = asked.device.watch.database
    if site is None or site.log is None:
        raise NoAnswer(
            Trouble.NOT_CONFIGURED,
            say(
                "{device}: the estate does not name the server's log file (watch.database.log)",
                device=asked.device.name,
            ),
        )
    oracle = Trait.ORACLE in asked.device.traits
    usual = ORACLE_PATTERNS if oracle else ERROR_PATTERNS
    look = await look_at(asked, _watched(site, site.log, usual), memory, ITEM)
    notebook.note(look.topic, look.place.text)
    found = look.found
    return DatabaseLog(
        device=asked.device.name,
        taken_at=asked.taken_at,
        exchanges=tuple(asked.exchanges),
        errors=tuple(_error(line) for line in found.matches),
        count=found.match_count,
        skipped_bytes=look.skipped,
        gap=look.gap,
    )


def _watched(site: DatabaseWatch, path: str, usual: tuple[str, ...]) -> LogWatch:
    patterns = site.log_patterns or usual
    return LogWatch(path=path, patterns=patterns, ignore=(*LEFT_TO_M07, *site.log_ignore))


def _error(line: str) -> LogError:
    """The line begins with its own time. Blanks of a quoted line are folded, so that the two
    after a severity are one."""
    folded = [" ".join(mark.split()) for mark in (*GRAVE, *ORACLE_GRAVE)]
    return LogError(at=None, words=line, grave=any(mark in line for mark in folded))
