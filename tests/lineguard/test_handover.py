"""Handover and obligations by the command line."""

from __future__ import annotations

import re
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from lineguard import clock
from lineguard.cli.acting import os_user
from lineguard.cli.boundary import run
from lineguard.founding import found
from tests.lineguard.test_handling import do, home, told

__all__ = ["home"]

ESTATE = Path(__file__).parents[2] / "inventory" / "estate"


def test_a_shift_is_drafted_flagged_signed_and_printed(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert do(home, "handover", "show") == 1
    assert "lineguard handover draft" in told(capsys)["error"]
    assert do(home, "handover", "flag", "UPS 电池明天更换") == 0
    number = str(told(capsys)["matter"])
    assert do(home, "handover", "matters") == 0
    assert len(told(capsys)) == 1
    assert do(home, "handover", "draft") == 0
    draft = told(capsys)
    assert draft["facts"]["matters"][0]["text"] == "UPS 电池明天更换"
    assert do(home, "handover", "sign", str(draft["handover"]), "--side", "outgoing") == 0
    assert told(capsys)["signatures"][0]["person"] == "陈静"
    assert do(home, "handover", "sign", str(draft["handover"]), "--side", "incoming") == 1
    assert "two persons" in told(capsys)["error"]
    assert do(home, "handover", "clear", number, "--reason", "已更换") == 0
    capsys.readouterr()
    assert run(["handover", "show", "--lang", "zh", "--home", str(home)]) == 0
    page = capsys.readouterr().out
    assert "交接班记录 1" in page
    assert "七、紧急事项" in page
    assert "UPS 电池明天更换" in page
    assert "交班人：陈静" in page
    assert "接班人：未签字" in page
    assert do(home, "handover", "draft", "--as", "刘洋") == 1
    assert "--as NAME" in told(capsys)["error"]
    assert do(home, "log", "verify") == 0


def test_each_time_limit_of_an_open_incident_is_named(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = ("--text", "坐席无声", "--site", "site_primary", "--kind", "seat")
    assert do(home, "incident", "open", *report) == 0
    assert do(home, "tick") == 0
    capsys.readouterr()
    assert run(["handover", "draft", "--lang", "zh", "--home", str(home)]) == 0
    page = capsys.readouterr().out
    assert re.search(r"事件 1：截至 [\d :-]+：坐席 5 分钟内重新签入", page)
    assert re.search(r"事件 1：截至 [\d :-]+：有人接手", page)


def test_an_obligation_is_recorded_with_its_evidence(
    home: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "签到表.txt"
    file.write_text("陈静 刘洋", encoding="utf-8")
    line = ("obligation", "done", "security_training", "--evidence", str(file), "--note", "培训")
    assert do(home, *line) == 0
    made = told(capsys)
    assert do(home, "obligation", "list") == 0
    listed = {(one["obligation"], one["term"]): one for one in told(capsys)}
    own = listed["security_training", made["term"]]
    assert (own["missing"], [one["evidence"] for one in own["done"]]) == (1, [made["evidence"]])
    assert do(home, *line) == 1
    assert do(home, "obligation", "done", "surge", "--evidence", str(file), "--note", "x") == 2
    capsys.readouterr()
    assert do(home, "log", "verify") == 0


@pytest.mark.parametrize(
    ("at", "opened"),
    [
        (datetime(2026, 11, 22, 1, tzinfo=UTC), 0),
        (datetime(2026, 12, 1, 1, tzinfo=UTC), 4),
    ],
)
def test_a_tick_of_a_real_home_warns_of_what_presses(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
    at: datetime, opened: int,
) -> None:  # fmt: skip
    root = found(tmp_path / "home", False, at).home.root
    monkeypatch.setattr(clock, "now", lambda: at)
    shutil.copytree(ESTATE, root / "estate", dirs_exist_ok=True)
    (root / "people.yml").write_text(
        f"people: {{陈静: {{roles: [operator], os_user: {os_user()}}}}}\n", encoding="utf-8"
    )
    assert do(root, "tick") == 0
    assert do(root, "tick") == 0
    capsys.readouterr()
    assert do(root, "incident", "list") == 0
    assert len(told(capsys)) == opened
    assert do(root, "log", "verify") == 0
