"""Small things that people read: what is under way, what a form shows, how a check is called."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from checks.catalogue import catalogue
from checks.forms import form
from inventory.model import Trait
from lineguard.cli.boundary import run
from lineguard.cli.form import _of_another
from lineguard.cli.oncall import _settled
from lineguard.cli.titles import TITLES, title
from lineguard.examination import SUBJECTS
from lineguard.refusals import TryLater
from lineguard.troubles import ending_of
from store.locks import Held

HW = "1.3.6.1.4.1.2011.5.25.31.1.1.1.1"


@pytest.mark.parametrize(
    ("lock", "said"),
    [
        ("passwords", "另一次口令更换正在进行（pid 7 on x）；请稍后再试"),
        ("of-nobody", "锁“of-nobody”正被另一次运行占用（pid 7 on x）"),
    ],
)
def test_what_is_under_way_is_said_and_not_the_name_of_a_lock(lock: str, said: str) -> None:
    ending = ending_of(Held(lock, "pid 7 on x"))
    assert isinstance(ending, TryLater)
    assert ending.why.text("zh") == said


@pytest.mark.parametrize(
    ("number", "line", "shown"),
    [
        ("NT12345-005", f"{HW}.11.9 = INTEGER: 39", True),
        ("NT12345-005", f"{HW}.5.9 = INTEGER: 12", False),
        ("NT12345-001", f"{HW}.5.9 = INTEGER: 12", True),
        ("NT12345-001", f"{HW}.11.9 = INTEGER: 39", False),
        ("NT12345-005", "Slot 1  39C", True),
    ],
)
def test_an_example_is_of_what_its_form_is_about(number: str, line: str, shown: bool) -> None:
    assert _of_another(form(number), line) is not shown


@pytest.mark.parametrize("name", ["services", "heartbeat", "passwords", "rman", "database_log"])
def test_a_check_has_a_chinese_name(name: str) -> None:
    assert name in {check.name for item in catalogue() for check in item.checks}
    assert name in TITLES
    assert title(name).text("zh") != name


def test_every_check_every_trait_and_all_that_the_doctor_looks_at_have_a_name() -> None:
    checks = {check.name for item in catalogue() for check in item.checks}
    names = checks | {one.value for one in Trait} | {subject for subject, _ in SUBJECTS}
    assert names - TITLES.keys() == set()


@pytest.mark.parametrize("line", ["form show", "round enter", "config take", "incident hold"])
def test_help_in_chinese_names_what_is_put_where_in_chinese(
    line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*line.split(), "--help", "--lang", "zh"]) == 0
    told = capsys.readouterr().out
    assert "[required]" not in told
    usage = told.splitlines()[0].removeprefix(f"用法：lineguard {line}")
    assert not re.search("[A-Za-z]", usage)


def test_two_feeds_of_a_day_begin_at_the_same_moment() -> None:
    first, later = datetime(2026, 11, 22, 1, tzinfo=UTC), datetime(2026, 11, 22, 5, tzinfo=UTC)
    assert _settled(first) == _settled(later) < first
