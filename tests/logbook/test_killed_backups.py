"""kill -9 at any moment: a backup and a restored home are whole or not there, and the next try
works and clears away what was left."""

from __future__ import annotations

import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from logbook.backup import BackupRefused, backup, restore
from logbook.newfile import SUFFIX, workshop
from store.locks import Held
from tests.logbook.conftest import NOW, Site, work
from tests.tiers import count

ROOT = Path(__file__).parents[2]
SEED = 20261121
PIECES = 300
"""Of evidence: enough that most kills fall into the middle of the work."""


@pytest.fixture
def home(sqlite_site: Site, tmp_path: Path) -> Path:
    work(sqlite_site)
    for number in range(PIECES):
        sqlite_site.evidence.put(random.Random(number).randbytes(4_000))  # noqa: S311
    (tmp_path / "lineguard.toml").write_text("practice = true\n")
    (tmp_path / "secrets").mkdir(mode=0o700)
    (tmp_path / "secrets" / "app-1").write_text("secret")
    return tmp_path


@pytest.fixture
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("elsewhere")


def killed(what: str, source: Path, target: Path, after_s: float) -> bool:
    """Start, kill -9 after a while; False when it had ended by itself."""
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.logbook.archivist", what, str(source), str(target)],
        cwd=ROOT, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    deadline = time.monotonic() + after_s
    while time.monotonic() < deadline and child.poll() is None:
        time.sleep(0.001)
    child.send_signal(signal.SIGKILL)
    child.communicate()
    return child.returncode == -signal.SIGKILL


def test_a_killed_backup_leaves_nothing_half_done(
    home: Path, sqlite_site: Site, elsewhere: Path
) -> None:
    chance, midway = random.Random(SEED), 0  # noqa: S311
    for number in range(count(6, 100)):
        target = elsewhere / f"{number}.tar.gz"
        killed("backup", home, target, chance.uniform(0, 0.25))
        left = [path for path in elsewhere.iterdir() if path.name.endswith(SUFFIX)]
        midway += bool(left)
        assert all(path.stat().st_mode & 0o077 == 0 for path in left)
        if not target.exists():
            backup(home, sqlite_site.store, target, NOW, secrets=True)
        restore(target, elsewhere / str(number))
        # A kill between the link and the cleaning leaves the folder beside a whole backup.
        target.unlink()
        backup(home, sqlite_site.store, target, NOW, secrets=True)
        assert {path.name for path in elsewhere.iterdir()} == {target.name, str(number)}
        target.unlink()
        shutil.rmtree(elsewhere / str(number))
    assert midway


def test_a_killed_restoration_leaves_no_home_and_can_be_begun_again(
    home: Path, sqlite_site: Site, elsewhere: Path
) -> None:
    backup(home, sqlite_site.store, elsewhere / "kept", NOW, secrets=True)
    whole = restore(elsewhere / "kept", elsewhere / "first").files
    chance, midway = random.Random(SEED), 0  # noqa: S311
    for number in range(count(6, 100)):
        target = elsewhere / "again"
        killed("restore", elsewhere / "kept", target, chance.uniform(0, 0.5))
        left = [path for path in elsewhere.iterdir() if path.name.endswith(SUFFIX)]
        midway += bool(left) and not target.exists()
        assert all(path.stat().st_mode & 0o077 == 0 for path in left)
        if not target.exists():
            assert restore(elsewhere / "kept", target).files == whole
        files = [path for path in target.rglob("*") if path.is_file()]
        assert len(files) == whole, number
        shutil.rmtree(target)
    assert midway


def test_a_backup_under_way_is_not_cleared_away_by_another(
    home: Path, sqlite_site: Site, elsewhere: Path
) -> None:
    with workshop(elsewhere / "kept") as mine:
        (mine / "half").write_text("done")
        with pytest.raises(Held):
            backup(home, sqlite_site.store, elsewhere / "kept", NOW, secrets=True)
        assert (mine / "half").exists()
    assert not mine.exists()


def test_a_restoration_that_fails_leaves_the_folder_as_it_was(elsewhere: Path) -> None:
    (elsewhere / "kept").write_bytes(b"no backup")
    (elsewhere / "home").mkdir()
    for target in ("home", "none"):
        with pytest.raises(BackupRefused):
            restore(elsewhere / "kept", elsewhere / target)
    assert {path.name for path in elsewhere.iterdir()} == {"kept", "home"}
    assert not any((elsewhere / "home").iterdir())


def test_what_is_unfinished_in_the_home_is_not_kept(home: Path, sqlite_site: Site) -> None:
    (home / "reports" / f".month.pdf{SUFFIX}").mkdir(parents=True)
    (home / "reports" / f".month.pdf{SUFFIX}" / "half").write_text("done")
    backup(home, sqlite_site.store, home / "reports" / "kept", NOW, secrets=False)
    restore(home / "reports" / "kept", home / "second")
    assert not (home / "second" / "reports").exists()
