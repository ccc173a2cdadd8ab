"""`round enter` by the command line: what it says, and what its exit status means."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from lineguard import clock
from lineguard.cli.boundary import run
from lineguard.founding import found

WALK = ("round", "enter", "R1", "--device", "site_primary")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return found(tmp_path / "home", True, clock.now()).home.root


@pytest.fixture
def real(tmp_path: Path) -> Path:
    return found(tmp_path / "home", False, clock.now()).home.root


def told(capsys: pytest.CaptureFixture[str]) -> Any:  # noqa: ANN401
    return json.loads(capsys.readouterr().out)


def enter(home: Path, *line: str) -> int:
    return run([*line, "--json", "--quiet", "--lang", "en", "--home", str(home)])


def test_an_entry_is_one_document_with_slot_entry_and_actor(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert enter(home, *WALK, "--state", "abnormal", "--note", "UPS beeps") == 0
    one = told(capsys)
    assert (one["item"], one["device"], one["state"]) == ("R1", "site_primary", "abnormal")
    assert one["slot"].startswith("R1/site_primary/") and one["entry"] > 1
    assert one["incident"] is not None and one["fulfilled"] is True
    assert set(one["actor"]) == {"name", "proven", "how"}


def test_the_schedule_shows_that_it_is_done(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    at = "2026-11-20T08:40"
    assert enter(home, *WALK, "--state", "normal", "--at", at) == 0
    capsys.readouterr()
    assert enter(home, "schedule", "show", "--on", "2026-11-20", "--device", "site_primary") == 0
    state = {one["slot"]: one["state"] for one in told(capsys)}
    assert state["R1/site_primary/2026-11-20T08:00"] == "done"
    assert state["R2/site_primary/2026-11-20T08:00"] == "unplanned"


@pytest.mark.parametrize(
    ("line", "status", "why"),
    [
        ((*WALK, "--state", "abnormal"), 2, "needs a note"),
        ((*WALK, "--state", "abnormal", "--note", " "), 2, "needs a note"),
        (("round", "enter", "R1", "--state", "normal"), 2, "site_dr, site_primary"),
        (("round", "enter", "M46", "--device", "fw-core-1", "--state", "normal"), 1, "a person's"),
        (("round", "enter", "M43", "--device", "site_primary", "--state", "normal"), 2, "a drill"),
        (("round", "enter", "R7", "--state", "normal"), 2, "no item R7"),
        (("round", "enter", "R1"), 2, "--state"),
    ],
)
def test_what_cannot_be_entered_is_refused_in_one_sentence(
    home: Path, capsys: pytest.CaptureFixture[str], line: tuple[str, ...], status: int, why: str
) -> None:
    assert enter(home, *line) == status
    assert why in capsys.readouterr().err


def test_a_whole_walk_may_be_entered_in_one_go(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    walk = ("round", "enter", "R1", "R2", "R3", "R1", "--device", "site_primary")
    at = ("--state", "normal", "--at", "2026-11-20T08:40")
    assert enter(home, *WALK, *at) == 0
    capsys.readouterr()
    assert enter(home, *walk, *at) == 1  # R1 stands already; that keeps nothing else out
    said = capsys.readouterr()
    entered = json.loads(said.out)
    assert [one["item"] for one in entered] == ["R2", "R3"]
    assert all(one["fulfilled"] and one["beside"]["state"] == "unknown" for one in entered)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (("R1", "R2", "--state", "abnormal", "--note", "x"), "entered by itself"),
        (("R1", "R7", "--state", "normal"), "no item R7"),
    ],
)
def test_of_a_walk_that_cannot_be_meant_nothing_is_entered(
    home: Path, capsys: pytest.CaptureFixture[str], line: tuple[str, ...], why: str
) -> None:
    assert enter(home, "round", "enter", *line, "--device", "site_primary") == 2
    assert why in capsys.readouterr().err
    assert enter(home, *WALK, "--state", "normal") == 0


def test_a_second_entry_is_refused(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = (*WALK, "--state", "normal", "--at", "2026-11-20T08:40")
    assert enter(home, *line) == 0
    assert enter(home, *line) == 1
    assert "was entered by" in capsys.readouterr().err


def test_a_real_home_takes_no_entry_of_another_time(
    real: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert enter(real, *WALK, "--state", "normal", "--at", "2026-11-20T08:40") == 1
    assert "--at works only in a practice home" in capsys.readouterr().err


def test_the_catalogue_lists_sixty_items_three_walks_and_six_forms(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(["schedule", "items", "--json"]) == 0
    found = told(capsys)
    assert len(found) == 63
    keys = {"title_zh", "title_en", "asked", "expected", "checks", "trait", "scope"}
    keys |= {"forms", "period", "kinds", "limits", "by", "runbook", "form_group", "form_title"}
    assert all(one.keys() >= keys for one in found)
    forms = {each["form"] for one in found for each in one["forms"]}
    assert forms == {f"NT12345-00{number}" for number in range(1, 7)}
    assert all(one["runbook"] for one in found)
