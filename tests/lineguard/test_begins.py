"""Where the console script begins: what is the program's own option, and what a command's."""

from __future__ import annotations

import sys

import pytest

from lineguard import VERSION
from lineguard.__main__ import main


def test_the_program_says_its_version(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["lineguard", "--version"])
    assert main() == 0
    assert capsys.readouterr().out == f"lineguard {VERSION}\n"


def test_an_option_of_a_command_that_is_called_the_same_is_the_commands(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    line = ["config", "show", "rt-1", "--version", "99", "--home", "/nonexistent"]
    monkeypatch.setattr(sys, "argv", ["lineguard", *line])
    assert main() == 1
    assert VERSION not in capsys.readouterr().out
