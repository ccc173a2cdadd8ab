"""Faults of what network devices are configured to do, and of where they send what."""

from __future__ import annotations

from typing import Final

from inventory.model import Kind
from lab.embedded import configuration_damage
from lab.embedded.fault import Fault, abnormal, unanswered
from phrases import say

NETWORK: Final = frozenset({Kind.ROUTER, Kind.SWITCH, Kind.FIREWALL})

CONFIGURATION_FAULTS: Final[tuple[Fault, ...]] = (
    Fault(
        name="vrrp-switched",
        title=say("a virtual router has changed sides"),
        device="rt-core-1",
        apply=configuration_damage.switch_virtual_router,
        seen=abnormal(
            "rt-core-1",
            "M44",
            "vrrp",
            "rt-core-1: virtual router 1 on GigabitEthernet0/0/1 is backup router and should be "
            "master",
        ),
        protocols=frozenset({"cli"}),
        kinds=frozenset({Kind.ROUTER}),
    ),
    Fault(
        name="config-changed",
        title=say("a line was put into the configuration"),
        device="rt-core-1",
        apply=configuration_damage.change_configuration,
        seen=abnormal(
            "rt-core-1",
            "M45",
            "configuration",
            "rt-core-1: configuration lines that differ from those that * approved on *: 1, the "
            "first: + ospf 1 > import-route direct",
        ),
        protocols=frozenset({"cli"}),
        kinds=frozenset({Kind.ROUTER}),
    ),
    Fault(
        name="config-unsaved",
        title=say("a change was never saved"),
        device="sw-core-1",
        apply=configuration_damage.forget_to_save,
        seen=abnormal(
            "sw-core-1",
            "M41",
            "saved",
            "sw-core-1: configuration lines that are not saved and would be lost at a restart: 1, "
            "the first: + dhcp enable",
        ),
        protocols=frozenset({"cli"}),
        kinds=frozenset({Kind.SWITCH}),
    ),
    Fault(
        name="route-lost",
        title=say("an OSPF route is gone"),
        device="rt-gov-1",
        apply=configuration_damage.lose_route,
        seen=abnormal(
            "rt-gov-1",
            "M45",
            "routes",
            "rt-gov-1: 1 approved routes are missing, the first: 10.70.0.0/16 via * (OSPF)",
        ),
        protocols=frozenset({"cli"}),
        kinds=frozenset({Kind.ROUTER, Kind.FIREWALL}),
    ),
    Fault(
        name="config-cut",
        title=say("the configuration breaks off in the middle"),
        device="fw-dr-1",
        apply=configuration_damage.cut_configuration,
        seen=unanswered(
            "fw-dr-1",
            "garbled",
            "M45",
            "configuration",
            'fw-dr-1: the answer to "display current-configuration" breaks off before its end',
        ),
        protocols=frozenset({"cli"}),
        kinds=NETWORK,
    ),
)
