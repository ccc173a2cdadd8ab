"""What is printed for cron and systemd can be installed as it stands."""

from __future__ import annotations

import shlex
import sys
from getpass import getuser
from pathlib import Path

from lineguard.cli.cron import JOBS, crontab, systemd


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


def test_a_strange_home_stays_one_word_for_systemd() -> None:
    unit = systemd(Path("/srv/my home/50%$x"))["lineguard-round.service"]
    start = next(line for line in unit.splitlines() if line.startswith("ExecStart="))
    assert shlex.split(start)[-1] == "/srv/my home/50%%$$x"


def test_abnormal_and_busy_are_no_failures_of_a_unit() -> None:
    services = {
        name: text for name, text in systemd(Path("/h")).items() if name.endswith("service")
    }
    assert len(services) == len(JOBS)
    assert all("SuccessExitStatus=1 75\n" in text for text in services.values())


def test_the_owner_of_the_home_runs_the_jobs(tmp_path: Path) -> None:
    assert f"\nUser={getuser()}\n" in systemd(tmp_path)["lineguard-watch.service"]
    assert "\nUser=lineguard\n" in systemd(tmp_path / "none")["lineguard-watch.service"]
