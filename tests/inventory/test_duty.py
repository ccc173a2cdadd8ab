"""The rota of people.yml: what is read, and what is refused with its line."""

from __future__ import annotations

from datetime import date, time
from pathlib import Path

import pytest

from inventory.duty import EPOCH, Climb, Duty, Holding, load_duty

PEOPLE = frozenset({"陈静", "刘洋", "赵敏"})


def read(tmp_path: Path, text: str) -> tuple[Duty, list[str]]:
    path = tmp_path / "people.yml"
    path.write_text(text, encoding="utf-8")
    duty, problems = load_duty(path, PEOPLE, frozenset({"白班", "夜班"}))
    return duty, [one.sentence().text("en") for one in problems]


def test_every_way_of_holding_a_post_is_read(tmp_path: Path) -> None:
    duty, problems = read(
        tmp_path,
        """\
rota:
  primary: {shifts: {白班: [陈静], 夜班: [刘洋]}}
  backup: {weekly: [刘洋, 陈静], from: 2026-11-16, hands_over: "08:00"}
  supervisor: {always: [赵敏], on_days_off: [陈静]}
  remote: {daily: [陈静]}
escalation:
  critical: [{post: primary, after_minutes: 0}, {post: supervisor, after_minutes: 10}]
""",
    )
    assert problems == []
    posts = dict(duty.posts)
    assert dict(posts["primary"].by_shift) == {"白班": ("陈静",), "夜班": ("刘洋",)}
    assert posts["backup"] == Holding(
        rotation=("刘洋", "陈静"), begins=date(2026, 11, 16), hands_over=time(8)
    )
    assert posts["supervisor"] == Holding(always=("赵敏",), days_off=("陈静",))
    assert posts["remote"] == Holding(rotation=("陈静",), turn_days=1, begins=EPOCH)
    assert duty.escalation == (
        ("critical", (Climb(post="primary", after_minutes=0),
                      Climb(post="supervisor", after_minutes=10))),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("backup", "slips"),
    [
        ("{weekly: [刘洋, 陈静], from: 2026-11-16}", 1),
        ("{weekly: [刘洋, 陈静], from: 2026-11-23}", 0),
        ("{weekly: [陈静, 刘洋], from: 2026-11-16}", 0),
        ("{always: [刘洋]}", 0),
    ],
)
def test_a_backup_copied_from_the_primary_is_a_slip_for_a_check_and_read_all_the_same(
    tmp_path: Path, backup: str, slips: int
) -> None:
    text = f"rota:\n  primary: {{weekly: [刘洋, 陈静], from: 2026-11-16}}\n  backup: {backup}\n"
    duty, problems = read(tmp_path, text)
    assert problems == [] and len(duty.posts) == 2
    path = tmp_path / "people.yml"
    _duty, found = load_duty(path, PEOPLE, frozenset({"白班", "夜班"}), exacting=True)
    told = [one.sentence().text("en") for one in found]
    assert len(told) == slips
    assert all(one.startswith("people.yml:3: rota.backup says the same as") for one in told), told


def test_one_person_alone_may_be_primary_and_backup(tmp_path: Path) -> None:
    path = tmp_path / "people.yml"
    read(tmp_path, "rota: {primary: {always: [陈静]}, backup: {always: [陈静]}}")
    assert load_duty(path, PEOPLE, frozenset(), exacting=True)[1] == ()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("rota: {primry: {always: [陈静]}}", "the nearest is “primary”"),
        ("rota: {primary: {alway: [陈静]}}", "the nearest is “always”"),
        ("rota: {primary: {}}", "says how it is held in one way"),
        ("rota: {primary: {always: [陈静], weekly: [刘洋]}}", "says how it is held in one way"),
        ("rota: {primary: {always: []}}", "rota.primary.always names nobody"),
        ("rota: {primary: {always: [王五]}}", "nobody named “王五” is among the people"),
        ("rota: {primary: {weekly: [陈静], from: monday}}", "is not a date such as 2026-11-21"),
        ("rota: {primary: {weekly: [陈静], hands_over: 8 Uhr}}", "is not a time of day"),
        ("rota: [primary]", "must be a mapping"),
        ("rota: {primary: {shifts: {白班: [陈静], 夜: [刘洋]}}}", "the key “夜” is not known"),
        ("rota: {primary: {shifts: {白班: [陈静]}}}", "leaves out the shift “夜班”"),
        ("escalation: {critical: [{post: primary}]}", "needs post and after_minutes"),
        ("escalation: {critical: [{post: primary, after_minutes: -1}]}", "needs post and"),
        (
            "escalation: {critical: [{post: primary, after_minutes: 9},"
            " {post: backup, after_minutes: 5}]}",
            "comes before the step above it",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_line(tmp_path: Path, text: str, why: str) -> None:
    _duty, problems = read(tmp_path, text)
    assert all(one.startswith("people.yml:1: ") for one in problems)
    assert any(why in one for one in problems), problems


def test_a_file_without_a_rota_is_a_home_without_one(tmp_path: Path) -> None:
    assert read(tmp_path, "people: {}") == (Duty(), [])
