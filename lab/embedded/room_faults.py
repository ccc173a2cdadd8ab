"""Faults of what stands in the equipment room: power, arrays, climate."""

from __future__ import annotations

from typing import Final

from inventory.model import Kind
from lab.embedded import damage
from lab.embedded.fault import Fault, abnormal
from phrases import say

UPS: Final = frozenset({Kind.UPS})
UPS_PROTOCOLS: Final = frozenset({"snmp", "nut"})

ROOM_FAULTS: Final[tuple[Fault, ...]] = (
    Fault(
        name="ups-on-battery",
        title=say("mains are gone, a UPS runs on battery"),
        device="ups-1",
        apply=damage.cut_mains,
        seen=abnormal(
            "ups-1",
            "R1",
            "supply",
            "ups-1: the UPS runs on battery, mains are gone; for 120 s so far; 46 min left; "
            "charge 93 %",
        ),
        protocols=UPS_PROTOCOLS,
        kinds=UPS,
    ),
    Fault(
        name="ups-bypass",
        title=say("a UPS has switched to bypass"),
        device="ups-dr-1",
        apply=damage.go_to_bypass,
        seen=abnormal(
            "ups-dr-1", "R1", "supply", "ups-dr-1: the UPS is on bypass, nothing protects the load"
        ),
        protocols=UPS_PROTOCOLS,
        kinds=UPS,
    ),
    Fault(
        name="ups-battery-low",
        title=say("the battery of a UPS is low"),
        device="ups-dr-1",
        apply=damage.drain_battery,
        seen=abnormal("ups-dr-1", "R1", "battery", "ups-dr-1: the UPS battery is low"),
        protocols=UPS_PROTOCOLS,
        kinds=UPS,
    ),
    Fault(
        name="ups-overload",
        title=say("a UPS is overloaded"),
        device="ups-1",
        apply=damage.overload_ups,
        seen=abnormal("ups-1", "R1", "load", "ups-1: UPS load 108 %, limit 100 %"),
        protocols=UPS_PROTOCOLS,
        kinds=UPS,
    ),
    Fault(
        name="array-disk-failed",
        title=say("a disk of a storage array has failed"),
        device="san-1",
        apply=damage.fail_array_disk,
        seen=abnormal("san-1", "R2", "array_parts", "san-1: disk CTE0.2: health is fault"),
        protocols=frozenset({"snmp"}),
        kinds=frozenset({Kind.STORAGE}),
    ),
    Fault(
        name="room-34",
        title=say("the room is at 34 °C"),
        device="room-1",
        apply=damage.heat_room,
        seen=abnormal(
            "room-1", "R3", "room_temperature", "room-1: cold aisle at 34 °C, limit 28 °C"
        ),
        protocols=frozenset({"snmp"}),
        kinds=frozenset({Kind.ROOM_SENSOR}),
    ),
)
