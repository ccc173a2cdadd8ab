"""A whole home in one file, taken while everything runs; and back out of it.

The archive is a gzipped tar, mode 0600 because the signing key is in it. The database is taken
first and the evidence after it: evidence is on disk before an entry names it and is never taken
away, so the archive has all that its entries name.
"""

from __future__ import annotations

import io
import json
import os
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import IO, Final

from logbook.entries import canonical
from logbook.export import first_body
from logbook.newfile import is_unfinished, new_file, new_folder
from phrases import Phrase, say
from store.copying import snapshot
from store.database import Store
from store.schema import instant_text

FORMAT: Final = "lineguard-backup-1"
MANIFEST: Final = "backup.json"
DATABASE: Final = "data/lineguard.db"
KEPT: Final = (
    "lineguard.toml", "people.yml", "intake.yml", "estate", "baselines", "keys", "reports",
    "data/evidence",
)  # fmt: skip
SECRETS: Final = "secrets"
CONFIGS: Final = "data/configs"
"""Full configurations hold secrets: they are left out with them."""
CONFIDENTIAL: Final = (SECRETS, CONFIGS)
PRIVATE: Final = (SECRETS, "keys", "data")
"""Folders of a home that only their owner may enter."""

SNAPSHOT: Final = "lineguard.db.snapshot"

MAX_FILE_BYTES: Final = 64 * 1024**3
MAX_MANIFEST_BYTES: Final = 10_000
CHUNK: Final = 1024 * 1024


class BackupRefused(Exception):
    """The backup or the restoration was not begun, or the archive is not ours."""

    def __init__(self, phrase: Phrase) -> None:
        super().__init__(phrase.text("en"))
        self.phrase = phrase


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What an archive holds. `left_out` names links and special files of the home, which are not
    kept. `postgresql`: the database came from a server and is in the archive as a SQLite file;
    `store.copying.copy` brings it to a server again."""

    practice: bool
    postgresql: bool
    secrets: bool
    files: int
    left_out: tuple[str, ...] = ()


def backup(home: Path, store: Store, target: Path, at: datetime, *, secrets: bool) -> Contents:
    """Write the home to the new file `target`, which appears whole or not at all. Raises
    `BackupRefused`, `StoreTrouble`, and `Held` when another backup to `target` is under way."""
    if target.resolve().is_relative_to(home.resolve() / "data" / "evidence"):
        raise BackupRefused(say("a backup cannot be written into the evidence it keeps"))
    try:
        with (
            new_file(target, mode=0o600) as file,
            tarfile.open(fileobj=file, mode="w:gz", compresslevel=1) as archive,
        ):
            database = Path(file.name).with_name(SNAPSHOT)
            return _fill(archive, home, store, database, at, secrets)
    except FileExistsError as error:
        raise BackupRefused(say("{file} exists already", file=target.name)) from error


def restore(archive: Path, folder: Path) -> Contents:
    """Bring a home back into a new or empty folder, which is filled at once or stays as it was.
    Raises `BackupRefused`, and `Held` when another restoration to `folder` is under way."""
    folder = folder.absolute()
    try:
        with new_folder(folder) as hidden:
            return _unpacked(archive, hidden)
    except FileExistsError as error:
        raise BackupRefused(say("the folder {folder} is not empty", folder=folder.name)) from error


def _unpacked(archive: Path, folder: Path) -> Contents:
    try:
        with tarfile.open(archive, mode="r|gz") as members:
            return _unpack(members, folder)
    except (tarfile.TarError, EOFError, OSError, ValueError, RecursionError) as error:
        raise BackupRefused(
            say("{file} is not a readable backup, or the disk is full", file=archive.name)
        ) from error


def _fill(
    archive: tarfile.TarFile, home: Path, store: Store, database: Path, at: datetime, secrets: bool
) -> Contents:
    snapshot(store, database)
    with store.read() as connection:
        practice = bool(first_body(connection).get("practice"))
    postgresql = store.engine.dialect.name == "postgresql"
    label = {
        "format": FORMAT, "at": instant_text(at), "practice": practice,
        "postgresql": postgresql, "secrets": secrets,
    }  # fmt: skip
    _add_bytes(archive, MANIFEST, canonical(label).encode(), at)
    archive.add(database, DATABASE, recursive=False)
    kept, left_out = _chosen(home, (*KEPT, *CONFIDENTIAL) if secrets else KEPT)
    for path in kept:
        archive.add(path, path.relative_to(home).as_posix(), recursive=False)
    return Contents(
        practice=practice, postgresql=postgresql, secrets=secrets,
        files=len(kept) + 1, left_out=tuple(left_out),
    )  # fmt: skip


def _add_bytes(archive: tarfile.TarFile, name: str, content: bytes, at: datetime) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode, member.mtime = len(content), 0o600, int(at.timestamp())
    archive.addfile(member, io.BytesIO(content))


def _chosen(home: Path, names: tuple[str, ...]) -> tuple[list[Path], list[str]]:
    """The plain files to keep, and the names of all that is neither file nor folder."""
    kept: list[Path] = []
    left_out: list[str] = []
    for path in (one for name in names for one in _beneath(home / name)):
        if path.is_file() and not path.is_symlink():
            kept.append(path)
        else:
            left_out.append(path.relative_to(home).as_posix())
    return kept, left_out


def _beneath(path: Path) -> Iterator[Path]:
    """Everything under a path but folders and what is unfinished, links not followed."""
    if path.is_symlink() or path.is_file():
        yield path
    elif path.is_dir():
        for inner in sorted(path.iterdir()):
            half_put = inner.name.startswith(".") and ".z." in inner.name
            if not half_put and not is_unfinished(inner):
                yield from _beneath(inner)
    elif path.exists():
        yield path


def _unpack(members: tarfile.TarFile, folder: Path) -> Contents:
    label = _label(members)
    files = 0
    while (member := members.next()) is not None:
        content = members.extractfile(member) if member.isreg() else None
        if content is None or not _ours(member):
            raise BackupRefused(say("the backup holds a part that no backup writes"))
        _write(folder, member, content)
        files += 1
    if not (folder / DATABASE).is_file():
        raise BackupRefused(say("the backup is cut off: it holds no database"))
    return Contents(
        practice=label["practice"], postgresql=label["postgresql"],
        secrets=label["secrets"], files=files,
    )  # fmt: skip


def _label(members: tarfile.TarFile) -> dict[str, bool]:
    first = members.next()
    content = members.extractfile(first) if first is not None and first.isreg() else None
    if first is None or content is None or first.name != MANIFEST:
        raise BackupRefused(say("the file is not a backup of a home"))
    fields = json.loads(content.read(MAX_MANIFEST_BYTES))
    if not isinstance(fields, dict) or fields.get("format") != FORMAT:
        raise BackupRefused(say("the file is not a backup of a home"))
    return {name: fields.get(name) is True for name in ("practice", "postgresql", "secrets")}


def _ours(member: tarfile.TarInfo) -> bool:
    """Only names that a backup writes, leading nowhere but into the home."""
    name = PurePosixPath(member.name)
    parts = name.parts
    plain = not name.is_absolute() and ".." not in parts and name.as_posix() == member.name
    roots = (*KEPT, *CONFIDENTIAL, DATABASE)
    known = any(name.is_relative_to(root) for root in roots)
    return plain and known and "\0" not in member.name and 0 <= member.size <= MAX_FILE_BYTES


def _write(folder: Path, member: tarfile.TarInfo, content: IO[bytes]) -> None:
    """A new file with the permissions it had, none for others to write. A name that comes twice
    is refused by the system."""
    path = folder / member.name
    for above in reversed(path.relative_to(folder).parents[:-1]):
        private = above.parts[0] in PRIVATE
        (folder / above).mkdir(mode=0o700 if private else 0o755, exist_ok=True)
    number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(number, "wb") as file:
        while chunk := content.read(CHUNK):
            file.write(chunk)
        os.fchmod(file.fileno(), member.mode & 0o755)
        file.flush()
        os.fsync(file.fileno())
