"""What goes wrong with the applications of the practice site."""

from __future__ import annotations

from typing import Final

from lab.world import DeviceWorld, Scene

MISHEARD: Final = "今天天气很好"
QUEUE: Final = 7


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
