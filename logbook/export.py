"""Writing the logbook to one file that can be verified anywhere: an auditor's bundle.

A bundle is an uncompressed USTAR archive with, in this order: `manifest.json`, `entries.jsonl`
(one canonical JSON object per entry with the six stored fields), `checkpoints.jsonl`,
`keys/<key_id>.json` (public keys) and `evidence/ab/cdef....z` as stored.
"""

from __future__ import annotations

import io
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any, Final

from sqlalchemy import Connection, select

from logbook.book import newest
from logbook.checkpoints import Checkpoint
from logbook.entries import Entry, canonical
from logbook.evidence import EvidenceArchive, EvidenceDamaged
from logbook.keys import PublicKey
from logbook.newfile import new_file
from logbook.proof import NAMED_EVIDENCE
from store.database import Store
from store.schema import checkpoint, entry, instant_text
from store.stored import document

FORMAT: Final = "lineguard-logbook-1"
MANIFEST: Final = "manifest.json"
ENTRIES: Final = "entries.jsonl"
CHECKPOINTS: Final = "checkpoints.jsonl"
KEYS: Final = "keys"
EVIDENCE: Final = "evidence"
BATCH: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What was written. `missing` are evidence objects that entries name and that are gone."""

    entries: int
    evidence: int
    missing: tuple[str, ...]
    practice: bool


def export_bundle(
    store: Store,
    keys: Mapping[str, PublicKey],
    evidence: EvidenceArchive,
    target: Path,
    at: datetime,
) -> Exported:
    """Write one consistent state of the logbook to the new file `target`, which appears whole or
    not at all. Raises `FileExistsError` and `StoreTrouble`."""
    with (
        new_file(target, mode=0o644) as file,
        store.read() as connection,
        tarfile.open(fileobj=file, mode="w", format=tarfile.USTAR_FORMAT) as bundle,
    ):
        return _fill(_Bundle(bundle, at), connection, keys, evidence)


def first_body(connection: Connection) -> dict[str, Any]:
    """The body of entry 1, the site's own: it says whether the home is for practice."""
    body = connection.execute(select(entry.c.body).where(entry.c.seq == 1)).scalar()
    return {} if body is None else document(body)


@dataclass(frozen=True, slots=True)
class _Bundle:
    """An archive being written; every member bears the time of the export."""

    tar: tarfile.TarFile
    at: datetime

    def add(self, name: str, content: bytes) -> None:
        self.add_file(name, io.BytesIO(content), len(content))

    def add_file(self, name: str, content: IO[bytes], size: int) -> None:
        member = tarfile.TarInfo(name)
        member.size, member.mode, member.mtime = size, 0o644, int(self.at.timestamp())
        self.tar.addfile(member, content)


def _fill(
    bundle: _Bundle,
    connection: Connection,
    keys: Mapping[str, PublicKey],
    evidence: EvidenceArchive,
) -> Exported:
    site, head = first_body(connection), newest(connection)
    manifest = {
        "format": FORMAT,
        "practice": bool(site.get("practice")),
        "site": site.get("name"),
        "entries": head.seq,
        "head": head.hash,
        "exported_at": instant_text(bundle.at),
    }
    bundle.add(MANIFEST, canonical(manifest).encode())
    named = _add_entries(bundle, connection)
    lines = [made.text() for made in _checkpoints(connection)]
    bundle.add(CHECKPOINTS, "".join(f"{line}\n" for line in lines).encode())
    for key_id, key in sorted(keys.items()):
        bundle.add(f"{KEYS}/{key_id}.json", key.text().encode())
    missing = [digest for digest in named if not _add_evidence(bundle, evidence, digest)]
    return Exported(
        entries=head.seq,
        evidence=len(named) - len(missing),
        missing=tuple(missing),
        practice=bool(site.get("practice")),
    )


def _add_entries(bundle: _Bundle, connection: Connection) -> list[str]:
    """Write all entries; return the digests of the evidence they name, in order of first use."""
    named: dict[str, None] = {}
    with tempfile.TemporaryFile() as lines:  # the size stands before the content in an archive
        for line in _entry_lines(connection):
            named.update((digest.decode(), None) for digest in NAMED_EVIDENCE.findall(line[1]))
            lines.write(line[0])
        size = lines.tell()
        lines.seek(0)
        bundle.add_file(ENTRIES, lines, size)
    return list(named)


def _entry_lines(connection: Connection) -> Iterator[tuple[bytes, bytes]]:
    """Every entry as a line, with its body."""
    rows = connection.execute(
        select(entry).order_by(entry.c.seq), execution_options={"yield_per": BATCH}
    )
    for row in rows:
        stored = Entry(**row._mapping)
        yield canonical(asdict(stored)).encode() + b"\n", stored.body.encode()


def _checkpoints(connection: Connection) -> Iterator[Checkpoint]:
    for row in connection.execute(select(checkpoint).order_by(checkpoint.c.seq)):
        yield Checkpoint(**row._mapping)


def _add_evidence(bundle: _Bundle, evidence: EvidenceArchive, digest: str) -> bool:
    """Copy an object as it is stored; whoever verifies finds what is wrong with it."""
    try:
        content = evidence.stored(digest)
    except EvidenceDamaged:
        return False
    bundle.add(f"{EVIDENCE}/{digest[:2]}/{digest[2:]}.z", content)
    return True
