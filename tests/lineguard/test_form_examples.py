"""What a form quotes of an answer is what the form is about."""

from __future__ import annotations

import pytest

from checks.forms import form
from lineguard.cli.form import _about_the_form

CPU = "1.3.6.1.4.1.2011.5.25.31.1.1.1.1.5"
HEAT = "1.3.6.1.4.1.2011.5.25.31.1.1.1.1.11"
NAME = "1.3.6.1.2.1.47.1.1.1.1.7"
WALK = [
    "1.3.6.1.2.1.47.1.1.1.1.5.1 = INTEGER: 9",
    f"{NAME}.1 = STRING: MPU 1", f"{NAME}.2 = STRING: fan",
    f"{CPU}.1 = INTEGER: 12", f"{CPU}.2 = INTEGER: 0",
    f"{HEAT}.1 = INTEGER: 36", f"{HEAT}.2 = INTEGER: 0",
]  # fmt: skip


@pytest.mark.parametrize(
    ("number", "value"), [("NT12345-005", f"{HEAT}.1 = INTEGER: 36"),
                          ("NT12345-001", f"{CPU}.1 = INTEGER: 12")]
)  # fmt: skip
def test_a_walk_is_quoted_with_the_parts_that_have_a_value(number: str, value: str) -> None:
    assert _about_the_form(form(number), WALK) == [f"{NAME}.1 = STRING: MPU 1", value]


def test_where_every_part_is_at_0_all_are_quoted() -> None:
    idle = [line.replace(": 12", ": 0") for line in WALK]
    assert f"{CPU}.1 = INTEGER: 0" in _about_the_form(form("NT12345-001"), idle)


def test_an_answer_of_a_console_is_quoted_as_it_came() -> None:
    answer = ["display cpu-usage", "CPU Usage : 23% Max: 41%"]
    assert _about_the_form(form("NT12345-001"), answer) == answer
