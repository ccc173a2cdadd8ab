"""What a site says of the services of its hosts: nobody else knows their names.

Part of `inventory.model.Watch`; nothing here reads a file.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

SYSTEM_LOG_ITEMS: Final = frozenset({"M05", "M18", "M22", "M25", "M29"})
"""The items of a host's system log: one a kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServicePort:
    """A TCP port that must take a connection from Lineguard's own machine."""

    port: int
    timeout_s: float = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceWatch:
    """One service of a host: what must run, what must listen, what must answer."""

    name: str
    items: tuple[str, ...] = ()
    """The items it serves, such as M13; none: the one of the device's kind."""
    process: str | None = None
    """A glob (`*`, `?`) that a whole command line must match, upper and lower case apart."""
    count: int = 1
    """At least so many processes."""
    ports: tuple[int, ...] = ()
    """TCP ports that must listen on the host, on whichever of its addresses."""
    connect: ServicePort | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VrrpWatch:
    """A VRRP instance of keepalived. Without `role` either of master and backup will do."""

    instance: str
    role: Literal["master", "backup"] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HeartbeatWatch:
    """Which heartbeat a cluster node has."""

    corosync: bool = True
    peers: tuple[str, ...] = ()
    """Addresses on the heartbeat network that the host itself must reach."""
    vrrp: tuple[VrrpWatch, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AntivirusWatch:
    """The Trend Micro agent of a Windows host. Defaults as `collectors.sources.windows_scripts`
    has them from public sources; a product of another generation names its own services."""

    services: tuple[str, ...] = ("ntrtscan", "TmListen")
