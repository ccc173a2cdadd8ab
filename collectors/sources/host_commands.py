"""Everything that is ever sent to a Linux host: it reads, and nothing else.

The user that runs it needs no privilege beyond reading the watched logs and, on cluster nodes,
the group haclient. Paths come from site data and are always quoted.
"""

from __future__ import annotations

import posixpath
import shlex
from typing import Final

from collectors.parsers.linux import END, INODES, MOUNTS

LOAD: Final = (
    "export LC_ALL=C; head -n 1 /proc/stat && sleep 1 && head -n 1 /proc/stat"
    f" && cat /proc/meminfo /proc/loadavg && echo {END}"
)
"""Two looks at the processor times, a second apart. proc(5)."""

FILE_SYSTEMS: Final = (
    f"export LC_ALL=C; df -P -k -T -l && echo {INODES} && df -P -i -l && echo {MOUNTS}"
    f" && cat /proc/mounts && echo {END}"
)
"""POSIX df with the type; `-l` leaves out network mounts, whose dead server would hang it."""

CLUSTER: Final = "export LC_ALL=C; crm_mon --one-shot --inactive --output-as=xml"
"""crm_mon(8); `--inactive` lists stopped resources too, which it hides otherwise."""

PGBACKREST: Final = "export LC_ALL=C; pgbackrest info --output=json"
"""pgBackRest command reference, `info`: all stanzas that this machine's configuration names."""

FILE_AGE: Final = "export LC_ALL=C; stat -L -c '%Y %s' -- {path}"

LOG_STATE: Final = "export LC_ALL=C; stat -L -c '%i %s' -- {path}"
LOG_PART: Final = "export LC_ALL=C; tail -c +{first} -- {path} | head -c {count}"
LOG_BY_INODE: Final = "export LC_ALL=C; find {folder} -maxdepth 1 -type f -inum {inode}"

COMMANDS: Final = (
    LOAD, FILE_SYSTEMS, CLUSTER, PGBACKREST, FILE_AGE, LOG_STATE, LOG_PART, LOG_BY_INODE,
)  # fmt: skip
"""The allow-list. The last four are completed with a quoted path and whole numbers."""


def file_age(path: str) -> str:
    """When a file was last written (seconds since 1970), and its size."""
    return FILE_AGE.format(path=shlex.quote(path))


def log_state(path: str) -> str:
    """Inode and size of a file, following links."""
    return LOG_STATE.format(path=shlex.quote(path))


def log_part(path: str, offset: int, count: int) -> str:
    """`count` bytes from `offset` (the first byte is 0)."""
    return LOG_PART.format(first=offset + 1, path=shlex.quote(path), count=count)


def log_by_inode(path: str, inode: int) -> str:
    """Where in the log's folder a rotated file lies now."""
    folder = posixpath.dirname(path) or "/"
    return LOG_BY_INODE.format(folder=shlex.quote(folder), inode=inode)
