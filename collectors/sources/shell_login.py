"""Who logs in over SSH, and with what: password or key, by the names that the estate gives."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

import paramiko

from collectors.readings import Trouble
from collectors.session import Means, SessionFailed
from collectors.sources.secure_shell import Login
from inventory.model import Device, Ssh, WinSsh
from phrases import say

KEY_KINDS: Final = (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey)
"""paramiko 5.1's `PKey.from_path` cannot take a pass phrase: each kind is tried by itself."""


async def login_for(device: Device, access: Ssh | WinSsh, means: Means) -> Login:
    """The user with password or key. Raises `SessionFailed` for what the site has to mend."""
    secret = _secret(device, access, means)
    if access.key_file is None:
        if secret is None:
            raise SessionFailed(
                Trouble.NOT_CONFIGURED,
                say(
                    "{device}: its ssh access names neither secret nor key_file", device=device.name
                ),
            )
        return Login(user=access.user, password=secret)
    # deriving a key from a pass phrase is slow on purpose
    key = await asyncio.to_thread(_private_key, Path(access.key_file), secret)
    if key is None:
        raise SessionFailed(
            Trouble.NOT_CONFIGURED,
            say(
                "{device}: the key file {file} cannot be read, or its pass phrase is wrong",
                device=device.name,
                file=access.key_file,
            ),
        )
    return Login(user=access.user, key=key)


def _private_key(path: Path, phrase: str | None) -> paramiko.PKey | None:
    """The key in that file, of whichever kind; None when it cannot be had."""
    for kind in KEY_KINDS:
        try:
            return kind.from_private_key_file(str(path), phrase or None)
        except (OSError, ValueError, TypeError, paramiko.SSHException):
            continue
    return None


def _secret(device: Device, access: Ssh | WinSsh, means: Means) -> str | None:
    if access.secret is None:
        return None
    try:
        return means.secrets.secret(access.secret)
    except KeyError:
        raise SessionFailed(
            Trouble.NOT_CONFIGURED,
            say("{device}: there is no secret {name}", device=device.name, name=access.secret),
        ) from None
