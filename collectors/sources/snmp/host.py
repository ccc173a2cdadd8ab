"""What servers tell of themselves: HOST-RESOURCES-MIB, and UCD-SNMP-MIB where it is net-snmp."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import fmean
from typing import Final

from collectors.readings import FileSystem, FileSystems, HostLoad
from collectors.sources.snmp import oids
from collectors.sources.snmp.agent import Agent
from collectors.sources.snmp.port import Garbled, Value
from collectors.sources.snmp.texts import words
from inventory.model import Device
from phrases import Phrase, say

UCD: Final = (
    oids.UCD_MEM_TOTAL,
    oids.UCD_MEM_AVAIL,
    oids.UCD_MEM_BUFFER,
    oids.UCD_MEM_CACHED,
    oids.UCD_SWAP_TOTAL,
    oids.UCD_SWAP_AVAIL,
    oids.UCD_LOAD_1MIN,
    oids.UCD_CPU_IDLE,
)
WINDOWS_LABEL: Final = " Label:"
r"""Windows describes a disk as `C:\ Label:  Serial Number 10f82425`."""
SIGNED_RANGE: Final = 2**32
"""hrStorageSize is a signed 32-bit number; agents let it run over above 2^31 units."""

FileSystemMarks = Mapping[str, tuple[bool, bool]]
"""By storage index: is it optical, is it mounted read only?"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Storage:
    """A row of hrStorageTable; `size` and `used` in bytes."""

    index: str
    kind: Value | None
    name: str
    size: int
    used: int


async def host_load(device: Device, agent: Agent) -> HostLoad | Phrase:
    """CPU as the average of all cores, memory without buffers and cache."""
    ucd = await agent.get(UCD)
    cpu = await _cpu_percent(agent, ucd)
    if cpu is None:
        return say("{device} does not tell its CPU load by SNMP", device=device.name)
    memory = _memory_by_ucd(ucd)
    if memory is None:
        memory = _memory_by_storage(await _storage(agent, (oids.STORAGE_RAM, oids.STORAGE_OTHER)))
    if memory is None:
        return say("{device} does not tell its memory use by SNMP", device=device.name)
    return HostLoad(
        cpu_percent=cpu,
        memory_percent=memory,
        swap_percent=_swap(ucd),
        load_1m=_decimal(ucd.get(oids.UCD_LOAD_1MIN)),
        **agent.stamp(),
    )


async def file_systems(device: Device, agent: Agent) -> FileSystems | Phrase:
    """Fixed disks, by their type and never by being in the table."""
    rows = await _storage(agent, (oids.STORAGE_FIXED_DISK,))
    marks = await _marks(agent) if rows else {}
    inodes = await _inodes(agent) if rows else {}
    mounted = tuple(
        FileSystem(
            mount=row.name,
            size=row.size,
            used_percent=_percent(row.used, row.size),
            inode_percent=inodes.get(row.name),
            read_only=marks.get(row.index, (False, False))[1],
        )
        for row in rows
        if _holds_data(row, marks)
    )
    if not mounted:
        return say("{device} does not tell its file systems by SNMP", device=device.name)
    return FileSystems(mounted=mounted, **agent.stamp())


# --- processors and memory -------------------------------------------------------------------


async def _cpu_percent(agent: Agent, ucd: Mapping[str, Value | None]) -> float | None:
    cores = [load for load in (await agent.column(oids.HR_PROCESSOR_LOAD)).values()]
    if cores:
        return round(fmean(_percentage(load) for load in cores), 1)
    idle = ucd.get(oids.UCD_CPU_IDLE)
    return None if idle is None else round(100 - _percentage(idle), 1)


def _memory_by_ucd(ucd: Mapping[str, Value | None]) -> float | None:
    total, free, buffers, cached = (_count(ucd.get(oid)) for oid in UCD[:4])
    if not total or free is None:
        return None
    return _percent(max(0, total - free - (buffers or 0) - (cached or 0)), total)


def _memory_by_storage(rows: list[Storage]) -> float | None:
    ram = next((row for row in rows if row.kind == oids.STORAGE_RAM and row.size), None)
    if ram is None:
        return None
    cache = sum(row.used for row in rows if row.name in oids.CACHE_ROWS)
    return _percent(max(0, ram.used - cache), ram.size)


def _swap(ucd: Mapping[str, Value | None]) -> float | None:
    total, free = (_count(ucd.get(oid)) for oid in (oids.UCD_SWAP_TOTAL, oids.UCD_SWAP_AVAIL))
    return None if not total or free is None else _percent(max(0, total - free), total)


# --- storage -----------------------------------------------------------------------------------


async def _storage(agent: Agent, kinds: tuple[str, ...]) -> list[Storage]:
    types = await agent.column(oids.HR_STORAGE_TYPE)
    chosen = [index for index, kind in types.items() if kind in kinds]
    if not chosen:
        return []
    columns = (
        oids.HR_STORAGE_DESCR,
        oids.HR_STORAGE_UNITS,
        oids.HR_STORAGE_SIZE,
        oids.HR_STORAGE_USED,
    )
    told = await agent.get([f"{column}.{index}" for index in chosen for column in columns])
    rows = []
    for index in chosen:
        name, units, size, used = (told.get(f"{column}.{index}") for column in columns)
        rows.append(_row(index, types[index], name, (units, size, used)))
    return rows


def _row(index: str, kind: Value, name: Value | None, numbers: tuple[Value | None, ...]) -> Storage:
    """Raises `Garbled` for a row whose numbers are missing."""
    units, size, used = (_unsigned(number) for number in numbers)
    return Storage(
        index=index,
        kind=kind,
        name=words(name).partition(WINDOWS_LABEL)[0] or index,
        size=size * units,
        used=used * units,
    )


def _holds_data(row: Storage, marks: FileSystemMarks) -> bool:
    """Not an empty drive, not in memory, not a disc or an image of one."""
    optical = marks.get(row.index, (False, False))[0]
    left_out = oids.PSEUDO_MOUNTS + oids.OPTICAL_MOUNTS
    below = any(row.name == mount or row.name.startswith(f"{mount}/") for mount in left_out)
    return row.size > 0 and not (optical or below)


async def _marks(agent: Agent) -> FileSystemMarks:
    """From hrFSTable, which many agents leave out."""
    storage = await agent.column(oids.HR_FS_STORAGE)
    if not storage:
        return {}
    kinds = await agent.column(oids.HR_FS_TYPE)
    access = await agent.column(oids.HR_FS_ACCESS)
    return {
        str(row): (kinds.get(index) == oids.FS_ISO9660, access.get(index) == oids.READ_ONLY)
        for index, row in storage.items()
    }


async def _inodes(agent: Agent) -> dict[str, float]:
    """By mount point; only net-snmp with `disk` lines in its configuration tells them."""
    paths = await agent.column(oids.UCD_DISK_PATH)
    used = await agent.column(oids.UCD_DISK_INODES) if paths else {}
    return {
        words(path): float(used[index])
        for index, path in paths.items()
        if isinstance(used.get(index), int)
    }


# --- numbers -------------------------------------------------------------------------------------


def _percent(part: int, whole: int) -> float:
    return round(100 * part / whole, 1)


def _percentage(value: Value) -> float:
    """Raises `Garbled` for what is no percentage."""
    if not isinstance(value, int) or not 0 <= value <= 100:
        raise Garbled("a percentage outside 0 to 100")
    return float(value)


def _count(value: Value | None) -> int | None:
    return value if isinstance(value, int) and value >= 0 else None


def _unsigned(value: Value | None) -> int:
    if not isinstance(value, int):
        raise Garbled("a storage row without its numbers")
    return value + SIGNED_RANGE if value < 0 else value


def _decimal(value: Value | None) -> float | None:
    """laLoad is text such as `0.11`."""
    try:
        return float(words(value)) if value is not None else None
    except ValueError:
        return None
