"""SSH host keys: what a device shows now, what is pinned, and pinning what a person confirmed."""

from __future__ import annotations

import base64
import hashlib
import socket
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

import paramiko

from collectors.sources.known_hosts import pinned_keys
from inventory.model import Device

LIMIT_S: Final = 10.0
AT_ONCE: Final = 16
SSH_PORT: Final = 22


class Standing(StrEnum):
    """How the key that a device shows stands to what is pinned."""

    PINNED = "pinned"
    NEW = "new"
    CHANGED = "changed"
    """Another key is pinned: the device was replaced, or somebody is in between."""
    SILENT = "silent"


@dataclass(frozen=True, slots=True, kw_only=True)
class HostKey:
    """The key of one SSH service. `line` is its line of known_hosts, `fingerprint` as ssh(1)
    shows it (SHA256:...); both empty when there was no answer."""

    device: str
    host: str
    port: int
    standing: Standing
    line: str = ""
    fingerprint: str = ""


def shown_keys(devices: Sequence[Device], known_hosts: Path) -> list[HostKey]:
    """What every SSH service of these devices shows now; nobody logs in."""
    services = [(device, port) for device in devices for port in ssh_ports(device)]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(lambda one: _shown(one[0], one[1], known_hosts), services))


def ssh_ports(device: Device) -> Iterator[int]:
    """The ports on which a device speaks SSH."""
    ways = (device.access.ssh, device.access.winssh, device.access.cli)
    ports = [access.port for access in ways if access]
    yield from dict.fromkeys(ports)


def _shown(device: Device, port: int, known_hosts: Path) -> HostKey:
    key = _asked(device.address, port)
    if key is None:
        return HostKey(device=device.name, host=device.address, port=port, standing=Standing.SILENT)
    pinned = pinned_keys(known_hosts, device.address, port)
    standing = Standing.NEW if not pinned else Standing.CHANGED
    if key in pinned:
        standing = Standing.PINNED
    return HostKey(
        device=device.name,
        host=device.address,
        port=port,
        standing=standing,
        line=f"{_name(device.address, port)} {key.get_name()} {key.get_base64()}",
        fingerprint=fingerprint(key.asbytes()),
    )


def _asked(host: str, port: int) -> paramiko.PKey | None:
    """The key exchange only; it ends before any login. None when nothing of the kind answers."""
    try:
        with socket.create_connection((host, port), LIMIT_S) as connection:
            transport = paramiko.Transport(connection)
            try:
                transport.start_client(timeout=LIMIT_S)
                return transport.get_remote_server_key()
            finally:
                transport.close()
    except (OSError, EOFError, paramiko.SSHException):
        return None


def fingerprint(blob: bytes) -> str:
    """`SHA256:...` without padding, as OpenSSH prints it."""
    digest = base64.b64encode(hashlib.sha256(blob).digest()).decode("ascii")
    return "SHA256:" + digest.rstrip("=")


def pin(known_hosts: Path, keys: Sequence[HostKey]) -> None:
    """Pin these keys in place of whatever was pinned for the same services; all or nothing."""
    replaced = {_name(key.host, key.port) for key in keys}
    before = known_hosts.read_text(encoding="utf-8").splitlines() if known_hosts.exists() else []
    kept = [line for line in before if line.split(" ", 1)[0] not in replaced]
    partial = known_hosts.with_name(known_hosts.name + ".partial")
    partial.touch(mode=0o600)
    partial.write_text("\n".join([*kept, *(key.line for key in keys)]) + "\n", encoding="utf-8")
    partial.replace(known_hosts)


def _name(host: str, port: int) -> str:
    return host if port == SSH_PORT else f"[{host}]:{port}"
