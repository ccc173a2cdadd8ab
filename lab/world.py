"""The practice world: devices, the services they answer on, and how each behaves.

A service reads its data and its behaviour at every answer. A fault changes them; healing puts
the healthy ones back, in place, so that the running service sees it at its next answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any, Protocol

from inventory.model import Device
from lab.behaviour import Behaviour


class Word(StrEnum):
    """What a device can say unasked."""

    LINK_TRAP = "link_trap"
    """By trap: a port went down, and later that it is up."""
    LINK_LOG = "link_log"
    """The same, by its log."""
    ON_BATTERY = "on_battery"
    """By trap, again and again while it lasts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """What a device tells unasked as long as it is so. `times`: so often does it say it."""

    word: Word
    port: str = ""
    index: int = 1
    times: int = 1


class Server(Protocol):
    """Something that listens. `start` raises `OSError` when the port is taken."""

    async def start(self, host: str, port: int) -> None:
        """Listen; returns when connections are taken."""
        ...

    async def stop(self) -> None:
        """Close the port and every connection; safe to call twice."""
        ...


@dataclass(slots=True)
class Peer:
    """One listening service of one device. `healthy` makes the data that a healthy one has, of
    the same type as `data`; both are None for a service that only has a behaviour."""

    protocol: str
    port: int
    server: Server
    behaviour: Behaviour
    data: Any = None
    healthy: Callable[[], Any] | None = None

    def heal(self) -> None:
        """As on the first day."""
        _put_in_place(self.behaviour, Behaviour())
        if self.healthy is not None:
            _put_in_place(self.data, self.healthy())


@dataclass(slots=True)
class DeviceWorld:
    """A practice device. A trunk has no peers: it is seen through its gateway. `tells`: what it
    says unasked just now, where somebody listens."""

    device: Device
    peers: dict[str, Peer]
    tells: set[Telling] = field(default_factory=set)

    def heal(self) -> None:
        """Every service healthy again, and nothing to tell."""
        self.tells.clear()
        for peer in self.peers.values():
            peer.heal()

    def behave(self, change: Callable[[Behaviour], None]) -> None:
        """Make every service of the device misbehave alike."""
        for peer in self.peers.values():
            change(peer.behaviour)

    def data(self, protocol: str) -> Any:  # noqa: ANN401  (each service has a type of its own)
        """What the service of that protocol answers from. Raises `KeyError`."""
        return self.peers[protocol].data


@dataclass(frozen=True, slots=True)
class Scene:
    """All of a practice site: its devices by name, the reference points, and what else the home
    works with, such as its ticket service, which no fault befalls."""

    worlds: Mapping[str, DeviceWorld]
    points: tuple[Peer, ...]
    services: tuple[Peer, ...] = ()

    def peers(self) -> tuple[Peer, ...]:
        """Everything that listens."""
        of_devices = (peer for world in self.worlds.values() for peer in world.peers.values())
        return (*of_devices, *self.points, *self.services)

    def behind(self, device: str) -> tuple[DeviceWorld, ...]:
        """The devices whose way leads through that one, directly or not."""
        found: dict[str, DeviceWorld] = {}
        waiting = [device]
        while waiting:
            through = waiting.pop()
            for name, world in self.worlds.items():
                if through in world.device.depends_on and name not in found:
                    found[name] = world
                    waiting.append(name)
        return tuple(found.values())


def _put_in_place(old: Any, new: Any) -> None:  # noqa: ANN401
    for one in fields(new):
        setattr(old, one.name, getattr(new, one.name))


def misbehaviour(behaviour: Behaviour) -> tuple[str, ...]:
    """In words: silent, slow, cut, garbage, refusing; empty for a service that behaves."""
    told = {
        "silent": behaviour.silent,
        "slow": behaviour.delay_s > 0,
        "cut": behaviour.cut_after is not None,
        "garbage": behaviour.garbage,
        "refusing": behaviour.refuse_logins,
    }
    return tuple(word for word, so in told.items() if so)
