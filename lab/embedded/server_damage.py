"""What faults do to services, heartbeats and Windows hosts."""

from __future__ import annotations

from typing import Final

from lab.embedded.linux_services import SERVICE_PORT, command_of
from lab.embedded.windows_data import PatchData
from lab.world import DeviceWorld, Scene

PATTERN_DAYS: Final = 9
PATCHES: Final = ("5040430", "5041578", "5042881")


def break_heartbeat(_: Scene, world: DeviceWorld) -> None:
    world.data("ssh").services.links[1].connected = False


def _stop(world: DeviceWorld, item: str) -> None:
    """The first service of that item is gone, with its processes."""
    service = next(one for one in world.device.watch.services if item in one.items)
    data = world.data("ssh").services
    gone = command_of(service.process or "")
    data.processes = [one for one in data.processes if one != gone]


def stop_mds(_: Scene, world: DeviceWorld) -> None:
    _stop(world, "M13")


def close_proxy_port(_: Scene, world: DeviceWorld) -> None:
    proxy = next(one for one in world.device.watch.services if "M16" in one.items)
    data = world.data("ssh").services
    data.listening = [port for port in data.listening if port not in proxy.ports]


def stop_tts(_: Scene, world: DeviceWorld) -> None:
    _stop(world, "M32")


def stop_asr_service(_: Scene, world: DeviceWorld) -> None:
    _stop(world, "M58")


def shut_asr_port(_: Scene, world: DeviceWorld) -> None:
    for name, peer in world.peers.items():
        if name.startswith(SERVICE_PORT):
            peer.behaviour.silent = True


def stop_antivirus(_: Scene, world: DeviceWorld) -> None:
    world.data("winssh").services["ntrtscan"] = "Stopped"


def age_pattern(_: Scene, world: DeviceWorld) -> None:
    world.data("winssh").trend.pattern_days = PATTERN_DAYS


def withhold_patches(_: Scene, world: DeviceWorld) -> None:
    world.data("winssh").missing = [PatchData(kb, "Critical") for kb in PATCHES]
