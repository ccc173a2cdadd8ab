"""What appears whole under its name, or not at all: a file, or a folder.

It is made in a hidden folder beside its place, `.NAME.unfinished`, which only its owner may enter
and which is locked while somebody works in it. A process that is killed leaves that folder behind,
unlocked; whoever makes the same thing next takes it away.
"""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Final

from store.locks import Held

SUFFIX: Final = ".unfinished"


def is_unfinished(path: Path) -> bool:
    """Is this such a hidden folder?"""
    return path.name.startswith(".") and path.name.endswith(SUFFIX)


@contextmanager
def new_file(target: Path, mode: int) -> Iterator[IO[bytes]]:
    """Write to a hidden file, which takes its place when the block has ended well; the folder it
    lies in is ours alone and vanishes. Raises
    `FileExistsError` when `target` is there already, `Held` when another makes it now."""
    if target.exists():
        raise _is_there(target)
    with workshop(target) as folder:
        hidden = folder / target.name
        with open(hidden, "xb", opener=lambda path, flags: os.open(path, flags, mode)) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.link(hidden, target)  # refuses a name that exists by now, as rename would not
        _sync(target.parent)


@contextmanager
def new_folder(target: Path) -> Iterator[Path]:
    """Fill a hidden folder, which takes its place when the block has ended well. `target` may be
    an empty folder. Raises `FileExistsError` when it holds something or is none, `Held` when
    another makes it now."""
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise _is_there(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    with workshop(target) as folder:
        hidden = folder / target.name
        hidden.mkdir()
        yield hidden
        hidden.rename(target)  # refuses a folder that holds something by now
        _sync(target.parent)


@contextmanager
def workshop(target: Path) -> Iterator[Path]:
    """The hidden folder beside `target`, empty and ours alone; gone with the block. Raises
    `Held`."""
    folder = target.with_name(f".{target.name}{SUFFIX}")
    number = _locked(folder)
    try:
        _empty(folder)
        yield folder
    finally:
        # Before the lock is given back: what stands here unlocked was left by one that was killed.
        shutil.rmtree(folder)
        os.close(number)


def _locked(folder: Path) -> int:
    """A lock on the folder, which the system frees with the process. Its holder may take the
    folder away while we come for it: then there is a new one to make."""
    while True:
        folder.mkdir(mode=0o700, exist_ok=True)
        try:
            number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        except FileNotFoundError:
            continue
        try:
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(number)
            raise Held(folder.name, "") from None
        with suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(number), folder.stat()):
                return number
        os.close(number)


def _empty(folder: Path) -> None:
    for left in folder.iterdir():
        if left.is_dir() and not left.is_symlink():
            shutil.rmtree(left)
        else:
            left.unlink()


def _is_there(target: Path) -> FileExistsError:
    return FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target))


def _sync(folder: Path) -> None:
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
