"""What the running practice site tells of itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

TICKETS: Final = "tickets"
"""The ticket service among a site's services."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerStatus:
    """One listening service of a device. `behaviour` is empty, or says how it misbehaves:
    silent, slow, cut, garbage, refusing."""

    protocol: str
    port: int
    behaviour: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceStatus:
    """A practice device; a trunk has no peers of its own."""

    device: str
    kind: str
    site: str
    peers: tuple[PeerStatus, ...]
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteStatus:
    """The whole site: its process id, when it was started (RFC 3339, UTC), and its devices."""

    pid: int
    started_at: str
    devices: tuple[DeviceStatus, ...]
    reference_points: tuple[PeerStatus, ...]
    faults: tuple[str, ...] = ()
    services: tuple[PeerStatus, ...] = ()
    """What the home works with beside its devices."""

    def as_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        return asdict(self)


def status_from_json(told: Mapping[str, Any]) -> SiteStatus:
    """The status that `as_json` took apart."""
    return SiteStatus(
        pid=told["pid"],
        started_at=told["started_at"],
        devices=tuple(
            DeviceStatus(
                device=one["device"],
                kind=one["kind"],
                site=one["site"],
                peers=_peers(one["peers"]),
                faults=tuple(one["faults"]),
            )
            for one in told["devices"]
        ),
        reference_points=_peers(told["reference_points"]),
        faults=tuple(told["faults"]),
        services=_peers(told["services"]),
    )


def _peers(told: list[dict[str, Any]]) -> tuple[PeerStatus, ...]:
    return tuple(
        PeerStatus(protocol=one["protocol"], port=one["port"], behaviour=tuple(one["behaviour"]))
        for one in told
    )
