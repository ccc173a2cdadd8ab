"""A home on a disk that is full, or that takes no writing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lineguard import clock
from lineguard.cli.boundary import run
from lineguard.founding import found
from logbook.verify import verify
from phrases import say
from store.trouble import StoreTrouble
from tests.lineguard.homes import AT
from tests.mounts import enlarge, read_only, small_disk


@pytest.fixture(scope="module")
def frozen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A practice home with one incident, where nothing can be written any more."""
    root = tmp_path_factory.mktemp("frozen") / "home"
    station = found(root, practice=True, at=clock.now())
    with station.store.write() as tx:
        station.incidents.cut_off(tx, say("Lineguard reaches the network again"), clock.now(), "x")
    station.store.close()
    with read_only(root) as seen:
        yield seen


def told(home: Path, line: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    status = run([*line.split(), "--home", str(home), "--lang", "en"])
    shown = capsys.readouterr()
    return status, shown.out, shown.err


@pytest.mark.parametrize(
    "line", ["incident list", "incident show 1", "log show", "log verify", "silence list"]
)
def test_a_frozen_home_is_read_and_said_to_be_one(
    frozen: Path, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status, out, err = told(frozen, line, capsys)
    assert status == 0
    assert out
    assert err.count("\n") == 1
    assert "read-only: nothing new is recorded" in err


@pytest.mark.parametrize("line", ["tick", "incident note 1 seen"])
def test_a_frozen_home_takes_no_record_and_says_why(
    frozen: Path, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status, _out, err = told(frozen, line, capsys)
    assert status == 1
    assert err.count("\n") == 1
    assert "read-only: nothing can be recorded" in err
    assert "remount,rw" in err


@pytest.mark.parametrize(("practice", "kib"), [(False, 8), (False, 100), (True, 8), (True, 300)])
def test_a_home_that_a_full_disk_cut_short_is_finished_by_a_second_run(
    tmp_path: Path, practice: bool, kib: int
) -> None:
    with small_disk(tmp_path / "disk", kib) as disk:
        with pytest.raises((StoreTrouble, OSError)) as full:
            found(disk / "home", practice, AT)
        assert "full" in str(full.value) or "No space" in str(full.value)
        enlarge(disk)
        station = found(disk / "home", practice, AT)
        proof = verify(station.store, station.keys.public_keys(), station.evidence)
        station.store.close()
        assert proof.valid
        assert not list(disk.rglob("*.part"))


def test_a_full_disk_is_said_with_the_way_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with small_disk(tmp_path / "disk", 8) as disk:
        assert run(["init", str(disk / "home"), "--lang", "zh"]) == 1
    said = capsys.readouterr().err
    assert "磁盘已满" in said
    assert "df -h" in said
    assert said.isascii() is False
