"""Reading `watch.services`, `watch.heartbeat` and `watch.antivirus` of a device."""

from __future__ import annotations

import ipaddress
from typing import Final

from inventory.declared import Value, choice, items, record
from inventory.services import AntivirusWatch, HeartbeatWatch, ServiceWatch
from phrases import say

SERVICE_ITEMS: Final = frozenset({"M13", "M16", "M31", "M32", "M58"})
"""Items that a watched service may serve."""


def read_services(value: Value) -> tuple[ServiceWatch, ...]:
    """The services of a host; one that is wrong is complained about and left out."""
    read = [_service(one) for one in items(value)]
    return tuple(one for one in read if one is not None)


def _service(value: Value) -> ServiceWatch | None:
    service = record(value, ServiceWatch)
    if service is None:
        return None
    for place, item in enumerate(service.items):
        choice(value.part("items", None).part(place, item), SERVICE_ITEMS)
    if service.process is not None and not service.process.strip("*? "):
        value.refuse(say("{at}: “process” must name a process; this matches every one",
                         at=value.at))  # fmt: skip
    if service.process is None and not service.ports and service.connect is None:
        value.refuse(say("{at} needs one of “process”, “ports” and “connect”", at=value.at))
    return service


def read_heartbeat(value: Value | None) -> HeartbeatWatch:
    """Which heartbeat a cluster node has; corosync where nothing is said."""
    heartbeat = record(value, HeartbeatWatch) if value is not None else None
    if value is None or heartbeat is None:
        return HeartbeatWatch()
    for place, peer in enumerate(heartbeat.peers):
        if not is_address(peer):
            value.part("peers", None).part(place, peer).refuse_type(say("an IPv4 or IPv6 address"))
    if not (heartbeat.corosync or heartbeat.peers or heartbeat.vrrp):
        value.refuse(say("{at} needs one of “corosync”, “peers” and “vrrp”", at=value.at))
    return heartbeat


def is_address(text: str) -> bool:
    """Is it an IPv4 or IPv6 address, without a zone? It becomes an argument of a command."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return "%" not in text


def read_antivirus(value: Value | None) -> AntivirusWatch:
    """The services of the Trend Micro agent."""
    watched = record(value, AntivirusWatch) if value is not None else None
    return watched or AntivirusWatch()
