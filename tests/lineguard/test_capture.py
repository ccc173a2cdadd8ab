"""Capturing a gateway's console: one command, one recording, site data, and a test of it."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.consoles.capture import NotFound, expected, read, suggested
from collectors.consoles.u1900 import SUCCESS, may_be_tried
from inventory.model import ConsoleQuestion
from lab.embedded.client import LabClient
from lineguard import clock
from lineguard.cli.boundary import run
from lineguard.founding import found

ANSWER = f"""\
CPU Usage Stat. Cycle: 60 (Second)
CPU Usage            : 12% Max: 46%
Software version : V200R003C30SPC500
GE 0/0   10.10.1.60/24   up
E1 0/0            in service
E1 0/1            out of service
{SUCCESS}
"""


def question(pattern: str) -> ConsoleQuestion:
    return ConsoleQuestion(command="show x", pattern=pattern, confirmed=True)


@pytest.mark.parametrize(
    ("topic", "marks"),
    [
        ("cpu", ["12", "46"]),
        ("version", ["V200R003C30SPC500"]),
        ("addresses", ["10.10.1.60/24"]),
        ("ports", ["E1 0/0=in service", "E1 0/1=out of service"]),
    ],
)
def test_a_suggested_pattern_finds_exactly_what_was_marked(topic: str, marks: list[str]) -> None:
    pattern = suggested(ANSWER, marks, topic)
    assert may_be_tried(question(pattern))
    assert read(ANSWER, question(pattern), topic) == expected(marks, topic)


def test_a_suggestion_reads_other_values_of_the_same_kind() -> None:
    pattern = suggested(ANSWER, ["12", "46"], "cpu")
    later = ANSWER.replace("12% Max: 46%", "7%  Max:  100%")
    assert read(later, question(pattern), "cpu") == ("7", "100")
    ports = suggested(ANSWER, ["E1 0/0=in service"], "ports")
    assert read(ANSWER, question(ports), "ports") == (
        "E1 0/0\tin service",
        "E1 0/1\tout of service",
    )


def test_what_is_not_there_is_not_suggested() -> None:
    with pytest.raises(NotFound, match=r"no line of the answer holds 99"):
        suggested(ANSWER, ["99"], "cpu")
    with pytest.raises(NotFound, match="the answer is not whole"):
        read(ANSWER.replace(SUCCESS, ""), question("CPU Usage +: (\\d{1,3})"), "cpu")


@given(st.text(max_size=120), st.integers(0, 100), st.integers(1, 30))
def test_whatever_is_marked_the_suggestion_is_plain_and_finds_it(
    line: str, start: int, size: int
) -> None:
    shown = " ".join(line.split())
    mark = shown[start : start + size].strip()
    if not mark or not shown.isprintable() or not mark.isascii():
        return
    answer = f"{shown}\n{SUCCESS}\n"
    try:
        pattern = suggested(answer, [mark], "version")
        found = read(answer, question(pattern), "version")
    except NotFound:
        return
    assert may_be_tried(question(pattern))
    assert all(found)


# --- the command, against the practice gateway -------------------------------------------------


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    root = found(tmp_path_factory.mktemp("capture") / "home", True, clock.now()).home.root
    client = LabClient(root)
    client.up()
    yield root
    client.down()


def do(home: Path, *line: str) -> int:
    return run([*line, "--json", "--quiet", "--lang", "en", "--home", str(home)])


def told(capsys: pytest.CaptureFixture[str]) -> Any:  # noqa: ANN401
    return json.loads(capsys.readouterr().out)


CONFIGURE = ("--topic", "cpu", "--command", "config x")
CPU = ("--topic", "cpu", "--command", "show cpu-usage")


def test_one_captured_session_gives_site_data_and_its_regression_test(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    marks = ("--value", "23", "--value", "41", "--unit", "%")
    status = do(home, "capture", "gw-1960-1", *CPU, *marks)
    made = told(capsys)
    assert status == 0, made
    assert made["values"] == ["23", "41"]
    data = made["console"]["cpu"]
    assert (data["command"], data["unit"], data["confirmed"]) == ("show cpu-usage", "%", True)
    kept = home / "captures/gw-1960-1/cpu.json"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert do(home, "capture", "gw-1960-1", "--check") == 0
    assert told(capsys) == []
    document = json.loads(kept.read_text(encoding="utf-8"))
    document["values"] = ["99", "41"]
    kept.write_text(json.dumps(document), encoding="utf-8")
    assert do(home, "capture", "gw-1960-1", "--check") == 1
    assert "marked was 99, 41" in told(capsys)[0]
    kept.write_text("{", encoding="utf-8")
    assert do(home, "capture", "gw-1960-1", "--check") == 1
    assert "is no capture" in told(capsys)[0]
    kept.unlink()


def test_nothing_captured_is_nothing_known(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--home", str(home), "--lang", "en", "capture", "gw-1960-1", "--check"]) == 3
    said = capsys.readouterr().out
    assert "gw-1960-1: nothing that the estate asks was captured yet" in said
    assert "reads as it was marked" not in said


@pytest.mark.parametrize(
    ("line", "status", "why"),
    [
        (
            ("gw-1960-1", "--topic", "cpu", "--command", "config x", "--value", "1"),
            2,
            "is not sent",
        ),
        (("gw-1960-1", *CPU, "--value", "977"), 1, "no line of the answer holds 977"),
        (("gw-1960-1", *CPU, "--value", "23", "--pattern", "(a+)+"), 1, "not plain enough"),
        (("gw-1960-1", *CPU, "--value", "23", "--pattern", "Max: (\\d+)"), 1, "but not 23"),
        (("usm-1", *CPU, "--value", "23"), 1, "no console that needs capturing"),
        (("gw-1960-9", *CPU, "--value", "23"), 2, "gw-1960"),
    ],
)
def test_what_cannot_be_captured_is_refused_and_nothing_is_kept(
    home: Path,
    capsys: pytest.CaptureFixture[str],
    line: tuple[str, ...],
    status: int,
    why: str,
) -> None:
    assert do(home, "capture", *line) == status
    assert why in told(capsys)["error"]
    assert not list(home.glob("captures/*/*.json"))


def test_a_site_that_has_changed_its_question_is_held_to_the_recording() -> None:
    asked = question(suggested(ANSWER, ["12", "46"], "cpu"))
    assert read(ANSWER, asked, "cpu") == ("12", "46")
    with pytest.raises(NotFound):
        read(ANSWER, replace(asked, pattern="nothing like it"), "cpu")
