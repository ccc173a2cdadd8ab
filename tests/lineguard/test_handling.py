"""Incidents, planned work and the tick by the command line."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from lineguard import clock
from lineguard.cli.acting import os_user
from lineguard.cli.boundary import run
from lineguard.cli.lasting import lasting
from lineguard.examination import paging
from lineguard.founding import found
from lineguard.home import Home
from lineguard.wiring import Station

REPORT = ("incident", "open", "--text", "12 号坐席无声", "--site", "site_primary", "--kind", "seat")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    root = found(tmp_path / "home", True, clock.now()).home.root
    people = yaml.safe_load((root / "people.yml").read_text(encoding="utf-8"))
    people["people"]["陈静"]["os_user"] = os_user()
    (root / "people.yml").write_text(yaml.safe_dump(people, allow_unicode=True), encoding="utf-8")
    return root


def do(home: Path, *line: str) -> int:
    return run([*line, "--json", "--quiet", "--lang", "en", "--home", str(home)])


def told(capsys: pytest.CaptureFixture[str]) -> Any:  # noqa: ANN401
    return json.loads(capsys.readouterr().out)


def test_a_reported_fault_is_paged_taken_resolved_and_closed(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert do(home, *REPORT) == 0
    number = str(told(capsys)["incident"])
    assert do(home, "tick") == 0
    ticked = told(capsys)
    assert do(home, "oncall", "show") == 0
    on_duty = {one["post"]: one["now"] for one in told(capsys)}["primary"]
    assert on_duty in (["陈静"], ["刘洋"])
    pages = [(one["person"], one["reason"]) for one in ticked["pages"]]
    assert pages == [(on_duty[0], "opened")]
    assert do(home, "incident", "ack", number) == 0
    taken = told(capsys)
    assert (taken["state"], taken["owner"], taken["actor"]["proven"]) == (
        "acknowledged", "陈静", True,
    )  # fmt: skip
    assert do(home, "incident", "resolve", number, "--reason", "换座席") == 0
    assert do(home, "incident", "close", number, "--reason", "复查正常") == 0
    capsys.readouterr()
    assert do(home, "tick") == 0
    clocks = {(one["clock"], one["event"]) for one in told(capsys)["clocks"]}
    assert clocks == {("acknowledge", "met"), ("seat", "met")}
    assert do(home, "tick") == 0
    idle = {"missed": 0, "clocks": [], "pages": [], "resumed": [], "told": None}
    assert told(capsys).items() >= idle.items()
    assert do(home, "log", "verify") == 0


def test_what_is_reported_names_its_site_as_people_do_and_what_to_do(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*REPORT, "--home", str(home), "--lang", "zh"]) == 0
    said = capsys.readouterr().out
    assert "主站点：12 号坐席无声" in said and "site_primary" not in said
    assert "处理步骤：lineguard runbook run --incident 1" in said


def test_planned_work_is_announced_listed_and_ended(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    until = ("--until", "2199-01-01T00:00")
    assert do(home, "silence", "add", "--device", "fw-core-1", *until, "--reason", "x") == 1
    assert "7 days" in told(capsys)["error"]
    soon = ("--until", (clock.now() + timedelta(hours=2)).isoformat(), "--reason", "割接")
    assert do(home, "silence", "add", *soon) == 2
    capsys.readouterr()
    assert do(home, "silence", "add", "--device", "fw-core-1", *soon) == 0
    made = told(capsys)
    assert do(home, "silence", "list") == 0
    assert [one["silence"] for one in told(capsys)] == [made["silence"]]
    assert do(home, "silence", "end", str(made["silence"])) == 0
    capsys.readouterr()
    assert do(home, "silence", "list") == 0
    assert told(capsys) == []
    assert do(home, "log", "verify") == 0


def test_a_post_is_handed_over_and_the_feed_says_so(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    until = (clock.now() + timedelta(hours=2)).isoformat()
    line = ("--post", "primary", "--person", "赵敏", "--until", until, "--reason", "换班")
    assert do(home, "oncall", "override", *line) == 0
    capsys.readouterr()
    assert do(home, "oncall", "show") == 0
    assert {one["post"]: one["now"] for one in told(capsys)}["primary"] == ["赵敏"]
    assert do(home, "oncall", "show", "--ical", "--days", "2") == 0
    assert "赵敏" in told(capsys)["ical"]
    assert do(home, "people", "check") == 0
    assert told(capsys)["notes"] == [], "the rota of the practice site is a good example"
    both = ("--post", "backup", "--person", "赵敏", "--until", until, "--reason", "无人可换")
    assert do(home, "oncall", "override", *both) == 0
    (note,) = told(capsys)["notes"]
    assert note.startswith("赵敏: first on duty and backup at once, from "), note
    wrong = ("--post", "primary", "--person", "赵敏敏", "--until", until, "--reason", "x")
    assert do(home, "oncall", "override", *wrong) == 2
    assert "赵敏" in told(capsys)["error"]


@pytest.mark.parametrize(
    ("line", "status"),
    [
        (("incident", "ack", "99"), 1),
        (("incident", "ack", "x"), 2),
        (("incident", "open", "--text", "x"), 2),
        (("incident", "open", "--text", "x", "--device", "nobody"), 2),
        (("incident", "hold", "1", "--reason", "x"), 2),
        (("silence", "end", "7"), 1),
    ],
)
def test_what_cannot_be_is_said_in_one_sentence(
    home: Path, capsys: pytest.CaptureFixture[str], line: tuple[str, ...], status: int
) -> None:
    assert do(home, *line) == status
    assert told(capsys)["status"] == status


def test_an_estate_that_cannot_be_read_does_not_silence_the_telephone(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert do(home, *REPORT) == 0
    (home / "estate/hosts.yml").write_text("all: [half, edited", encoding="utf-8")
    capsys.readouterr()
    assert do(home, "tick") == 0
    ticked = told(capsys)
    assert [one["reason"] for one in ticked["pages"]] == ["opened"]
    assert ticked["told"] is not None


def shown(home: Path, number: str, capsys: pytest.CaptureFixture[str]) -> str:
    """The screen of one incident, its columns parted by one blank."""
    capsys.readouterr()
    assert run(["incident", "show", number, "--lang", "en", "--home", str(home)]) == 0
    return "\n".join(" ".join(one.split()) for one in capsys.readouterr().out.splitlines())


def test_an_incident_says_what_is_left_of_its_clocks_who_has_it_who_was_told_and_what_to_type(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert do(home, *REPORT) == 0
    assert do(home, "tick") == 0
    page = shown(home, "1", capsys)
    assert "owner nobody has it" in page
    assert re.search(r"time limit agent signed in again within 5 minutes: \d+ \w+ left", page)
    assert re.search(r"told \S+ \(not taken yet, tried again\)", page)
    assert "next take it: lineguard incident ack 1" in page
    assert "\ndevice" not in page, "what would say nothing is left out"
    assert do(home, "incident", "ack", "1") == 0
    soon = (clock.now() + timedelta(hours=2)).isoformat()
    work = ("--site", "site_primary", "--until", soon, "--reason", "move")
    assert do(home, "silence", "add", *work) == 0
    page = shown(home, "1", capsys)
    assert "owner 陈静" in page
    assert "taken by somebody" not in page, "that clock was met"
    assert re.search(r"planned work no\. 1 until [\d :-]+: move", page)
    assert "incident resolve 1 --reason" in page
    assert do(home, "incident", "resolve", "1", "--reason", "x") == 0
    assert "incident close 1 --reason" in shown(home, "1", capsys)
    assert do(home, "incident", "show", "1") == 0
    found = told(capsys)
    assert (found["clocks"], found["silences"], len(found["told"])) == ([], [], 1)


def test_the_list_begins_with_what_is_grave_and_nobodys_and_says_what_time_is_left(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for severity, device in (("critical", "rt-core-1"), ("critical", "app-1"),
                             ("critical", "app-2"), ("warning", "san-1")):  # fmt: skip
        line = ("--text", "x", "--device", device, "--severity", severity)
        assert do(home, "incident", "open", *line) == 0
    assert do(home, "incident", "ack", "3") == 0
    soon = (clock.now() + timedelta(minutes=90)).isoformat()
    assert do(home, "silence", "add", "--device", "app-1", "--until", soon, "--reason", "x") == 0
    capsys.readouterr()
    assert run(["incident", "list", "--lang", "en", "--home", str(home)]) == 0
    _head, *lines = [re.split(r"\s{2,}", one) for one in capsys.readouterr().out.splitlines()]
    shown_rows = [(one[0], one[2], re.sub(r"\d+", "N", one[4])) for one in lines]
    assert shown_rows == [
        ("1", "open", "N min"),
        ("3", "acknowledged 陈静", "N min"),
        ("2", "open", "planned work"),
        ("4", "open", "N min"),
    ]
    assert do(home, "incident", "resolve", "1", "--reason", "x") == 0
    capsys.readouterr()
    assert do(home, "incident", "list", "--all") == 0
    found = told(capsys)
    assert [one["incident"] for one in found] == [3, 2, 4, 1]
    assert (found[0]["remaining_s"] > 0, found[-1]["remaining_s"]) == (True, None)
    assert [one["planned_work"] for one in found] == [False, True, False, False]


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 s"), (59, "59 s"), (60, "1 min"), (99 * 60, "99 min"), (100 * 60, "1 h 40 min"),
        (48 * 3600 - 1, "47 h 59 min"), (48 * 3600, "2 d 0 h"), (-90, "1 min"),
    ],
)  # fmt: skip
def test_a_span_is_said_in_the_two_units_that_matter(seconds: int, said: str) -> None:
    assert lasting(timedelta(seconds=seconds)).text("en") == said


@pytest.mark.parametrize(
    ("rota", "status", "why"),
    [
        (
            {"primary": {"weekly": ["陈静", "刘洋"]}, "backup": {"weekly": ["陈静", "刘洋"]}},
            2,
            "rota.backup says the same as rota.primary",
        ),
        (
            {"primary": {"always": ["陈静"]}, "backup": {"always": ["陈静"]}},
            0,
            "陈静: first on duty and backup at once, from ",
        ),
    ],
)
def test_who_is_backup_to_themselves_is_said_by_the_check_and_by_the_doctor(
    home: Path, capsys: pytest.CaptureFixture[str], rota: object, status: int, why: str
) -> None:
    file = home / "people.yml"
    people = {**yaml.safe_load(file.read_text(encoding="utf-8")), "rota": rota}
    file.write_text(yaml.safe_dump(people, allow_unicode=True), encoding="utf-8")
    assert do(home, "people", "check") == status
    found = told(capsys)
    assert why in str([*found["notes"], *found["problems"]])
    finding = next(paging(Station(Home(home))))
    assert why in finding.sentence.text("en")
    assert (finding.note, finding.well) == (status == 0, status == 0)
    assert do(home, "oncall", "show") == 0, "paging goes on with it"


@pytest.mark.parametrize(
    ("file", "text", "why"),
    [
        ("people.yml", "people: {陈静: [half", "people.yml:2: is not YAML"),
        ("people.yml", "people: {陈静: {rolls: [operator]}}", "the nearest is “roles”"),
        ("people.yml", "", "people.yml names nobody"),
        ("lineguard.toml", '[channels.sms]\nurl = "half', "lineguard.toml: "),
        ("lineguard.toml", '[calendar]\nshifts = { day = "08:00-20:00" }', "people.yml:"),
        ("lineguard.toml", "", "lineguard.toml is empty"),
    ],
)
def test_an_edit_that_goes_wrong_silences_nobody_and_is_told(
    home: Path, capsys: pytest.CaptureFixture[str], file: str, text: str, why: str
) -> None:
    assert do(home, "tick") == 0
    assert do(home, *REPORT) == 0
    good = (home / file).read_text(encoding="utf-8")
    (home / file).write_text(text, encoding="utf-8")
    capsys.readouterr()
    assert do(home, "tick") == 0
    told_of = [(one["incident"], one["reason"]) for one in told(capsys)["pages"]]
    assert told_of == [(1, "opened"), (2, "opened")]
    assert do(home, "tick") == 0
    (home / file).write_text(good, encoding="utf-8")
    assert do(home, "tick") == 0
    capsys.readouterr()
    assert do(home, "incident", "list", "--all") == 0
    found = {one["incident"]: one for one in told(capsys)}
    assert why in found[2]["sentence"] and found[2]["state"] == "resolved"
    assert do(home, "log", "verify") == 0


def test_what_was_never_good_is_said_by_the_tick(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "people.yml").write_text("people: {陈静: [half", encoding="utf-8")
    assert do(home, "tick") == 0  # nobody waits for anything yet
    (home / "lineguard.toml").write_text("[half", encoding="utf-8")
    capsys.readouterr()
    assert do(home, "tick") == 1
    assert "lineguard.toml" in told(capsys)["error"]


def test_the_list_of_ways_names_whom_none_leads_to(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with (home / "lineguard.toml").open("a", encoding="utf-8") as file:
        file.write('\n[channels.hook]\nurl = "json://127.0.0.1:9/{address}"\n')
    people = yaml.safe_load((home / "people.yml").read_text(encoding="utf-8"))
    people["people"]["陈静"]["channels"] = {"hook": "c1"}
    (home / "people.yml").write_text(yaml.safe_dump(people, allow_unicode=True), encoding="utf-8")
    assert run(["notify", "list", "--lang", "en", "--home", str(home)]) == 0
    shown = capsys.readouterr().out
    (last,) = [one for one in shown.splitlines() if one.startswith("no channel leads to ")]
    assert "刘洋" in last and "陈静" not in last


def test_an_incident_is_shown_reported_and_worked_on_while_the_estate_cannot_be_read(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert do(home, "incident", "open", "--text", "x", "--device", "fw-core-1") == 0
    page = shown(home, "1", capsys)
    assert re.search(r"^device fw-core-1 · .*127\.0\.0\.1$", page, re.MULTILINE)
    assert do(home, "runbook", "run", "--incident", "1", "reachability") == 0
    assert "runbook run --resume 1" in shown(home, "1", capsys)
    hosts = home / "estate" / "hosts.yml"
    hosts.write_text(hosts.read_text(encoding="utf-8") + "\n  bad: [", encoding="utf-8")
    assert re.search(r"^device fw-core-1$", shown(home, "1", capsys), re.MULTILINE)
    assert do(home, *REPORT) == 0
    assert do(home, "runbook", "run", "--incident", "2", "system-fault") == 0
    capsys.readouterr()
    assert do(home, "incident", "open", "--text", "x", "--site", "nowhere") != 0
    assert "hosts.yml" in told(capsys)["error"]


def test_a_site_is_known_by_its_chinese_name_too(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert do(home, "incident", "open", "--text", "x", "--site", "灾备站点") == 0
    assert told(capsys)["site"] == "site_dr"
