"""Every clock of the contract, by the command itself: every call begins with what is on disk, as
after a restart, and the time limit runs over midnight, a month's end and the Spring Festival."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from incidents.clocks import RULES
from lineguard import clock
from lineguard.cli.acting import os_user
from lineguard.cli.boundary import run
from lineguard.founding import found

MINUTE = timedelta(minutes=1)
MIDNIGHTS = {
    "a day": datetime(2026, 11, 20, 16, tzinfo=UTC),
    "a month": datetime(2026, 11, 30, 16, tzinfo=UTC),
    "the Spring Festival": datetime(2027, 2, 5, 16, tzinfo=UTC),
}
"""Of Shanghai: the ends of an ordinary Friday, of November 2026, and of the year of the Horse."""

FAULT = ("--kind", "fault", "--severity", "critical")
CLOCKS: dict[str, tuple[int, tuple[str, ...]]] = {
    "acknowledge": (5, FAULT),
    "cure": (60, FAULT),
    "head_decides": (60, FAULT),
    "seat": (5, ("--kind", "seat")),
    "power_cut": (5, ("--kind", "power")),
}
"""Minutes (K 4.3 item 11.2; K 6.10.2; the first is ours), and how such a thing is reported."""


@dataclass
class Watched:
    """A home, and the time that its machine shows."""

    root: Path
    say: pytest.CaptureFixture[str]
    now: datetime

    def do(self, *line: str) -> Any:  # noqa: ANN401
        self.say.readouterr()
        assert run([*line, "--json", "--quiet", "--lang", "en", "--home", str(self.root)]) == 0
        return json.loads(self.say.readouterr().out)

    def events(self, name: str) -> list[tuple[str, str]]:
        """What that clock says at this tick, and of which incident."""
        said = self.do("tick")["clocks"]
        return [(str(one["incident"]), one["event"]) for one in said if one["clock"] == name]

    def report(self, *how: str) -> str:
        return str(
            self.do("incident", "open", "--text", "报障", "--site", "site_primary", *how)[
                "incident"
            ]
        )


@pytest.fixture
def begin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[[datetime], Watched]:
    """A home that is founded at that time."""

    def at(moment: datetime) -> Watched:
        home = Watched(tmp_path / "home", capsys, moment)
        monkeypatch.setattr(clock, "now", lambda: home.now)
        people = found(home.root, True, moment).home.people
        known = yaml.safe_load(people.read_text(encoding="utf-8"))
        known["people"]["陈静"]["os_user"] = os_user()
        people.write_text(yaml.safe_dump(known, allow_unicode=True), encoding="utf-8")
        return home

    return at


def test_every_clock_is_shown() -> None:
    assert CLOCKS.keys() == {rule.name for rule in RULES}


@pytest.mark.parametrize("over", MIDNIGHTS)
@pytest.mark.parametrize("name", CLOCKS)
def test_it_is_met_before_its_limit_and_runs_out_once_after_it(
    begin: Callable[[datetime], Watched], name: str, over: str
) -> None:
    limit, how = CLOCKS[name]
    start = MIDNIGHTS[over] - limit / 2 * MINUTE
    home = begin(start)
    cured, left = home.report(*how), home.report(*how)
    said = []
    for minute in (0, limit - 1, limit, limit + 1, limit + 2):
        home.now = start + minute * MINUTE
        if minute == limit - 1:
            home.do("incident", "ack", cured)
            home.do("incident", "resolve", cured, "--reason", "已修复")
        said.append([one for one in home.events(name) if one[1] != "warned"])
    assert said == [[], [(cured, "met")], [], [(left, "breached")], []]
    home.do("log", "verify")


def test_what_ran_out_while_the_machine_was_off_is_told_by_the_first_tick(
    begin: Callable[[datetime], Watched],
) -> None:
    home = begin(MIDNIGHTS["the Spring Festival"] - 10 * MINUTE)
    home.report(*FAULT)
    home.now += timedelta(days=9)
    ticked = home.do("tick")
    fired = {(one["clock"], one["event"]) for one in ticked["clocks"]}
    assert fired == {(name, "breached") for name in ("acknowledge", "cure", "head_decides")}
    assert {"supervisor"} <= {
        one["post"]
        for one in home.do("oncall", "show")
        if set(one["now"]) & {page["person"] for page in ticked["pages"]}
    }
