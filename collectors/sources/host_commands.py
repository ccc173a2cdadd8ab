"""Everything that is ever sent to a Linux host: it reads, and nothing else.

The user that runs it needs no privilege beyond reading the watched logs and, on cluster nodes,
the group haclient. Paths come from site data and are always quoted.
"""

from __future__ import annotations

import ipaddress
import posixpath
import shlex
from typing import Final

from collectors.parsers.corosync import STATUS
from collectors.parsers.linux import END, INODES, MOUNTS
from inventory.records import TAB, CallFiles

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

COPY_FILES: Final = (
    "export LC_ALL=C; date +%s && find -L {folder} -maxdepth 1 -type f -name {name}"
    f" -printf '%T@ %s %f\\0' && echo {END}"
)
"""The host's own time, then every file of one folder that a pattern matches: time of its last
change, bytes, name; GNU find(1). A name may hold anything but a zero byte and a slash."""
COPY_DIGEST: Final = (
    "export LC_ALL=C; nice -n 19 timeout {seconds} sha256sum < {path}"
    f" && stat -L -c '%Y %s' -- {{path}} && echo {END}"
)
"""From standard input, so that no name is printed; then whether it changed meanwhile. The host
ends it by itself, and does it after all its own work."""
COPY_BESIDE: Final = f"export LC_ALL=C; head -c 1000 -- {{path}} && echo && echo {END}"
"""The file with the expected SHA-256, as sha256sum(1) writes it."""
STATUS_FILE: Final = (
    "export LC_ALL=C; date +%s && stat -L -c %Y -- {path} && head -c {count} -- {path}"
    f" && echo {END}"
)
"""The host's own time, when the file was written, and what it says."""

PROCESSES: Final = f"export LC_ALL=C; ps -ww -eo pid=,args= && echo {END}"
"""ps(1) of procps. No name of the site stands in it, so that it never finds itself."""

LISTENING: Final = (
    "export LC_ALL=C; for one in /proc/net/tcp /proc/net/tcp6; do"
    """ [ ! -r $one ] || awk '$4 == "0A" { print $2 }' $one || exit 1; done"""
    f"; echo {END}"
)
"""State 0A is TCP_LISTEN, the second column local address and port (proc(5)); a host without IPv6
has no tcp6."""

LINKS: Final = f"export LC_ALL=C; corosync-cfgtool -s; echo {STATUS} $?; echo {END}"
"""corosync-cfgtool(8): `-s` shows the links; its status 1 can also mean that one is down."""

VRRP: Final = (
    f"export LC_ALL=C; journalctl -q --no-pager -o cat -n 5000 -u keepalived.service && echo {END}"
)
"""journalctl(1): the newest messages of keepalived, without their heads."""

ECHOES: Final = 10
ECHO_PERIOD_S: Final = 0.2
"""The shortest that every ping allows to an ordinary user."""
ECHO: Final = "export LC_ALL=C; ping -n -q -c {count} -i {period} -W 1 {peer}; echo " + END
"""ping(8). It ends with status 1 where no echo came back: the summary says so as well."""

COUNT_HOURS: Final = (
    '{ time = $column; sub(/^[ "]+/, "", time); hour = substr(time, 1, size);'
    " calls = weight ? $weight : 1;"
    " if (hour !~ shape || calls !~ /^[0-9]+$/) { if (FNR > 1) strange++ }"
    " else if (hour >= first && hour < past) count[hour] += calls }"
    ' END { for (hour in count) print "N", count[hour], hour; print "B", strange + 0 }'
)
"""awk(1), of POSIX: calls by hour between two hours, and lines that have no time; the first line of
a file may be a heading. Nothing of a line but its hour is ever printed."""

RECENT: Final = "-type f -mmin -1620"
"""Minutes: whatever holds a call of the hours that are counted was written in the last 27 hours."""

CALL_COUNTS: Final = (
    "export LC_ALL=C; date +%s"
    f" && find {{folder}} -maxdepth 1 {RECENT} -name {{files}} -printf 'F %T@ %s\\n'"
    f" && find {{folder}} -maxdepth 1 {RECENT} -name {{files}} -print0"
    " | xargs -0 -r sha256sum -- | cut -d ' ' -f 1 | sed 's/^/S /'"
    f" && find {{folder}} -maxdepth 1 {RECENT} -name {{files}} -print0"
    " | xargs -0 -r awk -v first={first} -v past={past} -v size={size} -v shape={shape}"
    " -v column={column} -v weight={weight} -v FS={delimiter} {program}"
    f" && echo {END}"
)
"""find(1), sha256sum(1) and awk(1): time and size of each file, its digest, and the table."""

COMMANDS: Final = (
    LOAD, FILE_SYSTEMS, CLUSTER, PROCESSES, LISTENING, LINKS, VRRP, ECHO,
    PGBACKREST, FILE_AGE, LOG_STATE, LOG_PART, LOG_BY_INODE, STATUS_FILE,
    COPY_FILES, COPY_DIGEST, COPY_BESIDE, CALL_COUNTS,
)  # fmt: skip
"""The allow-list. `ECHO` is completed with an address, the last nine with quoted paths and whole
numbers, `CALL_COUNTS` also with the program above."""


def echo(peer: str) -> str:
    """`ECHOES` echoes to an address, without its zone. Raises `ValueError` for anything else."""
    checked = str(ipaddress.ip_address(peer.partition("%")[0]))
    return ECHO.format(count=ECHOES, period=ECHO_PERIOD_S, peer=shlex.quote(checked))


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


def copy_files(path: str) -> str:
    """Every file that a path matches: its last part is a pattern with `*` and `?`, or a name."""
    folder, name = posixpath.split(path)
    return COPY_FILES.format(folder=shlex.quote(folder), name=shlex.quote(_as_pattern(name)))


def _as_pattern(name: str) -> str:
    """As find(1) reads it: a name without wildcards means itself, whatever brackets it has."""
    if "*" in name or "?" in name:
        return name
    return "".join(f"\\{one}" if one in "[]\\" else one for one in name)


def copy_digest(file: str, seconds: float) -> str:
    """The SHA-256 of one file within so many seconds, and its time and size afterwards."""
    return COPY_DIGEST.format(path=shlex.quote(file), seconds=round(seconds))


def copy_beside(file: str) -> str:
    """What the file beside it says its SHA-256 should be."""
    return COPY_BESIDE.format(path=shlex.quote(f"{file}.sha256"))


def status_file(path: str, count: int) -> str:
    """The first `count` bytes of a file, with its age."""
    return STATUS_FILE.format(path=shlex.quote(path), count=count)


def call_counts(files: CallFiles, first: str, past: str) -> str:
    """Calls by hour in files, from the hour `first` until before `past`, as they stand there."""
    folder, _, names = files.files.rpartition("/")
    return CALL_COUNTS.format(
        folder=shlex.quote(folder),
        files=shlex.quote(names),
        first=shlex.quote(first),
        past=shlex.quote(past),
        size=len(files.time_format),
        shape=shlex.quote(shape_of(files.time_format)),
        column=files.time_column,
        weight=files.count_column or 0,
        delimiter=shlex.quote("\\t" if files.delimiter == TAB else files.delimiter),
        program=shlex.quote(COUNT_HOURS),
    )


def shape_of(time_format: str) -> str:
    """An ERE for the times of that form. Without intervals, which older versions of mawk lack."""
    return "^" + "".join("[0-9]" if one in "YMDH" else f"[{one}]" for one in time_format) + "$"
