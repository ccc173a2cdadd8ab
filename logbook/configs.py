"""Full configurations, secrets and all: `data/configs/DEVICE/NAME.cfg`, for restoring a device.

They lie apart from the evidence, as plain text that a console takes back, in folders of mode 0700
and files of 0600. NAME is a keyed digest of the content (`logbook.veil`): what is there is never
written again, and the name gives nothing away. They are no evidence and stand in no export; a
backup of the home has them, unless secrets are left out.
"""

from __future__ import annotations

import os
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Final

from logbook.entries import DIGEST
from logbook.veil import SiteVeil

FOLDER_MODE: Final = 0o700
FILE_MODE: Final = 0o600
MAX_BYTES: Final = 16 * 1024 * 1024
SUFFIX: Final = ".cfg"
_serial = count()


class ConfigurationLost(Exception):
    """A full configuration is missing, or is not what its name says."""


class ConfigurationSafe:
    """Full configurations in one folder. Several processes may put at once."""

    def __init__(self, folder: Path, veil: SiteVeil) -> None:
        self.folder = folder
        self.veil = veil

    def put(self, device: str, text: str) -> str:
        """Keep the text, on disk when this returns, and give its keyed digest. Raises `OSError`,
        `KeyTrouble`, and `ValueError` for what is no name or too large."""
        content = text.encode("utf-8", "replace")
        if len(content) > MAX_BYTES:
            raise ValueError(f"a configuration of {len(content)} bytes, limit {MAX_BYTES}")
        digest = self.veil.digest(content)
        path = self.path(device, digest)
        for folder in (self.folder, path.parent):
            folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        if not path.exists():
            _write(path, content)
        return digest

    def get(self, device: str, digest: str) -> bytes:
        """The content of that name, proven. Raises `ConfigurationLost`, `KeyTrouble`."""
        path = self.path(device, digest)
        try:
            with open(path, "rb", opener=_waiting_for_nothing) as file:
                content = file.read(MAX_BYTES + 1)
        except OSError as error:
            raise ConfigurationLost(f"{digest}: {error.strerror}") from error
        if self.veil.digest(content) != digest:
            raise ConfigurationLost(f"{digest}: the content has another digest")
        return content

    def path(self, device: str, digest: str) -> Path:
        """Where it lies. Raises `ValueError` for what would lead elsewhere."""
        if not DIGEST.fullmatch(digest) or "/" in device or device in ("", ".", ".."):
            raise ValueError(f"not the name of a configuration: {device!r} {digest!r}")
        return self.folder / device / f"{digest}{SUFFIX}"


def _waiting_for_nothing(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK)


def _write(path: Path, content: bytes) -> None:
    """A hidden file first; its name appears at once, and never in place of another."""
    hidden = path.with_name(f".{path.stem}.{os.getpid()}.{next(_serial)}.unfinished")
    number = os.open(hidden, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, FILE_MODE)
    try:
        with os.fdopen(number, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(hidden, path)
    finally:
        hidden.unlink()
    _sync(path.parent)


def _sync(folder: Path) -> None:
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
