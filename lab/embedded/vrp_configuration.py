"""What a VRP-like device is configured to do, and its routes: text as real S, AR and USG print it.

The secrets in it are the practice site's own and open nothing. Each print differs from the one
before in what real devices change by themselves: the time above it, and the order of some lines.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

from inventory.model import Device, Kind

RELEASES: Final = {
    Kind.ROUTER: "V300R019C10SPC300",
    Kind.SWITCH: "V200R019C10SPC500",
    Kind.FIREWALL: "V600R007C20SPC300",
}
RULE: Final = "-" * 78
TURNING: Final = "snmp-agent "
"""Lines that come in another order at every print."""


@dataclass(slots=True)
class RouteRow:
    """A row of `display ip routing-table`."""

    destination: str
    protocol: str
    next_hop: str
    interface: str
    preference: int = 60
    cost: int = 0
    flags: str = "RD"


@dataclass(slots=True)
class ConfigurationData:
    """`running` and `saved` without head and end; equal until somebody forgets to save. `cut`: the
    console prints half of it and then its prompt. `prints` counts how often it was shown."""

    release: str = RELEASES[Kind.SWITCH]
    running: list[str] = field(default_factory=list)
    saved: list[str] = field(default_factory=list)
    routes: list[RouteRow] = field(default_factory=list)
    cut: bool = False
    prints: int = 0

    def current(self) -> list[str]:
        """`display current-configuration`."""
        return self._printed(self.running, "updated")

    def as_saved(self) -> list[str]:
        """`display saved-configuration`."""
        return self._printed(self.saved, "saved")

    def _printed(self, lines: list[str], what: str) -> list[str]:
        self.prints += 1
        minute, second = divmod(self.prints % 3600, 60)
        at = f"2026-11-21 16:{minute:02d}:{second:02d}"
        head = [
            f"{at}.840",
            f"!Software Version {self.release}",
            f"!Last configuration was {what} at {at}+08:00 by inspect",
            "#",
        ]
        body = _turned(lines) if self.prints % 2 else lines
        if self.cut:
            return [*head, *body[: len(body) // 2]]
        return [*head, *body, "#", "return"]


def _turned(lines: list[str]) -> list[str]:
    """The same lines; those of SNMP from the last to the first."""
    turning = [line for line in lines if line.startswith(TURNING)]
    return [turning.pop() if line.startswith(TURNING) else line for line in lines]


def routing_table(data: ConfigurationData) -> list[str]:
    """`display ip routing-table`: of several routes to one destination only the first names it."""
    row = "{:>18}  {:<7} {:<4} {:<10} {:>5}   {:<15} {}".format
    destinations = len({one.destination for one in data.routes})
    told: list[str] = []
    above = ""
    for one in data.routes:
        name = "" if one.destination == above else one.destination
        above = one.destination
        told.append(
            row(name, one.protocol, one.preference, one.cost, one.flags, one.next_hop,
                one.interface)
        )  # fmt: skip
    return [
        "Route Flags: R - relay, D - download to fib",
        RULE,
        "Routing Tables: Public",
        f"         Destinations : {destinations:<8} Routes : {len(data.routes)}",
        "",
        "Destination/Mask    Proto   Pre  Cost      Flags NextHop         Interface",
        "",
        *told,
    ]


def secrets_in(name: str) -> dict[str, str]:
    """The secrets of a device's configuration, by what they are for."""
    return {
        "local user": f"$1a${_random(name, 'user')[:24]}$",
        "console": f"%^%#{_random(name, 'console')[:32]}%^%#",
        "community": f"practice-{_random(name, 'community')[:8]}",
        "snmp user": f"%^%#{_random(name, 'snmp')[:40]}%^%#",
        "ospf": f"%^%#{_random(name, 'ospf')[:28]}%^%#",
        "tacacs": f"%@%@{_random(name, 'tacacs')[:24]}%@%@",
        "tunnel": f"Tunnel-{_random(name, 'ike')[:6]}",
    }


def _random(name: str, what: str) -> str:
    return sha256(f"{name} {what}".encode()).hexdigest()


def healthy_configuration(device: Device) -> ConfigurationData:
    """What a device of that kind is configured to do; all of it saved."""
    lines = _lines(device)
    return ConfigurationData(
        release=RELEASES.get(device.kind, RELEASES[Kind.SWITCH]),
        running=lines,
        saved=list(lines),
        routes=_routes(device),
    )


def _lines(device: Device) -> list[str]:
    secret = secrets_in(device.name)
    return [
        f"sysname {device.name}",
        "#",
        "clock timezone Beijing add 08:00:00",
        "#",
        *_interfaces(device),
        "aaa",
        f" local-user admin password irreversible-cipher {secret['local user']}",
        " local-user admin privilege level 15",
        " local-user admin service-type terminal ssh",
        " local-user inspect service-type ssh",
        "#",
        "snmp-agent",
        f"snmp-agent community read {secret['community']} acl 2001",
        "snmp-agent sys-info version v2c v3",
        "snmp-agent usm-user v3 inspect authentication-mode sha cipher " + secret["snmp user"],
        "#",
        "hwtacacs-server template admins",
        f" hwtacacs-server shared-key cipher {secret['tacacs']}",
        "#",
        *_of_kind(device, secret),
        "user-interface vty 0 4",
        " authentication-mode aaa",
        f" set authentication password cipher {secret['console']}",
        " protocol inbound ssh",
    ]


def _interfaces(device: Device) -> list[str]:
    told: list[str] = []
    for number, port in enumerate(device.watch.ports, 1):
        told += [f"interface {port}", f" description practice link {number}"]
        if device.kind is Kind.SWITCH:
            told += [" port link-type trunk", " port trunk allow-pass vlan 2 to 100"]
        else:
            told.append(f" ip address 10.{_octet(device)}.{number}.1 255.255.255.0")
        told.append("#")
    return told


def _octet(device: Device) -> int:
    """One of its own for every device: the third number of its addresses."""
    return 10 + sha256(device.name.encode()).digest()[0] % 200


def _of_kind(device: Device, secret: dict[str, str]) -> list[str]:
    if device.kind is Kind.SWITCH:
        return ["vlan batch 2 to 100", "#", "stp mode rstp", "#"]
    static = [
        f"ip route-static {one.destination.replace('/', ' ')} {one.next_hop}"
        for one in _routes(device)
        if one.protocol == "Static"
    ]
    ospf = [
        "ospf 1",
        " area 0.0.0.0",
        f"  authentication-mode hmac-sha256 1 cipher {secret['ospf']}",
        f"  network 10.{_octet(device)}.0.0 0.0.255.255",
        "#",
    ]
    if device.kind is Kind.ROUTER:
        return [*ospf, *static, "#"]
    return [
        *static,
        "#",
        "ike peer dr",
        f" pre-shared-key {secret['tunnel']}",
        "#",
        "security-policy",
        " rule name agents-to-crm",
        "  source-zone trust",
        "  destination-zone dmz",
        "  action permit",
        " rule name deny-the-rest",
        "  action deny",
        "#",
    ]


def _routes(device: Device) -> list[RouteRow]:
    if device.kind is Kind.SWITCH or not device.watch.ports:
        return []
    octet, first, last = _octet(device), device.watch.ports[0], device.watch.ports[-1]
    gateway, other = f"10.{octet}.1.254", f"10.{octet}.2.254"
    return [
        RouteRow("0.0.0.0/0", "Static", gateway, first),
        RouteRow(f"10.{octet}.1.0/24", "Direct", f"10.{octet}.1.1", first, preference=0, flags="D"),
        RouteRow(f"10.{octet}.2.0/24", "Direct", f"10.{octet}.2.1", last, preference=0, flags="D"),
        RouteRow("10.60.0.0/16", "Static", other, last),
        RouteRow("10.60.0.0/16", "Static", gateway, first),
        RouteRow("10.70.0.0/16", "OSPF", other, last, preference=10, cost=3, flags="D"),
        RouteRow("127.0.0.0/8", "Direct", "127.0.0.1", "InLoopBack0", preference=0, flags="D"),
    ]
