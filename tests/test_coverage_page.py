"""docs/coverage.md says what was shown, no more and no less, and a whole run holds it to that."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from checks.catalogue import catalogue
from checks.item import By
from tests.coverage_page import WAITING, gaps, page
from tests.witness import NO_ANSWER, Shown

ROOT = Path(__file__).parents[1]
SEES = """
from tests.witness import SEEN, Shown

def test_{name}():
    SEEN.add(Shown("M09", "connections", "{state}", "postgres", "PostgreSQL"))
"""


def sight(item: str, state: str, peer: str = "a peer", protocol: str = "ssh") -> Shown:
    return Shown(item, "check", state, protocol, peer)


def complete(item: str) -> set[Shown]:
    return {sight(item, state) for state in ("normal", "abnormal", "unknown")}


def rows(text: str, item: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith(f"| {item} ")]


def test_a_row_has_protocol_peer_and_states_of_one_peer() -> None:
    seen = {sight("M46", "abnormal"), sight("M46", "normal", protocol="snmp")}
    found = rows(page({*seen, sight("M46", "unknown", "another")}), "M46")
    assert [line.split(" | ")[2:] for line in found] == [
        ["snmp, ssh", "a peer", "正常 异常 |"],
        ["ssh", "another", "未知 |"],
    ]


def test_a_state_that_only_silence_stands_for_says_so() -> None:
    silent = sight("M46", "unknown", protocol=NO_ANSWER)
    (row,) = rows(page({sight("M46", "normal"), silent}), "M46")
    assert row.endswith("| ssh | a peer | 正常 未知 (no answer) |")
    (row,) = rows(page(complete("M46") | {silent}), "M46")
    assert row.endswith("| ssh | a peer | 正常 异常 未知 |")


def test_an_item_that_lacks_a_state_is_a_gap_and_one_that_lacks_none_is_not() -> None:
    lacking = complete("M46") - {sight("M46", "unknown")}
    assert gaps(lacking)["M46"] == ("unknown",)
    assert "M46" not in gaps(complete("M46"))
    assert "- M46 " in page(lacking) and "- M46 " not in page(complete("M46"))


def test_a_persons_item_needs_no_unknown() -> None:
    seen = {sight("R1", "normal"), sight("R1", "abnormal")}
    assert "R1" not in gaps(seen)


def test_an_item_that_waits_for_another_issue_is_marked_with_its_letter() -> None:
    for item, letter in WAITING.items():
        assert f"waits for issue {letter}" in rows(page(()), item)[0]
        assert item not in gaps(())


def test_nothing_shown_leaves_every_other_item_as_a_gap() -> None:
    assert gaps(()).keys() == {one.id for one in catalogue()} - WAITING.keys()
    assert {one.by for one in catalogue() if one.id in gaps(())} == {By.MACHINE, By.PERSON}


def test_all_complete_leaves_no_gap() -> None:
    seen = set().union(*(complete(one.id) for one in catalogue()))
    assert "None: " in page(seen)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A small checkout with two test files that show something."""
    (tmp_path / "tests").mkdir()
    (tmp_path / "pyproject.toml").write_text('[tool.pytest.ini_options]\ntestpaths = ["tests"]\n')
    for name, state in (("one", "normal"), ("two", "abnormal")):
        file = tmp_path / "tests" / f"test_{name}.py"
        file.write_text(SEES.format(name=name, state=state))
    return tmp_path


def run(checkout: Path, *line: str) -> subprocess.CompletedProcess[str]:
    plugin = ("-p", "tests.coverage_session", "--coverage-page", str(checkout / "coverage.md"))
    path = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"}
    return subprocess.run(
        [sys.executable, "-m", "pytest", *plugin, *line],
        cwd=checkout, capture_output=True, text=True, check=False, env=path,
    )  # fmt: skip


@pytest.mark.parametrize("workers", [("-n", "2"), ("-n", "0")], ids=["two processes", "one"])
def test_what_every_process_has_shown_is_written_and_then_in_step(
    checkout: Path, workers: tuple[str, ...]
) -> None:
    assert run(checkout, *workers, "--write-coverage").returncode == 0
    written = (checkout / "coverage.md").read_text(encoding="utf-8")
    assert "| postgres | PostgreSQL | 正常 异常 |" in written
    assert run(checkout, *workers).returncode == 0


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ((), 1),
        (("tests",), 1),
        (("-n", "2"), 1),
        (("tests/test_one.py",), 0),
        (("-k", "one"), 0),
        (("--deselect", "tests/test_two.py"), 0),
    ],
)
def test_a_page_that_is_out_of_step_fails_a_whole_run_and_no_partial_one(
    checkout: Path, line: tuple[str, ...], status: int
) -> None:
    ended = run(checkout, *line)
    assert ended.returncode == status, ended.stdout
    assert ("make coverage" in ended.stdout) is bool(status)


def test_a_run_in_which_a_test_fails_says_nothing_of_the_page(checkout: Path) -> None:
    (checkout / "tests" / "test_three.py").write_text("def test_three():\n    assert False\n")
    ended = run(checkout)
    assert ended.returncode == 1 and "make coverage" not in ended.stdout
    assert run(checkout, "--write-coverage").returncode == 1
    assert not (checkout / "coverage.md").exists()


def test_only_what_is_accepted_with_another_issue_has_gaps() -> None:
    kept = (ROOT / "docs" / "coverage.md").read_text(encoding="utf-8")
    lacking = [line for line in kept.partition("## Gaps")[2].splitlines() if line.startswith("- ")]
    assert {line.split()[1] for line in lacking} <= WAITING.keys()
    assert all("waits for issue" in line for line in lacking)
