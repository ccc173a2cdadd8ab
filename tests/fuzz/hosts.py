"""Linux hosts: what commands print, and what logs hold."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Final

from checks.verdict import State
from collectors.parsers.call_counts import NotATable, table_of
from collectors.parsers.linux import END, parse_file_systems, parse_load, whole_lines
from collectors.parsers.log_lines import search
from collectors.parsers.pacemaker import parse_cluster
from collectors.parsers.plain import plain, text_of
from collectors.readings import ClusterState, FileSystems, HostLoad, LogLines, Reading
from collectors.readings.calls import KeptCallCounts
from collectors.sources.host import HostSession
from lab.embedded.linux_data import (
    ClusterData,
    ClusterResourceData,
    Disk,
    HostData,
    cluster_answer,
    file_systems_answer,
    load_answer,
)
from tests.collectors.hosts import now
from tests.fuzz.judged import (
    HOST,
    LOG,
    MEANS,
    NOBODY,
    SaidShell,
    driven,
    notebook,
    state_of,
    state_of_answer,
)
from tests.fuzz.mutation import noise, nothing
from tests.fuzz.target import Target

CLUSTER: Final = ClusterData(
    {"usm-1": "online", "usm-2": "online"}, [ClusterResourceData("vip", "usm-1")]
)
BROKEN_CLUSTER: Final = ClusterData({"usm-1": "online", "usm-2": "offline"}, quorum=False)
BAD_LINE: Final = b"Nov 20 08:00:00 app-1 kernel: sda: I/O ERROR, sector 81"
CALLS: Final = (
    f"1763712000\nF 1763711000.5 8100\nS {'0a' * 32}\nN 412 2026-11-21T08\nB 0\n{END}\n"
).encode()
LINES: Final = b"Nov 20 08:00:00 app-1 sshd[17]: session opened for user inspect\n"
STATE: Final = b"131073 %d\n" % len(LINES)


def _asked(
    question: type[Reading], before: tuple[bytes, ...] = (), after: tuple[bytes, ...] = ()
) -> Callable[[bytes], State | None]:
    """By the session itself: the commands before, the one that is tried, those after."""

    def look(raw: bytes) -> State | None:
        shell = SaidShell((*before, raw, *after))
        session = HostSession(HOST, MEANS, notebook(HOST), shell, 5.0)  # type: ignore[arg-type]
        return state_of_answer(driven(session.ask(question, NOBODY)), HOST)

    return look


def _calls(raw: bytes) -> None:
    """Counts of calls are held to the usual of weeks: tests/collectors/applications/test_calls.py
    judges them."""
    try:
        table_of(raw)
    except NotATable:
        return


def _log(raw: bytes) -> State:
    """What is found in new lines."""
    found = search(raw, LOG.patterns)
    reading = LogLines(
        device=HOST.name, taken_at=now(), exchanges=(), matches=found.matches,
        match_count=found.match_count, scanned=found.scanned, skipped_bytes=0, first_look=False,
        gap=False,
    )  # fmt: skip
    return state_of(reading, HOST)


def _bad_line_hidden(chance: random.Random, _: bytes) -> bytes:
    """A line that must be found, between bytes of no meaning."""
    before, after = (chance.randbytes(chance.randint(0, 2_000)) for _ in range(2))
    return before + b"\n" + BAD_LINE + b"\n" + after


def _plain(raw: bytes) -> None:
    shown = plain(raw)
    assert shown.isprintable() and len(shown) <= 200, shown


TARGETS: Final = (
    Target(
        name="linux: load",
        look=_asked(HostLoad),
        seeds=tuple(load_answer(one).encode() for one in (HostData(), HostData(cpu_percent=91.0))),
        reads=(("ssh", HostLoad),),
        parses=(parse_load, whole_lines),
    ),
    Target(
        name="linux: file systems",
        look=_asked(FileSystems),
        seeds=tuple(
            file_systems_answer(one).encode()
            for one in (HostData(), HostData(disks=[Disk("/dev/sda1", "/", used_percent=97.0)]))
        ),
        reads=(("ssh", FileSystems),),
        parses=(parse_file_systems, whole_lines),
    ),
    Target(
        name="pacemaker: crm_mon",
        look=_asked(ClusterState),
        seeds=tuple(cluster_answer(one).encode() for one in (CLUSTER, BROKEN_CLUSTER)),
        reads=(("ssh", ClusterState),),
        parses=(parse_cluster,),
    ),
    Target(
        name="linux: state of a log", look=_asked(LogLines, after=(LINES,)),
 seeds=(STATE,), spoil=(noise, nothing)
    ),
    Target(
        name="linux: lines of a log",
        look=_asked(LogLines, before=(STATE,)),
        seeds=(LINES,),
        reads=(("ssh", LogLines),),
        spoil=(nothing,),
    ),
    Target(
        name="call counts of a keeper",
        look=_calls,
        seeds=(CALLS,),
        reads=(("ssh", KeptCallCounts),),
        parses=(table_of,),
        spoil=(),
    ),
    Target(
        name="log matcher",
        look=_log,
        seeds=(b"started\nrunning\n", BAD_LINE + b"\n"),
        parses=(search,),
        spoil=(_bad_line_hidden,),
    ),
    Target(name="a device's words", look=_plain, seeds=(b"\x1b[31mred\x1b[0m \x1b]0;t\x07",),
           parses=(plain, text_of), spoil=()),
)  # fmt: skip
