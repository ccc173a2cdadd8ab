"""Linux as it prints itself: /proc/stat, /proc/meminfo, /proc/loadavg, /proc/mounts, df.

Sources: proc(5); POSIX and GNU coreutils `df -P`. Every answer ends with `END`, so that one that
was cut short is known; anything unexpected raises `Unreadable`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from collectors.parsers.plain import plain
from collectors.readings import FileSystem
from phrases import Phrase, say

END: Final = "===end"
INODES: Final = "===inodes"
MOUNTS: Final = "===mounts"

NOT_DATA: Final = frozenset(
    {"tmpfs", "devtmpfs", "ramfs", "squashfs", "overlay", "aufs", "iso9660", "udf", "efivarfs"}
)
"""File systems that are memory, images or optical media: full or read-only by nature."""

BLOCKS_HEADER: Final = ["Filesystem", "Type", "1024-blocks", "Used", "Available", "Capacity"]
INODES_HEADER: Final = ["Filesystem", "Inodes", "IUsed", "IFree", "IUse%"]
CPU_FIELDS: Final = 8
"""user nice system idle iowait irq softirq steal; the guest times after them are in user and nice
already (proc(5))."""
IDLE_FIELDS: Final = (3, 4)
MOUNTS_LIMIT: Final = 2_000


class Unreadable(Exception):
    """An answer that is not of the known shape; `why` says what is wrong with it."""

    def __init__(self, why: Phrase) -> None:
        super().__init__(why.text("en"))
        self.why = why


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Percentages of the whole machine, and the load average of the last minute."""

    cpu_percent: float
    memory_percent: float
    swap_percent: float | None
    load_1m: float


def parse_load(answer: bytes) -> Load:
    """Two `cpu` lines of /proc/stat, then /proc/meminfo, /proc/loadavg and `END`."""
    lines = whole_lines(answer)
    if len(lines) < 4:
        raise Unreadable(say("the answer is cut short"))
    memory = _meminfo(lines[2:-1])
    return Load(
        cpu_percent=_busy_percent(_cpu_times(lines[0]), _cpu_times(lines[1])),
        memory_percent=_memory_percent(memory),
        swap_percent=_swap_percent(memory),
        load_1m=_load_average(lines[-1]),
    )


def parse_file_systems(answer: bytes) -> tuple[FileSystem, ...]:
    """`df -P -k -T`, `INODES`, `df -P -i`, `MOUNTS`, /proc/mounts, `END`. Never empty."""
    lines = whole_lines(answer)
    if lines.count(INODES) != 1 or lines.count(MOUNTS) != 1:
        raise Unreadable(say("the answer is cut short"))
    first, second = lines.index(INODES), lines.index(MOUNTS)
    inodes = _inode_percents(lines[first + 1 : second])
    read_only = _read_only(lines[second + 1 :])
    found = tuple(_file_systems(lines[:first], inodes, read_only))
    if not found:
        raise Unreadable(say("no file system that holds data is listed"))
    return found


def whole_lines(answer: bytes) -> list[str]:
    """The lines before `END`, which must be the last. Raises `Unreadable`."""
    try:
        text = answer.decode("utf-8")
    except UnicodeDecodeError:
        raise Unreadable(say("the answer is not text")) from None
    lines = text.split("\n")
    if len(lines) < 2 or lines[-1] != "" or lines[-2] != END:
        raise Unreadable(say("the answer is cut short"))
    return lines[:-2]


# --- /proc ---


def _cpu_times(line: str) -> list[int]:
    name, *times = line.split()[: CPU_FIELDS + 1] or [""]
    if name != "cpu" or len(times) < len(("user", "nice", "system", "idle")):
        raise Unreadable(say("the processor times are not as Linux writes them"))
    return [_count(time) for time in times]


def _busy_percent(before: list[int], after: list[int]) -> float:
    if len(before) != len(after):
        raise Unreadable(say("the processor times are not as Linux writes them"))
    # proc(5): iowait may run backwards; a field that does has stood still
    spent = [max(0, late - early) for early, late in zip(before, after, strict=True)]
    total = sum(spent)
    if total == 0:
        raise Unreadable(say("the processor times do not advance"))
    idle = sum(spent[field] for field in IDLE_FIELDS if field < len(spent))
    return round(100.0 * (total - idle) / total, 2)


def _meminfo(lines: list[str]) -> Mapping[str, int]:
    memory: dict[str, int] = {}
    for line in lines:
        name, _, value = line.partition(":")
        amount = value.split()
        if not amount:
            raise Unreadable(say("the memory figures are not as Linux writes them"))
        memory[name] = _count(amount[0])
    return memory


def _memory_percent(memory: Mapping[str, int]) -> float:
    total = memory.get("MemTotal", 0)
    available = memory.get("MemAvailable")
    if available is None:  # before Linux 3.14
        try:
            available = memory["MemFree"] + memory["Buffers"] + memory["Cached"]
        except KeyError:
            raise Unreadable(say("the memory figures are not as Linux writes them")) from None
    if not 0 <= available <= total or total == 0:
        raise Unreadable(say("the memory figures contradict each other"))
    return round(100.0 * (total - available) / total, 2)


def _swap_percent(memory: Mapping[str, int]) -> float | None:
    total, free = memory.get("SwapTotal", 0), memory.get("SwapFree", 0)
    if total == 0:
        return None
    if free > total:
        raise Unreadable(say("the memory figures contradict each other"))
    return round(100.0 * (total - free) / total, 2)


def _load_average(line: str) -> float:
    fields = line.split()
    try:
        load = float(fields[0])
    except (ValueError, IndexError):
        raise Unreadable(say("the load average is not as Linux writes it")) from None
    if len(fields) != len(("1m", "5m", "15m", "running/all", "last pid")) or not 0 <= load < 1e6:
        raise Unreadable(say("the load average is not as Linux writes it"))
    return load


# --- df ---


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of df: what stands before the numbers, four figures, the mount point."""

    before: tuple[str, ...]
    figures: tuple[str, str, str, str]
    mount: str


def _rows(lines: list[str], header: list[str]) -> Iterator[_Row]:
    if not lines or lines[0].split() != [*header, "Mounted", "on"]:
        raise Unreadable(say("the list of file systems has no heading"))
    for line in lines[1:]:
        yield _row(line, before=len(header) - 4)


def _row(line: str, before: int) -> _Row:
    """Names may hold spaces, so the row is found by its figures."""
    words = line.split()
    for start in range(before, len(words) - 4):
        first, second, third, percent = words[start : start + 4]
        figures = (first, second, third, percent)
        if all(_is_figure(one) for one in figures[:3]) and _is_percent(percent):
            return _Row(tuple(words[:start]), figures, " ".join(words[start + 4 :]))
    raise Unreadable(say("a line of the list of file systems is cut short"))


def _is_figure(word: str) -> bool:
    return word == "-" or word.removeprefix("-").isdecimal()


def _is_percent(word: str) -> bool:
    return word == "-" or (word.endswith("%") and word[:-1].isdecimal())


def _file_systems(
    lines: list[str], inodes: Mapping[str, float | None], read_only: Mapping[str, bool]
) -> Iterator[FileSystem]:
    rows = list(_rows(lines, BLOCKS_HEADER))
    if {row.mount for row in rows} != inodes.keys():
        raise Unreadable(say("the lists of file systems contradict each other"))
    for row in rows:
        if row.before[-1] in NOT_DATA or _is_nothing(row):
            continue
        if row.mount not in read_only:
            raise Unreadable(say("the lists of file systems contradict each other"))
        yield FileSystem(
            mount=plain(row.mount),
            size=_count(row.figures[0]) * 1024,
            used_percent=_used_percent(row),
            inode_percent=inodes[row.mount],
            read_only=read_only[row.mount],
        )


def _is_nothing(row: _Row) -> bool:
    """A file system without size, such as autofs. One of no size that holds something is a lie."""
    size, used, _free, _printed = row.figures
    if _figure(size) == 0 and _figure(used) != 0:
        raise Unreadable(say("the lists of file systems contradict each other"))
    return _figure(size) == 0


def _used_percent(row: _Row) -> float:
    """As df reckons: of what may be used at all, without the part reserved for root."""
    _size, used, free, printed = row.figures
    if free.startswith("-") and free != "-":
        return float(_count(printed.rstrip("%")))  # root has used some of the reserved part
    usable = _figure(used) + _figure(free)
    if usable == 0:
        raise Unreadable(say("the lists of file systems contradict each other"))
    percent = 100.0 * _figure(used) / usable
    _agree(percent, printed)
    return round(percent, 2)


def _inode_percents(lines: list[str]) -> Mapping[str, float | None]:
    """By mount point; None for a file system that counts no inodes, such as btrfs."""
    return {row.mount: _inode_percent(row) for row in _rows(lines, INODES_HEADER)}


def _inode_percent(row: _Row) -> float | None:
    total, used, _free, printed = row.figures
    if printed == "-" or _figure(total) == 0:
        return None
    percent = 100.0 * _figure(used) / _figure(total)
    _agree(percent, printed)
    return round(percent, 2)


def _agree(percent: float, printed: str) -> None:
    """df rounds up; a figure that lost a digit on its way is farther off than that."""
    if abs(math.ceil(percent) - _count(printed.rstrip("%"))) > 1:
        raise Unreadable(say("the lists of file systems contradict each other"))


def _figure(word: str) -> int:
    """A figure of df, where `-` stands for nothing."""
    return 0 if word == "-" else _count(word)


def _read_only(lines: list[str]) -> Mapping[str, bool]:
    """By mount point; of several mounts on one point the last is seen."""
    states: dict[str, bool] = {}
    for line in lines[:MOUNTS_LIMIT]:
        fields = line.split(" ")
        if len(fields) != len(("device", "point", "type", "options", "dump", "pass")):
            raise Unreadable(say("the list of mounts is not as Linux writes it"))
        states[" ".join(_unescaped(fields[1]).split())] = "ro" in fields[3].split(",")
    return states


def _unescaped(point: str) -> str:
    """proc(5), fstab(5): blanks in names are octal."""
    for octal, meant in (("\\040", " "), ("\\011", " "), ("\\012", " "), ("\\134", "\\")):
        point = point.replace(octal, meant)
    return point


def _count(word: str) -> int:
    if not (word.isascii() and word.isdecimal() and len(word) <= 20):
        raise Unreadable(say("a number is expected where there is none"))
    return int(word)
