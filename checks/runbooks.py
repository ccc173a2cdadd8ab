"""Which runbook is offered for what: by item, where it matters by check, and by kind of incident.

The names are files of `runbooks/library/`; a test holds them together.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

OF_ITEM: Final[Mapping[str, str]] = MappingProxyType(
    {
        "M01": "host-load", "M02": "disk-full", "M03": "cluster", "M04": "heartbeat",
        "M05": "host-logs", "M06": "database-jobs", "M07": "database-deadlocks",
        "M08": "database-locks", "M09": "database-connections", "M10": "database-backup",
        "M11": "database-log", "M12": "tablespaces", "M13": "mds", "M14": "cti-ivr",
        "M15": "application-log", "M16": "database-proxy", "M17": "host-load",
        "M18": "host-logs", "M19": "disk-full", "M20": "cluster", "M21": "host-load",
        "M22": "host-logs", "M23": "disk-full", "M24": "host-load", "M25": "host-logs",
        "M26": "disk-full", "M27": "antivirus", "M28": "host-load", "M29": "host-logs",
        "M30": "disk-full", "M31": "asr", "M32": "tts", "M33": "gateway-load",
        "M34": "gateway-alarms", "M35": "gateway-identity", "M36": "gateway-identity",
        "M37": "gateway-ports", "M38": "gateway-hardware", "M39": "database-backup",
        "M40": "cold-copies", "M41": "configuration-backup", "M42": "database-dumps",
        "M43": "disaster-recovery-drill", "M44": "network-state",
        "M45": "configuration-drift", "M46": "network-load", "M47": "network-log",
        "M48": "password-rotation", "M49": "antivirus", "M50": "patches",
        "M51": "monthly-documents", "M52": "monthly-documents", "M53": "reachability",
        "M54": "alarms", "M55": "alarms", "M56": "tts-sms-function", "M57": "data-backup",
        "M58": "asr", "M59": "data-interface", "M60": "call-records", "R1": "ups",
        "R2": "storage", "R3": "room",
    }
)  # fmt: skip

OF_CHECK: Final[Mapping[tuple[str, str], str]] = MappingProxyType(
    {
        ("M10", "replication"): "database-replication",
        ("M44", "ha"): "network-ha",
        ("M44", "vrrp"): "network-ha",
        ("M44", "power_and_fans"): "network-power-temperature",
        ("M44", "temperatures"): "network-power-temperature",
        ("R1", "supply"): "power-cut",
    }
)
"""Where one check of an item means other work than the rest of it."""

OF_CAUSE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "device:unreachable": "reachability",
        "device:access": "device-access",
        "device:slow": "device-access",
        "device:garbled": "device-access",
        "self:cut-off": "lineguard-cut-off",
        "reported:seat": "ordinary-device-fault",
        "reported:fault": "system-fault",
        "reported:power": "power-cut",
        "reported:environment": "air-conditioning",
        "reported:surge": "inbound-surge",
    }
)
"""By the first word of the key of a root cause and what it says (`incidents.causes`)."""

BY_HAND: Final = frozenset({"fire", "outbound-surge", "urgent-network-fault"})
"""Emergencies that no check can tell: somebody opens them, or another runbook leads to them."""


def runbook_for(item: str | None, check: str | None, cause: str) -> str | None:
    """The runbook for an incident; None for a cause that has none."""
    if item is not None:
        return OF_CHECK.get((item, check or "")) or OF_ITEM.get(item)
    kind, *rest = cause.split(":")
    named = (f"{kind}:{one}" for one in rest)
    return next((OF_CAUSE[one] for one in named if one in OF_CAUSE), None)
