"""What a Linux-like host answers from: load, file systems, cluster and logs, and how Linux prints
them. Sources of the shapes: proc(5), GNU df, Pacemaker 2.1's crm_mon."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Final
from xml.sax.saxutils import quoteattr

from collectors.parsers.linux import END, INODES, MOUNTS
from inventory.applications import StatusFile
from lab.embedded.applications import FiguresData, told
from lab.embedded.backup_data import StanzaData
from lab.embedded.call_files import CallsData
from lab.embedded.kept_files import Shelf
from lab.embedded.linux_services import ServiceData

MEMORY_KB: Final = 16_000_000
SWAP_KB: Final = 4_000_000
TICKS: Final = 10_000
"""Processor ticks between the two looks at /proc/stat; enough for hundredths of a percent."""
INODES_TOTAL: Final = 1_000_000


@dataclass(slots=True)
class Disk:
    """One mounted file system; sizes in kB."""

    device: str
    mount: str
    used_percent: float
    kind: str = "xfs"
    size_kb: int = 50_000_000
    inode_percent: float = 3.0
    read_only: bool = False


@dataclass(slots=True)
class ClusterResourceData:
    """A resource as crm_mon shows it; `role` is Started, Stopped, Master, ..."""

    name: str
    node: str | None
    role: str = "Started"
    failed: bool = False
    agent: str = "ocf:heartbeat:IPaddr2"


@dataclass(slots=True)
class ClusterData:
    """Nodes by name with online, standby, maintenance or offline. `running` False: Pacemaker is
    down on the host that is asked."""

    nodes: dict[str, str]
    resources: list[ClusterResourceData] = field(default_factory=list)
    quorum: bool = True
    running: bool = True


def healthy_disks() -> list[Disk]:
    """A root and a data file system."""
    return [
        Disk("/dev/mapper/vg0-root", "/", used_percent=31.0),
        Disk("/dev/sda1", "/boot", used_percent=22.0, kind="ext4", size_kb=1_000_000),
        Disk("/dev/mapper/vg0-data", "/data", used_percent=48.0, size_kb=400_000_000),
    ]


@dataclass(slots=True)
class HostData:
    """A healthy host unless told otherwise. `cluster` None: Pacemaker is not installed; `stanzas`
    None: pgBackRest is not. `files`: when each was last written, and its size."""

    cpu_percent: float = 12.0
    memory_percent: float = 41.0
    swap_percent: float = 0.0
    load_1m: float = 0.42
    disks: list[Disk] = field(default_factory=healthy_disks)
    cluster: ClusterData | None = None
    shelf: Shelf = field(default_factory=Shelf)
    stanzas: list[StanzaData] | None = None
    files: dict[str, tuple[datetime, int]] = field(default_factory=dict)
    figures: FiguresData = field(default_factory=FiguresData)
    """What a telephony server writes into its status file, if it has one."""
    figures_age_s: int = 20
    calls: CallsData = field(default_factory=CallsData)
    """The call records that it keeps, if it keeps some."""
    services: ServiceData = field(default_factory=ServiceData)


@dataclass(slots=True)
class LogFile:
    """A file by its inode: renaming keeps it, a new file has another."""

    inode: int
    content: bytes = b""


@dataclass(slots=True)
class LogFolder:
    """The log files of a host, by path. They outlive faults and their mending, as logs do."""

    files: dict[str, LogFile] = field(default_factory=dict)
    _inodes: count[int] = field(default_factory=lambda: count(131_073))

    def create(self, path: str, content: bytes = b"") -> None:
        """A new file with an inode of its own."""
        self.files[path] = LogFile(next(self._inodes), content)

    def append(self, path: str, text: str) -> None:
        """One line more. Raises `KeyError`."""
        self.files[path].content += text.encode() + b"\n"

    def rotate(self, path: str) -> None:
        """As logrotate does by renaming: `PATH.1` takes the old file, a new one begins."""
        self.files[f"{path}.1"] = self.files[path]
        self.create(path)

    def copy_and_empty(self, path: str) -> None:
        """As logrotate's copytruncate: the file stays itself and begins anew."""
        self.create(f"{path}.1", self.files[path].content)
        self.files[path].content = b""


# --- how it is printed ---


def load_answer(data: HostData) -> str:
    """/proc/stat twice, /proc/meminfo, /proc/loadavg."""
    busy = round(TICKS * data.cpu_percent / 100)
    before = (812_345, 1_200, 301_000, 9_000_000, 20_000, 0, 4_000, 0, 0, 0)
    spent = (busy, 0, 0, TICKS - busy, 0, 0, 0, 0, 0, 0)
    after = tuple(early + more for early, more in zip(before, spent, strict=True))
    available = round(MEMORY_KB * (1 - data.memory_percent / 100))
    lines = [
        "cpu  " + " ".join(map(str, before)),
        "cpu  " + " ".join(map(str, after)),
        f"MemTotal:       {MEMORY_KB} kB",
        f"MemFree:        {available // 8} kB",
        f"MemAvailable:   {available} kB",
        f"Buffers:        {available // 16} kB",
        f"Cached:         {available // 2} kB",
        f"SwapTotal:      {SWAP_KB} kB",
        f"SwapFree:       {round(SWAP_KB * (1 - data.swap_percent / 100))} kB",
        "HugePages_Total:       0",
        f"{data.load_1m:.2f} {data.load_1m:.2f} {data.load_1m:.2f} 1/423 20211",
        END,
    ]
    return "\n".join(lines) + "\n"


def file_systems_answer(data: HostData) -> str:
    """df of blocks, df of inodes, /proc/mounts; with the pseudo file systems of a real host."""
    disks = [
        Disk("devtmpfs", "/dev", 0.0, kind="devtmpfs", size_kb=8_000_000),
        Disk("tmpfs", "/run", 99.9, kind="tmpfs", size_kb=1_600_000),
        Disk("/dev/sr0", "/media/iso", 100.0, kind="iso9660", size_kb=700_000, read_only=True),
        *data.disks,
    ]
    lines = ["Filesystem Type 1024-blocks Used Available Capacity Mounted on"]
    lines += [_blocks_row(disk) for disk in disks]
    lines += [INODES, "Filesystem Inodes IUsed IFree IUse% Mounted on"]
    lines += [_inodes_row(disk) for disk in disks]
    lines.append(MOUNTS)
    lines += [_mount_row(disk) for disk in disks]
    return "\n".join([*lines, END]) + "\n"


def status_answer(data: HostData, file: StatusFile) -> bytes:
    """The host's time, the file's, what it says, and the end mark."""
    now = int(time.time())
    head = f"{now}\n{now - data.figures_age_s}\n".encode()
    return head + told(data.figures, file.figures) + f"\n{END}\n".encode()


def _blocks_row(disk: Disk) -> str:
    used = round(disk.size_kb * disk.used_percent / 100)
    percent = math.ceil(100 * used / disk.size_kb)
    free = disk.size_kb - used
    return f"{disk.device} {disk.kind} {disk.size_kb} {used} {free} {percent}% {disk.mount}"


def _inodes_row(disk: Disk) -> str:
    used = round(INODES_TOTAL * disk.inode_percent / 100)
    percent = math.ceil(100 * used / INODES_TOTAL)
    return f"{disk.device} {INODES_TOTAL} {used} {INODES_TOTAL - used} {percent}% {disk.mount}"


def _mount_row(disk: Disk) -> str:
    point = disk.mount.replace(" ", "\\040")
    return f"{disk.device} {point} {disk.kind} {'ro' if disk.read_only else 'rw'},relatime 0 0"


def cluster_answer(cluster: ClusterData) -> str:
    """`crm_mon --output-as=xml` of Pacemaker 2.1."""
    nodes = "".join(_node(name, state) for name, state in cluster.nodes.items())
    resources = "".join(_resource(one) for one in cluster.resources)
    controller = next(iter(cluster.nodes))
    return (
        '<?xml version="1.0"?>\n'
        '<pacemaker-result api-version="2.25" request="crm_mon --output-as=xml">\n'
        f'  <summary>\n    <current_dc present="true" version="2.1.5" name={quoteattr(controller)}'
        f' with_quorum="{_word(cluster.quorum)}"/>\n  </summary>\n'
        f"  <nodes>\n{nodes}  </nodes>\n  <resources>\n{resources}  </resources>\n"
        '  <status code="0" message="OK"/>\n</pacemaker-result>\n'
    )


def _node(name: str, state: str) -> str:
    quoted = quoteattr(name)
    return (
        f'    <node name={quoted} id={quoted} online="{_word(state != "offline")}"'
        f' standby="{_word(state == "standby")}" standby_onfail="false"'
        f' maintenance="{_word(state == "maintenance")}" pending="false" unclean="false"'
        ' shutdown="false" expected_up="true" type="member"/>\n'
    )


def _resource(one: ClusterResourceData) -> str:
    where = "" if one.node is None else f'<node name={quoteattr(one.node)} id="1" cached="true"/>'
    return (
        f'    <resource id={quoteattr(one.name)} resource_agent="{one.agent}" role="{one.role}"'
        f' active="{_word(one.role != "Stopped")}" orphaned="false" blocked="false" managed="true"'
        f' failed="{_word(one.failed)}" failure_ignored="false">{where}</resource>\n'
    )


def _word(so: bool) -> str:
    return "true" if so else "false"
