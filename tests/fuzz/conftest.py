"""What fuzzing tried of each target, printed at the end: a run that tried little says so."""

from __future__ import annotations

from typing import Final

import pytest

INPUTS: Final = "inputs"
SPENT_S: Final = "processor seconds"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    shown = [
        f"{inputs:>12,} {spent:>8.1f}  {report.nodeid.partition('[')[2].rstrip(']')}"
        for report in terminalreporter.getreports("passed")
        if report.when == "call"
        and (inputs := dict(report.user_properties).get(INPUTS)) is not None
        and (spent := dict(report.user_properties)[SPENT_S]) is not None
    ]
    if shown:
        terminalreporter.section("fuzzing: inputs, processor seconds, target")
        terminalreporter.write_line("\n".join(sorted(shown, key=lambda line: line[22:])))
