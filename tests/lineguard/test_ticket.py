"""The ticket mirror by the command line, with Roundup behind it."""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import select, update

from incidents.tickets.lifecycle import TicketState
from incidents.tickets.roundup import Roundup
from incidents.tickets.web import objects
from lab.embedded.ticket_service import tracker_url
from lineguard import clock
from lineguard.cli.boundary import run
from lineguard.examination import tickets as examined
from lineguard.founding import found
from lineguard.home import Home
from lineguard.wiring import Station
from store.schema import ticket, ticket_task
from tests.incidents.tickets.stumbling import Doorway, doorway
from tests.incidents.tickets.tracker import USERS, adapter, free_port, laid, served
from tests.lineguard.homes import without

REPORT = ("incident", "open", "--text", "12 号坐席无声", "--site", "site_primary", "--kind", "seat")
SETTINGS = '[tickets]\nkind = "roundup"\nurl = "{url}"\nuser = "lineguard"\nsecret = "tickets"\n'


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Without the ticket service that a practice home names by itself."""
    root = found(tmp_path / "home", True, clock.now()).home.root
    without(root, "tickets")
    (root / "secrets" / "tickets").unlink()
    return root


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


@pytest.mark.usefixtures("serving")
def test_who_takes_the_ticket_in_roundup_has_the_incident(
    home: Path, tracker: tuple[Path, int], capsys: pytest.CaptureFixture[str]
) -> None:
    people = yaml.safe_load((home / "people.yml").read_text(encoding="utf-8"))
    people["people"]["陈静"]["channels"] = {"ticket": "chenjing"}
    (home / "people.yml").write_text(yaml.safe_dump(people, allow_unicode=True), encoding="utf-8")
    do(home, *REPORT)
    do(home, "tick")

    async def work() -> None:
        hers = adapter(tracker_url(tracker[1]), "chenjing")
        await hers.comment("1", "", "已到 12 号坐席")
        await hers.transition("1", TicketState.ACCEPTED, "chenjing")
        await hers.close()

    asyncio.run(work())
    capsys.readouterr()
    assert do(home, "ticket", "sync") == 0
    assert told(capsys)["came"] == 2
    assert do(home, "incident", "show", "1") == 0
    shown = told(capsys)
    assert (shown["state"], shown["owner"]) == ("acknowledged", "陈静")
    assert [(one["why"], one["actor"]) for one in shown["transitions"][1:]] == [
        ("已到 12 号坐席", "陈静"), ("陈静 has it", "陈静"),
    ]  # fmt: skip


def test_killed_between_create_and_record_files_nothing_twice(
    home: Path, tracker: tuple[Path, int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """By SIGKILL, when the service has filed it and not yet said so."""
    assert do(home, *REPORT) == 0
    capsys.readouterr()
    folder, front = tracker
    behind = free_port()
    line = [sys.executable, "-P", "-m", "lineguard", "ticket", "sync", "--home", str(home)]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    door = Doorway(behind=behind, chance=0.0, source=random.Random(1), slow_s=0.0)  # noqa: S311
    with served(folder, behind), doorway(front, door):
        killed: list[subprocess.Popen[bytes]] = []
        door.after_post = lambda: killed[0].kill()
        killed.append(subprocess.Popen(line, env=environment, stdout=subprocess.DEVNULL))
        assert killed[0].wait() == -signal.SIGKILL
        door.after_post = lambda: None
        station = Station(Home(home))
        with station.store.write() as tx:
            early = clock.now() - timedelta(minutes=5)
            tx.execute(update(ticket_task).values(tried_at=early))
            assert tx.execute(select(ticket)).all() == []
        station.store.close()
        assert do(home, "ticket", "sync") == 0
        assert told(capsys)["filed"] == 1
        port = adapter(tracker_url(front))
        filed = asyncio.run(_all(port))
    assert len(filed) == 1


async def _all(port: Roundup) -> list[object]:
    answer = await port.line.ask("GET", "incident", params={"@fields": "key"})
    await port.close()
    return objects(answer.body, "data", "collection")


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
