"""Faults of routers, switches, firewalls and the voice gateway."""

from __future__ import annotations

from typing import Final

from inventory.model import Kind
from lab.embedded import damage
from lab.embedded.fault import Fault, abnormal
from phrases import say

NETWORK: Final = frozenset({Kind.ROUTER, Kind.SWITCH, Kind.FIREWALL})
NETWORK_PROTOCOLS: Final = frozenset({"snmp", "cli"})

NETWORK_FAULTS: Final[tuple[Fault, ...]] = (
    Fault(
        name="cpu-91",
        title=say("CPU at 91 %"),
        device="rt-core-1",
        apply=damage.load_cpu,
        seen=abnormal("rt-core-1", "M46", "cpu", "rt-core-1: CPU average 91 %, limit 50 %"),
        protocols=NETWORK_PROTOCOLS,
        kinds=NETWORK,
    ),
    Fault(
        name="memory-93",
        title=say("memory at 93 %"),
        device="fw-core-2",
        apply=damage.fill_memory,
        seen=abnormal("fw-core-2", "M46", "memory", "fw-core-2: memory 93 %, limit 80 %"),
        protocols=NETWORK_PROTOCOLS,
        kinds=NETWORK,
    ),
    Fault(
        name="fan-failed",
        title=say("a fan has failed"),
        device="fw-core-1",
        apply=damage.fail_fan,
        seen=abnormal("fw-core-1", "M44", "power_and_fans", "fw-core-1: fan FAN1 is abnormal"),
        protocols=NETWORK_PROTOCOLS,
        kinds=NETWORK,
    ),
    Fault(
        name="supply-lost",
        title=say("a power supply has no current"),
        device="rt-gov-1",
        apply=damage.lose_supply,
        seen=abnormal(
            "rt-gov-1", "M44", "power_and_fans", "rt-gov-1: power supply 0/PWR1 is NotSupply"
        ),
        protocols=NETWORK_PROTOCOLS,
        kinds=NETWORK,
    ),
    Fault(
        name="temperature-51",
        title=say("a part is at 51 °C"),
        device="rt-core-1",
        apply=damage.heat_up,
        seen=abnormal("rt-core-1", "M44", "temperatures", "rt-core-1: MPU 1 at 51 °C, limit 45 °C"),
        protocols=NETWORK_PROTOCOLS,
        kinds=NETWORK,
    ),
    Fault(
        name="port-down",
        title=say("a watched port is down"),
        device="rt-dr-1",
        apply=damage.take_port_down,
        seen=abnormal("rt-dr-1", "M44", "ports", "rt-dr-1: port GigabitEthernet0/0/0 is down"),
        protocols=NETWORK_PROTOCOLS,
        kinds=NETWORK,
    ),
    Fault(
        name="ha-switched",
        title=say("the HA role has switched"),
        device="fw-core-1",
        apply=damage.switch_hot_standby,
        seen=abnormal(
            "fw-core-1",
            "M44",
            "ha",
            "fw-core-1: HA role switched, it is standby and should be active",
        ),
        protocols=frozenset({"cli"}),
        kinds=frozenset({Kind.FIREWALL}),
    ),
    Fault(
        name="trunk-down",
        title=say("an ISDN 30B+D trunk is out of service"),
        device="gw-1960-1",
        apply=damage.take_trunk_down,
        seen=abnormal(
            "gw-1960-1",
            "M34",
            "alarms",
            "gw-1960-1: 1 active alarms, the first: Critical ISDN 30B+D trunk-2 out of service",
        ),
        protocols=frozenset({"cli"}),
        kinds=frozenset({Kind.GATEWAY_1960}),
    ),
    Fault(
        name="address-changed",
        title=say("the address is not the approved one"),
        device="gw-1960-1",
        apply=damage.change_address,
        seen=abnormal(
            "gw-1960-1",
            "M35",
            "addresses",
            "gw-1960-1: addresses 10.10.1.66/24, expected 10.10.1.60/24",
        ),
        protocols=frozenset({"cli"}),
        kinds=frozenset({Kind.GATEWAY_1960}),
    ),
)
