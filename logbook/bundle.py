"""Verifying an exported bundle: a file from anywhere, trusted in nothing and bounded in all.

Only plain USTAR members with the names that `logbook.export` writes are read; nothing is unpacked
to disk. Whoever made the bundle may have made the keys in it as well: hand in the public keys that
are known from elsewhere to prove who signed.
"""

from __future__ import annotations

import json
import re
import tarfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Final

from logbook.chain import Broken, Fault, RawRow
from logbook.checkpoints import Checkpoint, read_checkpoint
from logbook.entries import MAX_BODY_BYTES, canonical
from logbook.evidence import MAX_OBJECT_BYTES, EvidenceDamaged, unpacked_as
from logbook.export import CHECKPOINTS, ENTRIES, EVIDENCE, FORMAT, KEYS, MANIFEST
from logbook.keys import KeyTrouble, PublicKey, read_public_key
from logbook.proof import Verification, conclude, evidence_look, examined
from phrases import Phrase, say

BLOCK: Final = tarfile.BLOCKSIZE
MAX_SMALL_BYTES: Final = 64 * 1024
"""The manifest, one key, one line of the checkpoints."""

MAX_LINE_BYTES: Final = 2 * MAX_BODY_BYTES + 10_000
"""An entry's body doubles at most when its quotes are escaped once more."""

MAX_KEYS: Final = 1_000
MAX_CHECKPOINTS: Final = 1_000_000
NAME: Final = re.compile(
    rf"{MANIFEST}|{ENTRIES}|{CHECKPOINTS}|{KEYS}/[0-9a-f]{{32}}\.json"
    rf"|{EVIDENCE}/[0-9a-f]{{2}}/[0-9a-f]{{62}}\.z"
)
FIELDS: Final = ("seq", "at", "kind", "body", "prev", "hash")


class NotABundle(Exception):
    """The file is not a bundle of a logbook, or is damaged. `phrase` says in what."""

    def __init__(self, phrase: Phrase) -> None:
        super().__init__(phrase.text("en"))
        self.phrase = phrase


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleVerification:
    """`practice` and `site` as entry 1 has them."""

    found: Verification
    practice: bool
    site: str | None


@dataclass(frozen=True, slots=True)
class _Part:
    """Where a member's content lies in the file."""

    offset: int
    size: int


def verify_bundle(
    path: Path,
    trusted: Mapping[str, PublicKey] | None = None,
    against: Path | None = None,
) -> BundleVerification:
    """The checks of `logbook.verify`, without the tables beside the logbook. Signatures are proven
    by the `trusted` keys, or by those in the bundle when none are handed in. Raises
    `NotABundle`."""
    try:
        with path.open("rb") as file:
            return _verify(_Bundle(file), trusted, against)
    except OSError as error:
        raise NotABundle(
            say("the bundle {file} cannot be read: missing, or no access", file=path.name)
        ) from error


def _verify(
    bundle: _Bundle, trusted: Mapping[str, PublicKey] | None, against: Path | None
) -> BundleVerification:
    contents = _Contents(evidence_look(bundle.evidence))
    manifest = bundle.manifest()
    keys = bundle.keys() if trusted is None else trusted
    signed = examined(bundle.checkpoints(), keys, against)
    found = conclude(bundle.rows(), signed, contents.look, lambda: contents.mislabelled(manifest))
    site = contents.first.get("name")
    return BundleVerification(
        found=found,
        practice=bool(contents.first.get("practice")),
        site=site if isinstance(site, str) else None,
    )


@dataclass(slots=True)
class _Contents:
    """What the proven entries say about the whole, to be held against the label."""

    proves_evidence: Callable[[int, bytes], None]
    first: dict[str, Any] = field(default_factory=dict)
    last: int = 0

    def look(self, seq: int, body: bytes) -> None:
        if seq == 1:
            self.first = _site(body)
        self.last = seq
        self.proves_evidence(seq, body)

    def mislabelled(self, manifest: Mapping[str, Any]) -> Fault | None:
        """A practice logbook that was labelled as a real one, or one that was cut short."""
        labelled = (manifest.get("practice"), manifest.get("site"))
        if labelled != (bool(self.first.get("practice")), self.first.get("name")):
            return Fault(entry=1, reason=say("the label of the bundle does not agree with entry 1"))
        if manifest.get("entries") != self.last:
            return Fault(
                entry=self.last + 1,
                reason=say(
                    "the bundle ends after entry {entry}, its label says otherwise",
                    entry=self.last,
                ),
            )
        return None


def _site(body: bytes) -> dict[str, Any]:
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return fields if isinstance(fields, dict) else {}


class _Bundle:
    """The members of an open bundle, found by name. Raises `NotABundle`."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._parts = _index(file)

    def manifest(self) -> dict[str, Any]:
        """The label."""
        try:
            fields = json.loads(self._read(MANIFEST, MAX_SMALL_BYTES))
        except (ValueError, RecursionError) as error:
            raise _not_ours() from error
        if not isinstance(fields, dict) or fields.get("format") != FORMAT:
            raise _not_ours()
        return fields

    def keys(self) -> dict[str, PublicKey]:
        """The public keys in the bundle; one that is damaged proves nothing."""
        names = [name for name in self._parts if name.startswith(f"{KEYS}/")]
        if len(names) > MAX_KEYS:
            raise _too_large()
        keys: dict[str, PublicKey] = {}
        for name in names:
            try:
                key = read_public_key(self._read(name, MAX_SMALL_BYTES), name)
            except KeyTrouble:
                continue
            keys[key.key_id] = key
        return keys

    def checkpoints(self) -> Iterator[Checkpoint]:
        """The checkpoints; a line that is none stands for one that nobody signed."""
        for number, line in enumerate(self._lines(CHECKPOINTS, MAX_SMALL_BYTES), start=1):
            if number > MAX_CHECKPOINTS:
                raise _too_large()
            try:
                yield read_checkpoint(line.decode())
            except ValueError:
                yield Checkpoint(seq=1, body="", key_id="", signature="")

    def rows(self) -> Iterator[RawRow]:
        """The entries in the form `ChainCheck` reads."""
        for number, line in enumerate(self._lines(ENTRIES, MAX_LINE_BYTES), start=1):
            yield _row(line, number)

    def evidence(self, digest: str) -> bytes:
        """The content named `digest`, proven. Raises `EvidenceDamaged`."""
        name = f"{EVIDENCE}/{digest[:2]}/{digest[2:]}.z"
        if name not in self._parts:
            raise EvidenceDamaged(f"{digest}: not in the bundle")
        return unpacked_as(digest, self._read(name, 2 * MAX_OBJECT_BYTES))

    def _read(self, name: str, limit: int) -> bytes:
        part = self._part(name)
        if part.size > limit:
            raise _too_large()
        self._file.seek(part.offset)
        return self._file.read(part.size)

    def _lines(self, name: str, limit: int) -> Iterator[bytes]:
        """The lines of a member without their ends. The file is read elsewhere in between."""
        part = self._part(name)
        at, end = part.offset, part.offset + part.size
        while at < end:
            self._file.seek(at)
            line = self._file.readline(min(limit, end - at))
            at += len(line)
            if not line.endswith(b"\n"):
                raise _too_large() if len(line) == limit else _damaged()
            yield line[:-1]

    def _part(self, name: str) -> _Part:
        if name not in self._parts:
            raise _not_ours()
        return self._parts[name]


def _index(file: IO[bytes]) -> dict[str, _Part]:
    """Where each member lies. Links, devices, extended headers, foreign names and a name that
    comes twice are refused; sizes are held against the file's own."""
    end = file.seek(0, 2)
    parts: dict[str, _Part] = {}
    at = 0
    while True:
        file.seek(at)
        member = _member(file.read(BLOCK))
        if member is None:
            return parts
        at += BLOCK
        if member.name in parts or not 0 <= member.size <= end - at:
            raise _damaged()
        parts[member.name] = _Part(at, member.size)
        at += -(-member.size // BLOCK) * BLOCK


def _member(header: bytes) -> tarfile.TarInfo | None:
    """The member of a header, `None` at the end mark."""
    if header == bytes(BLOCK):
        return None
    try:
        member = tarfile.TarInfo.frombuf(header, "ascii", "strict")
    except (tarfile.HeaderError, ValueError) as error:
        raise _not_ours() from error
    if member.type != tarfile.REGTYPE or not NAME.fullmatch(member.name):
        raise _not_ours()
    return member


def _row(line: bytes, expected: int) -> RawRow:
    """One entry. A line that is none is a changed entry."""
    unreadable = say("entry {entry} is not readable in the bundle", entry=expected)
    try:
        fields = json.loads(line)
        if fields.keys() == set(FIELDS) and canonical(fields).encode() == line:
            return (fields["seq"], *(_encoded(fields[name]) for name in FIELDS[1:]))
    except (AttributeError, ValueError, RecursionError) as error:
        raise Broken(expected, unreadable) from error
    raise Broken(expected, unreadable)


def _encoded(value: object) -> object:
    """A text as UTF-8, as a database would hand it out."""
    return value.encode() if isinstance(value, str) else value


def _not_ours() -> NotABundle:
    return NotABundle(say("the file is not a bundle of a logbook"))


def _damaged() -> NotABundle:
    return NotABundle(say("the bundle is damaged or cut off"))


def _too_large() -> NotABundle:
    return NotABundle(say("the bundle holds a part that is larger than any logbook writes"))
