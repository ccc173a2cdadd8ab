"""A home of an earlier version: refused with the way out, then brought up, provably."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config

from lineguard import clock
from lineguard.cli.boundary import run
from lineguard.founding import found
from lineguard.home import Home
from lineguard.wiring import Station
from store.database import open_store
from store.migrating import MIGRATIONS, REVISIONS


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A home whose database is of the first version, with the entry that founded it."""
    root = found(tmp_path / "home", True, clock.now()).home.root
    home = Home(root)
    with closing(sqlite3.connect(home.database)) as now:
        kept = {
            table: now.execute(f"SELECT * FROM {table}").fetchall()  # noqa: S608
            for table in ("entry", "checkpoint")
        }
    for file in home.data.glob("lineguard.db*"):
        file.unlink()
    store = open_store(Station(home).store_url, home.data)
    with store.write() as tx:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.set_main_option("path_separator", "os")
        config.attributes["connection"] = tx
        command.upgrade(config, REVISIONS[0])
        for table, rows in kept.items():
            for row in rows:
                marks = ", ".join("?" * len(row))
                tx.exec_driver_sql(f"INSERT INTO {table} VALUES ({marks})", tuple(row))  # noqa: S608
    store.close()
    return root


def do(home: Path, *line: str) -> int:
    return run([*line, "--json", "--quiet", "--lang", "en", "--home", str(home)])


def told(capsys: pytest.CaptureFixture[str]) -> Any:  # noqa: ANN401
    return json.loads(capsys.readouterr().out)


def test_an_old_home_says_how_to_go_on_and_goes_on_afterwards(
    old: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert do(old, "incident", "list") == 1
    assert told(capsys)["error"].endswith(f"this program needs {REVISIONS[-1]}: lineguard upgrade")
    assert do(old, "upgrade") == 0
    made = told(capsys)
    assert (made["from"], made["to"]) == (REVISIONS[0], REVISIONS[-1])
    with closing(sqlite3.connect(made["copy"])) as before:
        assert before.execute("SELECT version_num FROM alembic_version").fetchone() == ("0001",)
    assert do(old, "incident", "list") == 0
    capsys.readouterr()
    assert do(old, "log", "verify") == 0
    capsys.readouterr()
    assert do(old, "log", "show", "--kind", "upgraded") == 0
    assert [one["body"]["from"] for one in told(capsys)] == [REVISIONS[0]]
    assert do(old, "upgrade") == 0
    assert told(capsys)["copy"] is None


def test_an_upgrade_waits_for_nobody_and_keeps_an_earlier_copy(
    old: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    station = Station(Home(old))
    with open_store(station.store_url, station.home.data).hold("round"):
        assert do(old, "upgrade") == 75
    capsys.readouterr()
    (old / "data/before-0001.db").write_bytes(b"precious")
    assert do(old, "upgrade") == 1
    assert "from an earlier attempt" in told(capsys)["error"]
    assert (old / "data/before-0001.db").read_bytes() == b"precious"
