"""Every figure, as a table; the exit status is 1 when a promise is broken."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from datetime import UTC, datetime

from benchmarks import intake, practice_day, proof, rounds, startup


def main() -> int:
    """Measure and print."""
    commit = subprocess.run(["git", "describe", "--always", "--dirty"], capture_output=True)
    print(
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, commit {commit.stdout.decode().strip()}, "
        f"Python {platform.python_version()}, {os.cpu_count()} cores, "
        f"load {os.getloadavg()[0]:.1f}"
    )
    broken = 0
    for bench in (startup, proof, practice_day, rounds, intake):
        for figure in bench.figures():
            print(figure.line(), flush=True)
            broken += not figure.kept
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
