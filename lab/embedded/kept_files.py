"""The backup copies of a practice host: files by path, and what find(1), stat(1) and sha256sum(1)
say of them. An age, not a date, is kept, so that a healthy copy stays fresh for as long as the
site is up: to the second for a day, then it is another day's."""

from __future__ import annotations

import hashlib
import posixpath
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

from collectors.parsers.linux import END
from inventory.model import Device, KeptFile

AGE_S: Final = 7_200.0
"""Made two hours ago, as a nightly backup is when the day begins."""
DAY_S: Final = 86_400
STAMP: Final = "20261120"
"""Stands where a path has `*`."""
FILLING: Final = 200
DUMP: Final = ".dump"
"""What ends so is the practice database's own dump."""
BESIDE: Final = ".sha256"


@dataclass(slots=True)
class CopyFile:
    """`read` gives its bytes; None: the file is not there (yet)."""

    read: Callable[[], bytes | None]
    age_s: float = AGE_S

    def replace(self, content: bytes) -> None:
        """Other bytes, as damage does it."""
        self.read = lambda: content


@dataclass(slots=True)
class Shelf:
    """All files of a host that are copies, or lie beside one."""

    files: dict[str, CopyFile] = field(default_factory=dict)
    begun: float = field(default_factory=time.time)
    """Each day at this time every file is renewed, as by a nightly backup."""

    def content(self, path: str) -> bytes | None:
        """What a file holds."""
        file = self.files.get(path)
        return None if file is None else file.read()

    def matching(self, path: str) -> list[str]:
        """The files that a path of the site data means."""
        folder, pattern = posixpath.split(path)
        return [one for one in self.files if posixpath.split(one)[0] == folder
                and fnmatchcase(posixpath.basename(one), pattern)]  # fmt: skip

    def changed(self, path: str) -> int:
        """When it was last changed, in seconds since 1970."""
        days = (time.time() - self.begun) // DAY_S
        return int(self.begun + days * DAY_S - self.files[path].age_s)

    def listing(self, folder: str, pattern: str) -> bytes | None:
        """As find(1) prints it; None: there is no such folder."""
        if not any(posixpath.dirname(one) == folder for one in self.files):
            return None
        found = b""
        for path in self.matching(posixpath.join(folder, pattern)):
            content = self.content(path)
            if content is not None:
                name = posixpath.basename(path)
                found += f"{self.changed(path)}.0000000000 {len(content)} {name}\0".encode()
        return f"{round(time.time())}\n".encode() + found + f"{END}\n".encode()

    def digest(self, path: str) -> bytes | None:
        """As sha256sum(1) and stat(1) print it."""
        content = self.content(path)
        if content is None:
            return None
        digest = hashlib.sha256(content).hexdigest()
        return f"{digest}  -\n{self.changed(path)} {len(content)}\n{END}\n".encode()


def healthy_shelf(device: Device, dump: Path | None = None) -> Shelf:
    """A fresh file for every path that the device keeps, equal to its namesakes elsewhere."""
    files: dict[str, CopyFile] = {}
    for kept in device.keeps:
        files |= _files(kept, dump)
    return Shelf(files)


def _files(kept: KeptFile, dump: Path | None) -> Mapping[str, CopyFile]:
    path = kept.path.replace("*", STAMP).replace("?", STAMP[0])
    name = posixpath.basename(path)

    def read() -> bytes | None:
        if not name.endswith(DUMP) or dump is None:
            return f"practice copy {name}\n".encode() * FILLING
        return dump.read_bytes() if dump.exists() else None

    def beside() -> bytes | None:
        content = read()
        if content is None:
            return None
        return f"{hashlib.sha256(content).hexdigest()}  {name}\n".encode()

    with_checksum = {path + BESIDE: CopyFile(beside)} if kept.beside else {}
    return {path: CopyFile(read), **with_checksum}
