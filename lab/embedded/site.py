"""The embedded practice site: every device of an estate, listening on loopback, in one process."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final, Protocol, runtime_checkable

from checks.catalogue import limit_names, vocabulary
from inventory.loader import load_estate
from inventory.model import Estate
from inventory.secrets import SecretStore
from lab.behaviour import Behaviour
from lab.embedded.control import Refusal
from lab.embedded.faults import Fault, fault_named
from lab.embedded.home import TRACKER_PEOPLE, TRACKER_USERS, PracticeHome
from lab.embedded.peers import SiteMeans, peers_of
from lab.embedded.ports import LOOPBACK
from lab.embedded.practice_tracker import PracticeTracker
from lab.embedded.reference_point import ReferencePoint
from lab.embedded.speaking import Speaker, murmuring
from lab.embedded.status import TICKETS, DeviceStatus, PeerStatus, SiteStatus
from lab.world import DeviceWorld, Peer, Scene, misbehaviour
from phrases import Phrase, say
from runbooks.shelf import names_of

ALL: Final = "all"


@runtime_checkable
class Prompt(Protocol):
    """A server that can put a changed behaviour into effect at once."""

    async def apply(self) -> None:
        """Do as the behaviour says now."""
        ...


@dataclass(slots=True)
class PracticeSite:
    """A scene that listens. `broken` maps each active fault to the device it was put on."""

    scene: Scene
    broken: dict[str, str] = field(default_factory=dict)
    speaker: Speaker | None = None
    """Says what the devices tell unasked, where the home listens."""
    started_at: datetime | None = None
    _changing: asyncio.Lock = field(default_factory=asyncio.Lock)
    _murmuring: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Every peer listens when this returns. Raises `OSError` when a port is taken; then
        nothing listens any more."""
        starts = [peer.server.start(LOOPBACK, peer.port) for peer in self.scene.peers()]
        outcomes = await asyncio.gather(*starts, return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                await self.stop()
                raise outcome
        self.started_at = datetime.now(UTC)
        if self.speaker is not None:
            worlds = tuple(self.scene.worlds.values())
            self._murmuring = asyncio.create_task(murmuring(self.speaker, worlds))

    async def stop(self) -> None:
        """Close every port and end every server; safe to call twice."""
        if self.speaker is not None:
            self.speaker.hush(datetime.now(UTC))
        if self._murmuring is not None:
            self._murmuring.cancel()
            self._murmuring = None
        await asyncio.gather(*(peer.server.stop() for peer in self.scene.peers()))

    async def break_fault(self, name: str, device: str | None = None) -> Phrase:
        """Inject a fault, on its usual device or another that it fits. Raises `Refusal`."""
        fault = self._fault(name)
        chosen = device or fault.device
        if chosen not in self.scene.worlds:
            raise Refusal(say("the practice site has no device {device}", device=chosen))
        if not fault.fits(self.scene.worlds[chosen].device):
            raise Refusal(say("{fault} cannot befall {device}", fault=name, device=chosen))
        self.broken[name] = chosen
        await self._show()
        if fault.everywhere:
            return say("put in: {title}", title=fault.title)
        return say("put in on {device}: {title}", device=chosen, title=fault.title)

    async def mend(self, name: str) -> Phrase:
        """Take back one fault, or all. Raises `Refusal`."""
        if name == ALL:
            count = len(self.broken)
            self.broken.clear()
            await self._show()
            return say("all faults are taken back: {count}", count=count)
        fault = self._fault(name)
        if name not in self.broken:
            raise Refusal(say("{fault} is not broken", fault=name))
        device = self.broken.pop(name)
        await self._show()
        if fault.everywhere:
            return say("{title}: mended", title=fault.title)
        return say("{device}: {title}: mended", device=device, title=fault.title)

    def status(self) -> SiteStatus:
        """What listens where and how it behaves."""
        return SiteStatus(
            pid=os.getpid(),
            started_at=self.started_at.isoformat() if self.started_at else "",
            devices=tuple(self._device_status(world) for world in self.scene.worlds.values()),
            reference_points=tuple(_peer_status(point) for point in self.scene.points),
            services=tuple(_peer_status(one) for one in self.scene.services),
            faults=tuple(sorted(self.broken)),
        )

    async def _show(self) -> None:
        """All healthy, then broken by what is broken: the only way a world changes."""
        async with self._changing:
            for world in self.scene.worlds.values():
                world.heal()
            for peer in (*self.scene.points, *self.scene.services):
                peer.heal()
            for name, device in self.broken.items():
                fault_named(name).apply(self.scene, self.scene.worlds[device])
            prompt = [one.server for one in self.scene.peers() if isinstance(one.server, Prompt)]
            await asyncio.gather(*(server.apply() for server in prompt))
            if self.speaker is not None:
                self.speaker.speak(self.scene.worlds.values(), datetime.now(UTC))

    def _fault(self, name: str) -> Fault:
        try:
            return fault_named(name)
        except KeyError:
            raise Refusal(
                say("there is no fault named {fault}: lineguard lab faults lists them", fault=name)
            ) from None

    def _device_status(self, world: DeviceWorld) -> DeviceStatus:
        device = world.device
        return DeviceStatus(
            device=device.name,
            kind=device.kind,
            site=device.site,
            peers=tuple(_peer_status(peer) for peer in world.peers.values()),
            faults=tuple(name for name, on in self.broken.items() if on == device.name),
        )


def _peer_status(peer: Peer) -> PeerStatus:
    return PeerStatus(
        protocol=peer.protocol, port=peer.port, behaviour=misbehaviour(peer.behaviour)
    )


def site_of(
    estate: Estate,
    means: SiteMeans,
    reference_points: tuple[int, ...],
    services: tuple[Peer, ...] = (),
) -> PracticeSite:
    """A practice site for these devices, not yet started. Raises `KeyError` for a secret that is
    not there."""
    worlds = {
        device.name: DeviceWorld(device=device, peers=peers_of(device, means))
        for device in estate.devices
    }
    points = tuple(_point(port) for port in reference_points)
    return PracticeSite(Scene(worlds, points, services))


def site_of_home(home: PracticeHome) -> PracticeSite:
    """The practice site of a prepared home. Raises `EstateError`, `KeyError`."""
    estate = load_estate(
        home.estate, home.people, limit_names=limit_names(), cache=home.lab / "listing.json",
        words=replace(vocabulary(), runbooks=names_of(home.root)),
    )  # fmt: skip
    secrets = SecretStore(home.secrets)
    means = SiteMeans(secrets=secrets, host_keys=home.host_keys, data=home.lab / "postgres")
    site = site_of(estate, means, home.reference_points(), _services(home, secrets))
    site.speaker = speaker_of(home)
    return site


def speaker_of(home: PracticeHome) -> Speaker | None:
    """The voice of its devices; None where the home listens to nobody."""
    listens = home.listens()
    if listens is None:
        return None
    return Speaker(
        sources={device: address for address, device in home.speakers().items()},
        traps=listens.traps,
        syslog=listens.syslog,
        community=SecretStore(home.secrets).secret(listens.community).encode(),
    )


def _services(home: PracticeHome, secrets: SecretStore) -> tuple[Peer, ...]:
    """What the home works with beside its devices."""
    port = home.tickets()
    if port is None:
        return ()
    ours = {name: secrets.secret(secret) for name, secret in TRACKER_USERS.items()}
    tracker = PracticeTracker(home.tracker, ours | TRACKER_PEOPLE)
    return (Peer(protocol=TICKETS, port=port, server=tracker, behaviour=Behaviour()),)


@asynccontextmanager
async def running(site: PracticeSite) -> AsyncIterator[PracticeSite]:
    """The site, started; stopped at the end whatever happens."""
    await site.start()
    try:
        yield site
    finally:
        await site.stop()


def _point(port: int) -> Peer:
    behaviour = Behaviour()
    return Peer(protocol="tcp", port=port, server=ReferencePoint(behaviour), behaviour=behaviour)
