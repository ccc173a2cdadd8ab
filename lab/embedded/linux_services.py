"""What runs on a Linux-like host, listens on it, and beats between it and its partner; and how ps,
/proc/net/tcp, corosync-cfgtool, journalctl and ping print that.

Sources of the shapes: procps 4, the kernel's proc_net_tcp.rst, corosync 3.1, keepalived 2.2,
iputils 20221126.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from collectors.parsers.corosync import STATUS
from collectors.parsers.linux import END
from collectors.sources.host_commands import ECHO, ECHOES, LINKS, LISTENING, PROCESSES, VRRP
from inventory.model import Device

SERVICE_PORT: Final = "service port"
"""Begins the name of a peer that is a watched service's port."""
SSH_PORT: Final = 22
OTHER_PROCESSES: Final = (
    "/usr/lib/systemd/systemd --switched-root --system --deserialize 31",
    "[kworker/u8:0-events_unbound]",
    "sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups",
    "/usr/local/bin/backup --user batch --password=never-to-be-kept",
)
"""Every host has them. The last one is careless with its password."""
INSTALLED_NOT: Final = 127
ECHO_ASKED: Final = re.compile(
    re.escape(ECHO).replace(r"\{count\}", str(ECHOES)).replace(r"\{period\}", r"[0-9.]+")
    .replace(r"\{peer\}", r"(?P<peer>[0-9A-Fa-f:.]+)")
)  # fmt: skip


@dataclass(slots=True)
class LinkData:
    """A link of corosync: its own address, and whether it reaches the other node."""

    address: str
    connected: bool = True


@dataclass(slots=True)
class EchoData:
    """How a peer on the heartbeat network answers."""

    received: int = ECHOES
    round_trip_ms: float = 0.4


@dataclass(slots=True)
class ServiceData:
    """`links` None: corosync is not installed; empty: it does not run. `vrrp` has the states that
    each instance entered, oldest first."""

    processes: list[str] = field(default_factory=list)
    listening: list[int] = field(default_factory=list)
    hidden: bool = False
    """/proc is mounted with hidepid."""
    links: list[LinkData] | None = None
    vrrp: dict[str, list[str]] = field(default_factory=dict)
    peers: dict[str, EchoData] = field(default_factory=dict)


def healthy_services(device: Device, clustered: bool) -> ServiceData:
    """All that the estate watches of a device runs, listens and beats."""
    watch = device.watch
    globs = [(glob, 1) for glob in watch.processes]
    globs += [(one.process, one.count) for one in watch.services if one.process is not None]
    links = [LinkData("192.168.254.1"), LinkData("192.168.253.1")] if clustered else None
    return ServiceData(
        processes=[command_of(glob) for glob, count in globs for _ in range(count)],
        listening=[port for one in watch.services for port in one.ports],
        links=links if watch.heartbeat.corosync else None,
        vrrp={one.instance: ["BACKUP", (one.role or "master").upper()]
              for one in watch.heartbeat.vrrp},
        peers={peer: EchoData() for peer in watch.heartbeat.peers},
    )  # fmt: skip


def command_of(glob: str) -> str:
    """A command line that is of that form."""
    return glob.replace("*", "run").replace("?", "1")


def service_complaint(command: str, data: ServiceData) -> str:
    """What such a command says on its error output."""
    if command != LINKS or data.links:
        return ""
    if data.links is None:
        return "sh: 1: corosync-cfgtool: not found\n"
    return "Could not initialize corosync configuration API error 2\n"


def service_answer(command: str, data: ServiceData) -> str | None:
    """What such a command prints; None for one that is about something else."""
    if command == PROCESSES:
        return _processes(data)
    if command == LISTENING:
        return _listening(data)
    if command == LINKS:
        return _links(data)
    if command == VRRP:
        return _journal(data)
    if asked := ECHO_ASKED.fullmatch(command):
        return _echoes(asked["peer"], data)
    return None


def _processes(data: ServiceData) -> str:
    own = ["ps -ww -eo pid=,args="]
    every = [*own] if data.hidden else [*OTHER_PROCESSES, *data.processes, *own]
    first = 4_711 if data.hidden else 1
    rows = [f"{pid:>7} {line}" for pid, line in enumerate(every, first)]
    return "\n".join([*rows, END]) + "\n"


def _listening(data: ServiceData) -> str:
    rows = [f"00000000:{port:04X}" for port in (SSH_PORT, *data.listening)]
    rows.append(f"{'0' * 32}:{SSH_PORT:04X}")
    return "\n".join([*rows, END]) + "\n"


def _links(data: ServiceData) -> str:
    if data.links is None:
        return f"{STATUS} {INSTALLED_NOT}\n{END}\n"
    if not data.links:
        return f"{STATUS} 1\n{END}\n"
    rows = ["Local node ID 1, transport knet"]
    for number, link in enumerate(data.links):
        state = "connected" if link.connected else "disconnected"
        rows += [
            f"LINK ID {number} udp", f"\taddr\t= {link.address}", "\tstatus:",
            "\t\tnodeid:          1:\tlocalhost", f"\t\tnodeid:          2:\t{state}",
        ]  # fmt: skip
    whole = all(link.connected for link in data.links)
    return "\n".join([*rows, f"{STATUS} {0 if whole else 1}", END]) + "\n"


def _journal(data: ServiceData) -> str:
    rows = ["Starting Keepalived v2.2.7 (01/16,2022)"]
    for instance, states in data.vrrp.items():
        rows += [f"({instance}) Entering {state} STATE" for state in states]
    return "\n".join([*rows, END]) + "\n"


def _echoes(peer: str, data: ServiceData) -> str:
    echo = data.peers.get(peer, EchoData(received=0))
    loss = 100 * (ECHOES - echo.received) // ECHOES
    trip = f"{echo.round_trip_ms:.3f}"
    rows = [
        f"PING {peer} ({peer}) 56(84) bytes of data.", "", f"--- {peer} ping statistics ---",
        f"{ECHOES} packets transmitted, {echo.received} received, {loss}% packet loss, time 1805ms",
    ]  # fmt: skip
    if echo.received:
        rows.append(f"rtt min/avg/max/mdev = {trip}/{trip}/{trip}/0.010 ms")
    return "\n".join([*rows, END]) + "\n"
