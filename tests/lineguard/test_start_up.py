"""What a command costs before it does anything, against an interpreter that does nothing."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

import pytest

from lineguard.founding import found
from tests.lineguard.homes import AT

TIMES_PYTHON = 8
"""The contract's budget, in CPU of `python -c pass` measured in the same run."""
TICK_S = 0.5
RUNS = 5
TRIES = 5
"""Both are hundredths of a second: on a busy machine one comparison says little."""

SCRIPT = Path(sys.executable).with_name("lineguard")


def cpu(*command: str) -> float:
    """CPU seconds of the cheapest of several runs: what others do at the time only adds."""
    return min(once(command) for _ in range(RUNS))


def once(command: tuple[str, ...]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


@pytest.mark.parametrize("line", ["--version", "incident list --help"])
def test_help_costs_a_few_interpreters_at_most(line: str) -> None:
    tries = (cpu(str(SCRIPT), *line.split()) / cpu(sys.executable, "-c", "pass")
             for _ in range(TRIES))  # fmt: skip
    assert any(times <= TIMES_PYTHON for times in tries)


def test_a_tick_with_nothing_to_do_is_cheap(tmp_path: Path) -> None:
    found(tmp_path / "home", practice=False, at=AT).store.close()
    line = (str(SCRIPT), "tick", "--home", str(tmp_path / "home"))
    assert any(cpu(*line) < TICK_S for _ in range(TRIES))
