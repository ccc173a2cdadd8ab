"""Proving a chain, entry by entry in order, without trusting anything that is stored.

Rows come as the database gives them, texts as bytes: nothing is decoded that was not proven.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

from logbook.checkpoints import Note
from logbook.entries import GENESIS, SIGNED_KINDS
from phrases import Phrase, say

RawRow = tuple[object, ...]
"""(seq, at, kind, body, prev, hash); an honest row holds one int and five bytes."""

KIND: Final = re.compile(rb"[a-z][a-z0-9_]{0,39}")
INSTANT: Final = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """The first thing that is wrong: at which entry, and what."""

    entry: int
    reason: Phrase


class Broken(Exception):
    """The logbook is not what was written. Carries the fault."""

    def __init__(self, entry: int, reason: Phrase) -> None:
        super().__init__(reason.text("en"))
        self.fault = Fault(entry=entry, reason=reason)


@dataclass(slots=True)
class ChainCheck:
    """Walks a chain once. `notes` are proven checkpoints by entry number; `look` is called with
    the number and body of every proven entry and may raise `Broken`."""

    notes: Mapping[int, tuple[Note, ...]]
    look: Callable[[int, bytes], None] | None = None
    seq: int = 0
    due: list[int] = field(default_factory=list)
    """The entries met that a checkpoint was made with."""
    _kinds: dict[bytes, bool] = field(default_factory=dict)
    """The kinds met, and whether their entries are signed."""

    def walk(self, rows: Iterable[RawRow]) -> None:
        """Prove every row and that nothing a note promises is missing after the last. `seq` is
        the last entry proven, also when it raises `Broken`."""
        prev, origin = GENESIS.encode(), ""
        for row in rows:
            seq, kind, body, digest = self._proven(row, prev)
            prev = digest.encode()
            origin = origin or digest
            for note in self.notes.get(seq, ()):
                _agree(note, origin, digest)
            if self.look is not None:
                self.look(seq, body)
            if self._kinds[kind] or seq == 1:
                self.due.append(seq)
            self.seq = seq
        self._nothing_missing()

    def _proven(self, row: RawRow, prev: bytes) -> tuple[int, bytes, bytes, str]:
        """The number, kind, body and true hash of a row that follows `prev`. Raises `Broken`."""
        seq, at, kind, body, stored_prev, stored = row
        expected = self.seq + 1
        if seq != expected or type(seq) is not int:
            raise _out_of_order(seq, expected)
        if stored_prev != prev:
            raise Broken(seq, say("entry {entry} does not follow the one before it", entry=seq))
        if not (isinstance(at, bytes) and isinstance(kind, bytes) and isinstance(body, bytes)):
            raise _changed(seq)
        if not (self._is_kind(kind) and INSTANT.fullmatch(at)):
            raise _changed(seq)
        digest = sha256(
            b'{"at":"%b","body":%b,"kind":"%b","prev":"%b","seq":%d}' % (at, body, kind, prev, seq)
        ).hexdigest()
        if stored != digest.encode():
            raise _changed(seq)
        return seq, kind, body, digest

    def _is_kind(self, kind: bytes) -> bool:
        if kind not in self._kinds:
            if not KIND.fullmatch(kind):
                return False
            self._kinds[kind] = kind.decode() in SIGNED_KINDS
        return True

    def _nothing_missing(self) -> None:
        if self.seq == 0:
            raise Broken(1, say("the logbook holds no entry"))
        last = max(self.notes, default=0)
        if last > self.seq:
            raise Broken(
                self.seq + 1,
                say(
                    "entries {first} to {last} are missing: a checkpoint signed entry {last}",
                    first=self.seq + 1,
                    last=last,
                ),
            )


def _agree(note: Note, origin: str, digest: str) -> None:
    """Raises `Broken` unless the signed note speaks of this logbook and this entry."""
    if note.origin != origin:
        raise Broken(
            note.seq, say("the checkpoint at entry {entry} is of another logbook", entry=note.seq)
        )
    if note.hash != digest:
        raise Broken(note.seq, say("entry {entry} is not the one that was signed", entry=note.seq))


def _changed(seq: int) -> Broken:
    return Broken(seq, say("entry {entry} was changed: its hash does not agree", entry=seq))


def _out_of_order(found: object, expected: int) -> Broken:
    """A gap names the entry that is missing; a number that cannot be, the entry it stands at."""
    if isinstance(found, int) and found > expected:
        return Broken(
            expected,
            say("entry {entry} is missing: the next is {found}", entry=expected, found=found),
        )
    return Broken(
        expected,
        say("entry {entry} is followed by a row that does not belong there", entry=expected - 1),
    )


def as_bytes(rows: Iterable[RawRow]) -> Iterator[RawRow]:
    """The rows of a driver that hands out decoded text, in the form `ChainCheck` reads."""
    for seq, *texts in rows:
        yield (seq, *(text.encode() if isinstance(text, str) else text for text in texts))
