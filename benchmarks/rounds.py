"""What a round costs: the burst beside check_snmp, and a large estate's memory and sessions."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.measure import Figure, run

PEERS_READY_S = 60
POLLS = 1_000
PLUGIN_POLLS = 200
PLUGIN = Path("/usr/lib/nagios/plugins/check_snmp")
OBJECTS = (
    "1.3.6.1.2.1.25.3.3.1.2.196608",
    "1.3.6.1.4.1.2021.4.5.0",
    "1.3.6.1.4.1.2021.4.6.0",
    "1.3.6.1.4.1.2021.4.14.0",
    "1.3.6.1.4.1.2021.4.15.0",
)
"""A core's load and UCD's memory, as a round asks them."""


@contextmanager
def peers(fleet: int, hosts: int, folder: Path) -> Iterator[dict[str, Any]]:
    """The devices, listening."""
    command = [sys.executable, "-P", "-m", "benchmarks.peers", str(fleet), str(hosts), str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as child:
        try:
            yield _ready(child, folder / "peers.json")
        finally:
            assert child.stdin is not None  # noqa: S101  (it was asked for)
            child.stdin.close()
            child.wait(timeout=PEERS_READY_S)


def _ready(child: subprocess.Popen[bytes], told: Path) -> dict[str, Any]:
    until = time.monotonic() + PEERS_READY_S
    while not told.exists():
        if child.poll() is not None or time.monotonic() > until:
            raise RuntimeError("the peers of the benchmark did not start")
        time.sleep(0.05)
    found: dict[str, Any] = json.loads(told.read_text())
    return found


def _one_round(scene: str, folder: Path) -> dict[str, Any]:
    command = [sys.executable, "-P", "-m", "benchmarks.one_round", scene, str(folder)]
    said = subprocess.run(command, check=True, capture_output=True)
    found: dict[str, Any] = json.loads(said.stdout)
    return found


def figures() -> list[Figure]:
    """The burst with its reference, then the large estate."""
    return [*burst(), *large()]


def burst() -> list[Figure]:
    """Poll five objects, judge, record, chain: per 1,000 recorded verdicts."""
    with tempfile.TemporaryDirectory(prefix="lineguard-figures-") as name:
        folder = Path(name)
        with peers(1, 0, folder) as ports:
            done = _one_round(f"burst{POLLS}", folder)
            plugin = _plugin(int(ports["snmp"]))
    if done["normal"] != POLLS:
        raise RuntimeError(f"the burst was not whole: {done}")
    ours = done["cpu_s"] / done["verdicts"] * 1000
    found = [
        Figure(
            name="pipeline: poll, judge, record, chain; 1,000 verdicts",
            value=ours,
            unit="s CPU",
            limit=1.0,
            note=f"{done['cpu_s'] / POLLS * 1000:.2f} s per 1,000 polls of 5 objects",
        )
    ]
    if plugin is None:
        return found
    per_poll = done["cpu_s"] / POLLS * 1000
    found.append(
        Figure(
            name="check_snmp on the same agent, recording nothing; 1,000",
            value=plugin,
            unit="s CPU",
            note=f"{plugin / per_poll:.1f} times ours per poll",
        )
    )
    return found


def _plugin(port: int) -> float | None:
    if not PLUGIN.exists():
        return None
    command = [str(PLUGIN), "-H", "127.0.0.1", "-p", str(port), "-P", "2c", "-C", "linux",
               "-o", ",".join(OBJECTS), "-t", "5"]  # fmt: skip
    spent = 0.0
    for _ in range(PLUGIN_POLLS):
        cost = run(command)
        if cost.code != 0:
            raise RuntimeError(f"check_snmp ended with {cost.code}")
        spent += cost.cpu_s
    return spent / PLUGIN_POLLS * 1000


def large() -> list[Figure]:
    """1,000 SNMP devices and 100 SSH hosts in one round."""
    with tempfile.TemporaryDirectory(prefix="lineguard-figures-") as name:
        folder = Path(name)
        with peers(1_000, 100, folder):
            began = time.monotonic()
            done = _one_round("mixed1000", folder)
            wall = time.monotonic() - began
        logins = max(json.loads((folder / "logins.json").read_text()))
    note = f"{done['done']} of {done['due']} slots done, {done['unknown']} of them 未知"
    sessions = max([*done["most_sessions"].values(), logins])
    return [
        Figure(name="round, 1,000 SNMP devices and 100 SSH hosts: peak memory",
               value=done["peak_mb"], unit="MB", limit=300, note=note),
        Figure(name="  most sessions that a device had to bear", value=sessions,
               unit="", limit=1, note=f"logins per host, as the hosts counted: {logins}"),
        Figure(name="  CPU", value=done["cpu_s"], unit="s CPU"),
        Figure(name="  wall, with start-up", value=wall, unit="s"),
    ]  # fmt: skip
