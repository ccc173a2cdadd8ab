"""Where one installation lives, and what lies where in it (the contract's site home)."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lineguard.refusals import Refused
from phrases import say

SETTINGS_NAME: Final = "lineguard.toml"
SYSTEM_HOME: Final = Path("/etc/lineguard")
LOCAL_HOME: Final = Path("lineguard-home")
PRIVATE_FOLDER: Final = 0o700


@dataclass(frozen=True, slots=True)
class Home:
    """The paths of a home; none of them is looked at here."""

    root: Path
    files: Path | None = None
    """Where settings and persons are read from, if not from the home itself."""

    @property
    def settings(self) -> Path:
        """`lineguard.toml`."""
        return (self.files or self.root) / SETTINGS_NAME

    @property
    def estate(self) -> Path:
        """The Ansible inventory."""
        return self.root / "estate"

    @property
    def people(self) -> Path:
        """The persons file."""
        return (self.files or self.root) / "people.yml"

    @property
    def intake(self) -> Path:
        """Who may tell us things unasked, and what it means; it may be absent."""
        return self.root / "intake.yml"

    @property
    def secrets(self) -> Path:
        """Secret files, for those who want files; mode 0700."""
        return self.root / "secrets"

    @property
    def data(self) -> Path:
        """The database and everything else that is made by running."""
        return self.root / "data"

    @property
    def database(self) -> Path:
        """The SQLite file of the default store."""
        return self.data / "lineguard.db"

    @property
    def unfinished(self) -> Path:
        """There while the home is being made: `lineguard init` again finishes it."""
        return self.data / "unfinished"

    @property
    def evidence(self) -> Path:
        """Content-addressed raw evidence."""
        return self.data / "evidence"

    @property
    def configs(self) -> Path:
        """Full configurations of devices, secrets and all; mode 0700."""
        return self.data / "configs"

    @property
    def baselines(self) -> Path:
        """A readable copy of what was approved."""
        return self.root / "baselines"

    @property
    def keys(self) -> Path:
        """Signing key, public keys, `known_hosts`."""
        return self.root / "keys"

    @property
    def known_hosts(self) -> Path:
        """SSH host keys that a person confirmed."""
        return self.keys / "known_hosts"

    @property
    def estate_cache(self) -> Path:
        """The estate as Ansible listed it, by the content of its files."""
        return self.data / "estate-listing.json"

    def exists(self) -> bool:
        """Is this a home at all?"""
        return self.settings.is_file()


def resolve(
    asked: Path | None,
    environment: Mapping[str, str] = os.environ,
    system: Path = SYSTEM_HOME,
) -> Home:
    """The home meant: `--home`, else `$LINEGUARD_HOME`, else `/etc/lineguard` if it holds
    settings, else `./lineguard-home`. It need not exist."""
    if asked is not None:
        return Home(asked)
    named = environment.get("LINEGUARD_HOME")
    if named:
        return Home(Path(named))
    if Home(system).exists():
        return Home(system)
    return Home(LOCAL_HOME)


def no_home(home: Home) -> Refused:
    """There is none where it was looked for. Where nobody named a place, all places are told: a
    command that proposed to make one there would end in a second, empty home."""
    if home.root.absolute() == LOCAL_HOME.absolute():
        return Refused(
            say("no home was found: $LINEGUARD_HOME is not set, and neither {system} nor {local} "
                "is one. If there is one, name it: --home DIR; a new one: lineguard init DIR (for "
                "practice with --practice)",
                system=str(SYSTEM_HOME), local=str(LOCAL_HOME.absolute()))
        )  # fmt: skip
    return Refused(
        say("there is no home at {home}; if that is where it shall be: lineguard init {home} (for "
            "practice with --practice)", home=str(home.root))
    )  # fmt: skip
