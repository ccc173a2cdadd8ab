"""SSH host keys: fetching a device's for a person to confirm, and the known_hosts file.

The file is OpenSSH's; an entry is `[address]:port` (or `address` for port 22), key type, key. Only
a key in it is accepted by any collector.
"""

from __future__ import annotations

import os
import socket
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import paramiko

from inventory.model import Device
from phrases import Phrase, say

SSH_PORT: Final = 22
FETCH_S: Final = 10.0
PRIVATE_MODE: Final = 0o600


@dataclass(frozen=True, slots=True, kw_only=True)
class HostKey:
    """A key as OpenSSH names it: `fingerprint` is `SHA256:` and base64 without padding."""

    host: str
    type: str
    key: str
    fingerprint: str


class NoHostKey(Exception):
    """The device did not show a host key; `why` says it in one sentence."""

    def __init__(self, why: Phrase) -> None:
        super().__init__(why.text("en"))
        self.why = why


def host_entry(address: str, port: int) -> str:
    """How known_hosts names an SSH server."""
    return address if port == SSH_PORT else f"[{address}]:{port}"


def ssh_ports(device: Device) -> tuple[int, ...]:
    """The ports on which a device shows a host key: its shell's and its console's."""
    ways = (device.access.ssh, device.access.cli)
    return tuple(sorted({way.port for way in ways if way is not None}))


def fetch(address: str, port: int, *, limit_s: float = FETCH_S) -> HostKey:
    """The key that the server shows now; nobody logs in. Blocks. Raises `NoHostKey`."""
    try:
        way = socket.create_connection((address, port), timeout=limit_s)
    except OSError:
        raise NoHostKey(
            say("{address} port {port} cannot be reached", address=address, port=port)
        ) from None
    transport: paramiko.Transport | None = None
    try:
        transport = paramiko.Transport(way)
        transport.banner_timeout = limit_s
        transport.start_client(timeout=limit_s)
        return _told(host_entry(address, port), transport.get_remote_server_key())
    except (paramiko.SSHException, EOFError, OSError, ValueError, LookupError):
        raise NoHostKey(
            say("what answers on {address} port {port} shows no SSH host key",
                address=address, port=port)
        ) from None  # fmt: skip
    finally:
        if transport is not None:
            transport.close()
        way.close()


def _told(host: str, key: paramiko.PKey) -> HostKey:
    return HostKey(
        host=host, type=key.get_name(), key=key.get_base64(), fingerprint=str(key.fingerprint)
    )


def read(known_hosts: Path) -> dict[str, tuple[tuple[str, str], ...]]:
    """Every host of the file with its keys (type, key). A missing file is an empty one; lines
    that are no entries, and hashed or marked ones, are left out."""
    found: dict[str, tuple[tuple[str, str], ...]] = {}
    for line in _lines(known_hosts):
        words = line.split()
        if len(words) >= 3 and not line.startswith(("#", "@", "|")):
            for host in words[0].split(","):
                found[host] = (*found.get(host, ()), (words[1], words[2]))
    return found


def trust(known_hosts: Path, key: HostKey) -> None:
    """Put a key that a person has confirmed in the place of any the host had."""
    kept = [line for line in _lines(known_hosts) if line.split()[:1] != [key.host]]
    _write(known_hosts, [*kept, f"{key.host} {key.type} {key.key}"])


def _lines(known_hosts: Path) -> list[str]:
    if not known_hosts.exists():
        return []
    return [line for line in known_hosts.read_text(encoding="utf-8").splitlines() if line.strip()]


def _write(known_hosts: Path, lines: list[str]) -> None:
    """Whole or not at all: a cut known_hosts would shut us out of devices."""
    known_hosts.parent.mkdir(parents=True, exist_ok=True)
    number, name = tempfile.mkstemp(dir=known_hosts.parent, prefix=f".{known_hosts.name}.")
    with os.fdopen(number, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
        file.flush()
        os.fsync(file.fileno())
    Path(name).chmod(PRIVATE_MODE)
    Path(name).replace(known_hosts)
