"""Hosts: Linux over SSH, or SNMP HOST-RESOURCES and UCD."""

from __future__ import annotations

from dataclasses import dataclass

from collectors.readings.base import Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class HostLoad(Reading):
    """Percentages of the whole machine. `memory_percent` leaves out buffers and cache."""

    cpu_percent: float
    memory_percent: float
    swap_percent: float | None = None
    load_1m: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FileSystem:
    """One mounted file system that holds data; sizes in bytes, `inode_percent` where known."""

    mount: str
    size: int
    used_percent: float
    inode_percent: float | None = None
    read_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FileSystems(Reading):
    """Never empty. Pseudo file systems and optical media are left out by the collector."""

    mounted: tuple[FileSystem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterMember:
    """A node: online, standby, maintenance or offline."""

    name: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterResource:
    """A resource and where it runs; `failed` as the cluster manager says it."""

    name: str
    state: str
    node: str | None
    failed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterState(Reading):
    """Source: `crm_mon` of Pacemaker."""

    quorum: bool
    members: tuple[ClusterMember, ...]
    resources: tuple[ClusterResource, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLines(Reading):
    """Lines of one host's watched logs since the last look that matched a watched pattern.

    `scanned` counts the lines read; `skipped_bytes` those beyond the bound (a flood is said).
    """

    matches: tuple[str, ...]
    match_count: int
    scanned: int
    skipped_bytes: int = 0
    first_look: bool = False
    gap: bool = False
    """A log was rotated and the end of the old file was not found: lines may be unseen."""
