"""Every item says in both languages what it asks and what is expected."""

from __future__ import annotations

import csv

from checks.asked import TABLE, asked_of
from checks.catalogue import catalogue, item


def test_every_item_has_one_line_and_no_line_is_nobodys() -> None:
    with TABLE.open(encoding="utf-8", newline="") as table:
        names = [row["id"] for row in csv.DictReader(table, delimiter="\t")]
    assert names == [one.id for one in catalogue()]


def test_every_line_is_complete_in_both_languages() -> None:
    for one in catalogue():
        told = asked_of(one.id)
        assert all((told.asked["zh"], told.asked["en"], told.expected["zh"], told.expected["en"]))
        assert told.asked["en"].isascii() and not told.asked["zh"].isascii()


def test_what_the_contract_fixes_in_numbers_is_what_the_checks_hold_it_to() -> None:
    limits = {
        name: value
        for one in ("M09", "M33", "M44", "M59")
        for check in item(one).checks
        for name, value in ((key, getattr(check.limits, key)) for key in check.limits.__slots__)
    }
    assert (limits["user_connections"], limits["temperature_c"]) == (900.0, 45.0)
    assert (limits["cpu_average"], limits["cpu_maximum"]) == (50.0, 70.0)
    assert limits["exchange_hours"] == 2.0
    for one, numbers in {"M09": "900", "M33": "50%", "M44": "45℃", "M59": "2 小时"}.items():
        assert numbers in asked_of(one).expected["zh"]
