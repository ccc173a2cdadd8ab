"""The house rules that a machine can hold: order of rooms, size of files, weight of commands."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests import loading
from tests.loading import loaded_by

ROOT = Path(__file__).parents[1]
LONGEST_FILE = 500
"""Lines; house rule 12. A file that passes 300 is looked at, none passes this."""

HEAVY = (
    "sqlalchemy", "alembic", "netmiko", "paramiko", "asyncssh", "psycopg", "pysnmp", "gufo",
    "httpx", "yaml", "asyncio", "babel", "cryptography",
)  # fmt: skip


def sources() -> list[Path]:
    folders = [init.parent for init in ROOT.glob("*/__init__.py")]
    return sorted(path for folder in folders for path in folder.rglob("*.py"))


def too_long(paths: list[Path]) -> list[str]:
    return [
        path.name
        for path in paths
        if len(path.read_text(encoding="utf-8").splitlines()) > LONGEST_FILE
    ]


def test_nothing_is_imported_against_the_order_of_the_rooms() -> None:
    ran = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout


def test_no_file_grows_into_the_file() -> None:
    assert too_long(sources()) == []


def test_a_file_that_is_too_long_would_be_seen(tmp_path: Path) -> None:
    long = tmp_path / "long.py"
    long.write_text("x = 1\n" * (LONGEST_FILE + 1), encoding="utf-8")
    assert too_long([long]) == ["long.py"]


@pytest.mark.parametrize(
    "arguments",
    [("--version",), ("incident", "list", "--help"), ("--lang", "en", "round", "run", "--help")],
    ids=" ".join,
)
def test_asking_for_help_loads_nothing_heavy(arguments: tuple[str, ...]) -> None:
    assert loaded_by(*arguments, status=0).isdisjoint(HEAVY)


def test_what_a_command_loads_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "REPORT", "import sqlalchemy\n" + loading.REPORT)
    assert "sqlalchemy" in loaded_by("--version")
