"""What a verification found, and the parts of it that a store and a bundle have in common."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final

from logbook.chain import Broken, ChainCheck, Fault, RawRow
from logbook.checkpoints import Checkpoint, Note, proven, read_checkpoint
from logbook.evidence import EvidenceDamaged
from logbook.keys import PublicKey
from phrases import Phrase, say

MAX_CHECKPOINT_FILE_BYTES: Final = 10_000
NAMED_EVIDENCE: Final = re.compile(rb'"sha256":"([0-9a-f]{64})"')
"""In canonical JSON this can only be a field and its value: a quote inside a text is escaped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """`first_bad` is an entry's number. `complete_to` is the last entry that a signed checkpoint
    proves: those after it are chained but not signed yet, so a tail cut off or written anew there
    cannot be seen without a newer checkpoint."""

    valid: bool
    entries: int
    first_bad: int | None
    reason: Phrase | None
    checkpoints: int
    signed_by: tuple[str, ...]
    complete_to: int

    def document(self) -> dict[str, Any]:
        """The form of `log verify --json`, its reason in both languages."""
        return {
            "valid": self.valid,
            "entries": self.entries,
            "first_bad": self.first_bad,
            "reason": None if self.reason is None else self.reason.both(),
            "checkpoints": self.checkpoints,
            "signed_by": list(self.signed_by),
            "complete_to": self.complete_to,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """Checkpoints that were proven, and the first that could not be. `stored` are the entries at
    which one stands, proven or not; `count` is how many they are."""

    notes: Mapping[int, tuple[Note, ...]]
    fault: Fault | None
    stored: frozenset[int]
    count: int

    def signers(self) -> tuple[str, ...]:
        """The keys that signed, in the order of their first signature."""
        in_order = (note.key_id for seq in sorted(self.notes) for note in self.notes[seq])
        return tuple(dict.fromkeys(in_order))


def examined(
    checkpoints: Iterable[Checkpoint], keys: Mapping[str, PublicKey], elsewhere: Path | None
) -> Signed:
    """Prove the stored checkpoints and the one kept `elsewhere`."""
    notes: dict[int, tuple[Note, ...]] = {}
    fault: Fault | None = None
    stored: list[int] = []
    for checkpoint in checkpoints:
        stored.append(checkpoint.seq)
        note = proven(checkpoint, keys)
        if note is not None:
            notes[note.seq] = (note,)
        elif fault is None or checkpoint.seq < fault.entry:
            fault = _unproven(checkpoint.seq)
    kept = None if elsewhere is None else _kept(elsewhere, keys)
    if isinstance(kept, Fault):
        fault = fault or kept
    elif kept is not None:
        notes[kept.seq] = (*notes.get(kept.seq, ()), kept)
    return Signed(notes=notes, fault=fault, stored=frozenset(stored), count=len(stored))


def conclude(
    rows: Iterable[RawRow],
    signed: Signed,
    look: Callable[[int, bytes], None] | None,
    afterwards: Callable[[], Fault | None],
) -> Verification:
    """Walk the chain, then look at what stands beside it. The fault at the lowest entry counts."""
    check = ChainCheck(signed.notes, look)
    faults: list[Fault] = [] if signed.fault is None else [signed.fault]
    try:
        check.walk(rows)
    except Broken as broken:
        faults.append(broken.fault)
    faults += _taken_away(check.due, signed)
    if not faults:
        beside = afterwards()
        faults += [] if beside is None else [beside]
    return _verification(check.seq, signed, min(faults, key=lambda one: one.entry, default=None))


def evidence_look(
    get: Callable[[str], bytes],
) -> Callable[[int, bytes], None]:
    """A look at every entry that proves, once each, the evidence it names."""
    seen: set[bytes] = set()

    def look(seq: int, body: bytes) -> None:
        named = [digest for digest in NAMED_EVIDENCE.findall(body) if digest not in seen]
        if named:
            sizes = _sizes(body)
            for digest in named:
                _prove_evidence(get, seq, digest.decode(), sizes.get(digest.decode()))
                seen.add(digest)

    return look


def _prove_evidence(get: Callable[[str], bytes], seq: int, digest: str, size: int | None) -> None:
    try:
        content = get(digest)
    except EvidenceDamaged as damaged:
        raise Broken(
            seq,
            say(
                "evidence {digest} of entry {entry} is missing or was changed",
                digest=digest,
                entry=seq,
            ),
        ) from damaged
    if size is not None and size != len(content):
        raise Broken(
            seq,
            say(
                "evidence {digest} of entry {entry} has {found} bytes, recorded were {size}",
                digest=digest,
                entry=seq,
                found=len(content),
                size=size,
            ),
        )


def _sizes(body: bytes) -> dict[str, int]:
    """The recorded size of each piece of evidence in a body."""
    sizes: dict[str, int] = {}

    def reference(fields: dict[str, Any]) -> dict[str, Any]:
        if isinstance(fields.get("sha256"), str) and isinstance(fields.get("bytes"), int):
            sizes[fields["sha256"]] = fields["bytes"]
        return fields

    with suppress(ValueError, RecursionError):  # no JSON: nothing was recorded
        json.loads(body, object_hook=reference)
    return sizes


def _kept(path: Path, keys: Mapping[str, PublicKey]) -> Note | Fault:
    """The checkpoint in a file that was kept elsewhere."""
    try:
        with path.open("rb") as file:
            checkpoint = read_checkpoint(file.read(MAX_CHECKPOINT_FILE_BYTES).decode())
    except (OSError, ValueError):
        reason = say("{file} is not a readable checkpoint", file=path.name)
        return Fault(entry=1, reason=reason)
    return proven(checkpoint, keys) or _unproven(checkpoint.seq)


def _taken_away(due: Iterable[int], signed: Signed) -> list[Fault]:
    """The first checkpoint that was made and is not there any more."""
    gone = (seq for seq in due if seq not in signed.stored)
    return [
        Fault(
            entry=seq,
            reason=say("the checkpoint made with entry {entry} is missing", entry=seq),
        )
        for seq in islice(gone, 1)
    ]


def _unproven(seq: int) -> Fault:
    return Fault(
        entry=seq,
        reason=say(
            "the checkpoint at entry {entry} was changed, or no known key signed it", entry=seq
        ),
    )


def _verification(entries: int, signed: Signed, fault: Fault | None) -> Verification:
    covered = [seq for seq in signed.notes if seq <= entries]
    return Verification(
        valid=fault is None,
        entries=entries,
        first_bad=None if fault is None else fault.entry,
        reason=None if fault is None else fault.reason,
        checkpoints=signed.count,
        signed_by=signed.signers(),
        complete_to=max(covered, default=0),
    )
