"""What a host's watched logs said since the last look, through rotation, within bounds.

What is remembered of a log is `inode:offset`, the offset being the end of the last whole line that
was looked at. A file that was renamed is found again by its inode in the same folder; one that was
copied and emptied (logrotate's copytruncate) is looked for under `PATH.1`. Where a look comes after
several rotations, the files between are read as well; one that is gone or compressed is a gap.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import reduce
from typing import Final

from collectors.parsers.log_lines import NOTHING, Found, search, together
from collectors.parsers.plain import plain
from collectors.readings import Trouble
from collectors.sources.host_commands import log_by_inode, log_part, log_state
from collectors.sources.host_questions import NoAnswer, Question
from collectors.visit import Memory
from inventory.model import LogWatch
from phrases import Phrase, say

LOOK_BYTES: Final = 16_000_000
"""Bytes of one file that one look reads: the newest; older ones are counted as skipped. A look a
day has to read a day's log."""
PART_BYTES: Final = 500_000
"""Bytes that one command reads."""
FIRST_LOOK_BYTES: Final = 64_000
"""Where nothing is remembered, how much of the end is read."""
TOPIC_LIMIT: Final = 120
"""Width of the store's column for topics."""
ROTATED_SUFFIX: Final = ".1"
NUMBERED: Final = "."
DATE_SUFFIX: Final = "-%Y%m%d"
"""logrotate's `dateext` with its default format."""
COMPRESSED: Final = (".gz", ".xz")
MANY: Final = 32
"""Rotations that one look does not follow any more: beyond a month of daily ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """How far a file was read."""

    inode: int
    offset: int

    @property
    def text(self) -> str:
        """As it is remembered."""
        return f"{self.inode}:{self.offset}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What was found in one file, the bytes left out before that, and where to go on."""

    found: Found
    skipped: int
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLook:
    """One log, looked at. `gap`: the end of a rotated file was not found."""

    found: Found
    skipped: int
    first: bool
    gap: bool
    topic: str
    place: Place


def topic_of(path: str, item: str = "") -> str:
    """`log:PATH` of the system log, `log:ITEM:PATH` of an item with logs of its own; a digest of a
    path that is too long for the store."""
    mark = f"log:{item}:" if item else "log:"
    topic = f"{mark}{path}"
    if len(topic) <= TOPIC_LIMIT:
        return topic
    return f"{mark}sha256:{hashlib.sha256(path.encode()).hexdigest()}"


async def look_at(question: Question, log: LogWatch, memory: Memory, item: str = "") -> LogLook:
    """Read what is new of one log for that item. Raises `NoAnswer`."""
    topic = topic_of(log.path, item)
    last = _remembered(memory.recall(question.device.name, topic))
    now = await _state(question, log.path)
    if last is None:
        parts, gap = [await _read(question, log, now, start=0, limit=FIRST_LOOK_BYTES)], False
    elif last.inode == now.inode and last.offset <= now.offset:
        parts, gap = [await _read(question, log, now, start=last.offset)], False
    else:
        rest, gap = await _rest(question, log, last, now)
        parts = [*rest, await _read(question, log, now, start=0)]
    return LogLook(
        found=reduce(together, (part.found for part in parts)),
        # a first look leaves the past alone on purpose; that is no flood
        skipped=0 if last is None else sum(part.skipped for part in parts),
        first=last is None,
        gap=gap,
        topic=topic,
        place=parts[-1].place,
    )


async def _rest(
    question: Question, log: LogWatch, last: Place, now: Place
) -> tuple[list[Part], bool]:
    """The end of the file that was read last time, wherever rotation put it, and what was rotated
    after it; whether any of that is missing."""
    if last.inode == now.inode:
        names = [log.path + ROTATED_SUFFIX]
    else:
        names = await _by_inode(question, log.path, last.inode)
    for name in names:
        old = await _state_if_there(question, name)
        # a copy has an inode of its own; a renamed file has kept it
        same = old is not None and (last.inode in (now.inode, old.inode))
        if old is not None and same and old.offset >= last.offset:
            moved = replace(log, path=name)
            end = await _read(question, moved, old, last.offset, ended=True)
            later, gap = await _between(question, log, name)
            return [end, *later], gap
    return [], True


async def _between(question: Question, log: LogWatch, name: str) -> tuple[list[Part], bool]:
    """The files that were rotated after that one, oldest first, and whether one is missing. Those
    with numbers are all there; those with dates need not be."""
    later = later_names(log.path, name, question.means.clock().date())
    parts: list[Part] = []
    missing = later is None
    for one in later or ():
        place = await _state_if_there(question, one)
        if place is not None:
            moved = replace(log, path=one)
            parts.append(await _read(question, moved, place, start=0, ended=True))
        elif one.startswith(log.path + NUMBERED) or await _is_compressed(question, one):
            missing = True
    return parts, missing


def later_names(path: str, name: str, today: date) -> tuple[str, ...] | None:
    """What logrotate called the files after `name` (`PATH.3`, or `PATH-20261120` by `dateext`),
    oldest first. The clocks of the two machines may lie a day apart. None: nobody can say, or they
    are too many."""
    suffix = name.removeprefix(path)
    number = suffix.removeprefix(NUMBERED)
    if suffix.startswith(NUMBERED) and number.isascii() and number.isdecimal():
        count = int(number[:4]) - 1
        return tuple(f"{path}.{one}" for one in range(count, 0, -1)) if count < MANY else None
    try:
        rotated = datetime.strptime(suffix, DATE_SUFFIX).replace(tzinfo=UTC).date()
    except ValueError:
        return None
    days = (today - rotated).days + 1
    dates = (rotated + timedelta(days=one) for one in range(1, days + 1))
    return tuple(f"{path}{one:{DATE_SUFFIX}}" for one in dates) if days < MANY else None


async def _is_compressed(question: Question, name: str) -> bool:
    states = [await _state_if_there(question, f"{name}{one}") for one in COMPRESSED]
    return any(state is not None for state in states)


async def _read(
    question: Question,
    log: LogWatch,
    now: Place,
    start: int,
    limit: int = LOOK_BYTES,
    *,
    ended: bool = False,
) -> Part:
    """From `start` to the size seen, the newest `limit` bytes of it, in several parts, whole
    lines only. A file that has `ended` gives its last line even without a line end."""
    first = max(start, now.offset - limit)
    found, rest, at = NOTHING, b"", first
    while at < now.offset:
        text = rest + await _bytes(question, log.path, at, min(PART_BYTES, now.offset - at))
        if at == first > start:
            _cut_line, _, text = text.partition(b"\n")
        at = min(at + PART_BYTES, now.offset)
        whole = _whole_lines(text, ended=ended and at == now.offset)
        found = together(found, search(text[:whole], log.patterns, log.ignore))
        rest = text[whole:]
    return Part(
        found=found,
        skipped=first - start,
        place=Place(inode=now.inode, offset=now.offset - len(rest)),
    )


def _whole_lines(text: bytes, *, ended: bool) -> int:
    """How many bytes are whole lines. A line that has grown beyond a part is looked at as it is:
    waiting for its end would keep ever more of it."""
    if ended or (len(text) >= PART_BYTES and b"\n" not in text):
        return len(text)
    return text.rfind(b"\n") + 1


async def _bytes(question: Question, path: str, offset: int, count: int) -> bytes:
    """Exactly so many bytes: fewer mean that the file was changed, or may not be read."""
    text = await question.run(log_part(path, offset, count))
    if len(text) != count:
        raise NoAnswer(Trouble.GARBLED, _unread(question, path))
    return text


async def _state(question: Question, path: str) -> Place:
    """The inode, and the size as the offset to read to."""
    output = await question.output(log_state(path))
    place = _parsed(output.answer) if output.status == 0 else None
    if place is None:
        raise NoAnswer(Trouble.GARBLED, _unread(question, path))
    return place


async def _state_if_there(question: Question, path: str) -> Place | None:
    output = await question.output(log_state(path))
    return _parsed(output.answer) if output.status == 0 else None


async def _by_inode(question: Question, path: str, inode: int) -> list[str]:
    """Names beside the log that begin with the log's own; nothing else is believed."""
    output = await question.output(log_by_inode(path, inode))
    names = output.answer.decode("utf-8", "replace").splitlines()
    return [name for name in names[:2] if name.startswith(path) and name.isprintable()]


def _parsed(answer: bytes) -> Place | None:
    """`INODE SIZE` and a line end, nothing more."""
    words = answer.decode("ascii", "replace").split(" ")
    if len(words) != 2 or not words[1].endswith("\n"):
        return None
    return _place(words[0], words[1][:-1])


def _remembered(note: str | None) -> Place | None:
    inode, _, offset = (note or "").partition(":")
    return _place(inode, offset)


def _place(inode: str, offset: str) -> Place | None:
    if not all(one.isascii() and one.isdecimal() and len(one) <= 20 for one in (inode, offset)):
        return None
    return Place(inode=int(inode), offset=int(offset))


def _unread(question: Question, path: str) -> Phrase:
    return say(
        "{device}: the log {path} cannot be read: {words}",
        device=question.device.name,
        path=path,
        words=plain(question.exchanges[-1].answer) or say("it changed while it was read"),
    )
