"""Hooks of pytest that gather what was shown, in this process or in those of pytest-xdist, and hold
docs/coverage.md to it.

Only a whole run that succeeded can tell that the page is wrong: a test that was left out, or that
failed, has shown nothing.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import pytest

from tests.coverage_page import page
from tests.witness import SEEN, Shown

PAGE: Final = Path(__file__).parents[1] / "docs" / "coverage.md"
WORKER: Final = "workeroutput"
"""What pytest-xdist hangs on the `Config` of a worker: the dictionary that its controller gets."""
SENT: Final = "shown"
NARROWING: Final = ("keyword", "markexpr", "lf", "deselect", "ignore", "ignore_glob", "collectonly")
"""Options that leave tests out."""
OUT_OF_STEP: Final = "docs/coverage.md is not what the tests have shown: run `make coverage`"


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("coverage of the schedule")
    group.addoption("--write-coverage", action="store_true", help="write docs/coverage.md")
    group.addoption("--leave-coverage", action="store_true", help="do not hold the page")
    group.addoption("--coverage-page", default=str(PAGE), help="another page than docs/coverage.md")


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:  # noqa: ANN401  (pytest-xdist has no types)
    """A worker has ended; one that was killed sends nothing."""
    for row in getattr(node, WORKER, {}).get(SENT, ()):
        SEEN.add(Shown(*row))


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    config = session.config
    if hasattr(config, WORKER):
        getattr(config, WORKER)[SENT] = [one.as_row() for one in sorted(SEEN)]
        return
    if exitstatus != pytest.ExitCode.OK:
        return
    kept = Path(config.getoption("coverage_page"))
    if config.getoption("write_coverage"):
        kept.write_text(page(SEEN), encoding="utf-8")
    elif whole(config) and difference(kept, SEEN):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, exitstatus: int, config: pytest.Config
) -> None:
    kept = Path(config.getoption("coverage_page"))
    if exitstatus == pytest.ExitCode.OK and whole(config) and (lines := difference(kept, SEEN)):
        terminalreporter.section(OUT_OF_STEP, red=True)
        for line in lines:
            terminalreporter.write_line(line)


def whole(config: pytest.Config) -> bool:
    """Were all tests asked for, and is the page to be held to them?"""
    if config.getoption("leave_coverage"):
        return False
    if any(getattr(config.option, name, None) for name in NARROWING):
        return False
    asked = {(config.invocation_params.dir / one).resolve() for one in config.args}
    roots = [config.rootpath / one for one in config.getini("testpaths")]
    return all(root.resolve() in asked for root in roots) or config.rootpath.resolve() in asked


def difference(kept: Path, seen: Iterable[Shown]) -> list[str]:
    """Lines by which the page differs from what was seen; empty when it is in step."""
    before = kept.read_text(encoding="utf-8") if kept.exists() else ""
    return list(
        difflib.unified_diff(
            before.splitlines(), page(seen).splitlines(), "on the page", "shown", n=0, lineterm=""
        )
    )
