"""The Debian packages that only tests and the bench need stand in one file."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LISTED = ROOT / "bench-packages.txt"
LINE = re.compile(r"(?P<name>[a-z0-9][a-z0-9+.-]+) +# \S.*")
NEEDED = re.compile(r"\(Debian: ([a-z0-9+.-]+)\)")
"""In the reason of a test that is skipped without it."""


def packages() -> set[str]:
    lines = LISTED.read_text(encoding="utf-8").splitlines()
    found = [LINE.fullmatch(one) for one in lines if not one.startswith("#")]
    assert all(found), "each is a name, and what it is for"
    return {one["name"] for one in found if one}


def test_what_a_test_is_skipped_without_is_listed_and_nothing_else() -> None:
    texts = (one.read_text(encoding="utf-8") for one in (ROOT / "tests").rglob("test_*.py"))
    assert {name for text in texts for name in NEEDED.findall(text)} == packages()


@pytest.mark.skipif(shutil.which("make") is None, reason="no make")
@pytest.mark.parametrize(("there", "user"), [(False, "0"), (True, "0"), (False, "1000")])
def test_make_installs_what_is_missing_as_root_and_starts_nothing(
    tmp_path: Path, there: bool, user: str
) -> None:
    log = tmp_path / "log"
    answers = {
        "id": f"echo {user}",
        "dpkg": f"exit {0 if there else 1}",
        "apt-get": f'echo "apt-get $*" >> {log}',
        "systemctl": "exit 0",
    }
    for name, says in answers.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{says}\n", encoding="ascii")
        (tmp_path / name).chmod(0o755)
    told = subprocess.run(
        ["make", "bench-deps"], cwd=ROOT, capture_output=True, text=True, check=False,
        env={"PATH": f"{tmp_path}:{os.environ['PATH']}"},
    )  # fmt: skip
    asked = log.read_text(encoding="ascii").splitlines() if log.exists() else []
    if user != "0":
        assert told.returncode != 0
        assert "as root" in told.stderr
        assert asked == []
        return
    assert told.returncode == 0, told.stderr
    install = f"apt-get install -q -y --no-install-recommends {' '.join(sorted(packages()))}"
    assert asked == ([] if there else ["apt-get update -q", install])
