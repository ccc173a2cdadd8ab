"""What goes wrong with the applications of the practice site."""

from __future__ import annotations

from typing import Final

from lab.world import DeviceWorld, Scene

MISHEARD: Final = "今天天气很好"
QUEUE: Final = 7
MISSING_HOUR: Final = 18
MORE: Final = 1 / 0.88
"""So that the records are 12 % fewer than what is counted."""


def silence_voice(_: Scene, world: DeviceWorld) -> None:
    world.data("tts").silent = True


def mishear(_: Scene, world: DeviceWorld) -> None:
    world.data("asr").heard = MISHEARD


def lose_messages(_: Scene, world: DeviceWorld) -> None:
    world.data("sms").word = "UNDELIV"


def drop_link(_: Scene, world: DeviceWorld) -> None:
    world.data("cti").cti_link = "down"


def queue_up(_: Scene, world: DeviceWorld) -> None:
    world.data("cti").queue_length = QUEUE


def lose_hour(scene: Scene, world: DeviceWorld) -> None:
    """The records of the gateway lie on another device."""
    traffic = world.device.traffic
    assert traffic is not None  # noqa: S101  (the fault fits only those that have some)
    scene.worlds[traffic.records.keeper].data("ssh").calls.missing_hour = MISSING_HOUR


def count_apart(scene: Scene, world: DeviceWorld) -> None:
    """The CTI counts more calls than there are records of."""
    traffic = world.device.traffic
    assert traffic is not None and traffic.cti is not None  # noqa: S101  (as above)
    scene.worlds[traffic.cti.keeper].data("ssh").calls.factor = MORE
