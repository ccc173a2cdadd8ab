"""The catalogue holds the contract's schedule, letter for letter, and the room walk."""

from __future__ import annotations

import csv
import hashlib
from collections import Counter
from pathlib import Path

import pytest

from checks.catalogue import CHECKS, catalogue, item
from checks.item import By, Period, Scope
from inventory.model import Kind, Trait
from maintenance.schedule import places_of
from tests.inventory.builders import device, estate

VERBATIM = Path(__file__).parents[2] / "../shared/spec/schedule-verbatim.tsv"
AS_PRINTED = "ffd427a15934c09c874deda5bf185df4c282f3acf1e4853d6a07f562e00671a8"
"""SHA-256 of the tender's rows: id, heading, item and period as printed, parted by tabs, a line
each. A slip of the tender that somebody corrects here changes it."""

PERIODS = {"日": Period.DAY, "周": Period.WEEK, "月": Period.MONTH, "季度": Period.QUARTER}
PRINTED = {period: word for word, period in PERIODS.items()}
ROOM_WALK = ("R1", "R2", "R3")


def printed_rows() -> str:
    return "".join(
        f"{one.id}\t{one.form_group}\t{one.form_title}\t{PRINTED[one.period]}\n"
        for one in catalogue()
        if one.id not in ROOM_WALK
    )


def test_the_schedule_has_sixty_items_and_the_room_walk_in_order() -> None:
    names = [one.id for one in catalogue()]
    assert names == [*(f"M{number:02d}" for number in range(1, 61)), *ROOM_WALK]


def test_the_periods_are_those_of_the_contract() -> None:
    found = Counter(one.period for one in catalogue())
    assert found == {
        Period.DAY: 30, Period.WEEK: 19, Period.MONTH: 8, Period.QUARTER: 3, Period.SHIFT: 3,
    }  # fmt: skip


def test_headings_titles_and_periods_are_the_tenders_letter_for_letter() -> None:
    assert hashlib.sha256(printed_rows().encode()).hexdigest() == AS_PRINTED


def test_the_digest_is_that_of_the_tenders_own_table() -> None:
    if not VERBATIM.exists():
        pytest.skip("the tender's table is not beside the checkout")
    with VERBATIM.open(encoding="utf-8", newline="") as table:
        rows = list(csv.reader(table, delimiter="\t", quoting=csv.QUOTE_NONE))[1:]
    text = "".join("\t".join(row) + "\n" for row in rows)
    assert hashlib.sha256(text.encode()).hexdigest() == AS_PRINTED


def test_the_tenders_slips_stand_on_the_form_and_nowhere_else() -> None:
    slip = item("M14")
    assert "CTI-LIKE" in slip.form_title and "CTI-LINK" in slip.title_zh
    assert (slip.form_group, slip.group) == ("USM/CTII检查", "USM/CTI检查")


def test_only_daily_items_wait_for_the_busy_hour() -> None:
    assert {one.id for one in catalogue() if one.busy_hour} == {"M01", "M17", "M21", "M24", "M28"}
    assert all(one.period is Period.DAY for one in catalogue() if one.busy_hour)


def test_persons_and_documents_carry_out_what_no_machine_can() -> None:
    by = {who: {one.id for one in catalogue() if one.by is who} for who in By}
    assert by[By.PERSON] == {"M43", *ROOM_WALK}
    assert by[By.DOCUMENT] == {"M51", "M52"}
    assert {one.id for one in catalogue() if one.by is not By.MACHINE and one.checks} == set(
        ROOM_WALK
    )


def test_the_checks_of_an_item_by_person_name_the_sensors_that_they_ask() -> None:
    walk = [one for one in catalogue() if one.id in ROOM_WALK]
    assert all(check.kinds for one in walk for check in one.checks)
    asked = {one.id: {kind for kind in Kind if one.applies_to(device("x", kind))} for one in walk}
    assert asked == {"R1": {Kind.UPS}, "R2": {Kind.STORAGE}, "R3": {Kind.ROOM_SENSOR}}


def test_sensors_get_no_slots_from_an_item_of_their_site() -> None:
    of = estate(device("ups-1", Kind.UPS), device("room-1", Kind.ROOM_SENSOR))
    assert [list(places_of(item(one), of)) for one in ROOM_WALK] == [
        [("site_primary", "site_primary")]
    ] * 3


def test_an_item_is_due_on_kinds_or_on_a_site_as_a_whole() -> None:
    for one in catalogue():
        assert bool(one.kinds) is (one.scope is Scope.DEVICE), one.id
        assert one.form_group and one.form_title and one.title_en, one.id


def test_every_check_belongs_to_an_item() -> None:
    assert CHECKS.keys() <= {one.id for one in catalogue()}


@pytest.mark.parametrize(
    ("name", "traits", "due"),
    [
        ("M40", (), True),
        ("M40", (Trait.CLUSTERED,), False),
        ("M03", (), False),
        ("M03", (Trait.CLUSTERED,), True),
    ],
)
def test_a_trait_can_make_an_item_due_or_spare_it(
    name: str, traits: tuple[Trait, ...], due: bool
) -> None:
    assert item(name).applies_to(device("usm-1", Kind.USM_CTI, traits=traits)) is due
