"""What a site changes in the schedule: periods, kinds, and items of its own."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from checks.catalogue import catalogue, limit_names, schedule_of, vocabulary
from checks.item import By, Item, Period, Scope
from inventory.declared import Complaints, Value
from inventory.loader import load_estate
from inventory.model import Estate, Kind
from inventory.own_items import read_items
from inventory.places import Place
from inventory.problems import EstateError
from lineguard import clock
from lineguard.founding import found
from maintenance.calendar import CalendarSettings
from maintenance.schedule import slots_for
from runbooks.shelf import names_of
from tests.inventory.homes import SWITCH

OWN = """\
lineguard_items:
  M47: {period: D}
  M53: {kinds: [switch]}
  S01:
    title: {zh: 录音服务器磁盘, en: Disks of the recording server}
    period: D
    kinds: [switch]
    checks: ["M53", "M44:ports"]
  S02: {title: 消防设施巡视, period: M, by: person}
"""


def read(folder: Path, text: str) -> Estate:
    estate = _estate(folder, text)
    words = replace(vocabulary(), runbooks=names_of(folder))
    return load_estate(estate, None, limit_names=limit_names(), cache=None, words=words)


def _estate(folder: Path, text: str) -> Path:
    estate = folder / "estate"
    (estate / "group_vars").mkdir(parents=True)
    (estate / "hosts.yml").write_text(SWITCH, encoding="utf-8")
    (estate / "group_vars" / "all.yml").write_text(text, encoding="utf-8")
    return estate


def schedule(estate: Estate) -> dict[str, Item]:
    return {one.id: one for one in schedule_of(estate.items)}


def test_a_site_changes_period_and_kinds_and_adds_items_of_its_own(tmp_path: Path) -> None:
    items = schedule(read(tmp_path, OWN))
    assert items["M47"].period is Period.DAY
    assert items["M53"].kinds == {Kind.SWITCH}
    own, walk = items["S01"], items["S02"]
    assert (own.title_zh, own.title_en) == ("录音服务器磁盘", "Disks of the recording server")
    assert [one.name for one in own.checks] == ["reachability", "ports"]
    assert (walk.by, walk.scope, walk.period) == (By.PERSON, Scope.SITE, Period.MONTH)
    changed = {one.id for one in items.values() if one.changed}
    assert changed == {"M47", "M53", "S01", "S02"}


WORDS = replace(vocabulary(), runbooks=frozenset({"disk-full", "our-disks"}))


def declared(raw: object) -> tuple[dict[str, Item], list[str]]:
    """The schedule with these items, and what is wrong with them."""
    complaints = Complaints(lambda _path: Place(file="all.yml", line=1))
    read = read_items(Value(raw, ("lineguard_items",), complaints), WORDS)
    told = [one.what.text("en") for one in complaints.found]
    return {one.id: one for one in schedule_of(read)}, told


def test_a_site_says_which_runbook_an_item_hands_out() -> None:
    own = {"title": "x", "period": "D", "kinds": ["switch"], "checks": ["M53"]}
    raw = {"M02": {"runbook": "our-disks"}, "S01": {**own, "runbook": "disk-full"}, "S02": own}
    items, wrong = declared(raw)
    told = {name: items[name].runbook for name in ("M02", "S01", "S02", "M53")}
    assert wrong == []
    assert told == {"M02": "our-disks", "S01": "disk-full", "S02": None, "M53": "reachability"}


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("our-disk", "there is no runbook “our-disk”; the nearest is “our-disks”"),
        ("灭火", "there is no runbook “灭火”; `lineguard runbook list` names them"),
        ("../../etc/passwd", "there is no runbook “../../etc/passwd”; `lineguard runbook list`"),
        (["disk-full"], "must be"),
        (7, "must be"),
    ],
)
def test_a_runbook_that_there_is_not_is_refused(name: object, why: str) -> None:
    _items, wrong = declared({"M02": {"runbook": name}})
    assert len(wrong) == 1 and why in wrong[0], wrong
    assert "lineguard_items.M02.runbook" in wrong[0]


def test_the_sites_own_runbooks_count_beside_the_librarys(tmp_path: Path) -> None:
    assert {"disk-full", "power-cut"} < names_of(tmp_path)
    (tmp_path / "runbooks").mkdir()
    (tmp_path / "runbooks/our-disks.md").write_text("", encoding="utf-8")
    assert names_of(tmp_path) - names_of(tmp_path / "elsewhere") == {"our-disks"}


def test_what_is_not_changed_stays_as_the_contract_has_it(tmp_path: Path) -> None:
    items = schedule_of(read(tmp_path, OWN).items)
    ours = {one.id: one for one in catalogue()}
    same = [one for one in items if one.id in ours and one.id not in ("M47", "M53")]
    assert same == [one for one in catalogue() if one.id not in ("M47", "M53")]
    assert (ours["M47"].form_title, ours["M53"].title_zh) == (
        schedule(read(tmp_path / "again", OWN))["M47"].form_title,
        schedule(read(tmp_path / "once more", OWN))["M53"].title_zh,
    )
    assert schedule_of(()) == catalogue()


def test_own_items_are_due_like_any_other(tmp_path: Path) -> None:
    estate = read(tmp_path, OWN)
    items = schedule_of(estate.items)
    slots = [one.id for one in slots_for(estate, items, date(2026, 11, 20), CalendarSettings())]
    (switch,) = (one.name for one in estate.devices)
    (site,) = (one.name for one in estate.sites)
    assert f"S01/{switch}/2026-11-20" in slots
    assert f"S02/{site}/2026-11" in slots


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("lineguard_items: {M47: {title: x}}", "the key “title” is not known"),
        ("lineguard_items: {M47: {period: daily}}", "must be one of"),
        ("lineguard_items: {M99: {period: D}}", "“M99” is no item of the contract"),
        ("lineguard_items: {S01: {title: x, period: D}}", "has checks, or is done by a person"),
        (
            "lineguard_items: {S01: {title: x, period: D, checks: [M53], by: person}}",
            "has checks, or is done by a person",
        ),
        (
            "lineguard_items: {S01: {title: x, period: D, checks: [M53]}}",
            "the key “kinds” is missing",
        ),
        (
            'lineguard_items: {S01: {title: x, period: D, kinds: [switch], checks: ["M19:disk"]}}',
            "there is no check “M19:disk”",
        ),
        (
            "lineguard_items: {S01: {title: x, period: D, kinds: [swich], checks: [M53]}}",
            "must be one of",
        ),
        (
            "lineguard_items: {M02: {runbook: disk-ful}}",
            "lineguard_items.M02.runbook: there is no runbook “disk-ful”; the nearest is "
            "“disk-full”",
        ),
        ("lineguard_items: [S01]", "must be a mapping"),
        ("lineguard_item: {}", "the nearest is “lineguard_items”"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_file_and_line(
    tmp_path: Path, text: str, why: str
) -> None:
    with pytest.raises(EstateError) as refused:
        read(tmp_path, text)
    told = [one.sentence().text("en") for one in refused.value.problems]
    assert any(why in one for one in told), told
    assert all("group_vars/all.yml:1:" in one or "hosts.yml" in one for one in told), told


def test_a_new_home_shows_how_it_is_done(tmp_path: Path) -> None:
    home = found(tmp_path / "home", False, clock.now()).home.root
    example = (home / "estate/group_vars/all.yml").read_text(encoding="utf-8")
    lines = [one.removeprefix("# ") for one in example.splitlines() if one.startswith("# ")]
    shown = "\n".join(one for one in lines if one.startswith(("lineguard_items", " ")))
    estate = read(tmp_path / "tried", shown)
    assert {one.id for one in estate.items} == {"M47", "S01", "S02"}
