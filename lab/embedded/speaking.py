"""What practice devices say unasked: traps and log lines to the intake of their home.

Each speaks from an address of its own, as `intake.yml` of the home has it, and only within
127.0.0.0/8. When nobody listens, nobody hears it, as with real devices.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Final

from lab.embedded.ports import LOOPBACK
from lab.embedded.snmp_ber import (
    OCTETS,
    SEQUENCE,
    TIMETICKS,
    encode_integer,
    encode_oid,
    wrap,
)
from lab.world import DeviceWorld, Telling, Word

MURMUR_S: Final = 60.0
"""How often each says that all goes on; RFC 1628 5.3 repeats upsTrapOnBattery as often."""
TRAP_PDU: Final = 0xA7
"""SNMPv2-Trap-PDU (RFC 3416)."""
VERSION_2C: Final = 1
UP_TIME: Final = "1.3.6.1.2.1.1.3.0"
TRAP_NAME: Final = "1.3.6.1.6.3.1.1.4.1.0"
LINK_DOWN: Final = "1.3.6.1.6.3.1.1.5.3"
LINK_UP: Final = "1.3.6.1.6.3.1.1.5.4"
ON_BATTERY: Final = "1.3.6.1.2.1.33.2.1"
IF_INDEX: Final = "1.3.6.1.2.1.2.2.1.1"
IF_DESCR: Final = "1.3.6.1.2.1.2.2.1.2"
IF_ADMIN_STATUS: Final = "1.3.6.1.2.1.2.2.1.7"
UP: Final = 1
SHANGHAI: Final = timezone(timedelta(hours=8), "Asia/Shanghai")

Variables = list[tuple[str, bytes]]


def trap(name: str, community: bytes, variables: Variables) -> bytes:
    """A notification of version 2c."""
    head = [(UP_TIME, encode_integer(1, TIMETICKS)), (TRAP_NAME, _oid(name))]
    pairs = b"".join(wrap(SEQUENCE, _oid(column) + value) for column, value in (*head, *variables))
    body = encode_integer(1) + encode_integer(0) + encode_integer(0) + wrap(SEQUENCE, pairs)
    told = encode_integer(VERSION_2C) + wrap(OCTETS, community) + wrap(TRAP_PDU, body)
    return wrap(SEQUENCE, told)


def link_trap(one: Telling, community: bytes, *, up: bool) -> bytes:
    """As VRP sends it: with the port's name."""
    variables = [
        (f"{IF_INDEX}.{one.index}", encode_integer(one.index)),
        (f"{IF_ADMIN_STATUS}.{one.index}", encode_integer(UP)),
        (f"{IF_DESCR}.{one.index}", wrap(OCTETS, one.port.encode())),
    ]
    return trap(LINK_UP if up else LINK_DOWN, community, variables)


def log_line(device: str, at: datetime, level: int, mark: str, text: str) -> bytes:
    """A line of VRP's information centre, facility local7."""
    stamp = at.astimezone(SHANGHAI).strftime("%b %d %Y %H:%M:%S")
    return f"<{23 * 8 + level}>{stamp} {device} %%01{mark}(l)[1]:{text}".encode()


def link_line(device: str, port: str, at: datetime, *, up: bool) -> bytes:
    """IFNET/4/LINK_STATE."""
    state = "UP" if up else "DOWN"
    return log_line(
        device, at, 4, "IFNET/4/LINK_STATE",
        f"The line protocol IP on the interface {port} has entered the {state} state.",
    )  # fmt: skip


def murmur_line(device: str, at: datetime) -> bytes:
    """Nothing to worry about."""
    text = "The system clock is synchronized. (Source=10.9.8.7, Stratum=3)"
    return log_line(device, at, 6, "NTP/6/CLOCK_SYNC", text)


@dataclass(slots=True, kw_only=True)
class Speaker:
    """The voice of all devices. `sources`: from which address each speaks; who is not there says
    nothing. A port that is None: the home listens for no such thing."""

    sources: Mapping[str, str]
    traps: int | None
    syslog: int | None
    community: bytes = field(repr=False)
    _told: dict[str, frozenset[Telling]] = field(default_factory=dict)

    def speak(self, worlds: Iterable[DeviceWorld], at: datetime) -> None:
        """Say what is new, and that what is no more is over."""
        for world in worlds:
            name, now = world.device.name, frozenset(world.tells)
            before = self._told.get(name, frozenset())
            for one in before - now:
                self._send(name, one, at, over=True)
            for one in now - before:
                self._send(name, one, at, over=False)
            self._told[name] = now

    def hush(self, at: datetime) -> None:
        """The devices are about to go: whatever they told of is over."""
        for name, told in self._told.items():
            for one in told:
                self._send(name, one, at, over=True)
        self._told.clear()

    def murmur(self, worlds: Iterable[DeviceWorld], at: datetime) -> None:
        """A line of each that has a log, and again what is repeated while it lasts."""
        for world in worlds:
            name = world.device.name
            for one in self._told.get(name, frozenset()):
                if one.word is Word.ON_BATTERY:
                    self._send(name, one, at, over=False)
            if world.device.access.cli is not None:
                self._say(name, self.syslog, [murmur_line(name, at)])

    def _send(self, name: str, one: Telling, at: datetime, *, over: bool) -> None:
        match one.word:
            case Word.LINK_TRAP:
                self._say(name, self.traps, [link_trap(one, self.community, up=over)])
            case Word.LINK_LOG:
                last = link_line(name, one.port, at, up=over)
                self._say(name, self.syslog, [last] * (1 if over else one.times))
            case Word.ON_BATTERY if not over:  # nothing says that it is over
                self._say(name, self.traps, [trap(ON_BATTERY, self.community, [])])

    def _say(self, name: str, port: int | None, messages: list[bytes]) -> None:
        address = self.sources.get(name)
        if address is None or port is None:
            return
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as voice:
            voice.bind((address, 0))
            for one in messages:
                with suppress(OSError):  # an earlier one met a closed port
                    voice.sendto(one, (LOOPBACK, port))


async def murmuring(speaker: Speaker, worlds: tuple[DeviceWorld, ...]) -> None:
    """Until it is cancelled."""
    while True:
        speaker.murmur(worlds, datetime.now(SHANGHAI))
        await asyncio.sleep(MURMUR_S)


def _oid(dotted: str) -> bytes:
    return encode_oid(tuple(map(int, dotted.split("."))))
