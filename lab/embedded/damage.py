"""What faults do to the worlds: each changes what peers answer, and is put on healthy ones only.

Every function takes the whole scene and the world of the device that the fault strikes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from lab.behaviour import Behaviour
from lab.embedded import snmp_data
from lab.embedded.nut_server import NutData
from lab.embedded.oracle import data as oracle_data
from lab.embedded.snmp_mib import AgentData
from lab.embedded.vrp_data import VrpData
from lab.world import DeviceWorld, Scene, Telling, Word

CPU_PERCENT: Final = 91
MEMORY_PERCENT: Final = 93
CELSIUS: Final = 51
STORM: Final = 300
"""Lines of a log that say the same."""
FLAPPING_PORT: Final = "GigabitEthernet0/0/24"
DISK_PERCENT: Final = 97
OVERLOAD_PERCENT: Final = 108
ROOM_CELSIUS: Final = 34.0
CONNECTIONS: Final = 905
BACKLOG: Final = 5_000
SLOW_S: Final = 30.0
"""Longer than any protocol's time limit."""
CUT_AFTER: Final = 40
"""Bytes: in the middle of a line of every answer that is asked for."""
STRANGE_ADDRESS: Final = "10.10.1.66/24"


# --- network devices: what the agent and the console tell ----------------------------------


def _told(
    world: DeviceWorld, snmp: Callable[[AgentData], None], cli: Callable[[VrpData], None]
) -> None:
    """Both ways to ask a device tell the same."""
    if "snmp" in world.peers:
        snmp(world.data("snmp"))
    if "cli" in world.peers:
        cli(world.data("cli"))


def load_cpu(_: Scene, world: DeviceWorld) -> None:
    def console(data: VrpData) -> None:
        data.cpu_percent = CPU_PERCENT

    _told(world, lambda data: snmp_data.set_cpu(data, CPU_PERCENT), console)


def fill_memory(_: Scene, world: DeviceWorld) -> None:
    def console(data: VrpData) -> None:
        data.memory_percent = MEMORY_PERCENT

    _told(world, lambda data: snmp_data.set_memory(data, MEMORY_PERCENT), console)


def fail_fan(_: Scene, world: DeviceWorld) -> None:
    def console(data: VrpData) -> None:
        data.fans[0].status = "Abnormal"

    _told(world, snmp_data.fail_fan, console)


def lose_supply(_: Scene, world: DeviceWorld) -> None:
    def console(data: VrpData) -> None:
        data.supplies[0].state = "NotSupply"

    _told(world, snmp_data.lose_supply, console)


def heat_up(_: Scene, world: DeviceWorld) -> None:
    def console(data: VrpData) -> None:
        data.sensors[0].celsius = CELSIUS

    _told(world, lambda data: snmp_data.set_temperature(data, CELSIUS), console)


def take_port_down(_: Scene, world: DeviceWorld) -> None:
    port = world.device.watch.ports[0]

    def console(data: VrpData) -> None:
        data.interfaces[0].oper_up = False

    _told(world, lambda data: snmp_data.port_down(data, port), console)
    world.tells.add(Telling(word=Word.LINK_TRAP, port=port))


def let_port_flap(_: Scene, world: DeviceWorld) -> None:
    """A port that nobody watches: what is known of it is what the device says, over and over."""
    world.tells.add(Telling(word=Word.LINK_LOG, port=FLAPPING_PORT, times=STORM))


def switch_hot_standby(_: Scene, world: DeviceWorld) -> None:
    pair = world.data("cli").hrp
    was = (pair.role, pair.peer)
    pair.role, pair.peer = pair.peer, pair.role
    pair.should_be = "-".join(was)


def take_trunk_down(_: Scene, world: DeviceWorld) -> None:
    world.data("cli").trunks["trunk-2"] = False


def change_address(_: Scene, world: DeviceWorld) -> None:
    world.data("cli").addresses = [STRANGE_ADDRESS]


# --- servers, databases, services ----------------------------------------------------------


def fill_disk(_: Scene, world: DeviceWorld) -> None:
    if "snmp" in world.peers:
        snmp_data.fill_disk(world.data("snmp"), DISK_PERCENT)
    else:
        world.data("ssh").disks[-1].used_percent = float(DISK_PERCENT)


def lose_cluster_node(_: Scene, world: DeviceWorld) -> None:
    cluster = world.data("ssh").cluster
    other = next(name for name in cluster.nodes if name != world.device.name)
    cluster.nodes[other] = "offline"


def block_session(_: Scene, world: DeviceWorld) -> None:
    if "oracle" in world.peers:
        oracle_data.block_session(world.data("oracle"))
    else:
        world.data("postgres").blocked_session = True


def open_connections(_: Scene, world: DeviceWorld) -> None:
    protocol = "oracle" if "oracle" in world.peers else "postgres"
    world.data(protocol).connections = CONNECTIONS


def fail_job(_: Scene, world: DeviceWorld) -> None:
    if "oracle" in world.peers:
        oracle_data.fail_job(world.data("oracle"))
    else:
        world.data("postgres").failed_job = True


def lock_account(_: Scene, world: DeviceWorld) -> None:
    oracle_data.lock_account(world.data("oracle"))


def pile_up(_: Scene, world: DeviceWorld) -> None:
    world.data("http").backlog = BACKLOG


# --- the room: power, arrays, climate ------------------------------------------------------


def _ups(
    world: DeviceWorld, snmp: Callable[[AgentData], None], nut: Callable[[NutData], None]
) -> None:
    """A UPS tells the same by its card and by its server."""
    if "snmp" in world.peers:
        snmp(world.data("snmp"))
    if "nut" in world.peers:
        nut(world.data("nut"))


def cut_mains(_: Scene, world: DeviceWorld) -> None:
    _ups(world, snmp_data.run_on_battery, lambda data: data.set_status("OB", "DISCHRG"))
    world.tells.add(Telling(word=Word.ON_BATTERY))


def go_to_bypass(_: Scene, world: DeviceWorld) -> None:
    _ups(
        world,
        lambda data: snmp_data.set_output_source(data, 4),
        lambda data: data.set_status("OL", "BYPASS"),
    )


def drain_battery(_: Scene, world: DeviceWorld) -> None:
    _ups(world, snmp_data.lower_battery, lambda data: data.set_status("OL", "LB"))


def overload_ups(_: Scene, world: DeviceWorld) -> None:
    def server(data: NutData) -> None:
        data.set_status("OL", "OVER")
        data.variables["ups.load"] = str(OVERLOAD_PERCENT)

    _ups(world, lambda data: snmp_data.load_ups(data, OVERLOAD_PERCENT), server)


def fail_array_disk(_: Scene, world: DeviceWorld) -> None:
    snmp_data.fail_array_disk(world.data("snmp"))


def heat_room(_: Scene, world: DeviceWorld) -> None:
    snmp_data.set_room(world.data("snmp"), celsius=ROOM_CELSIUS)


# --- behaviour -------------------------------------------------------------------------------


def _silence(behaviour: Behaviour) -> None:
    behaviour.silent = True


def fall_silent(_: Scene, world: DeviceWorld) -> None:
    world.behave(_silence)


def fall_silent_with_all_behind(scene: Scene, world: DeviceWorld) -> None:
    for one in scene.behind(world.device.name):
        one.behave(_silence)
    world.behave(_silence)


def silence_everything(scene: Scene, _: DeviceWorld) -> None:
    for world in scene.worlds.values():
        world.behave(_silence)
    for point in scene.points:
        _silence(point.behaviour)


def cut_answers(_: Scene, world: DeviceWorld) -> None:
    def change(behaviour: Behaviour) -> None:
        behaviour.cut_after = CUT_AFTER

    world.behave(change)


def answer_garbage(_: Scene, world: DeviceWorld) -> None:
    def change(behaviour: Behaviour) -> None:
        behaviour.garbage = True

    world.behave(change)


def refuse_logins(_: Scene, world: DeviceWorld) -> None:
    def change(behaviour: Behaviour) -> None:
        behaviour.refuse_logins = True

    world.behave(change)


def answer_slowly(_: Scene, world: DeviceWorld) -> None:
    def change(behaviour: Behaviour) -> None:
        behaviour.delay_s = SLOW_S

    world.behave(change)
