"""The six device forms as the tender prints them."""

from __future__ import annotations

import pytest

from checks.catalogue import catalogue
from checks.forms import FORMS, FormField, form
from collectors.consoles.vrp import COMMANDS


def test_there_are_six_forms_and_one_number_is_printed_with_its_slip() -> None:
    assert [one.number for one in FORMS] == [f"NT12345-00{number}" for number in range(1, 7)]
    assert {one.number: one.printed for one in FORMS if one.printed != one.number} == {
        "NT12345-004": "NT12345-0004"
    }


def test_forms_005_and_006_have_layouts_of_their_own() -> None:
    assert [one.number for one in FORMS if not one.has_remark] == ["NT12345-005"]
    assert (form("NT12345-005").heading, form("NT12345-005").subject) == (
        "设备运行温度检查",
        "设备运行检查",
    )
    log = form("NT12345-006")
    assert FormField.RESULT not in log.layout and FormField.EXPECTED not in log.layout
    assert log.layout[-1].value == "有无异常日志"
    assert log.ticks.printed == ("有", "没有") and log.ticks.good == "没有"
    assert all(one.ticks.printed == ("正常", "不正常") for one in FORMS if one is not log)


@pytest.mark.parametrize(
    ("number", "expectation"),
    [
        ("NT12345-001", ("平均<50%；最大<70%", False)),
        ("NT12345-002", ("<80%", True)),
        ("NT12345-003", ("所有模块在用", True)),
        ("NT12345-004", ("电源及风扇运行正常", False)),
        ("NT12345-005", ("设备内部各部件<45℃", False)),
        ("NT12345-006", None),
    ],
)
def test_an_expectation_that_is_ours_is_marked_as_the_operators_value(
    number: str, expectation: tuple[str, bool] | None
) -> None:
    assert form(number).expectation == expectation


def test_a_form_prints_only_commands_that_are_really_sent() -> None:
    printed = {one for each in FORMS for asked in each.commands.values() for one in asked}
    assert printed <= COMMANDS


def test_every_form_is_filled_by_a_check_and_every_check_names_a_form_that_exists() -> None:
    filled = {check.form for one in catalogue() for check in one.checks} - {None}
    assert filled == {one.number for one in FORMS}
