"""A device form says what the newest result on record said, and ticks nothing that was not seen."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from checks.forms import Form, form
from checks.item import Item
from checks.verdict import State
from collectors.readings import Trouble
from inventory.model import ConsoleQuestion, Kind
from maintenance.filled import FilledForm, filled, fills
from maintenance.rounds import run_round
from store.database import Store
from tests.inventory.builders import device, ssh
from tests.maintenance.fakes import (
    BUSY,
    SPACE,
    World,
    app,
    apps,
    entries,
    real_clock,
    round_desk,
)

TEMPERATURE = form("NT12345-005")
LOG = form("NT12345-006")
DAY = timedelta(days=1)


def filling(number: str) -> Item:
    """The item of the fakes, as one that fills a form."""
    (check,) = SPACE.checks
    return replace(SPACE, checks=(replace(check, form=number),))


async def after(
    store: Store, folder: Path, world: World, of: Form = TEMPERATURE, rounds: int = 1
) -> FilledForm:
    item = filling(of.number)
    desk, _ = round_desk(store, folder, world, apps(1), (item,))
    for number in range(rounds):
        await run_round(desk, BUSY + number * DAY, real_clock)
    with store.read() as tx:
        return filled(tx, of, app("app-1"), (item,))


async def test_a_good_result_ticks_the_good_box(store: Store, tmp_path: Path, world: World) -> None:
    found = await after(store, tmp_path, world)
    (result,) = entries(store, "result")
    (one,) = found.findings
    assert (found.state, found.ticked) == (State.NORMAL, "正常")
    assert (one.slot, one.entry) == (result["slot"], result["seq"])
    assert found.asked[0].sha256 == result["verdicts"][0]["evidence"][0]["sha256"]
    assert found.other_ways == ("ssh",)


@pytest.mark.parametrize(("number", "bad"), [("NT12345-005", "不正常"), ("NT12345-006", "有")])
async def test_a_bad_result_ticks_the_bad_box_of_its_own_layout(
    store: Store, tmp_path: Path, world: World, number: str, bad: str
) -> None:
    world.disk["app-1"] = 97.0
    found = await after(store, tmp_path, world, form(number))
    assert (found.state, found.ticked) == (State.ABNORMAL, bad)


async def test_what_was_not_understood_ticks_nothing(
    store: Store, tmp_path: Path, world: World
) -> None:
    world.trouble["app-1"] = Trouble.UNSUPPORTED
    found = await after(store, tmp_path, world)
    assert (found.state, found.ticked) == (State.UNKNOWN, None)


def test_without_a_result_nothing_is_ticked(store: Store, tmp_path: Path) -> None:
    with store.read() as tx:
        found = filled(tx, LOG, app("app-1"), (filling(LOG.number),))
    assert (found.findings, found.state, found.ticked) == ((), None, None)


async def test_the_newest_result_counts(store: Store, tmp_path: Path, world: World) -> None:
    first = await after(store, tmp_path, world)
    world.disk["app-1"] = 97.0
    second = await after(store, tmp_path, world, rounds=2)
    assert (first.ticked, second.ticked) == ("正常", "不正常")
    assert second.findings[0].slot > first.findings[0].slot


async def test_another_forms_verdicts_are_left_out(
    store: Store, tmp_path: Path, world: World
) -> None:
    await after(store, tmp_path, world)
    with store.read() as tx:
        found = filled(tx, LOG, app("app-1"), (filling(LOG.number),))
    assert found.findings == ()


def test_a_devices_own_limits_are_told_and_the_catalogues_are_not(store: Store) -> None:
    from checks.catalogue import catalogue

    cpu = form("NT12345-001")
    own = device("rt-1", Kind.ROUTER, limits={"cpu_average": 60.0, "cpu_maximum": 70.0})
    with store.read() as tx:
        found = filled(tx, cpu, own, catalogue())
    assert found.own_limits == (("cpu_average", 60.0),)
    assert found.commands == ("display cpu-usage",)


def test_a_gateways_command_is_the_sites_own_question(store: Store) -> None:
    from checks.catalogue import catalogue

    question = ConsoleQuestion(command="show cpu-usage", pattern=r"(\d+)%", confirmed=True)
    gateway = device("gw-1", Kind.GATEWAY_1960, console={"cpu": question})
    with store.read() as tx:
        found = filled(tx, form("NT12345-001"), gateway, catalogue())
    assert found.commands == ("show cpu-usage",)


def test_a_form_is_filled_only_where_a_check_does_so() -> None:
    from checks.catalogue import catalogue

    assert not fills(TEMPERATURE, device("app-1", Kind.APP_SERVER, ssh=ssh()), catalogue())
    assert fills(TEMPERATURE, device("rt-1", Kind.ROUTER), catalogue())
