"""Faults that devices tell of themselves: seen only where somebody listens (M54, M55)."""

from __future__ import annotations

from typing import Final

from checks.verdict import State
from inventory.model import Kind
from lab.embedded import damage
from lab.embedded.fault import Fault, Seen
from phrases import say

SWITCHES: Final = frozenset({Kind.SWITCH})
"""No item of the schedule asks a switch about its ports."""
LISTENS: Final = "nms-1"
DOWN: Final = "GigabitEthernet0/0/1"

TOLD_FAULTS: Final = (
    Fault(
        name="link-down-trap",
        title=say("a port of a switch goes down, which only its trap tells"),
        device="sw-seat-1",
        apply=damage.take_port_down,
        seen=Seen(
            item="M54",
            check="trap_alarms",
            state=State.ABNORMAL,
            cause=f"alarm:sw-seat-1:link:{DOWN}",
            sentence=f"{LISTENS}: 1 alarms are open: sw-seat-1 link:{DOWN}",
            headline=f"sw-seat-1: port {DOWN} went down (by SNMP trap, from 127.0.1.13)",
            by=LISTENS,
        ),
        protocols=frozenset({"snmp"}),
        kinds=SWITCHES,
    ),
    Fault(
        name="alarm-storm-syslog",
        title=say("a port of a switch says {count} times by syslog that it is down",
                  count=damage.STORM),
        device="sw-core-2",
        apply=damage.let_port_flap,
        seen=Seen(
            item="M55",
            check="other_alarms",
            state=State.ABNORMAL,
            cause=f"alarm:sw-core-2:link:{damage.FLAPPING_PORT}",
            sentence=f"{LISTENS}: 1 alarms are open: sw-core-2 link:{damage.FLAPPING_PORT}",
            headline=f"sw-core-2: port {damage.FLAPPING_PORT} went down "
            "(by syslog, from 127.0.1.12)",
            by=LISTENS,
        ),
        protocols=frozenset({"snmp"}),
        kinds=SWITCHES,
    ),
)  # fmt: skip
