"""The heartbeat between the nodes of a cluster, as one node sees it."""

from __future__ import annotations

from dataclasses import dataclass

from collectors.readings.base import Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class HeartbeatLink:
    """A link of corosync and the nodes that it does not reach, by node id. `link` is its number."""

    link: str
    address: str
    nodes: tuple[str, ...]
    lost: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HeartbeatPeer:
    """Echoes that the host sent to a peer; `round_trip_ms` is the mean of those that came back,
    None when none did."""

    address: str
    sent: int
    received: int
    round_trip_ms: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class VrrpState:
    """The state that keepalived entered last, in lower case; `role` is what the site wants."""

    instance: str
    state: str
    role: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Heartbeat(Reading):
    """`links` is None where the site has no corosync, and empty where corosync does not run."""

    links: tuple[HeartbeatLink, ...] | None = None
    peers: tuple[HeartbeatPeer, ...] = ()
    vrrp: tuple[VrrpState, ...] = ()
