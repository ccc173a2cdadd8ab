"""Services of hosts: what runs, listens and answers of what the site says must.

Each item has a reading of its own, so that a device without data for one item still answers the
others. `item` names it as the site data do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from collectors.readings.base import Reading
from collectors.readings.host import LogLines


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceState:
    """One service. `processes` is None where no process is named for it; `closed` are those of
    `ports` that nothing listens on; `refused` says that `connect` took no connection."""

    name: str
    processes: int | None
    count: int
    ports: tuple[int, ...] = ()
    closed: tuple[int, ...] = ()
    connect: int | None = None
    refused: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceStates(Reading):
    """`absent`: the site says that this item's service does not stand here. Otherwise never
    empty."""

    item: ClassVar[str] = ""

    services: tuple[ServiceState, ...]
    absent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MdsServices(ServiceStates):
    """MDS of the CTI platform."""

    item: ClassVar[str] = "M13"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProxyServices(ServiceStates):
    """The database proxy of the CTI platform."""

    item: ClassVar[str] = "M16"


@dataclass(frozen=True, slots=True, kw_only=True)
class AsrServer(ServiceStates):
    """The server of speech recognition."""

    item: ClassVar[str] = "M31"


@dataclass(frozen=True, slots=True, kw_only=True)
class TtsServer(ServiceStates):
    """The server of speech synthesis."""

    item: ClassVar[str] = "M32"


@dataclass(frozen=True, slots=True, kw_only=True)
class AsrServices(ServiceStates):
    """Every service of a speech recognition machine."""

    item: ClassVar[str] = "M58"


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemLog(LogLines):
    """Lines of the logs that the site names for one item; `absent` as above."""

    item: ClassVar[str] = ""

    absent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationLog(ItemLog):
    """IVR and CTI applications."""

    item: ClassVar[str] = "M15"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProxyLog(ItemLog):
    """Where the database proxy writes its alarms."""

    item: ClassVar[str] = "M16"


SERVICE_READINGS = (MdsServices, ProxyServices, AsrServer, TtsServer, AsrServices)
LOG_READINGS = (ApplicationLog, ProxyLog)
