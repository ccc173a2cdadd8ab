"""What is new in the watched logs of a host, for one item."""

from __future__ import annotations

from typing import Final

from collectors.readings import LogLines, Trouble
from collectors.readings.services import ItemLog
from collectors.session import Notebook
from collectors.sources.host_logs import LogLook, look_at
from collectors.sources.host_questions import NoAnswer, Question
from collectors.visit import Memory
from inventory.model import Device, LogWatch
from inventory.services import SYSTEM_LOG_ITEMS
from phrases import Phrase, say

MATCHES_KEPT: Final = 20


async def new_lines(
    asked: Question, memory: Memory, notebook: Notebook, reading: type[LogLines]
) -> LogLines:
    """Lines since the last look that was recorded for that item. Raises `NoAnswer`."""
    item = reading.item if issubclass(reading, ItemLog) else ""
    if issubclass(reading, ItemLog) and item in asked.device.watch.absent:
        return reading(
            device=asked.device.name, taken_at=asked.taken_at, matches=(), match_count=0,
            scanned=0, absent=True,
        )  # fmt: skip
    logs = logs_of(asked.device, item)
    if not logs or not all(log.patterns for log in logs):
        raise NoAnswer(Trouble.NOT_CONFIGURED, _not_said(asked.device, item))
    looks = [await look_at(asked, log, memory, item) for log in logs]
    for look in looks:  # only now: a look that failed half way must see the same lines again
        notebook.note(look.topic, look.place.text)
    return _log_lines(asked, looks, reading)


def logs_of(device: Device, item: str) -> tuple[LogWatch, ...]:
    """The logs of an item; without one, those of the system log."""
    if item:
        return tuple(log for log in device.watch.logs if item in log.items)
    return tuple(
        log for log in device.watch.logs if not log.items or SYSTEM_LOG_ITEMS & {*log.items}
    )


def _log_lines(asked: Question, looks: list[LogLook], reading: type[LogLines]) -> LogLines:
    matches = [line for look in looks for line in look.found.matches]
    return reading(
        device=asked.device.name,
        taken_at=asked.taken_at,
        exchanges=tuple(asked.exchanges),
        matches=tuple(matches[:MATCHES_KEPT]),
        match_count=sum(look.found.match_count for look in looks),
        scanned=sum(look.found.scanned for look in looks),
        skipped_bytes=sum(look.skipped for look in looks),
        first_look=any(look.first for look in looks),
        gap=any(look.gap for look in looks),
    )


def _not_said(device: Device, item: str) -> Phrase:
    if not item:
        return say(
            "{device}: no log, or no pattern for one, is named in its watch.logs",
            device=device.name,
        )
    return say(
        "{device}: no log with patterns is named for {item}; write one with items: [{item}] to "
        "its watch.logs",
        device=device.name, item=item,
    )  # fmt: skip
