"""Secrets by name: from systemd credentials, the environment, or files of the home.

A value leaves this module only as the result of `secret`; no exception, repr or log holds one.
"""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from pathlib import Path
from typing import Final

from inventory.ansible_child import Child
from inventory.declared import NAME
from inventory.loader import vault_password_named
from inventory.model import Access, Device, Estate
from inventory.places import OWN, Places, index
from inventory.problems import Problem, as_one, in_order, shown
from inventory.sheets import VAULT_MARK, read_folder
from inventory.vault import VaultClosed, open_vault, seal_vault
from phrases import Phrase, say
from phrases.system import reason

SIZE_LIMIT: Final = 100_000
"""Bytes of one secret; an SSH key has 3,000."""

FOR_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
"""Permission bits that nobody but the owner may need."""

SECRET_KEYS: Final = ("secret", "enable_secret", "number")


class Place(StrEnum):
    """Where the value of a secret comes from."""

    CREDENTIAL = "credential"
    ENVIRONMENT = "environment"
    FILE = "file"
    VAULT = "vault"
    """A file that is encrypted with ansible-vault."""


class SecretTrouble(KeyError):
    """A secret cannot be had; `why` says it in both languages and holds no value."""

    def __init__(self, why: Phrase) -> None:
        super().__init__(why.text("en"))
        self.why = why

    def __str__(self) -> str:
        return self.why.text("en")


class SecretMissing(SecretTrouble):
    """There is no secret of that name, or none that can be read."""


class SecretsUnsafe(SecretTrouble):
    """The secret is there, but others of this machine could read it as well."""


@dataclass(frozen=True, slots=True)
class SecretStore:
    """Looks in this order: systemd credentials, environment, `secrets/NAME` of the home.

    Files may be encrypted with ansible-vault. What was opened is kept in memory as long as its
    file stays as it is, since opening a vault costs half a second: a password that is changed
    while we run is seen by the next reader. Safe to use from several threads.
    """

    folder: Path
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)
    vault_password_file: Path | None = None
    _kept: dict[str, tuple[bytes, str]] = field(default_factory=dict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def secret(self, name: str) -> str:
        """The value, without the newline that ends its file. Raises `SecretTrouble`, which is a
        `KeyError`."""
        with self._lock:
            return self._value(name, self._found(name))

    def beside(self, name: str, mark: str) -> str | None:
        """The value of the file `NAME` + `mark`, or None when there is none. Raises
        `SecretTrouble`."""
        with self._lock:
            if not (self.folder / (name + mark)).exists():
                return None
            return self._value(name + mark, self._in_folder(name + mark))

    def place(self, name: str) -> Place:
        """Where the value of that name comes from. Raises `SecretTrouble`."""
        if not NAME.fullmatch(name):
            raise SecretMissing(say("“{name}” is no name of a secret", name=shown(name)))
        credentials = self.environment.get("CREDENTIALS_DIRECTORY")
        if credentials and (Path(credentials) / name).exists():
            return Place.CREDENTIAL
        if variable(name) in self.environment:
            return Place.ENVIRONMENT
        return Place.VAULT if self._in_folder(name).startswith(VAULT_MARK) else Place.FILE

    def whereabouts(self, name: str) -> Phrase:
        """Where the value of that name comes from, in words; where it could be put, of one that
        there is not."""
        try:
            place = self.place(name)
        except SecretTrouble:
            place = Place.FILE
        match place:
            case Place.CREDENTIAL:
                return say("the systemd credential {name}", name=name)
            case Place.ENVIRONMENT:
                return say("the environment variable {name}", name=variable(name))
            case Place.VAULT:
                return say("the file secrets/{name} (encrypted with ansible-vault)", name=name)
            case Place.FILE:
                return say("the file secrets/{name}", name=name)

    def sealed(self, name: str, value: str) -> bytes:
        """What a file of that secret has to hold for that value: encrypted where the present file
        is. Raises `SecretTrouble`."""
        if self.place(name) is not Place.VAULT:
            return f"{value}\n".encode()
        try:
            child = Child(vault_password_file=self._password_file())
            return seal_vault(f"{value}\n", child).encode()
        except VaultClosed as fault:
            raise SecretMissing(_closed(name, fault.said)) from None

    def _value(self, name: str, content: bytes) -> str:
        kept = self._kept.get(name)
        if kept is None or kept[0] != content:
            kept = self._kept[name] = (content, self._opened(name, content))
        return kept[1]

    def missing(self, estate: Estate, folder: Path | None = None) -> tuple[Problem, ...]:
        """A problem for every secret the estate names that cannot be had, with the first device
        and protocol that use it; with file and line as well, if the estate's folder is given.
        Files that are encrypted are not opened for it."""
        lost = [
            (device, protocol, key, why)
            for device in estate.devices
            for protocol, key, name in secrets_of(device)
            if (why := self._trouble(name)) is not None
        ]
        if not lost:
            return ()
        places = index(read_folder(folder)[0]) if folder is not None else Places()
        alike: dict[Phrase, list[Problem]] = {}
        for device, protocol, key, why in lost:
            alike.setdefault(why, []).append(_problem(places, device, protocol, key, why))
        return in_order([as_one(group) for group in alike.values()])

    def _trouble(self, name: str) -> Phrase | None:
        try:
            content = self._found(name)
        except SecretTrouble as trouble:
            return trouble.why
        if content.startswith(VAULT_MARK) and self._password_file() is None:
            return _closed(name, "no vault password file")
        if not content.rstrip(b"\r\n"):
            return _empty(name)
        return None

    def _found(self, name: str) -> bytes:
        if not NAME.fullmatch(name):
            raise SecretMissing(say("“{name}” is no name of a secret", name=shown(name)))
        credentials = self.environment.get("CREDENTIALS_DIRECTORY")
        if credentials:
            content = _read(Path(credentials) / name, name)
            if content is not None:
                return content
        given = self.environment.get(variable(name))
        if given is not None:
            return given.encode("utf-8", "surrogateescape")
        return self._in_folder(name)

    def _in_folder(self, name: str) -> bytes:
        path = self.folder / name
        try:
            folder_mode = self.folder.stat().st_mode
            file_mode = path.stat().st_mode
        except (FileNotFoundError, NotADirectoryError):
            raise SecretMissing(_nowhere(name)) from None
        except OSError as fault:
            raise SecretMissing(_unreadable(name, fault)) from None
        if folder_mode & FOR_OTHERS:
            raise SecretsUnsafe(
                say("the folder secrets/ is open to others (mode {mode}); run chmod 700 on it",
                    mode=f"{stat.S_IMODE(folder_mode):04o}")
            )  # fmt: skip
        if stat.S_ISREG(file_mode) and file_mode & FOR_OTHERS:
            raise SecretsUnsafe(
                say("the file secrets/{name} is open to others (mode {mode}); run chmod 600 on it",
                    name=name, mode=f"{stat.S_IMODE(file_mode):04o}")
            )  # fmt: skip
        content = _read(path, name)
        if content is None:
            raise SecretMissing(_nowhere(name))
        return content

    def _opened(self, name: str, content: bytes) -> str:
        try:
            value = content.decode("utf-8")
        except UnicodeDecodeError:
            # Not `from` the fault: it holds the content.
            raise SecretMissing(say("the secret “{name}” is no UTF-8 text", name=name)) from None
        if content.startswith(VAULT_MARK):
            child = Child(vault_password_file=self._password_file())
            try:
                value = open_vault(value, child)
            except VaultClosed as fault:
                raise SecretMissing(_closed(name, fault.said)) from None
        value = value.rstrip("\r\n")
        if not value:
            raise SecretMissing(_empty(name))
        return value

    def _password_file(self) -> Path | None:
        return self.vault_password_file or vault_password_named()


def _empty(name: str) -> Phrase:
    return say("the secret “{name}” is empty", name=name)


def variable(name: str) -> str:
    """The environment variable of a secret: `fw-1-cli` is LINEGUARD_SECRET_FW_1_CLI."""
    return "LINEGUARD_SECRET_" + name.upper().replace("-", "_").replace(".", "_")


def secrets_of(device: Device) -> Iterator[tuple[str, str, str]]:
    """Protocol, key and name of every secret that a device's access names."""
    for one in fields(Access):
        access = getattr(device.access, one.name)
        for key in SECRET_KEYS:
            name = getattr(access, key, None)
            if name is not None:
                yield one.name, key, name


def _problem(places: Places, device: Device, protocol: str, key: str, why: Phrase) -> Problem:
    groups = {"all", device.kind.value, device.site, *(trait.value for trait in device.traits)}
    place = places.locate(device.name, groups, (OWN, protocol, key))
    what = say("{protocol}: {why}", protocol=protocol, why=why)
    return Problem(what=what, file=place.file, line=place.line, device=device.name)


def _read(path: Path, name: str) -> bytes | None:
    """The content of a regular file of bearable size; None when there is no such file."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise SecretMissing(say("secrets/{name} is not a regular file", name=name))
        with path.open("rb") as file:
            content = file.read(SIZE_LIMIT + 1)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as fault:
        raise SecretMissing(_unreadable(name, fault)) from None
    if len(content) > SIZE_LIMIT:
        raise SecretMissing(
            say("the secret “{name}” has more than {limit} bytes", name=name, limit=SIZE_LIMIT)
        )
    return content


def _nowhere(name: str) -> Phrase:
    return say(
        "the secret “{name}” is missing; put it in the file secrets/{name} (mode 600),"
        " in the environment variable {variable} or in a systemd credential",
        name=name,
        variable=variable(name),
    )


def _unreadable(name: str, fault: OSError) -> Phrase:
    return say(
        "the secret “{name}” cannot be read: {why}",
        name=name,
        why=reason(fault),
    )


def _closed(name: str, said: str) -> Phrase:
    return say(
        "the secret “{name}” is encrypted and cannot be opened: {why}",
        name=name,
        why=shown(said, 200),
    )
