"""Which protocol answers which question, best first. A new source is one line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Final

from collectors.copies import (
    checksum_patience,
    copy_keepers,
    no_copy,
    no_trial,
    trial_keepers,
    trial_patience,
)
from collectors.readings import (
    ActiveAlarms,
    ClusterState,
    Connections,
    DatabaseJobs,
    Deadlocks,
    DeviceLog,
    FileSystems,
    GatewayAddresses,
    GatewayAlarms,
    GatewayHardware,
    GatewayLoad,
    GatewayPorts,
    GatewayVersion,
    HaState,
    HostLoad,
    InterfaceExchange,
    LogLines,
    MemoryUse,
    Modules,
    Ports,
    PowerAndFans,
    ProcessorLoad,
    Reachability,
    Reading,
    Temperatures,
    UserLocks,
)
from collectors.readings.alarms import OtherAlarms, TrapAlarms
from collectors.readings.application import (
    CallCentreState,
    MessageDelivery,
    RecognisedSpeech,
    SynthesisedSpeech,
)
from collectors.readings.backups import (
    KeptColdChecksums,
    KeptCopies,
    KeptDataChecksums,
    KeptDumpChecksums,
    KeptTrials,
    OwnColdChecksums,
    OwnColdCopies,
    OwnCopies,
    OwnDataBackups,
    OwnDataChecksums,
    OwnDumpChecksums,
    OwnDumps,
    OwnTrials,
)
from collectors.readings.calls import KeptCallCounts, OwnCallCounts
from collectors.readings.configuration import Configuration, RoutingTable, SavedConfiguration
from collectors.readings.database_care import (
    Archiving,
    DatabaseBackups,
    DatabaseLog,
    DatabaseSizes,
    Replication,
    Tablespaces,
)
from collectors.readings.gathered import Gathered
from collectors.readings.heartbeat import Heartbeat
from collectors.readings.passwords import PasswordChanges
from collectors.readings.room import RoomHumidity, RoomTemperature
from collectors.readings.services import LOG_READINGS, SERVICE_READINGS
from collectors.readings.storage import ArrayCapacity, ArrayParts
from collectors.readings.vrrp import VrrpGroups
from collectors.readings.windows import Patches, SystemEvents, VirusProtection
from collectors.ups_words import POWER
from inventory.model import Device, Trait
from phrases import Phrase, say

RECORDS: Final = "records"
"""The protocol of what Lineguard itself keeps: every device can be asked over it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A module of `collectors.sources`, the protocol it speaks, and the readings it can give.

    `module` is imported when a device is first asked over it, so that a command pays only for
    the protocols it uses.
    """

    protocol: str
    module: str
    reads: frozenset[type[Reading]]
    trait: Trait | None = None
    """Only devices of this trait: of what family a database is, is said once, in the estate."""

    def serves(self, device: Device, question: type[Reading]) -> bool:
        """Can this device be asked that question this way?"""
        configured = self.protocol == RECORDS or getattr(device.access, self.protocol) is not None
        fits = self.trait is None or self.trait in device.traits
        return configured and fits and question in self.reads


NETWORK: Final = frozenset({ProcessorLoad, MemoryUse, Modules, PowerAndFans, Temperatures, Ports})
GATEWAY: Final = frozenset(
    {GatewayLoad, GatewayAlarms, GatewayAddresses, GatewayVersion, GatewayPorts, GatewayHardware}
)
DATABASE: Final = frozenset(
    {DatabaseJobs, Deadlocks, UserLocks, Connections, Archiving, Replication}
)
WINDOWS: Final = frozenset({HostLoad, FileSystems, SystemEvents, VirusProtection, Patches})
HOST: Final = frozenset(
    {
        HostLoad,
        FileSystems,
        ClusterState,
        LogLines,
        CallCentreState,
        KeptCallCounts,
        Heartbeat,
        *SERVICE_READINGS,
        *LOG_READINGS,
    }
)
CHECKSUMS: Final = (KeptColdChecksums, KeptDumpChecksums, KeptDataChecksums)
BACKUPS: Final = frozenset({KeptCopies, KeptTrials, *CHECKSUMS})
CONFIGURATION: Final = frozenset({Configuration, SavedConfiguration, RoutingTable})
ROOM: Final = frozenset({ArrayParts, ArrayCapacity, RoomTemperature, RoomHumidity})
REACH: Final = frozenset({Reachability})

SOURCES: Final[tuple[Source, ...]] = (
    Source(protocol="cti", module="collectors.sources.cti", reads=frozenset({CallCentreState})),
    Source(protocol="ssh", module="collectors.sources.host", reads=HOST | BACKUPS),
    Source(protocol="winssh", module="collectors.sources.windows", reads=WINDOWS),
    Source(
        protocol="ssh",
        module="collectors.sources.host",
        reads=frozenset({DatabaseBackups, DatabaseLog}),
        trait=Trait.POSTGRESQL,
    ),
    Source(
        protocol="snmp",
        module="collectors.sources.snmp",
        reads=NETWORK | POWER | ROOM | {HostLoad, FileSystems},
    ),
    Source(protocol="nut", module="collectors.sources.nut", reads=POWER),
    Source(
        protocol="cli",
        module="collectors.sources.netdev",
        reads=NETWORK | GATEWAY | CONFIGURATION | {VrrpGroups, HaState, ActiveAlarms, DeviceLog},
    ),
    Source(
        protocol="oracle",
        module="collectors.sources.oracle",
        reads=DATABASE | {DatabaseBackups, DatabaseLog, Tablespaces},
        trait=Trait.ORACLE,
    ),
    Source(
        protocol="ssh",
        module="collectors.sources.host",
        reads=frozenset({DatabaseLog}),  # where the view of the alert log shows nothing
        trait=Trait.ORACLE,
    ),
    Source(
        protocol="postgres",
        module="collectors.sources.postgres",
        reads=DATABASE | {DatabaseSizes, DatabaseBackups, DatabaseLog},
        trait=Trait.POSTGRESQL,
    ),
    Source(
        protocol="http",
        module="collectors.sources.http",
        reads=frozenset({InterfaceExchange}),
    ),
    Source(
        protocol="tts", module="collectors.sources.speech", reads=frozenset({SynthesisedSpeech})
    ),
    Source(protocol="asr", module="collectors.sources.speech", reads=frozenset({RecognisedSpeech})),
    Source(
        protocol="sms", module="collectors.sources.messages", reads=frozenset({MessageDelivery})
    ),
    Source(protocol="icmp", module="collectors.sources.icmp", reads=REACH),
    Source(protocol="sip", module="collectors.sources.sip", reads=REACH),
    Source(protocol="tcp", module="collectors.sources.tcp", reads=REACH),
    Source(protocol="snmp", module="collectors.sources.snmp", reads=REACH),
    Source(protocol="nut", module="collectors.sources.tcp", reads=REACH),
    Source(protocol="http", module="collectors.sources.tcp", reads=REACH),
    Source(protocol="oracle", module="collectors.sources.tcp", reads=REACH),
    Source(protocol="postgres", module="collectors.sources.tcp", reads=REACH),
    Source(protocol="ssh", module="collectors.sources.tcp", reads=REACH),
    Source(protocol="winssh", module="collectors.sources.tcp", reads=REACH),
    Source(protocol="cli", module="collectors.sources.tcp", reads=REACH),
    Source(
        protocol=RECORDS,
        module="collectors.sources.records",
        reads=frozenset({PasswordChanges}),
    ),
    Source(
        protocol=RECORDS,
        module="collectors.sources.alarms",
        reads=frozenset({TrapAlarms, OtherAlarms}),
    ),
)

PROBES: Final = frozenset(
    source.module
    for source in SOURCES
    if source.protocol == RECORDS
    or all(other.reads == REACH for other in SOURCES if other.module == source.module)
)
"""Modules that only knock, or only read: they log in nowhere, so what they open is no session."""


def sources_for(device: Device, question: type[Reading]) -> tuple[Source, ...]:
    """The ways to ask, best first; empty when the device has none."""
    return tuple(source for source in SOURCES if source.serves(device, question))


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Where a reading comes from that other devices keep for a device: their names, and what to
    say of a device for which the estate names none."""

    keepers: Callable[[Device], tuple[str, ...]]
    missing: Callable[[Device], Phrase]


def _call_keepers(device: Device) -> tuple[str, ...]:
    traffic = device.traffic
    if traffic is None:
        return ()
    places = (traffic.records, *((traffic.cti,) if traffic.cti else ()))
    return tuple(dict.fromkeys(one.keeper for one in places))


def _no_call_keepers(device: Device) -> Phrase:
    return say("{device}: its estate names no “traffic”: where its call records are kept",
               device=device.name)  # fmt: skip


def _copies(question: type[OwnCopies]) -> Kept:
    """Of a device's own catalogue of copies, those that its item looks at."""
    return Kept(
        keepers=partial(copy_keepers, item=question.item),
        missing=partial(no_copy, item=question.item),
    )


GATHERED: Final[Mapping[type[Gathered], Kept]] = {
    **{
        question: _copies(question)
        for question in (
            OwnColdCopies, OwnDumps, OwnDataBackups,
            OwnColdChecksums, OwnDumpChecksums, OwnDataChecksums,
        )
    },
    OwnTrials: Kept(
        keepers=partial(trial_keepers, item=OwnTrials.item),
        missing=partial(no_trial, item=OwnTrials.item),
    ),
    OwnCallCounts: Kept(keepers=_call_keepers, missing=_no_call_keepers),
}  # fmt: skip

PATIENCE: Final[Mapping[type[Reading], Callable[[Device], timedelta]]] = {
    **{question: partial(checksum_patience, question) for question in CHECKSUMS},
    KeptTrials: trial_patience,
}
"""What takes longer than a visit usually may: how much longer, by what the device keeps. It is
asked last."""
