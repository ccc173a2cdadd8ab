"""The ticket mirror by the command line, with Roundup behind it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lineguard import clock
from lineguard.cli.boundary import run
from lineguard.examination import tickets as examined
from lineguard.founding import found
from lineguard.home import Home
from lineguard.wiring import Station
from tests.incidents.tickets.tracker import USERS, free_port, laid, served

REPORT = ("incident", "open", "--text", "12 号坐席无声", "--site", "site_primary", "--kind", "seat")
SETTINGS = '[tickets]\nkind = "roundup"\nurl = "{url}"\nuser = "lineguard"\nsecret = "tickets"\n'


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return found(tmp_path / "home", True, clock.now()).home.root


@pytest.fixture
def tracker(tmp_path: Path, home: Path) -> tuple[Path, int]:
    """Laid and named in the settings; not served yet."""
    port = free_port()
    there = laid(tmp_path / "tracker", port)
    named(home, SETTINGS.format(url=there.url))
    secret(home, USERS["lineguard"])
    return there.folder, port


@pytest.fixture
def serving(tracker: tuple[Path, int]) -> Iterator[None]:
    with served(*tracker):
        yield


def named(home: Path, text: str) -> None:
    with (home / "lineguard.toml").open("a", encoding="utf-8") as settings:
        settings.write(f"\n{text}")


def secret(home: Path, value: str) -> None:
    path = home / "secrets" / "tickets"
    path.touch(mode=0o600)
    path.write_text(value, encoding="utf-8")


def do(home: Path, *line: str, lang: str = "en") -> int:
    return run([*line, "--json", "--quiet", "--lang", lang, "--home", str(home)])


def told(capsys: pytest.CaptureFixture[str]) -> Any:  # noqa: ANN401
    return json.loads(capsys.readouterr().out)


@pytest.mark.usefixtures("serving")
def test_a_tick_files_what_was_reported_and_the_log_says_as_what(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert do(home, *REPORT) == 0
    capsys.readouterr()
    assert do(home, "tick") == 0
    assert told(capsys)["tickets"] == {
        "filed": 1, "told": 0, "came": 0, "waiting": 0, "trouble": None,
    }  # fmt: skip
    assert do(home, "ticket", "list") == 0
    (one,) = told(capsys)
    assert (one["incident"], one["ticket"], one["ticket_state"]) == (1, "1", "registered")
    assert run(["log", "show", "--lang", "en", "--home", str(home)]) == 0
    assert "incident 1 was filed as ticket 1" in capsys.readouterr().out
    assert run(["ticket", "list", "--lang", "zh", "--home", str(home)]) == 0
    assert "已登记" in capsys.readouterr().out
    assert do(home, "log", "verify") == 0


@pytest.mark.usefixtures("serving")
def test_status_says_that_it_answers_and_sync_what_it_did(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert do(home, "ticket", "status") == 0
    status = told(capsys)
    assert (status["answers"], status["waiting"]) == (True, 0)
    do(home, *REPORT)
    capsys.readouterr()
    assert do(home, "ticket", "sync") == 0
    assert told(capsys)["filed"] == 1
    station = Station(Home(home))
    (finding,) = examined(station)
    station.store.close()
    assert finding.well


@pytest.mark.usefixtures("tracker")
def test_a_service_that_is_down_holds_up_no_tick(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert do(home, *REPORT) == 0
    capsys.readouterr()
    assert do(home, "tick") == 0
    done = told(capsys)["tickets"]
    assert (done["waiting"], done["trouble"]) == (1, "the ticket service cannot be reached")
    assert do(home, "ticket", "status") == 1
    assert told(capsys)["answers"] is False
    assert do(home, "ticket", "sync") == 1
    (finding,) = examined(Station(Home(home)))
    assert not finding.well


def test_a_missing_secret_holds_up_no_tick_and_is_said(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    named(home, SETTINGS.format(url="https://127.0.0.1:9/"))
    assert do(home, *REPORT) == 0
    capsys.readouterr()
    assert do(home, "tick") == 0
    assert "tickets" in told(capsys)["tickets"]["trouble"]
    assert do(home, "ticket", "sync") == 1


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "names no ticket service"),
        ('[tickets]\nkind = "rt"\nurl = "https://rt.example.cn/"', "needs user, secret, queue"),
    ],
)
def test_what_is_missing_in_the_settings_is_named(
    home: Path, capsys: pytest.CaptureFixture[str], text: str, sentence: str
) -> None:
    named(home, text)
    assert do(home, "ticket", "status") == 1
    assert sentence in told(capsys)["error"]


def test_without_a_ticket_service_a_tick_says_nothing_of_one(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert do(home, "tick") == 0
    assert told(capsys)["tickets"] is None
    assert list(examined(Station(Home(home)))) == []


def test_a_tracker_is_laid_by_command_and_never_over_another(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    secret(home, "x")
    line = ("ticket", "tracker", str(tmp_path / "new"), "--secret", "tickets", "--admin-secret",
            "tickets", "--url")  # fmt: skip
    assert do(home, *line, "http://tickets.example.cn/") == 2
    assert do(home, *line, "https://tickets.example.cn/12345/") == 0
    assert (tmp_path / "new" / "schema.py").is_file()
    assert do(home, *line, "https://tickets.example.cn/12345/") == 1
    assert "x" not in (tmp_path / "new" / "config.ini").read_text(encoding="utf-8").split()
