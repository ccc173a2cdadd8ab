"""SSH host keys of the practice site's peers, kept in the home so that they outlive `lab down`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_ssh_private_key,
)

from lab.embedded.ports import LOOPBACK
from lab.embedded.whole import PRIVATE_MODE, put

FOLDER_MODE: Final = 0o700


def ensure_host_key(folder: Path, device: str) -> Path:
    """The device's Ed25519 host key in OpenSSH format; made at the first call."""
    folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    path = folder / device
    if not path.exists():
        key = Ed25519PrivateKey.generate()
        text = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
        put(path, text, PRIVATE_MODE)
    return path


def public_line(key_file: Path) -> str:
    """`ssh-ed25519 AAAA...` of a private key file."""
    key = load_ssh_private_key(key_file.read_bytes(), password=None)
    return key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode("ascii")


def pin(known_hosts: Path, keys: Mapping[int, Path], forget: Iterable[int] = ()) -> None:
    """Write the keys of these loopback ports to an OpenSSH known_hosts file.

    Lines of other hosts stay; lines of the same ports, and of those in `forget`, are replaced.
    """
    ours = {f"[{LOOPBACK}]:{port}" for port in (*keys, *forget)}
    before = known_hosts.read_text(encoding="utf-8").splitlines() if known_hosts.exists() else []
    kept = [line for line in before if line.split(" ", 1)[0] not in ours]
    added = [f"[{LOOPBACK}]:{port} {public_line(key)}" for port, key in sorted(keys.items())]
    wanted = [*kept, *added]
    if wanted != before:
        put(known_hosts, "\n".join(wanted) + "\n")
