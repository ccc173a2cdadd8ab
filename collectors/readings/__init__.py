"""What was seen: frozen facts with the raw evidence they were parsed from.

A reading is only made from an answer that was understood whole. Anything else is `Unanswered`,
with the reason; it never becomes a reading with holes in it.

One file a subject. The subjects known to older code are named here too; a new one is imported from
its own file.
"""

from __future__ import annotations

from collectors.readings.base import (
    Exchange,
    Reading,
    Trouble,
    Unanswered,
)
from collectors.readings.database import (
    BlockedSession,
    BrokenJob,
    Connections,
    DatabaseJobs,
    Deadlocks,
    ExpiringAccount,
    JobRun,
    UserLocks,
)
from collectors.readings.gateway import (
    ConsoleValues,
    GatewayAddresses,
    GatewayAlarms,
    GatewayHardware,
    GatewayLoad,
    GatewayParts,
    GatewayPorts,
    GatewayVersion,
)
from collectors.readings.host import (
    ClusterMember,
    ClusterResource,
    ClusterState,
    FileSystem,
    FileSystems,
    HostLoad,
    LogLines,
)
from collectors.readings.network import (
    ActiveAlarms,
    Alarm,
    DeviceLog,
    HaState,
    LogEntry,
    MemoryUse,
    Module,
    Modules,
    Port,
    Ports,
    PowerAndFans,
    ProcessorLoad,
    Temperatures,
)
from collectors.readings.reach import (
    InterfaceExchange,
    Reachability,
)

__all__ = [
    "ActiveAlarms",
    "Alarm",
    "BlockedSession",
    "BrokenJob",
    "ClusterMember",
    "ClusterResource",
    "ClusterState",
    "Connections",
    "ConsoleValues",
    "DatabaseJobs",
    "Deadlocks",
    "DeviceLog",
    "Exchange",
    "ExpiringAccount",
    "FileSystem",
    "FileSystems",
    "GatewayAddresses",
    "GatewayAlarms",
    "GatewayHardware",
    "GatewayLoad",
    "GatewayParts",
    "GatewayPorts",
    "GatewayVersion",
    "HaState",
    "HostLoad",
    "InterfaceExchange",
    "JobRun",
    "LogEntry",
    "LogLines",
    "MemoryUse",
    "Module",
    "Modules",
    "Port",
    "Ports",
    "PowerAndFans",
    "ProcessorLoad",
    "Reachability",
    "Reading",
    "Temperatures",
    "Trouble",
    "Unanswered",
    "UserLocks",
]
