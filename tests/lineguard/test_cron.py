"""What is printed for cron and systemd can be installed as it stands, and taken away again."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from getpass import getuser
from pathlib import Path

import pytest

from lineguard import installing
from lineguard.cli.boundary import run
from lineguard.founding import found
from lineguard.installing import Crontab, Units, place_of
from lineguard.refusals import Refused
from lineguard.units import DAEMON, JOBS, crontab, started, systemd
from tests.lineguard.homes import AT

TIMED = [job for job in JOBS if job[3] is not None]


def test_every_job_calls_the_console_script_by_its_whole_path() -> None:
    script = str(Path(sys.executable).with_name("lineguard"))
    calls = [line for line in crontab(Path("/srv/h")).splitlines() if line.startswith("*")]
    assert len(calls) == len(JOBS)
    assert all(line.split()[5] == script for line in calls)


def test_a_strange_home_stays_one_word_for_cron() -> None:
    line = crontab(Path("/srv/my home/50%")).strip().splitlines()[-1]
    command = line.split(maxsplit=5)[5].removesuffix(" >/dev/null")
    assert shlex.split(command.replace("\\%", "%"))[-1] == "/srv/my home/50%"
    assert " 50%" not in line.replace("\\%", "")


@pytest.mark.parametrize("name", ["lineguard-round.service", DAEMON])
def test_a_strange_home_stays_one_word_for_systemd(name: str) -> None:
    unit = systemd(Path("/srv/my home/50%$x"))[name]
    start = next(line for line in unit.splitlines() if line.startswith("ExecStart="))
    assert shlex.split(start)[-1] == "/srv/my home/50%%$$x"


def test_a_strange_home_stays_one_word_among_the_paths_that_can_be_written() -> None:
    unit = systemd(Path("/srv/my home/50%$x"))[DAEMON]
    assert "\nReadWritePaths='/srv/my home/50%%$x'\n" in unit


def services(units: dict[str, str]) -> dict[str, str]:
    return {name: text for name, text in units.items() if name.endswith("service")}


def test_abnormal_and_busy_are_no_failures_of_a_unit() -> None:
    of_home = services(systemd(Path("/h")))
    assert len(of_home) == len(TIMED) + 1
    tick = of_home.pop("lineguard-tick.service")
    assert all("SuccessExitStatus=1 75\n" in text for text in of_home.values())
    assert "\nSuccessExitStatus=75\nTimeoutStartSec=600s\n" in tick, "1: nobody was told"


def test_the_owner_of_the_home_runs_the_jobs(tmp_path: Path) -> None:
    for text in services(systemd(tmp_path)).values():
        assert f"\nUser={getuser()}\n" in text
    assert "\nUser=lineguard\n" in systemd(tmp_path / "none")["lineguard-tick.service"]
    assert not any("\nUser=" in text for text in systemd(tmp_path, of_user=True).values())


def test_the_daemon_is_confined_watched_and_started_again() -> None:
    text = systemd(Path("/srv/h"))[DAEMON]
    for line in ("Type=notify", "Restart=always", "WatchdogSec=120s", "NoNewPrivileges=yes",
                 "ProtectSystem=strict", "ReadWritePaths=/srv/h"):  # fmt: skip
        assert f"\n{line}\n" in text


def test_the_daemon_and_the_timers_are_started() -> None:
    timers = {f"lineguard-{job[0]}.timer" for job in TIMED}
    assert set(started(systemd(Path("/h")))) == {DAEMON, *timers}


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd-analyze here")
@pytest.mark.parametrize("of_user", [False, True])
def test_systemd_finds_nothing_wrong_with_them(tmp_path: Path, of_user: bool) -> None:
    units = systemd(tmp_path, of_user=of_user)
    files = [tmp_path / name for name in units]
    for file in files:
        file.write_text(units[file.name], encoding="utf-8")
    manager = ["--user"] if of_user else []
    line = ["systemd-analyze", *manager, "verify", "--man=no", "--recursive-errors=no"]
    told = subprocess.run(
        [*line, *map(str, files)], capture_output=True, text=True, check=False,
        env={**os.environ, "XDG_RUNTIME_DIR": str(tmp_path)},
    )  # fmt: skip
    ours = [one for one in told.stderr.splitlines() if "lineguard" in one]
    assert ours == []
    files[0].write_text(units[files[0].name] + "[Service]\nNoSuchKey=1\n", encoding="utf-8")
    told = subprocess.run(
        [*line, str(files[0])], capture_output=True, text=True, check=False,
        env={**os.environ, "XDG_RUNTIME_DIR": str(tmp_path)},
    )  # fmt: skip
    assert "NoSuchKey" in told.stderr, "what is wrong would be found"


# --- installing -------------------------------------------------------------------------------


def program(folder: Path, name: str, text: str) -> Path:
    """A program that stands in for one of the system's."""
    file = folder / name
    file.write_text(f"#!/bin/sh\n{text}", encoding="utf-8")
    file.chmod(0o755)
    return file


@pytest.fixture
def tab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A crontab(1) that keeps its lines in the file that comes back."""
    kept = tmp_path / "tab"
    bin_ = tmp_path / "bin"
    bin_.mkdir()
    program(
        bin_,
        "crontab",
        f'if [ "$1" = -l ]; then cat "{kept}" 2>/dev/null || '
        f'{{ echo "no crontab for x" >&2; exit 1; }}; else cat > "{kept}"; fi\n',
    )
    monkeypatch.setenv("PATH", f"{bin_}:{os.environ['PATH']}")
    return kept


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return found(tmp_path / "home", practice=False, at=AT).home.root


def do(home: Path, *line: str) -> int:
    return run(["cron", *line, "--quiet", "--lang", "en", "--home", str(home)])


def test_lines_are_put_into_the_crontab_once_and_taken_out_again(
    home: Path, tab: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tab.write_text("0 1 * * * somebody else's\n", encoding="utf-8")
    assert do(home, "install", "--cron", "--yes") == 0
    once = tab.read_text(encoding="utf-8")
    assert once.startswith("0 1 * * * somebody else's\n# BEGIN Lineguard ")
    assert once.count(" tick ") == 1
    assert do(home, "install", "--cron", "--yes") == 0
    assert tab.read_text(encoding="utf-8") == once
    assert "everything is as it should be" in capsys.readouterr().out
    assert do(home, "remove", "--cron", "--yes") == 0
    assert tab.read_text(encoding="utf-8") == "0 1 * * * somebody else's\n"


def test_a_crontab_that_is_not_there_yet_is_made(home: Path, tab: Path) -> None:
    assert do(home, "install", "--cron", "--yes") == 0
    assert tab.read_text(encoding="utf-8").startswith("# BEGIN Lineguard ")


@pytest.mark.parametrize(("answer", "status"), [("y\n", 0), ("\n", 1), ("", 1), ("no\n", 1)])
def test_what_changes_is_shown_and_asked_about(
    home: Path,
    tab: Path,
    answer: str,
    status: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    from io import StringIO

    monkeypatch.setattr(sys, "stdin", StringIO(answer))
    assert do(home, "install", "--cron") == status
    assert "+# BEGIN Lineguard" in capsys.readouterr().err
    assert tab.exists() is (status == 0)


def test_a_block_without_its_end_is_left_to_a_person(home: Path, tab: Path) -> None:
    assert do(home, "install", "--cron", "--yes") == 0
    cut = tab.read_text(encoding="utf-8").replace("# END", "# FIN")
    tab.write_text(cut, encoding="utf-8")
    assert do(home, "install", "--cron", "--yes") == 1
    assert tab.read_text(encoding="utf-8") == cut


def test_a_crontab_that_cannot_be_read_is_not_written_over(tmp_path: Path) -> None:
    broken = program(tmp_path, "broken", 'echo "not allowed" >&2; exit 1\n')
    with pytest.raises(Refused, match="not allowed"):
        Crontab(home=tmp_path, program=str(broken)).changes(wanted=True)


@pytest.fixture
def units(tmp_path: Path) -> Units:
    """Units with a manager that writes down what it is told."""
    manager = program(tmp_path, "systemctl", f'echo "$@" >> "{tmp_path}/told"\n')
    return Units(home=tmp_path / "home", folder=tmp_path / "units", manager=(str(manager),))


def told(units: Units) -> list[str]:
    return (units.folder.parent / "told").read_text(encoding="utf-8").splitlines()


def test_units_are_written_started_kept_and_removed(units: Units) -> None:
    changes = units.changes(wanted=True)
    units.apply(changes, wanted=True)
    assert {one.name for one in units.folder.iterdir()} == systemd(units.home).keys()
    assert told(units)[0] == "daemon-reload"
    assert told(units)[1].startswith("enable --now lineguard-round.timer ")
    assert units.changes(wanted=True) == ()
    units.apply(units.changes(wanted=False), wanted=False)
    assert list(units.folder.iterdir()) == []
    assert told(units)[2].startswith("disable --now ")


def test_only_what_differs_is_written(units: Units) -> None:
    units.apply(units.changes(wanted=True), wanted=True)
    daemon = units.folder / DAEMON
    daemon.write_text(daemon.read_text(encoding="utf-8") + "# mine\n", encoding="utf-8")
    (change,) = units.changes(wanted=True)
    assert "-# mine" in list(change.lines())


def test_units_of_another_home_are_never_written_over_nor_removed(units: Units) -> None:
    units.apply(units.changes(wanted=True), wanted=True)
    other = Units(home=Path("/srv/other"), folder=units.folder, manager=units.manager)
    with pytest.raises(Refused, match="belongs to another home"):
        other.changes(wanted=True)
    assert other.changes(wanted=False) == ()


def test_a_manager_that_refuses_is_quoted(tmp_path: Path, units: Units) -> None:
    program(tmp_path, "systemctl", 'echo "Failed to connect to bus" >&2; exit 1\n')
    with pytest.raises(Refused, match="daemon-reload failed: Failed to connect to bus"):
        units.apply(units.changes(wanted=True), wanted=True)


def test_where_systemd_does_not_run_cron_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(installing, "BOOTED", tmp_path / "none")
    with pytest.raises(Refused, match="--cron"):
        place_of(tmp_path, by_cron=False, of_user=False)


def test_units_of_the_system_are_roots(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installing, "BOOTED", tmp_path)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(Refused, match="by root"):
        place_of(tmp_path, by_cron=False, of_user=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    place = place_of(tmp_path, by_cron=False, of_user=True)
    assert isinstance(place, Units)
    assert place.folder == tmp_path / "config" / "systemd" / "user"
