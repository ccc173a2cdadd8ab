"""A practice home: the example estate on ports of its own, with secrets and host keys.

Everything here can be done twice: what is already there stays as it is.
"""

from __future__ import annotations

import random
import re
import secrets
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

import inventory
from lab.embedded.hostkeys import ensure_host_key, pin
from lab.embedded.ports import (
    ESTATE_PORT,
    REFERENCE_PORT,
    SETTINGS_PORT,
    TICKETS_PORT,
    free_block,
    moved,
    ports_in,
    taken,
)
from lab.embedded.whole import PRIVATE_MODE, put, put_if_missing

EXAMPLE_ESTATE: Final = Path(inventory.__file__).parent / "estate"
EXAMPLES: Final = Path(__file__).parent
"""`people.yml`, `lineguard.toml` and `intake.yml` of a practice home lie beside this file."""

SSH_PROTOCOLS: Final = ("ssh", "winssh", "cli")
SECRET_KEYS: Final = ("secret", "enable_secret", "number")
NUMBER_KEY: Final = "number"
TEST_NUMBER: Final = "10000000000"
"""What stands for a telephone number: no subscriber's begins so."""
TRAPS_COMMUNITY: Final = "traps"
"""The secret with the community of the traps that practice devices send."""
TRACKER_USERS: Final = {"lineguard": "tickets", "admin": "tickets-admin"}
"""Of the practice site's ticket service, each with the secret that holds its password."""
TRACKER_PEOPLE: Final = {"chenjing": "246810", "liuyang": "246810", "zhaomin": "135791"}
"""The people of the practice site there (`people.yml`), who have their PINs for passwords."""
SECRET_BYTES: Final = 18
"""144 bits, 24 characters: SNMPv3 asks for at least 8 (RFC 3414 section 11.2)."""
FOLDER_MODE: Final = 0o700


@dataclass(frozen=True, slots=True, kw_only=True)
class Listening:
    """The ports at which `serve` hears what devices say unasked, and the secret with the
    community of their traps."""

    traps: int | None
    syslog: int | None
    community: str


@dataclass(frozen=True, slots=True)
class PracticeHome:
    """Where things are in a home that has a practice site."""

    root: Path

    @property
    def estate(self) -> Path:
        return self.root / "estate"

    @property
    def hosts(self) -> Path:
        return self.estate / "hosts.yml"

    @property
    def settings(self) -> Path:
        return self.root / "lineguard.toml"

    @property
    def people(self) -> Path:
        return self.root / "people.yml"

    @property
    def secrets(self) -> Path:
        return self.root / "secrets"

    @property
    def known_hosts(self) -> Path:
        return self.root / "keys" / "known_hosts"

    @property
    def lab(self) -> Path:
        """What the running site needs for itself; nothing in it is a record."""
        return self.root / "data" / "lab"

    @property
    def host_keys(self) -> Path:
        return self.lab / "hostkeys"

    @property
    def intake(self) -> Path:
        return self.root / "intake.yml"

    def listens(self) -> Listening | None:
        """Where the home itself listens; None where its settings say nothing of it."""
        told = tomllib.loads(self.settings.read_text(encoding="utf-8")).get("intake")
        if not told or not told.get("community"):
            return None
        return Listening(
            traps=_port(told.get("traps")),
            syslog=_port(told.get("syslog")),
            community=str(told["community"]),
        )

    def speakers(self) -> dict[str, str]:
        """From which address which device speaks."""
        if not self.intake.exists():
            return {}
        tree = yaml.safe_load(self.intake.read_text(encoding="utf-8")) or {}
        return dict(tree.get("sources") or {})

    @property
    def tracker(self) -> Path:
        """Where the tickets of the practice site are."""
        return self.lab / "tracker"

    def reference_points(self) -> tuple[int, ...]:
        """Ports of the reference points that the lab serves."""
        return self._ports(REFERENCE_PORT)

    def tickets(self) -> int | None:
        """The port of the ticket service that the lab serves; None where the settings name none
        on this machine."""
        return next(iter(self._ports(TICKETS_PORT)), None)

    def served(self) -> tuple[int, ...]:
        """Every port that the lab serves."""
        tickets = self.tickets()
        return (
            *ports_in(self.hosts.read_text(encoding="utf-8"), ESTATE_PORT),
            *self.reference_points(),
            *(() if tickets is None else (tickets,)),
        )

    def _ports(self, pattern: re.Pattern[str]) -> tuple[int, ...]:
        if not self.settings.exists():
            return ()
        return ports_in(self.settings.read_text(encoding="utf-8"), pattern)


def prepare_practice_home(root: Path, chance: random.Random | None = None) -> PracticeHome:
    """Make `root` a practice home, or complete one: `hosts.yml` comes last, so that without it the
    making was cut short. Raises `NoFreePorts`, `OSError`."""
    home = PracticeHome(root)
    if not home.hosts.exists():  # one that was made before listens to nobody
        put_if_missing(home.intake, (EXAMPLES / home.intake.name).read_bytes())
    for name in ("lineguard.toml", "people.yml"):
        put_if_missing(root / name, (EXAMPLES / name).read_bytes())
    if not home.hosts.exists():
        _copy_groups(home)
        _found(home, chance or random.SystemRandom())
    _write_secrets(home)
    pin_host_keys(home)
    return home


def _copy_groups(home: PracticeHome) -> None:
    """The estate without its hosts."""
    for example in sorted(one for one in EXAMPLE_ESTATE.rglob("*") if one.is_file()):
        target = home.estate / example.relative_to(EXAMPLE_ESTATE)
        if target != home.hosts:
            put_if_missing(target, example.read_bytes())


def _found(home: PracticeHome, chance: random.Random) -> None:
    """The hosts, and the settings with them, on ports that are free: also those at which the home
    itself listens, such as for traps."""
    hosts = (EXAMPLE_ESTATE / home.hosts.name).read_text(encoding="utf-8")
    settings = ports_in(home.settings.read_text(encoding="utf-8"), SETTINGS_PORT)
    ports = tuple(dict.fromkeys((*ports_in(hosts, ESTATE_PORT), *settings)))
    changed = dict(zip(ports, free_block(len(ports), chance), strict=True))
    _put_moved(home.settings, SETTINGS_PORT, changed)
    put(home.hosts, moved(hosts, ESTATE_PORT, changed))


def settle_ports(home: PracticeHome, chance: random.Random | None = None) -> dict[int, int]:
    """Move every port that somebody else has taken: old to new, empty when all are free.

    Only for a site that is down: a port of our own running peers counts as taken. Where `serve`
    listens is its own affair.
    """
    lost = taken(home.served())
    changed = _move(home, lost, chance or random.SystemRandom()) if lost else {}
    pin_host_keys(home, forget=tuple(changed))
    return changed


def pin_host_keys(home: PracticeHome, forget: tuple[int, ...] = ()) -> None:
    """Every peer that speaks SSH has a host key, and `known_hosts` knows it."""
    keys = {
        access["port"]: ensure_host_key(home.host_keys, device)
        for device, protocols in _accesses(home)
        for protocol, access in protocols.items()
        if protocol in SSH_PROTOCOLS
    }
    pin(home.known_hosts, keys, forget)


def _move(home: PracticeHome, ports: tuple[int, ...], chance: random.Random) -> dict[int, int]:
    changed = dict(zip(ports, free_block(len(ports), chance), strict=True))
    for path, pattern in ((home.hosts, ESTATE_PORT), (home.settings, SETTINGS_PORT)):
        _put_moved(path, pattern, changed)
    return changed


def _put_moved(path: Path, pattern: re.Pattern[str], changed: dict[int, int]) -> None:
    put(path, moved(path.read_text(encoding="utf-8"), pattern, changed))


def _write_secrets(home: PracticeHome) -> None:
    home.secrets.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    numbers = _secret_names(home, (NUMBER_KEY,))
    for name in sorted(_secret_names(home) | {*TRACKER_USERS.values(), TRAPS_COMMUNITY}):
        path = home.secrets / name
        if not path.exists():
            value = TEST_NUMBER if name in numbers else secrets.token_urlsafe(SECRET_BYTES)
            put(path, value, PRIVATE_MODE)


def _secret_names(home: PracticeHome, keys: tuple[str, ...] = SECRET_KEYS) -> set[str]:
    return {
        access[key]
        for _, protocols in _accesses(home)
        for access in protocols.values()
        for key in keys
        if key in access
    }


def _port(place: str | None) -> int | None:
    """Of an address of ours; whoever listens elsewhere is not spoken to."""
    found = SETTINGS_PORT.fullmatch(place or "")
    return None if found is None else int(found[1])


def _accesses(home: PracticeHome) -> Iterator[tuple[str, dict[str, dict[str, Any]]]]:
    """Each device with those of its settings that name a port. Plain YAML: the practice estate
    holds no vault values."""
    tree = yaml.safe_load(home.hosts.read_text(encoding="utf-8"))
    for group in tree["all"]["children"].values():
        for device, variables in (group.get("hosts") or {}).items():
            own = (variables or {}).get("lineguard", {})
            yield (
                device,
                {
                    name: value
                    for name, value in own.items()
                    if isinstance(value, dict) and "port" in value
                },
            )
