"""What faults do to the configurations of practice consoles; see `lab.embedded.damage`."""

from __future__ import annotations

from typing import Final

from lab.world import DeviceWorld, Scene

OPENED_LINE: Final = " import-route direct"
UNSAVED_LINE: Final = "dhcp enable"


def change_configuration(_: Scene, world: DeviceWorld) -> None:
    """Saved as well: only a comparison with what was approved can see it."""
    configuration = world.data("cli").configuration
    for lines in (configuration.running, configuration.saved):
        lines.insert(lines.index("ospf 1") + 1, OPENED_LINE)


def forget_to_save(_: Scene, world: DeviceWorld) -> None:
    lines = world.data("cli").configuration.running
    lines.insert(lines.index("vlan batch 2 to 100") + 1, UNSAVED_LINE)


def lose_route(_: Scene, world: DeviceWorld) -> None:
    """Configured as ever; the way there is gone."""
    configuration = world.data("cli").configuration
    configuration.routes = [one for one in configuration.routes if one.protocol != "OSPF"]


def cut_configuration(_: Scene, world: DeviceWorld) -> None:
    world.data("cli").configuration.cut = True


def switch_virtual_router(_: Scene, world: DeviceWorld) -> None:
    world.data("cli").virtual_routers[0].state = "Backup"
