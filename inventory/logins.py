"""The logins of a device that have a password, and how each gets a new one (M48)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from inventory.declared import Value, choice, mapping, record
from inventory.model import Device, PasswordChange


class How(StrEnum):
    """What changes a password. All but `PERSON` are playbooks of Lineguard."""

    PASSWD = "passwd"  # noqa: S105  (the name of a command)
    """`passwd` on the host: the account changes its own password, which needs no other right."""
    SUDO_CHPASSWD = "sudo_chpasswd"
    """`sudo -n /usr/sbin/chpasswd` on the host, where the site lets the account do that."""
    VRP_AAA = "vrp_aaa"
    """`local-user NAME password irreversible-cipher ...` in the AAA view of a VRP, then `save`."""
    VRP_AAA_CIPHER = "vrp_aaa_cipher"
    """The same with `cipher`, for older versions that know no other."""
    ALTER_ROLE = "alter_role"
    """`ALTER ROLE ... PASSWORD` with a verifier that is made here."""
    ORACLE = "oracle"
    """The driver's own change of password, encrypted on its way as a login is."""
    WINDOWS = "windows"
    """`ChangePassword` of Windows' own directory interface, as the account itself."""
    PERSON = "person"
    """By somebody at the device; the proof by fresh logins is the same."""


ENABLE: Final = "enable"
"""The second password of a console."""

FITTING: Final[Mapping[str, tuple[How, ...]]] = {
    "ssh": (How.PASSWD, How.SUDO_CHPASSWD, How.PERSON),
    "cli": (How.VRP_AAA, How.VRP_AAA_CIPHER, How.PERSON),
    ENABLE: (How.PERSON,),
    "postgres": (How.ALTER_ROLE, How.PERSON),
    "oracle": (How.ORACLE, How.PERSON),
    "winssh": (How.WINDOWS, How.PERSON),
}
"""The logins whose secret is a password, and what can change it; the first is the usual one. SNMP
communities and users, and what HTTP asks for, are no passwords of a login and not part of M48."""

VRP: Final = ("huawei_vrp", "huawei_vrpv8")
TO_CONFIRM: Final = ("cli", "winssh")


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordLogin:
    """One login. `name` is its protocol, or `enable` for a console's second password; `secret` is
    the name of its secret, never the value."""

    device: str
    name: str
    protocol: str
    user: str
    secret: str
    how: How

    @property
    def shown(self) -> str:
        """As sentences name it: `fw-1/cli`."""
        return f"{self.device}/{self.name}"


def password_logins(device: Device) -> tuple[PasswordLogin, ...]:
    """Every login of the device that has a password, in the order of `FITTING`. A shell that is
    entered with a key has none."""
    found = []
    for name in FITTING:
        protocol = "cli" if name == ENABLE else name
        access = getattr(device.access, protocol)
        key = "enable_secret" if name == ENABLE else "secret"
        secret = getattr(access, key, None)
        if secret is None or getattr(access, "key_file", None) is not None:
            continue
        found.append(
            PasswordLogin(
                device=device.name,
                name=name,
                protocol=protocol,
                user=access.user or "",
                secret=secret,
                how=_how(device, name),
            )
        )
    return tuple(found)


def has_keys_only(device: Device) -> bool:
    """Is there a shell, entered with a key, and no login with a password beside it?"""
    shell = device.access.ssh
    return shell is not None and shell.key_file is not None and not password_logins(device)


def _how(device: Device, name: str) -> How:
    """What the site says, else the usual. What nobody could try for the site is a person's until it
    is confirmed: consoles, and Windows."""
    said = dict(device.rotate).get(name, PasswordChange())
    chosen = How(said.how) if said.how is not None else FITTING[name][0]
    if name not in TO_CONFIRM or chosen is How.PERSON:
        return chosen
    access = device.access.cli
    speaks = name != "cli" or (access is not None and access.driver in VRP)
    return chosen if speaks and said.confirmed else How.PERSON


def read_rotate(parts: Mapping[str, Value]) -> tuple[tuple[str, PasswordChange], ...]:
    """The device's `rotate`, by login."""
    if "rotate" not in parts:
        return ()
    logins = mapping(parts["rotate"], FITTING.keys())
    read = {name: record(value, PasswordChange) for name, value in sorted(logins.items())}
    for name, change in read.items():
        if change is not None and change.how is not None:
            choice(logins[name].part("how", change.how), [how.value for how in FITTING[name]])
    return tuple((name, change) for name, change in read.items() if change is not None)
