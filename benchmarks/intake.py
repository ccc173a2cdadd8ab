"""The intake: what arrives at a rate, is decoded, mapped and stored, and what a flood costs.

The receiver is the service of `lineguard serve` in a process of its own, the sender another one;
both share the machine. Everything stays on the loopback.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measure import Figure

STEADY_S = int(os.environ.get("LINEGUARD_INTAKE_S", "60"))
FLOOD_S = int(os.environ.get("LINEGUARD_FLOOD_S", "30"))
STEADY = (300, 2_000)
FLOOD = (5_000, 5_000)
"""Traps and lines a second."""
PEAK_LIMIT_MB = 200.0
NORMAL_WITHIN_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What one run came to."""

    sent: dict[str, int]
    seconds: float
    stored: int
    counts: dict[str, int]
    incidents: int
    normal_after_s: float
    peak_mb: float
    cpu_s: float

    @property
    def lost(self) -> int:
        """Counted as lost."""
        return sum(many for name, many in self.counts.items() if "/lost" in name)

    @property
    def missing(self) -> int:
        """Neither stored nor counted: it must be nothing."""
        return sum(self.sent.values()) - self.stored - self.lost


def figures() -> list[Figure]:
    """The steady rate, then the flood."""
    steady, flood = run(STEADY, STEADY_S), run(FLOOD, FLOOD_S)
    return [*_steady(steady), *_flood(flood)]


def _steady(told: Told) -> list[Figure]:
    every = sum(told.sent.values())
    return [
        Figure(name=f"intake: {STEADY[0]} traps/s and {STEADY[1]} lines/s, stored", unit="of sent",
               value=told.stored / every, limit=1.0, at_least=True,
               note=f"{told.stored:,} of {every:,} in {told.seconds:.1f} s"),
        Figure(name="intake: CPU at that rate", value=told.cpu_s / told.seconds, unit="cores"),
    ]  # fmt: skip


def _flood(told: Told) -> list[Figure]:
    every = sum(told.sent.values())
    rate = every / told.seconds
    return [
        Figure(name=f"intake: flood of {FLOOD[0]} traps/s and {FLOOD[1]} lines/s, sent", value=rate,
               unit="/s", note=f"{every:,} in {told.seconds:.1f} s; {told.lost:,} counted as lost"),
        Figure(name="intake: flood, neither stored nor counted", value=abs(told.missing),
               unit="messages", limit=0.0),
        Figure(name="intake: flood, stored", value=told.stored / told.seconds, unit="/s"),
        Figure(name="intake: flood, incidents about it", value=told.incidents, unit="",
               limit=1.0),
        Figure(name="intake: flood, normal again after", value=told.normal_after_s, unit="s",
               limit=NORMAL_WITHIN_S),
        Figure(name="intake: flood, peak memory", value=told.peak_mb, unit="MB",
               limit=PEAK_LIMIT_MB),
    ]  # fmt: skip


def run(rates: tuple[int, int], seconds: int) -> Told:
    """One receiver, one sender, until all is quiet again."""
    with tempfile.TemporaryDirectory(prefix="lineguard-figures-") as folder:
        home = Path(folder) / "home"
        report = Path(folder) / "report.json"
        receiver = subprocess.Popen(
            [sys.executable, "-P", "-m", "benchmarks.intake_receiver", str(home), str(report)],
            stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True,
        )  # fmt: skip
        if receiver.stdout is None or receiver.stdin is None:
            raise RuntimeError("the receiver has no pipes")
        ports = json.loads(receiver.stdout.readline())
        began = time.monotonic()
        sender = subprocess.run(
            [sys.executable, "-P", "-m", "tests.collectors.intake.sender", str(ports["traps"]),
             str(ports["syslog"]), str(rates[0]), str(rates[1]), str(seconds)],
            stdout=subprocess.PIPE, text=True, check=True,
        )  # fmt: skip
        sent_for = time.monotonic() - began
        receiver.stdin.write("done\n")
        receiver.stdin.flush()
        _, status, usage = os.wait4(receiver.pid, 0)
        receiver.returncode = os.waitstatus_to_exitcode(status)
        if receiver.returncode != 0:
            raise RuntimeError(f"the receiver ended with {receiver.returncode}")
        found = json.loads(report.read_text(encoding="utf-8"))
        return Told(
            sent=json.loads(sender.stdout), seconds=sent_for, stored=found["stored"],
            counts=found["counts"], incidents=found["incidents"],
            normal_after_s=found["normal_after_s"], peak_mb=usage.ru_maxrss / 1024,
            cpu_s=usage.ru_utime + usage.ru_stime,
        )  # fmt: skip
