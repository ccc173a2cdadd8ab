"""The options of every command, wherever they stand in the line."""

from __future__ import annotations

from pathlib import Path

import pytest

from lineguard.cli.asked import Asked, Misused, by_environment, separate

LINES = [
    ("--lang en --home /srv/h --json incident list", "before the command"),
    ("incident list --lang en --home /srv/h --json", "behind the command"),
    ("incident --lang=en list --json --home=/srv/h", "in between"),
]


@pytest.mark.parametrize("line", [line for line, _ in LINES], ids=[name for _, name in LINES])
def test_global_options_may_stand_anywhere(line: str) -> None:
    rest, asked = separate(line.split(), Asked())
    assert rest == ["incident", "list"]
    assert asked == Asked(lang="en", home=Path("/srv/h"), json=True)


@pytest.mark.parametrize(
    "line", ["--as 陈静 round run", "round run --as 陈静", "round --as=陈静 run"]
)
def test_who_acts_may_stand_anywhere(line: str) -> None:
    rest, asked = separate(line.split(), Asked())
    assert (rest, asked.person) == (["round", "run"], "陈静")


def test_behind_two_dashes_nothing_is_an_option_of_ours() -> None:
    rest, asked = separate(["lab", "break", "--", "--json"], Asked())
    assert rest == ["lab", "break", "--", "--json"]
    assert not asked.json


@pytest.mark.parametrize(
    "line", [["--lang"], ["--home"], ["--home="], ["--as"], ["--as="], ["--lang", "de"]]
)
def test_an_option_that_cannot_be_meant_is_refused(line: list[str]) -> None:
    with pytest.raises(Misused):
        separate(line, Asked())


@pytest.mark.parametrize(
    ("given", "lang"), [("", "zh"), ("en", "en"), ("zh_CN", "zh"), ("fr", "zh")]
)
def test_the_environment_chooses_the_language(
    monkeypatch: pytest.MonkeyPatch, given: str, lang: str
) -> None:
    monkeypatch.setenv("LINEGUARD_LANG", given)
    assert by_environment().lang == lang
