"""Putting a new secret in the place of an old one, so that no moment knows neither.

Beside `secrets/NAME` lie, while its password is being changed, `NAME+new` (kept before the device
is touched) and `NAME+old` (kept until it is proven dead). No name of a secret holds a `+`. Every
step is one atomic change of the folder, made durable, and can be done twice.
"""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from inventory.secrets import Place, SecretStore, SecretTrouble, variable
from phrases import Phrase, say
from phrases.system import reason

NEW: Final = "+new"
OLD: Final = "+old"
PRIVATE: Final = 0o600
ROOM_NEEDED: Final = 1_000_000
"""Bytes that have to be free where secrets are kept, far more than a change takes: a disk that is
about to be full is no place to begin one."""


@dataclass(frozen=True, slots=True)
class SecretFiles:
    """The secrets of a store that can be written: files of the home, plain or in a vault."""

    store: SecretStore

    def refusal(self, name: str) -> Phrase | None:
        """Why this secret cannot be changed here, or None. Nothing is changed by asking."""
        try:
            place = self.store.place(name)
            self.store.secret(name)
        except SecretTrouble as trouble:
            return trouble.why
        if place is Place.CREDENTIAL:
            return say(
                "the secret “{name}” is a systemd credential, which Lineguard cannot write; keep "
                "it in secrets/{name} to have its password changed by Lineguard", name=name,
            )  # fmt: skip
        if place is Place.ENVIRONMENT:
            return say(
                "the secret “{name}” comes from the environment variable {variable}, which "
                "Lineguard cannot write; keep it in secrets/{name} to have its password changed "
                "by Lineguard", name=name, variable=variable(name),
            )  # fmt: skip
        return self._room(name)

    def _room(self, name: str) -> Phrase | None:
        """Can another file be made beside it? Shown by making one of that size."""
        try:
            trial = self._written(f"{name}+try", bytes(ROOM_NEEDED))
            trial.unlink()
        except OSError as fault:
            return say(
                "nothing can be written beside secrets/{name}: {why}",
                name=name, why=reason(fault),
            )  # fmt: skip
        if (self.store.folder / name).is_symlink():
            return say(
                "secrets/{name} is a symbolic link; Lineguard changes plain files only", name=name
            )
        return None

    def current(self, name: str) -> str:
        """What readers get. Raises `SecretTrouble`."""
        return self.store.secret(name)

    def proposed(self, name: str) -> str | None:
        """The new one, kept but not yet in use. Raises `SecretTrouble`."""
        return self.store.beside(name, NEW)

    def former(self, name: str) -> str | None:
        """The old one, not yet proven dead. Raises `SecretTrouble`."""
        return self.store.beside(name, OLD)

    def propose(self, name: str, value: str) -> None:
        """Keep a new value beside the current one. Raises `OSError`, `SecretTrouble`."""
        self._written(name + NEW, self.store.sealed(name, value))

    def accept(self, name: str) -> None:
        """The proposed one becomes the current, which stays as the former. Raises `OSError`."""
        folder = self.store.folder
        if not (folder / (name + NEW)).exists():
            return
        spare = folder / f"{name}+{secrets.token_hex(4)}"
        os.link(folder / name, spare)
        spare.replace(folder / (name + OLD))
        _settle(folder)
        (folder / (name + NEW)).replace(folder / name)
        _settle(folder)

    def restore(self, name: str) -> None:
        """The former one is the current again, where one was accepted: a device that restarted
        without having saved the new one has it again. Raises `OSError`."""
        folder = self.store.folder
        if (folder / (name + OLD)).exists() and not (folder / (name + NEW)).exists():
            (folder / (name + OLD)).replace(folder / name)
            _settle(folder)

    def withdraw(self, name: str) -> None:
        """Forget the proposed one, and the copy of the current that an `accept` cut short may have
        left. Raises `OSError`."""
        (self.store.folder / (name + NEW)).unlink(missing_ok=True)
        self.forget(name)

    def forget(self, name: str) -> None:
        """Forget the former one, and what a kill in the middle of writing left behind. Raises
        `OSError`."""
        for left in self.store.folder.glob(f"{name}+*"):
            if left.name != name + NEW:
                left.unlink(missing_ok=True)
        _settle(self.store.folder)

    def _written(self, file: str, content: bytes) -> Path:
        """The file, whole and durable, or not there at all. It belongs to whom the folder does."""
        folder = self.store.folder
        path, spare = folder / file, folder / f"{file}.{secrets.token_hex(4)}"
        handle = os.open(spare, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE)
        try:
            with os.fdopen(handle, "wb") as written:
                written.write(content)
                written.flush()
                _same_owner(written.fileno(), folder)
                os.fsync(written.fileno())
            spare.replace(path)
        except OSError:
            with suppress(OSError):
                spare.unlink()
            raise
        _settle(folder)
        return path


def _same_owner(handle: int, folder: Path) -> None:
    """Root may change a secret of another account, which has to be able to read it afterwards."""
    owner = folder.stat()
    if os.geteuid() == 0 and (owner.st_uid, owner.st_gid) != (0, 0):
        os.fchown(handle, owner.st_uid, owner.st_gid)


def _settle(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
