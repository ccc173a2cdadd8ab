"""What a person and a script see of every ending: one sentence, one status, nothing else."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from lineguard.cli.boundary import run
from lineguard.cli.commands import ROOT
from lineguard.cli.folding import width
from lineguard.cli.speech import SpokenCommand, SpokenGroup
from lineguard.founding import found
from tests.lineguard.homes import AT

LOOKING: dict[tuple[str, ...], tuple[int, int]] = {
    ("check", "run"): (3, 3),
    ("round", "run"): (4, 4),
}
"""Failed and misused, by the contract; everything else has 1 and 2."""


def commands(group: SpokenGroup, *path: str) -> list[tuple[tuple[str, ...], SpokenCommand]]:
    found: list[tuple[tuple[str, ...], SpokenCommand]] = []
    for name in group.table:
        member = group.get_command(ROOT.make_context("x", [], resilient_parsing=True), name)
        if isinstance(member, SpokenGroup):
            found += commands(member, *path, name)
        else:
            assert isinstance(member, SpokenCommand)
            found.append(((*path, name), member))
    return found


ALL = commands(ROOT)


@pytest.mark.parametrize(("path", "command"), ALL, ids=[" ".join(path) for path, _ in ALL])
def test_every_command_has_the_statuses_of_the_contract(
    path: tuple[str, ...], command: SpokenCommand
) -> None:
    assert (command.failed, command.misused) == LOOKING.get(path, (1, 2))


@pytest.mark.parametrize("path", [path for path, _ in ALL], ids=" ".join)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_command_explains_itself_in_both_languages(
    capsys: pytest.CaptureFixture[str], path: tuple[str, ...], lang: str
) -> None:
    assert run([*path, "--help", "--lang", lang]) == 0
    shown = capsys.readouterr()
    assert shown.err == ""
    assert ("用法" if lang == "zh" else "Usage: ") in shown.out
    assert "--json" in shown.out
    assert max(width(line) for line in shown.out.splitlines()) <= 80
    if lang == "zh":
        assert not re.search(r"\b(OPTIONS|TEXT|NUMBER|NAME|DIR|FILE|BUNDLE)\b", shown.out)


@pytest.mark.parametrize("path", [path for path, _ in ALL], ids=" ".join)
def test_an_option_that_does_not_exist_is_bad_usage(
    capsys: pytest.CaptureFixture[str], path: tuple[str, ...]
) -> None:
    expected = LOOKING.get(path, (1, 2))[1]
    assert run([*path, "--no-such-option", "--lang", "en"]) == expected
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("lineguard: there is no option --no-such-option")
    assert shown.err.count("\n") == 1


@pytest.mark.parametrize(
    "line",
    ["incident list", "log verify", "inventory list", "people check", "watch --once", "tick"],
)
def test_without_a_home_a_command_says_how_to_make_one(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, line: str
) -> None:
    assert run([*line.split(), "--home", str(tmp_path / "none"), "--lang", "en"]) == 1
    assert capsys.readouterr().err == (
        f"lineguard: there is no home at {tmp_path / 'none'}; if that is where it shall be: "
        f"lineguard init {tmp_path / 'none'} (for practice with --practice)\n"
    )


def test_in_a_wrong_folder_all_places_are_told_and_no_second_home_is_proposed(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("LINEGUARD_HOME", raising=False)
    assert run(["incident", "list", "--lang", "en"]) == 1
    said = capsys.readouterr().err
    assert f"neither /etc/lineguard nor {tmp_path / 'lineguard-home'} is one" in said
    assert "lineguard init lineguard-home" not in said


@pytest.mark.parametrize("practice", [None, False], ids=["no home", "a real site"])
def test_nothing_is_said_to_start_before_it_is_known_that_it_may(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, practice: bool | None
) -> None:
    if practice is not None:
        found(tmp_path / "home", practice=practice, at=AT)
    assert run(["lab", "up", "--home", str(tmp_path / "home"), "--lang", "en"]) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_persons_are_listed_before_there_are_devices(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    found(tmp_path / "home", practice=False, at=AT)
    people = "people: {zhang-wei: {title: 驻场工程师, roles: [operator]}}\n"
    (tmp_path / "home" / "people.yml").write_text(people, encoding="utf-8")
    assert run(["people", "list", "--home", str(tmp_path / "home")]) == 0
    assert "zhang-wei  值守" in capsys.readouterr().out


@pytest.mark.parametrize(("line", "status"), [("check run", 3), ("round run", 4)])
def test_a_look_without_a_home_has_its_own_status(tmp_path: Path, line: str, status: int) -> None:
    assert run([*line.split(), "--home", str(tmp_path / "none")]) == status


def test_a_command_that_does_not_exist_is_told_with_the_nearest(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(["invntory", "list", "--lang", "en"]) == 2
    assert "meant is perhaps inventory" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("ack", "perhaps incident ack ("),
        ("sign", "perhaps handover sign ("),
        ("list", "no command 'list' ("),  # of so many groups that none is meant
        ("incident reopen", "perhaps open ("),
    ],
)
def test_a_command_of_a_group_is_found_without_its_group(
    typed: str, meant: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*typed.split(), "--lang", "en"]) == 2
    assert meant in capsys.readouterr().err


def test_a_value_that_cannot_be_meant_is_told_in_chinese(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(["round", "run", "--at", "noon"]) == 4
    assert "不是时间" in capsys.readouterr().err


def test_a_group_alone_shows_its_help_and_is_bad_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["log", "--lang", "en"]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "verify" in shown.err


def test_a_defect_is_one_sentence_and_its_details_are_kept(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found(tmp_path / "home", practice=False, at=AT)

    def broken(*_: object) -> None:
        raise ZeroDivisionError("by \x1b[31mzero")

    monkeypatch.setattr("lineguard.wiring.station_of", broken)
    assert run(["incident", "list", "--home", str(tmp_path / "home"), "--lang", "en"]) == 1
    shown = capsys.readouterr()
    details = tmp_path / "home" / "data" / "lineguard-defects.log"
    assert shown.out == ""
    assert shown.err.startswith("lineguard: a defect in Lineguard: ZeroDivisionError: by ")
    assert str(details) in shown.err
    assert "\x1b" not in shown.err
    assert "Traceback" not in shown.err
    assert "Traceback" in details.read_text(encoding="utf-8")
    assert details.stat().st_mode & 0o077 == 0


def test_a_reader_that_goes_away_is_no_defect() -> None:
    script = Path(sys.executable).with_name("lineguard")
    reading, writing = os.pipe()
    os.close(reading)
    try:
        ran = subprocess.run(
            [str(script), "schedule", "items"], stdout=writing, stderr=subprocess.PIPE, check=False
        )
    finally:
        os.close(writing)
    assert ran.returncode == 141
    assert ran.stderr == b""


def test_a_damaged_database_is_said_in_one_sentence(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    station = found(tmp_path / "home", practice=False, at=AT)
    station.store.close()
    station.home.database.write_bytes(b"this was a database once" * 400)
    for line in ("log verify", "incident list", "tick"):
        assert run([*line.split(), "--home", str(tmp_path / "home"), "--lang", "en"]) == 1
        shown = capsys.readouterr()
        assert "cannot be read" in shown.err or "not readable" in shown.err
        assert shown.err.count("\n") == 1
