"""Start-up: what a command costs before it does anything, against the bare interpreter."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from benchmarks.measure import Figure, cheapest, run

RUNS = 10
LIMIT = 8.0
TICK_LIMIT_S = 0.5


def figures() -> list[Figure]:
    """Ratios of CPU to `python -c pass`, and the CPU of a tick with nothing to do."""
    console = str(Path(sys.executable).with_name("lineguard"))
    bare = cheapest([sys.executable, "-c", "pass"], RUNS).cpu_s
    found = [Figure(name="python -c pass", value=bare * 1000, unit="ms CPU")]
    for words in (["--version"], ["incident", "list", "--help"]):
        cost = cheapest([console, *words], RUNS)
        found.append(
            Figure(
                name=f"lineguard {' '.join(words)}",
                value=cost.cpu_s / bare,
                unit="x bare",
                limit=LIMIT,
                note=f"{cost.cpu_s * 1000:.0f} ms CPU",
            )
        )
    found.append(_tick(console))
    return found


def _tick(console: str) -> Figure:
    with tempfile.TemporaryDirectory(prefix="lineguard-figures-") as folder:
        home = str(Path(folder) / "home")
        made = run([console, "init", home, "--practice"])
        if made.code != 0:
            raise RuntimeError(f"lineguard init ended with {made.code}")
        command = [console, "--home", home, "tick"]
        run(command)
        cost = cheapest(command, RUNS)
        if cost.code != 0:
            raise RuntimeError(f"lineguard tick ended with {cost.code}")
    return Figure(
        name="lineguard tick, nothing to do", value=cost.cpu_s, unit="s CPU", limit=TICK_LIMIT_S
    )
