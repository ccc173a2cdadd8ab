"""Call records, counted by the host that keeps them: only hours and counts come over the line.

The counts of every recorded look are remembered for eight weeks, so that a later one can be held
against the same hour of the same weekday.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime, timedelta, timezone
from typing import Final

from collectors.parsers.call_counts import NotATable, Table, table_of
from collectors.readings import Trouble
from collectors.readings.calls import HOURS, CallCounts, KeptCallCounts, NotCounted
from collectors.session import Notebook
from collectors.sources.host_commands import call_counts
from collectors.sources.host_questions import NoAnswer, Question
from collectors.visit import Answer, Memory
from inventory.records import RecordFiles
from phrases import say

SHANGHAI: Final = timezone(timedelta(hours=8), "Asia/Shanghai")
"""Records are written in the site's own time; China has one zone and no summer time."""

LATE: Final = timedelta(minutes=15)
"""So long after its end an hour counts as over: a record is written when its call ends and is
handed on some minutes later."""

ONE_HOUR: Final = timedelta(hours=1)
DAYS_KEPT: Final = 57
"""Eight weeks and the day itself."""

TIMES: Final[Mapping[str, str]] = {
    "YYYYMMDDHH": "%Y%m%d%H",
    "YYYY-MM-DD HH": "%Y-%m-%d %H",
    "YYYY-MM-DDTHH": "%Y-%m-%dT%H",
    "YYYY/MM/DD HH": "%Y/%m/%d %H",
}
"""How the beginning of each form of time is written with `strftime`."""

Earlier = dict[date, tuple[int | None, ...]]


async def kept_calls(notebook: Notebook, asked: Question, memory: Memory) -> Answer:
    """Everything that this device keeps, one command each. One that cannot be counted spoils none
    of the others."""
    device = asked.device
    if not device.keeps_calls:
        raise NoAnswer(
            Trouble.NOT_CONFIGURED,
            say("{device}: it keeps nobody's call records", device=device.name),
        )
    kept = tuple([await _kept(notebook, asked, memory, files) for files in device.keeps_calls])
    return KeptCallCounts(
        device=device.name,
        taken_at=asked.taken_at,
        exchanges=tuple(asked.exchanges),
        kept=kept,
    )


async def _kept(
    notebook: Notebook, asked: Question, memory: Memory, files: RecordFiles
) -> CallCounts | NotCounted:
    past = _last_over(asked.means.clock())
    first = past - HOURS * ONE_HOUR
    form = TIMES[files.files.time_format]
    edges = [moment.astimezone(SHANGHAI).strftime(form) for moment in (first, past)]
    try:
        table = table_of(await asked.run(call_counts(files.files, *edges)))
        counts = _counts(asked.device.name, files, table, first)
    except (NoAnswer, NotATable) as none:
        return _not_counted(asked.device.name, files, none)
    return _remembered(notebook, memory, files, table, counts)


def _last_over(now: datetime) -> datetime:
    """The end of the last hour that is over."""
    return (now - LATE).replace(minute=0, second=0, microsecond=0)


def _counts(
    device: str, files: RecordFiles, table: Table, first: datetime
) -> tuple[tuple[datetime, int], ...]:
    """Raises `NoAnswer` where more lines than one a file (the last, half written) tell no time."""
    if table.strange > len(table.written):
        raise NoAnswer(
            Trouble.GARBLED,
            say("{device}: {count} lines of {files} have no time in column {column}",
                device=device, count=table.strange, files=files.files.files,
                column=files.files.time_column),
        )  # fmt: skip
    form = TIMES[files.files.time_format]
    hours = [first + number * ONE_HOUR for number in range(HOURS)]
    named = {hour.astimezone(SHANGHAI).strftime(form): hour for hour in hours}
    if table.calls.keys() - named.keys():
        raise NotATable
    return tuple((hour, table.calls.get(name, 0)) for name, hour in named.items())


def _not_counted(device: str, files: RecordFiles, none: NoAnswer | NotATable) -> NotCounted:
    if isinstance(none, NoAnswer):
        trouble, why = none.trouble, none.why
    else:
        trouble = Trouble.GARBLED
        why = say("{device}: the count of {files} has no shape that is known",
                  device=device, files=files.files.files)  # fmt: skip
    return NotCounted(owner=files.owner, counted=files.counted, trouble=trouble, why=why)


def _remembered(
    notebook: Notebook,
    memory: Memory,
    files: RecordFiles,
    table: Table,
    hours: tuple[tuple[datetime, int], ...],
) -> CallCounts:
    topic = f"calls: {files.counted} of {files.owner}"
    earlier = _read(memory.recall(notebook.device.name, topic))
    if table.written:  # hours of which there is no file were not counted
        notebook.note(topic, _written(_with(earlier, hours)))
    return CallCounts(
        owner=files.owner,
        counted=files.counted,
        hours=hours,
        files=len(table.written),
        newest_age_s=table.now - max(table.written) if table.written else None,
        earlier=earlier,
    )


# --- what is remembered: {"2026-11-21": [12, null, ...]} ---


def _read(text: str | None) -> Earlier:
    """Our own note; one that is spoilt is forgotten."""
    try:
        days = json.loads(text or "{}")
        return {date.fromisoformat(day): _day(counts) for day, counts in days.items()}
    except (ValueError, TypeError, AttributeError):
        return {}


def _day(counts: object) -> tuple[int | None, ...]:
    if not isinstance(counts, list) or len(counts) != HOURS:
        raise ValueError
    if not all(one is None or (type(one) is int and one >= 0) for one in counts):
        raise ValueError
    return tuple(counts)


def _with(earlier: Earlier, hours: tuple[tuple[datetime, int], ...]) -> Earlier:
    days = {day: list(counts) for day, counts in earlier.items()}
    for hour, count in hours:
        local = hour.astimezone(SHANGHAI)
        days.setdefault(local.date(), [None] * HOURS)[local.hour] = count
    kept = sorted(days)[-DAYS_KEPT:]
    return {day: tuple(days[day]) for day in kept}


def _written(days: Earlier) -> str:
    plain = {day.isoformat(): list(counts) for day, counts in sorted(days.items())}
    return json.dumps(plain, separators=(",", ":"))
