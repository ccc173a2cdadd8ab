"""What the servers of each practice device tell while nothing is the matter."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from inventory.model import Device, Kind, Trait
from lab.embedded import snmp_data
from lab.embedded.backup_data import StanzaData
from lab.embedded.kept_files import healthy_shelf
from lab.embedded.linux_data import ClusterData, ClusterResourceData, HostData, LogFolder
from lab.embedded.linux_services import healthy_services
from lab.embedded.snmp_mib import AgentData
from lab.embedded.u1900_console import GatewayData
from lab.embedded.vrp_configuration import healthy_configuration
from lab.embedded.vrp_data import HotStandbyPair, Interface, VirtualRouter, VrpData

MODELS: Final[Mapping[Kind, str]] = {
    Kind.ROUTER: "AR6280",
    Kind.SWITCH: "S5731-H48T4XC",
    Kind.FIREWALL: "USG6585E",
}

FIRST_LOG_LINES: Final = "2026-11-20 08:00:00 INFO hotline application started\n"
FIRST_DATABASE_LOG_LINES: Final = (
    "2026-11-20 08:00:00.000 UTC [1] LOG:  database system is ready to accept connections\n"
)


def healthy_host(device: Device, dump: Path | None = None) -> HostData:
    """A Linux host with the copies that it keeps; a clustered one sees its pair, and the pair's
    address on the first; a database's has what backs it up."""
    shelf = healthy_shelf(device, dump)
    site = device.watch.database
    if site is not None and site.stanza is not None:
        return HostData(stanzas=[StanzaData(site.stanza)], shelf=shelf)
    clustered = Trait.CLUSTERED in device.traits
    services = healthy_services(device, clustered)
    if not clustered:
        return HostData(services=services, shelf=shelf)
    stem = device.name.rpartition("-")[0]
    first, second = f"{stem}-1", f"{stem}-2"
    return HostData(
        shelf=shelf,
        cluster=ClusterData(
            nodes={first: "online", second: "online"},
            resources=[ClusterResourceData(f"vip-{stem}", node=first)],
        ),
        services=services,
    )


def healthy_console(device: Device) -> VrpData:
    """A VRP-like device with the ports that the estate watches, and one that nobody uses."""
    data = VrpData(
        name=device.name, cpu_max_percent=46, configuration=healthy_configuration(device)
    )
    data.interfaces = [
        *(Interface(name) for name in device.watch.ports),
        Interface("GigabitEthernet0/0/9", admin_up=True, oper_up=False),
    ]
    data.virtual_routers = [
        VirtualRouter(one.vrid, one.interface.replace("GigabitEthernet", "GE"), one.state.title())
        for one in device.watch.vrrp
    ]
    role = device.watch.ha_role
    if role is not None:
        data.hrp = HotStandbyPair(role=role, peer="standby" if role == "active" else "active")
    return data


def healthy_agent(device: Device) -> AgentData:
    """What an agent of that kind of device tells."""
    match device.kind:
        case Kind.ROUTER | Kind.SWITCH | Kind.FIREWALL:
            return snmp_data.vrp(
                device.name,
                model=MODELS[device.kind],
                ports=(*device.watch.ports, "GigabitEthernet0/0/9"),
            )
        case Kind.UPS:
            return snmp_data.ups(device.name)
        case Kind.STORAGE:
            return snmp_data.storage(device.name)
        case Kind.ROOM_SENSOR:
            return snmp_data.room_sensor(device.name)
    return snmp_data.linux(device.name)


def healthy_gateway(device: Device) -> GatewayData:
    """A U1900-like gateway with the address that the estate expects."""
    expected = dict(device.console)["addresses"].expect
    return GatewayData(addresses=[expected] if expected else [])


def first_logs(device: Device) -> LogFolder:
    logs = LogFolder()
    for watched in device.watch.logs:
        logs.create(watched.path, FIRST_LOG_LINES.encode())
    site = device.watch.database
    if site is not None and site.log is not None:
        logs.create(site.log, FIRST_DATABASE_LOG_LINES.encode())
    return logs
