"""Measuring child processes: CPU seconds, wall seconds, peak memory, as the kernel has them."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a process took. `cpu_s` is user and system time with that of its ended children,
    `peak_mb` the largest resident set of the process itself."""

    cpu_s: float
    wall_s: float
    peak_mb: float
    code: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One line of the result. `limit` is what was promised, in the same unit; None: no promise."""

    name: str
    value: float
    unit: str
    limit: float | None = None
    at_least: bool = False
    note: str = ""

    @property
    def kept(self) -> bool:
        """Was the promise kept?"""
        if self.limit is None:
            return True
        return self.value >= self.limit if self.at_least else self.value <= self.limit

    def line(self) -> str:
        """As it is printed."""
        promise = ""
        if self.limit is not None:
            sign = "≥" if self.at_least else "≤"
            promise = f"{sign} {self.limit:g}  {'kept' if self.kept else 'BROKEN'}"
        return f"{self.name:<58} {self.value:>12,.3f} {self.unit:<10} {promise:<22} {self.note}"


def run(
    command: Sequence[str], *, env: Mapping[str, str] | None = None, output: int | None = None
) -> Cost:
    """Run to the end. Standard output goes to `output`, a file descriptor, or nowhere."""
    began = time.monotonic()
    child = subprocess.Popen(
        command, stdout=subprocess.DEVNULL if output is None else output, env=env
    )
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    return Cost(
        cpu_s=usage.ru_utime + usage.ru_stime,
        wall_s=time.monotonic() - began,
        peak_mb=usage.ru_maxrss / 1024,
        code=child.returncode,
    )


def cheapest(command: Sequence[str], times: int, env: Mapping[str, str] | None = None) -> Cost:
    """The run with the least CPU of several: the one least disturbed by other work."""
    return min((run(command, env=env) for _ in range(times)), key=lambda cost: cost.cpu_s)
