"""Runbooks by the command line: listed, shown, walked, left, gone on with, killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from lineguard.cli.boundary import run
from tests.lineguard.test_handling import do, home, told

__all__ = ["home"]

ROOT = Path(__file__).parents[2]
OWN = """---
title_en: Ours
summary_en: for tests
kind: fault
source: ours
---
# 本站

适用：测试

## 处理

1. 看一眼
2. 再看一眼
3. `wait: 1s` 稍等
4. 好了吗？
   - 好了 → 结束
   - 没有 → 处理
"""
KILLED = """
import os, signal, sys
from logbook.book import Logbook
sign, sys.argv = Logbook.checkpoint, sys.argv
def killed(self, tx, at):
    if sys.argv[1] == "inside":
        os.kill(os.getpid(), signal.SIGKILL)
    return sign(self, tx, at)
Logbook.checkpoint = killed
from lineguard.cli.boundary import run
status = run(sys.argv[2:])
sys.stdout.flush()
os.kill(os.getpid(), signal.SIGKILL)
"""


def own(home: Path, text: str = OWN, name: str = "ours") -> None:
    (home / "runbooks").mkdir(exist_ok=True)
    (home / "runbooks" / f"{name}.md").write_text(text, encoding="utf-8")


def test_a_runbook_is_walked_by_steps_and_the_record_says_who(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own(home)
    assert do(home, "runbook", "list") == 0
    assert {one["name"]: one["own"] for one in told(capsys)}["ours"] is True
    assert do(home, "runbook", "run", "ours", "--site", "site_primary") == 0
    begun = told(capsys)
    assert (begun["step"], begun["present"]["text"]) == ("1.1", "看一眼")
    number = str(begun["run"])
    assert do(home, "runbook", "step", number, "--done", "--note", "指示灯正常") == 0
    assert told(capsys)["step"] == "1.2"
    assert do(home, "runbook", "run", "--resume", number) == 0
    assert told(capsys)["step"] == "1.2"
    assert do(home, "runbook", "list", "--running") == 0
    assert [one["run"] for one in told(capsys)] == [int(number)]
    assert do(home, "runbook", "step", number, "--give-up", "--note", "误报") == 0
    capsys.readouterr()
    assert do(home, "runbook", "show", "--run", number) == 0
    assert [(one["outcome"], one["actor"]) for one in told(capsys)["steps"]] == [
        ("done", "陈静"), ("given_up", "陈静"),
    ]  # fmt: skip
    assert do(home, "log", "verify") == 0


def test_an_incident_brings_its_runbook_with_it(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = ("--text", "市电中断", "--site", "site_primary", "--kind", "power")
    assert do(home, "incident", "open", *line) == 0
    number = str(told(capsys)["incident"])
    assert do(home, "incident", "show", number) == 0
    assert told(capsys)["runbook"] == "power-cut"
    assert do(home, "runbook", "run", "--incident", number) == 0
    begun = told(capsys)
    assert (begun["runbook"], begun["incident"], begun["site"]) == (
        "power-cut", int(number), "site_primary",
    )  # fmt: skip
    assert do(home, "runbook", "run", "--incident", number) == 1
    assert "is under way" in told(capsys)["error"]

    own(home)
    assert do(home, "runbook", "run", "ours", "--incident", number) == 0
    ended = str(told(capsys)["run"])
    assert do(home, "runbook", "step", ended, "--give-up", "--note", "来电了") == 0
    capsys.readouterr()
    _shown_with_its_runs(home, number, capsys)


def _shown_with_its_runs(home: Path, number: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Which were walked for it, by whom, where they stand."""
    assert do(home, "incident", "show", number) == 0
    first, second = told(capsys)["runs"]
    assert (first["runbook"], first["state"], first["actor"]) == ("power-cut", "running", "陈静")
    assert first["ended_at"] is None and first["steps"] == []
    assert (second["runbook"], second["state"]) == ("ours", "given_up")
    assert second["began_at"] < second["ended_at"]
    assert [(one["step"], one["actor"]) for one in second["steps"]] == [("1.1", "陈静")]
    assert run(["--home", str(home), "--lang", "en", "incident", "show", number]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "power-cut under way 1.1" in shown and "given up 1.1" in shown
    assert "lineguard runbook show --run RUN" in shown


def test_a_check_of_a_runbook_is_recorded_and_takes_its_branch(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing listens here, so that the device is seen to be silent: never 正常."""
    own(home, OWN.replace("1. 看一眼", "1. `check: M46 device` 看\n   - 正常 → 继续\n"
                          "   - 异常 → 结束\n   - 未知 → 结束"))  # fmt: skip
    device = next(one["device"] for one in _devices(home, capsys) if one["kind"] == "firewall")
    assert do(home, "runbook", "run", "ours", "--device", device) == 0
    number = str(told(capsys)["run"])
    assert do(home, "runbook", "step", number, "--done") == 0
    found = told(capsys)
    assert found["seen"]["found"] == "unknown"
    assert found["seen"]["entries"]
    assert found["state"] == "finished"
    assert do(home, "log", "verify") == 0


def _devices(home: Path, capsys: pytest.CaptureFixture[str]) -> list[dict[str, str]]:
    assert do(home, "inventory", "list") == 0
    found: list[dict[str, str]] = told(capsys)
    return found


def test_a_command_of_a_runbook_is_run_and_shown(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own(home, OWN.replace("1. 看一眼", "1. `command: oncall show` 谁值班"))
    assert do(home, "runbook", "run", "ours") == 0
    capsys.readouterr()
    assert do(home, "runbook", "step", "1", "--done") == 0
    seen = told(capsys)["seen"]
    assert seen["found"] == "normal"
    assert "primary" in seen["output"]
    own(home, OWN.replace("1. 看一眼", "1. `command: incident ack 1` 接手"), "bad")
    assert do(home, "runbook", "run", "bad") == 0
    capsys.readouterr()
    assert do(home, "runbook", "step", "2", "--done") == 1
    assert "no command that a runbook may run" in told(capsys)["error"]


def test_a_file_of_the_site_that_is_wrong_is_told_of_and_takes_nothing_away(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own(home, "什么都不是", "fire")
    assert run(["runbook", "list", "--lang", "en", "--home", str(home)]) == 1
    said = capsys.readouterr()
    assert "runbooks/fire.md:1:" in said.err
    assert "Alarm and fire" in said.out


@pytest.mark.parametrize("moment", ["inside", "behind"])
def test_a_run_that_is_killed_at_every_step_stands_before_it_or_behind_it(
    home: Path, capsys: pytest.CaptureFixture[str], moment: str
) -> None:
    own(home)
    assert do(home, "runbook", "run", "ours") == 0
    capsys.readouterr()
    for key, answer in (
        ("1.1", ("--done",)), ("1.2", ("--done",)), ("1.3", ("--skip", "--note", "不等")),
        ("1.4", ("--choose", "没有")), ("1.1", ("--done",)),
    ):  # fmt: skip
        line = ["runbook", "step", "1", *answer, "--at", key, "--home", str(home), "--json"]
        child = subprocess.run(
            [sys.executable, "-c", KILLED, moment, *line],
            cwd=ROOT, capture_output=True, text=True, check=False, env={**os.environ},
        )  # fmt: skip
        assert child.returncode == -signal.SIGKILL, child.stderr
        assert do(home, "runbook", "run", "--resume", "1") == 0
        stands = told(capsys)["step"]
        if moment == "inside":
            assert stands == key
            assert do(home, *line[:-3]) == 0
            capsys.readouterr()
        else:
            assert stands == json.loads(child.stdout)["step"] != key
    assert do(home, "runbook", "show", "--run", "1") == 0
    steps = [one["step"] for one in told(capsys)["steps"]]
    assert steps == ["1.1", "1.2", "1.3", "1.4", "1.1"]
    assert do(home, "log", "verify") == 0


def test_at_a_terminal_it_is_walked_with_keys(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    own(home)
    typed = iter(["灯亮", "", "s 不等", "9", "1"])
    monkeypatch.setattr("builtins.input", lambda: next(typed))
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    assert run(["runbook", "run", "ours", "--lang", "zh", "--home", str(home)]) == 0
    said = capsys.readouterr().out
    assert "第 1 次执行已结束" in said
    monkeypatch.setattr("builtins.input", lambda: "q")
    assert run(["runbook", "run", "fire", "--lang", "zh", "--home", str(home)]) == 0
    assert "lineguard runbook run --resume 2" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("line", "shown"),
    [(("--incident", "1"), "incident resolve 1 --reason"), ((), "incident resolve INCIDENT")],
)
def test_a_step_can_be_typed_as_it_is_read_and_says_how_it_is_answered(
    home: Path, capsys: pytest.CaptureFixture[str], line: tuple[str, ...], shown: str
) -> None:
    own(home, OWN.replace("1. 看一眼", "1. `lineguard incident resolve {incident} --reason 好了`"))
    report = ("--text", "x", "--site", "site_primary")
    assert do(home, "incident", "open", *report) == 0
    capsys.readouterr()
    words = ["runbook", "run", "ours", "--site", "site_primary", *line]
    assert run([*words, "--lang", "en", "--home", str(home)]) == 0
    page = capsys.readouterr().out
    assert shown in page
    assert "lineguard runbook step 1 --done" in page
