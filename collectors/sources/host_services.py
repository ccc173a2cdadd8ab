"""The watched services of a Linux host: processes, listening ports, and a connection to them.

The list of processes and that of ports are asked once a visit, whichever items want them.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from collectors.parsers.processes import (
    OnlyOwn,
    matching,
    parse_listening,
    parse_processes,
    shown_processes,
)
from collectors.readings import Exchange, Trouble
from collectors.readings.services import ServiceState, ServiceStates
from collectors.sources.host_commands import LISTENING, PROCESSES
from collectors.sources.host_questions import NoAnswer, Question
from inventory.model import Device, Kind
from inventory.services import ServicePort, ServiceWatch
from phrases import say

ITEM_OF_KIND: Final = {Kind.USM_CTI: "M13", Kind.TTS_ASR: "M58"}
"""Whose a service is that names no item."""
CONNECT: Final = "tcp"


@dataclass(slots=True)
class HostLists:
    """What one visit has learnt of a host, with its evidence."""

    commands: tuple[str, ...] | None = None
    ports: frozenset[int] | None = None
    processes_seen: list[Exchange] = field(default_factory=list)
    ports_seen: list[Exchange] = field(default_factory=list)


def services_of(device: Device, item: str) -> tuple[ServiceWatch, ...]:
    """What the site watches on a device for that item."""
    plain = (ServiceWatch(name=glob, process=glob) for glob in device.watch.processes)
    default = ITEM_OF_KIND.get(device.kind, "")
    return tuple(
        one for one in (*device.watch.services, *plain) if item in (one.items or (default,))
    )


async def service_states(
    asked: Question, lists: HostLists, reading: type[ServiceStates]
) -> ServiceStates:
    """The state of every service of one item. Raises `NoAnswer`, `Unreadable`."""
    device = asked.device
    if reading.item in device.watch.absent:
        return reading(device=device.name, taken_at=asked.taken_at, services=(), absent=True)
    watched = services_of(device, reading.item)
    if not watched:
        raise NoAnswer(
            Trouble.NOT_CONFIGURED,
            say(
                "{device}: nothing says which services {item} is about; write them to its "
                "watch.services, or {item} to its watch.absent",
                device=device.name, item=reading.item,
            ),
        )  # fmt: skip
    if any(one.process for one in watched):
        await _learn_processes(asked, lists)
    if any(one.ports for one in watched):
        await _learn_ports(asked, lists)
    states = [await _state(asked, lists, one) for one in watched]
    return reading(
        device=device.name,
        taken_at=asked.taken_at,
        exchanges=tuple(asked.exchanges),
        services=tuple(states),
    )


async def _learn_processes(asked: Question, lists: HostLists) -> None:
    if lists.commands is None:
        watch = asked.device.watch
        globs = (*watch.processes, *(one.process for one in watch.services if one.process))
        answer = await asked.run(PROCESSES, partial(shown_processes, globs=globs))
        lists.processes_seen = asked.exchanges[-1:]
        try:
            lists.commands = parse_processes(answer)
        except OnlyOwn:
            raise NoAnswer(
                Trouble.REFUSED,
                say(
                    "{device}: its user may see only its own processes (/proc is mounted with "
                    "hidepid)",
                    device=asked.device.name,
                ),
            ) from None
    elif lists.processes_seen[0] not in asked.exchanges:
        asked.exchanges += lists.processes_seen


async def _learn_ports(asked: Question, lists: HostLists) -> None:
    if lists.ports is None:
        answer = await asked.run(LISTENING)
        lists.ports_seen = asked.exchanges[-1:]
        lists.ports = parse_listening(answer)
    elif lists.ports_seen[0] not in asked.exchanges:
        asked.exchanges += lists.ports_seen


async def _state(asked: Question, lists: HostLists, watched: ServiceWatch) -> ServiceState:
    listening = lists.ports or frozenset()
    running = None if watched.process is None else matching(lists.commands or (), watched.process)
    taken = watched.connect is None or await _connects(asked, watched.connect)
    return ServiceState(
        name=watched.name,
        processes=running,
        count=watched.count,
        ports=watched.ports,
        closed=tuple(port for port in watched.ports if port not in listening),
        connect=watched.connect.port if watched.connect else None,
        refused=not taken,
    )


async def _connects(asked: Question, place: ServicePort) -> bool:
    """Is a connection from here taken? It is closed at once, and nothing is sent."""
    began = time.monotonic()
    told = "taken"
    try:
        async with asyncio.timeout(place.timeout_s):
            _, writer = await asyncio.open_connection(asked.device.address, place.port)
        writer.transport.abort()
    except (OSError, UnicodeError) as cause:
        told = "no answer" if isinstance(cause, TimeoutError) else "refused"
    asked.exchanges.append(
        Exchange(
            protocol=CONNECT,
            asked=f"connect {asked.device.address} port {place.port}",
            answer=told.encode("ascii"),
            at=asked.means.clock(),
            duration_ms=round((time.monotonic() - began) * 1000),
        )
    )
    return told == "taken"
