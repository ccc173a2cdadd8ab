"""A home in one file, consistent while it is being worked on, and a home from such a file."""

from __future__ import annotations

import sqlite3
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Final

from lineguard.home import PRIVATE_FOLDER, Home
from lineguard.refusals import Refused
from phrases import say

DATABASE: Final = "data/lineguard.db"
LEFT_OUT: Final = frozenset(
    {
        DATABASE,
        "data/lineguard.db-wal",
        "data/lineguard.db-shm",
        "data/locks",
        "data/estate-listing.json",
        "data/lab/control.sock",
        "data/lab/lock",
        "data/lab/lab.log",
    }
)
"""The database is copied by its own means; the others belong to running processes, or are made
again when they are missing."""

PRIVATE_FILE: Final = 0o600
BLOCK: Final = 1_048_576


def pack(home: Home, file: Path) -> int:
    """Write the home into a new gzipped tar file, whole or not at all; the number of files in it.

    The database comes first: evidence is durable before the entry that names it, so whatever the
    copied logbook names is still there to be copied after it. Raises `Refused`, `OSError`.
    """
    if file.exists():
        raise Refused(say("{file} exists already; a backup never overwrites one", file=str(file)))
    with tempfile.TemporaryDirectory(dir=file.absolute().parent, prefix=".backup-") as folder:
        partial = Path(folder) / "home.tar.gz"
        copy = Path(folder) / "lineguard.db"
        copy_database(home.database, copy)
        with tarfile.open(partial, "x:gz") as archive:
            archive.add(copy, DATABASE)
            files = 1 + sum(_add_files(archive, home.root))
        partial.chmod(PRIVATE_FILE)
        partial.replace(file)
    return files


def copy_database(source: Path, target: Path) -> None:
    """A consistent copy of a SQLite database in use, by its online backup."""
    reading = sqlite3.connect(f"file:{source}?mode=ro", uri=True)
    writing = sqlite3.connect(target)
    try:
        reading.backup(writing)
    except sqlite3.DatabaseError as error:
        raise Refused(
            say("{file} cannot be read: {why}", file=str(source), why=str(error))
        ) from None
    finally:
        reading.close()
        writing.close()


def _add_files(archive: tarfile.TarFile, root: Path) -> Iterator[bool]:
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if any(name == one or name.startswith(one + "/") for one in LEFT_OUT):
            continue
        if path.is_symlink() or not (path.is_file() or path.is_dir()):
            continue  # a link could lead out of the home, a socket is nothing to keep
        archive.add(path, name, recursive=False)
        yield path.is_file()


def unpack(file: Path, folder: Path) -> int:
    """Make a home of a backup in a folder that is empty or not there; the number of files.
    Raises `Refused`, `OSError`."""
    if folder.exists() and any(folder.iterdir()):
        raise Refused(say("{folder} is not empty; a restore never overwrites", folder=str(folder)))
    folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    try:
        with tarfile.open(file, "r:gz") as archive:
            return sum(_extract(archive, member, folder) for member in archive)
    except (tarfile.TarError, EOFError) as error:
        raise Refused(say("{file} is no backup that can be read: {why}",
                          file=str(file), why=str(error))) from None  # fmt: skip


def _extract(archive: tarfile.TarFile, member: tarfile.TarInfo, folder: Path) -> int:
    """One member, as a plain file or folder inside `folder` and nowhere else."""
    parts = PurePosixPath(member.name).parts
    plain = member.isdir() or member.isfile()
    if not plain or not parts or ".." in parts or PurePosixPath(member.name).is_absolute():
        raise tarfile.TarError(f"a member that leads out of the home: {member.name!r}")
    target = folder.joinpath(*parts)
    if member.isdir():
        target.mkdir(parents=True, exist_ok=True)
        target.chmod(member.mode & 0o700)
        return 0
    target.parent.mkdir(parents=True, exist_ok=True)
    content = archive.extractfile(member)
    with target.open("xb") as out:
        while content is not None and (block := content.read(BLOCK)):
            out.write(block)
    target.chmod(member.mode & 0o700)
    return 1
