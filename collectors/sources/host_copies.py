"""The backup copies that a host keeps: which is the newest, how old, how large, which checksum.

Ages are by the host's own clock, asked in the same command, so that neither our clock nor the
host's being wrong makes a copy younger. What is remembered of a path is its newest file, that
file's size, and the size of the newest before it.
"""

from __future__ import annotations

import hashlib
import json
import posixpath
import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

from collectors.copies import DIGEST_S
from collectors.parsers.linux import END
from collectors.parsers.plain import plain
from collectors.readings import Trouble
from collectors.readings.backups import (
    KeptChecksums,
    KeptCopies,
    SeenChecksum,
    SeenCopy,
    Unread,
)
from collectors.session import Notebook
from collectors.sources.host_commands import copy_beside, copy_digest, copy_files
from collectors.sources.host_questions import NO_SUCH_COMMAND, NoAnswer, Question
from collectors.visit import Memory
from inventory.model import KeptFile
from phrases import say

GIGABYTE: Final = 1_000_000_000
LONG_READ: Final = GIGABYTE
"""Bytes; whoever waits is told of a file that takes that long to read."""
GRACE_S: Final = 5.0
"""How long after that the host is given up, which ends it by itself before."""
TOPIC_LIMIT: Final = 120
"""Width of the store's column for topics."""
TIMED_OUT: Final = 124
"""timeout(1): the command was ended."""
ABSENT: Final = b"No such file or directory"
"""What find(1) says of a folder that is not there, in the C locale."""
FORBIDDEN: Final = b"Permission denied"
RECORD: Final = re.compile(rb"(\d{1,12})(?:\.\d{1,12})? (\d{1,19}) ([^/\0]{1,255})", re.DOTALL)
DIGEST: Final = re.compile(r"([0-9a-f]{64})  -\n(\d{1,12}) (\d{1,19})\n" + END + "\n")
BESIDE: Final = re.compile(r"\\?([0-9A-Fa-f]{64})(?:[ \t\r\n]|$)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A file as the host lists it: whole path, seconds since 1970 of its last change, bytes, and
    its age in seconds."""

    file: str
    changed: int
    size: int
    age_s: float


async def copies(asked: Question, memory: Memory, notebook: Notebook) -> KeptCopies:
    """Every path that the host keeps. Raises `NoAnswer` when the connection is of no use."""
    seen = [await _copy(asked, kept, memory, notebook) for kept in _kept(asked)]
    return KeptCopies(
        device=asked.device.name,
        taken_at=asked.taken_at,
        exchanges=tuple(asked.exchanges),
        seen=tuple(seen),
    )


async def checksums(asked: Question, question: type[KeptChecksums]) -> KeptChecksums:
    """Those that one item needs. Raises `NoAnswer` when the connection is of no use."""
    wanted = [kept for kept in _kept(asked) if question.item in kept.digest_for]
    seen = [await _checksum(asked, kept) for kept in wanted]
    return question(
        device=asked.device.name,
        taken_at=asked.taken_at,
        exchanges=tuple(asked.exchanges),
        seen=tuple(seen),
    )


async def newest(asked: Question, path: str) -> Found | Unread | None:
    """The newest file that a path matches; None: there is none. Raises `NoAnswer`."""
    output = await asked.output(copy_files(path))
    if output.status == 0:
        return _newest(asked, path, output.answer)
    if output.status == NO_SUCH_COMMAND:
        words = plain(output.complaint)
        why = say("{device} does not know a command that was asked: “{words}”",
                  device=asked.device.name, words=words)  # fmt: skip
        return Unread(trouble=Trouble.UNSUPPORTED, why=why)
    if output.complaint.rstrip().endswith(ABSENT):
        return None
    return _unreadable(asked, path, output.complaint)


def _kept(asked: Question) -> tuple[KeptFile, ...]:
    if asked.device.keeps:
        return asked.device.keeps
    raise NoAnswer(
        Trouble.NOT_CONFIGURED,
        say("{device}: no device names it in its lineguard.copies", device=asked.device.name),
    )


# --- the newest file ---


async def _copy(asked: Question, kept: KeptFile, memory: Memory, notebook: Notebook) -> SeenCopy:
    found = await newest(asked, kept.path)
    if not isinstance(found, Found):
        return SeenCopy(path=kept.path, unread=found)
    topic = topic_of(kept.path)
    before = _before(memory.recall(asked.device.name, topic), found)
    notebook.note(topic, _remark(found, before))
    return SeenCopy(
        path=kept.path, file=found.file, size=found.size, age_s=found.age_s, before=before
    )


def _newest(asked: Question, path: str, answer: bytes) -> Found | Unread | None:
    """Of the time now, records of time, bytes and name (each ended by a zero byte), and `END`."""
    now, newline, rest = answer.partition(b"\n")
    end = f"{END}\n".encode()
    whole = newline and now.isdigit() and len(now) <= 12 and rest.endswith(end)
    records = rest.removesuffix(end).split(b"\0")
    if not whole or records.pop() != b"":
        return _garbled(asked, path)
    files = [_found(path, one, int(now)) for one in records]
    if None in files:
        return _garbled(asked, path)
    return max((one for one in files if one), key=lambda one: (one.changed, one.file), default=None)


def _found(path: str, record: bytes, now: int) -> Found | None:
    """One file; None for a record that is not what was asked for."""
    parts = RECORD.fullmatch(record)
    if parts is None:
        return None
    try:
        name = parts[3].decode()
    except UnicodeDecodeError:
        return None
    folder, pattern = posixpath.split(path)
    literal = not {"*", "?"} & set(pattern)
    if not name.isprintable() or not (name == pattern if literal else fnmatchcase(name, pattern)):
        return None
    changed = int(parts[1])
    return Found(
        file=posixpath.join(folder, name), changed=changed, size=int(parts[2]),
        age_s=float(now - changed),
    )  # fmt: skip


# --- its checksum ---


async def _checksum(asked: Question, kept: KeptFile) -> SeenChecksum:
    found = await newest(asked, kept.path)
    if not isinstance(found, Found):
        return SeenChecksum(path=kept.path, unread=found)
    try:
        digest = await _digest(asked, found)
        beside = await _beside(asked, found.file) if kept.beside else None
    except NoAnswer as reason:
        if not asked.shell.usable:
            raise
        unread = Unread(trouble=reason.trouble, why=reason.why)
        return SeenChecksum(path=kept.path, file=found.file, unread=unread)
    return SeenChecksum(path=kept.path, file=found.file, digest=digest, beside=beside)


async def _digest(asked: Question, found: Found) -> str:
    if found.size >= LONG_READ:
        asked.means.tell(
            say("{device}: working out the checksum of {file} ({gigabytes:.1f} GB) …",
                device=asked.device.name, file=found.file, gigabytes=found.size / GIGABYTE)
        )  # fmt: skip
    output = await asked.output(copy_digest(found.file, DIGEST_S), within_s=DIGEST_S + GRACE_S)
    if output.status == TIMED_OUT:
        raise NoAnswer(
            Trouble.TIMED_OUT,
            say("{device}: the checksum of {file} was not done within {limit:g} s",
                device=asked.device.name, file=found.file, limit=DIGEST_S),
        )  # fmt: skip
    if output.status != 0:
        raise _as_no_answer(_unreadable(asked, found.file, output.complaint))
    parts = DIGEST.fullmatch(output.answer.decode("ascii", "replace"))
    if parts is None:
        raise _as_no_answer(_garbled(asked, found.file))
    if (int(parts[2]), int(parts[3])) != (found.changed, found.size):
        raise NoAnswer(
            Trouble.GARBLED,
            say("{device}: {file} changed while it was read", device=asked.device.name,
                file=found.file),
        )  # fmt: skip
    return parts[1]


async def _beside(asked: Question, file: str) -> str:
    """What PATH.sha256 says. An empty text is no checksum: it equals none."""
    output = await asked.output(copy_beside(file))
    if output.status != 0:
        if output.complaint.rstrip().endswith(ABSENT):
            return ""
        raise _as_no_answer(_unreadable(asked, f"{file}.sha256", output.complaint))
    answer = output.answer.decode("utf-8", "replace")
    if not answer.endswith(f"\n{END}\n"):
        raise _as_no_answer(_garbled(asked, f"{file}.sha256"))
    parts = BESIDE.match(answer.removesuffix(f"{END}\n"))
    return parts[1].lower() if parts else ""


# --- what is remembered ---


def topic_of(path: str) -> str:
    """`copy:PATH`, or a digest of a path that is too long for the store."""
    topic = f"copy:{path}"
    if len(topic) <= TOPIC_LIMIT:
        return topic
    return f"copy:sha256:{hashlib.sha256(path.encode()).hexdigest()}"


def _remark(found: Found, before: int | None) -> str:
    return json.dumps([found.file, found.changed, found.size, before])


def _before(remark: str | None, found: Found) -> int | None:
    """The size of the newest file before this one. Looked at twice, a file keeps its forerunner."""
    try:
        file, changed, size, before = json.loads(remark or "")
    except (ValueError, TypeError):
        return None
    one = before if (file, changed) == (found.file, found.changed) else size
    return one if isinstance(one, int) else None


# --- what is said ---


def _unreadable(asked: Question, path: str, complaint: bytes) -> Unread:
    trouble = Trouble.REFUSED if FORBIDDEN in complaint else Trouble.GARBLED
    return Unread(
        trouble=trouble,
        why=say(
            "{device}: {path} cannot be read: {words}",
            device=asked.device.name, path=path, words=plain(complaint),
        ),
    )  # fmt: skip


def _garbled(asked: Question, path: str) -> Unread:
    why = say("{device}: what was told of {path} is not understood",
              device=asked.device.name, path=path)  # fmt: skip
    return Unread(trouble=Trouble.GARBLED, why=why)


def _as_no_answer(unread: Unread) -> NoAnswer:
    return NoAnswer(unread.trouble, unread.why)
