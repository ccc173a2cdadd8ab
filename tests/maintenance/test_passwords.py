"""Many passwords, one after the other: what is refused, and when it is enough."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from checks.item import Period
from checks.judging import Judgement
from checks.verdict import unknown
from collectors.readings import Trouble
from inventory.model import Device, Kind, Snmp
from lab.embedded.accounts import Obedience
from maintenance.password_stages import Stage, Standing
from maintenance.passwords import FAILURES_IN_A_ROW
from maintenance.record import VerdictRecord
from maintenance.results import outcome
from maintenance.slots import DueSlot
from phrases import verbatim
from store.database import Store
from tests.inventory.builders import device, estate, ssh
from tests.maintenance.fakes import entries
from tests.maintenance.password_world import OLD, bench


def quiet(_: Standing) -> None:
    """Nobody watches."""


def apps(count: int, folder: Path) -> list[Device]:
    """Hosts with a secret of their own each."""
    made = [
        device(f"app-{n}", Kind.APP_SERVER, ssh=ssh(secret=f"app-{n}")) for n in range(1, count + 1)
    ]
    for one in made:
        path = folder / "secrets" / one.name
        path.touch(mode=0o600)
        path.write_text(f"{OLD}\n")
    return made


async def test_after_failures_in_a_row_the_rest_is_left_as_it_is(
    store: Store, tmp_path: Path
) -> None:
    one = bench(store, tmp_path, obedience=Obedience.REFUSES)
    every = apps(FAILURES_IN_A_ROW + 2, tmp_path)
    desk = replace(one.desk(), estate=estate(*every))
    standings = await desk.rotate(every, quiet)
    stages = [told.stage for told in standings]
    assert stages == [Stage.ROLLED_BACK] * FAILURES_IN_A_ROW + [None] * 2
    assert "after 3 failures in a row" in standings[-1].why.text("en")
    touched = {told["device"] for told in entries(store, "password")}
    assert touched == {f"app-{n}" for n in range(1, FAILURES_IN_A_ROW + 1)}


async def test_a_secret_that_two_share_is_refused_for_both(store: Store, tmp_path: Path) -> None:
    one = bench(store, tmp_path)
    other = device("sw-1", Kind.SWITCH, snmp=Snmp(secret="ssh"))
    desk = replace(one.desk(), estate=estate(one.device, other))
    standing = (await desk.rotate([one.device], quiet))[0]
    assert standing.stage is None
    assert "is also that of sw-1/snmp" in standing.why.text("en")
    assert one.live == OLD


async def test_what_left_the_estate_is_not_settled_behind_its_back(
    store: Store, tmp_path: Path
) -> None:
    one = bench(store, tmp_path)
    one.unreachable_from = 2
    await one.desk().rotate([one.device], quiet)
    desk = replace(one.desk(), estate=estate(device("app-9", Kind.APP_SERVER)))
    standing = (await desk.resume(frozenset(), quiet))[0]
    assert standing.stage is Stage.HALF_DONE
    assert "has no such login" in standing.why.text("en")
    assert one.live in one.kept


async def test_only_the_named_devices_are_settled(store: Store, tmp_path: Path) -> None:
    one = bench(store, tmp_path)
    one.unreachable_from = 2
    await one.desk().rotate([one.device], quiet)
    assert await one.desk().resume(frozenset({"app-2"}), quiet) == ()


@pytest.mark.parametrize(
    ("troubles", "waits"),
    [
        ([Trouble.NOT_YET], True),
        ([Trouble.NOT_YET, None], True),
        ([Trouble.NOT_YET, Trouble.REFUSED], False),
        ([Trouble.REFUSED], False),
        ([None], False),
    ],
)
def test_a_slot_waits_when_nothing_but_its_time_is_missing(
    troubles: list[Trouble | None], waits: bool
) -> None:
    records = tuple(VerdictRecord(judgement=_unknown(one), evidence=()) for one in troubles)
    assert outcome(SLOT, records, NOON).waits is waits


NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
SLOT = DueSlot(
    id="M48/rt-1/2026-11", item="M48", device="rt-1", site="site_primary", period=Period.MONTH,
    opens=NOON, closes=NOON + timedelta(days=20), busy_hour=False, attempted_at=None, attempt=None,
)  # fmt: skip


def _unknown(trouble: Trouble | None) -> Judgement:
    return Judgement(
        item="M48", check="passwords", form=None, device="rt-1", kind="router",
        site="site_primary", verdict=unknown(verbatim("not seen")), taken_at=NOON, duration_ms=0,
        trouble=trouble,
    )  # fmt: skip
