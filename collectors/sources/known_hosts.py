"""The pinned keys of a host: OpenSSH's known_hosts file, read strictly.

Format: sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT". Names are plain, `[host]:port` or hashed; patterns
with wildcards and certificate authorities pin nothing here, and a revoked key is never accepted.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from pathlib import Path
from typing import Final

import paramiko
from paramiko.pkey import UnknownKeyType

SSH_PORT: Final = 22
HASHED: Final = "|1|"
REVOKED: Final = "@revoked"


def pinned_keys(known_hosts: Path, host: str, port: int) -> tuple[paramiko.PKey, ...]:
    """The keys of a host; none when the file is not there or has no line for it."""
    name = host if port == SSH_PORT else f"[{host}]:{port}"
    try:
        lines = known_hosts.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return ()
    pinned: dict[bytes, paramiko.PKey] = {}
    revoked: set[bytes] = set()
    for line in lines:
        fields = line.split()
        if fields and fields[0] == REVOKED and len(fields) >= 4:
            revoked.add(_decoded(fields[3]))
        elif len(fields) >= 3 and not fields[0].startswith(("#", "@")) and _names(fields[0], name):
            pinned.update(_key(fields[1], _decoded(fields[2])))
    return tuple(key for blob, key in pinned.items() if blob not in revoked)


def _names(field: str, name: str) -> bool:
    return any(_is(one, name) for one in field.split(","))


def _is(one: str, name: str) -> bool:
    if not one.startswith(HASHED):
        return one.lower() == name.lower()
    salt, _, digest = one.removeprefix(HASHED).partition("|")
    made = hmac.new(_decoded(salt), name.encode(), hashlib.sha1).digest()
    return hmac.compare_digest(made, _decoded(digest))


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""


def _key(kind: str, blob: bytes) -> dict[bytes, paramiko.PKey]:
    """A line that cannot be read pins nothing."""
    try:
        return {blob: paramiko.PKey.from_type_string(kind, blob)}
    except (paramiko.SSHException, UnknownKeyType, ValueError, IndexError):
        return {}
