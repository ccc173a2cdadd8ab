"""Agents of UPSs that do not speak RFC 1628, healthy, after the MIBs."""

from __future__ import annotations

from typing import Final

from lab.embedded.snmp_mib import AgentData

HUAWEI: Final = "1.3.6.1.4.1.2011.6.174.1"
POWERNET: Final = "1.3.6.1.4.1.318.1.1.1"


def _agent(root: str, values: dict[str, int]) -> AgentData:
    data = AgentData()
    data.set_value("1.3.6.1.2.1.1.2.0", "1.3.6.1.4.1.8072.3.2.10", "6")
    data.set_value("1.3.6.1.2.1.1.3.0", 100, "67")
    for oid, value in values.items():
        data.set_value(f"{root}.{oid}", value)
    return data


def huawei(charge: int = 98) -> AgentData:
    """A UPS5000-E on mains behind a plain net-snmp agent; three phases."""
    return _agent(
        HUAWEI,
        {
            "2.101.1.1.1": 3, "2.101.1.3.1": 4, "2.101.1.4.1": 264,
            "4.100.1.14.1": 312, "4.100.1.15.1": 287, "4.100.1.16.1": 301,
            "6.100.1.3.1": charge, "6.100.1.4.1": 2700, "6.100.1.6.1": 231,
        },
    )  # fmt: skip


def powernet() -> AgentData:
    """A Smart-UPS on line, with the high-precision values as well."""
    return _agent(
        POWERNET,
        {
            "2.1.1.0": 2, "2.1.2.0": 0, "2.2.1.0": 100, "2.2.2.0": 28, "2.2.3.0": 152200,
            "2.2.4.0": 1, "2.3.1.0": 1000, "2.3.2.0": 280, "4.1.1.0": 2, "4.2.3.0": 37,
            "4.3.3.0": 378,
        },
    )  # fmt: skip
