"""The first run says what is missing, before anything is installed."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

TOO_OLD = 'case "$*" in --version) echo "Python 3.9.2" ;; *version_info*) exit 1 ;; esac'
NO_VENV = 'case "$*" in --version) echo "Python 3.11.2" ;; *ensurepip*) exit 1 ;; esac'


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """As much of a fresh clone as the environment is made from."""
    shutil.copytree(ROOT / ".ci", tmp_path / ".ci")
    for name in ("requirements.lock", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def first_run(checkout: Path, python: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(checkout / ".ci" / "environment"), "requirements.lock", python],
        capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("behaves", "said"),
    [(TOO_OLD, "needs Python 3.11 or newer"), (NO_VENV, "apt install python3-venv")],
    ids=["too old", "without venv"],
)
def test_a_python_that_will_not_do_is_refused_with_the_remedy(
    checkout: Path, behaves: str, said: str
) -> None:
    python = checkout / "python"
    python.write_text(f"#!/bin/sh\n{behaves}\n", encoding="utf-8")
    python.chmod(0o755)
    ran = first_run(checkout, str(python))
    assert ran.returncode == 1
    assert said in ran.stderr
    assert not (checkout / ".venv").exists()


def test_no_python_at_all_is_said(checkout: Path) -> None:
    ran = first_run(checkout, "no-such-python")
    assert ran.returncode == 1
    assert "apt install python3 python3-venv" in ran.stderr


def test_an_environment_of_the_same_lock_is_not_made_again(checkout: Path) -> None:
    """A stamp that fits ends it at once; one that does not fit would call pip."""
    (checkout / ".venv" / "bin").mkdir(parents=True)
    (checkout / ".venv" / "bin" / "python").symlink_to(sys.executable)
    (checkout / ".venv" / "bin" / "lineguard").touch(mode=0o755)
    print_it = 'p=.venv/bin/python; { "$p" --version; cat requirements.lock pyproject.toml; }'
    stamp = subprocess.run(
        ["bash", "-c", f"{print_it} | sha256sum | cut -d' ' -f1"],
        cwd=checkout, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    (checkout / ".venv" / ".made-from-requirements").write_text(stamp, encoding="utf-8")
    ran = first_run(checkout, "no-such-python")
    assert (ran.returncode, ran.stderr) == (0, "")
