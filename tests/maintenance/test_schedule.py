"""Slots: every item on every device it applies to, once per period."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.catalogue import catalogue
from checks.item import Period
from inventory.model import Kind, Trait
from maintenance.calendar import CalendarSettings
from maintenance.schedule import Slot, slots_for
from tests.inventory.builders import device, estate
from tests.maintenance.fakes import CATALOGUE, SPACE, apps, item

FRIDAY = date(2026, 11, 20)
SETTINGS = CalendarSettings()


def one_of(name: str) -> Slot:
    (found,) = [s for s in slots_for(apps(1), CATALOGUE, FRIDAY, SETTINGS) if s.item == name]
    return found


def test_every_item_is_due_once_on_every_device_it_applies_to() -> None:
    of = estate(
        device("usm-1", Kind.USM_CTI, traits=(Trait.CLUSTERED,)),
        device("usm-9", Kind.USM_CTI),
        device("fw-1", Kind.FIREWALL),
        device("trunk-1", Kind.TRUNK),
    )
    found = slots_for(of, catalogue(), FRIDAY, SETTINGS)
    assert max(Counter(one.id for one in found).values()) == 1
    by_device = Counter(one.device for one in found)
    usm = {name: {one.item for one in found if one.device == name} for name in ("usm-1", "usm-9")}
    assert usm["usm-1"] ^ usm["usm-9"] == {"M03", "M04", "M40"}  # cluster, heartbeat, cold copy
    assert "trunk-1" not in by_device
    assert {one.item for one in found if one.device == "fw-1"} == {
        "M44", "M45", "M46", "M47", "M48", "M53",
    }  # fmt: skip
    assert {one.item for one in found if one.device == "site_primary"} == {
        "M43", "M51", "M52", "R1", "R2", "R3",
    }  # fmt: skip


def test_a_slot_is_named_by_item_device_and_period() -> None:
    assert one_of("M19").id == "M19/app-1/2026-11-20"


@given(st.dates(date(2020, 1, 1), date(2035, 12, 31)))
def test_every_moment_of_a_day_belongs_to_exactly_one_slot_of_a_daily_item(day: date) -> None:
    days = (day - timedelta(days=1), day, day + timedelta(days=1))
    found = [one for each in days for one in slots_for(apps(1), (SPACE,), each, SETTINGS)]
    noon = datetime(day.year, day.month, day.day, 4, tzinfo=UTC)
    assert [one.workable(noon) for one in found] == [False, True, False]
    assert found[0].closes == found[1].opens and found[1].closes == found[2].opens


@pytest.mark.parametrize(
    ("utc", "workable"),
    [
        ((0, 59, 59), False),
        ((1, 0, 0), True),  # 09:00 in Shanghai
        ((2, 59, 59), True),
        ((3, 0, 0), False),  # 11:00
        ((7, 0, 0), True),  # 15:00
        ((8, 59, 59), True),
        ((9, 0, 0), False),  # 17:00
    ],
)
def test_a_busy_hour_slot_is_workable_inside_a_busy_hour_only(
    utc: tuple[int, int, int], workable: bool
) -> None:
    at = datetime(2026, 11, 20, *utc, tzinfo=UTC)
    assert one_of("M17").workable(at) is workable
    assert one_of("M19").workable(at)


def test_a_busy_hour_slot_closes_with_its_last_busy_hour() -> None:
    assert one_of("M17").closes == datetime(2026, 11, 20, 9, tzinfo=UTC)
    assert one_of("M19").closes == datetime(2026, 11, 20, 16, tzinfo=UTC)


def test_a_longer_period_has_one_slot_whichever_day_is_asked() -> None:
    weekly = item("M26", None, period=Period.WEEK)
    week = [date(2026, 11, 16) + timedelta(days=n) for n in range(7)]
    assert {one.id for day in week for one in slots_for(apps(1), (weekly,), day, SETTINGS)} == {
        "M26/app-1/2026-W47"
    }


def test_only_the_periods_asked_for_are_planned() -> None:
    weekly = item("M26", None, period=Period.WEEK)
    found = slots_for(apps(1), (SPACE, weekly), FRIDAY, SETTINGS, frozenset({Period.WEEK}))
    assert [one.item for one in found] == ["M26"]


def test_maintenance_is_due_on_days_off() -> None:
    assert slots_for(apps(1), (SPACE,), date(2026, 10, 1), SETTINGS)
