"""What a host's watched logs said since the last look, through rotation, within bounds.

What is remembered of a log is `inode:offset`, the offset being the end of the last whole line that
was looked at. A file that was renamed is found again by its inode in the same folder; one that was
copied and emptied (logrotate's copytruncate) is looked for under `PATH.1`.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

from collectors.parsers.log_lines import Found, search
from collectors.parsers.plain import plain
from collectors.readings import Trouble
from collectors.sources.host_commands import log_by_inode, log_part, log_state
from collectors.sources.host_questions import NoAnswer, Question
from collectors.visit import Memory
from inventory.model import LogWatch
from phrases import Phrase, say

LOOK_BYTES: Final = 512_000
"""Bytes of one file that one look reads: the newest; older ones are counted as skipped."""
FIRST_LOOK_BYTES: Final = 64_000
"""Where nothing is remembered, how much of the end is read."""
TOPIC_LIMIT: Final = 120
"""Width of the store's column for topics."""
ROTATED_SUFFIX: Final = ".1"


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
    """Bytes read from one file, the bytes left out before them, and where to go on."""

    text: bytes
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


def topic_of(path: str) -> str:
    """`log:PATH`, or a digest of a path that is too long for the store."""
    topic = f"log:{path}"
    if len(topic) <= TOPIC_LIMIT:
        return topic
    return f"log:sha256:{hashlib.sha256(path.encode()).hexdigest()}"


async def look_at(question: Question, log: LogWatch, memory: Memory) -> LogLook:
    """Read what is new of one log. Raises `NoAnswer`."""
    topic = topic_of(log.path)
    last = _remembered(memory.recall(question.device.name, topic))
    now = await _state(question, log.path)
    if last is None:
        part = await _read(question, log.path, now, start=0, limit=FIRST_LOOK_BYTES)
        parts, gap = [part], False
    elif last.inode == now.inode and last.offset <= now.offset:
        parts, gap = [await _read(question, log.path, now, start=last.offset)], False
    else:
        rest = await _rest(question, log.path, last, now)
        parts = [*rest, await _read(question, log.path, now, start=0)]
        gap = not rest
    return LogLook(
        found=search(b"".join(part.text for part in parts), log.patterns),
        # a first look leaves the past alone on purpose; that is no flood
        skipped=0 if last is None else sum(part.skipped for part in parts),
        first=last is None,
        gap=gap,
        topic=topic,
        place=parts[-1].place,
    )


async def _rest(question: Question, path: str, last: Place, now: Place) -> list[Part]:
    """The end of the file that was read last time, wherever rotation put it."""
    if last.inode == now.inode:
        copied = await _state_if_there(question, path + ROTATED_SUFFIX)
        if copied is None or copied.offset < last.offset:
            return []
        return [await _read(question, path + ROTATED_SUFFIX, copied, last.offset, ended=True)]
    for renamed in await _by_inode(question, path, last.inode):
        found = await _state_if_there(question, renamed)
        if found is not None and found.inode == last.inode and found.offset >= last.offset:
            return [await _read(question, renamed, found, last.offset, ended=True)]
    return []


async def _read(
    question: Question,
    path: str,
    now: Place,
    start: int,
    limit: int = LOOK_BYTES,
    *,
    ended: bool = False,
) -> Part:
    """From `start` to the size seen, the newest `limit` bytes of it, whole lines only. A file
    that has `ended` gives its last line even without a line end."""
    first = max(start, now.offset - min(limit, question.means.answer_limit))
    if first == now.offset:
        return Part(text=b"", skipped=0, place=now)
    text = await question.run(log_part(path, first, now.offset - first))
    if len(text) != now.offset - first:
        raise NoAnswer(Trouble.GARBLED, _unread(question, path))
    if first > start:
        _cut_line, _, text = text.partition(b"\n")
    whole = len(text) if ended or b"\n" not in text else text.rindex(b"\n") + 1
    # a line without end that fills the whole bound will not get shorter: it is looked at as it is
    if not ended and b"\n" not in text and len(text) < limit:
        whole = 0
    place = Place(inode=now.inode, offset=now.offset - (len(text) - whole))
    return Part(text=text[:whole], skipped=first - start, place=place)


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
