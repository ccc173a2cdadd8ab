"""A password is changed whole, or not at all, or left so that both are known: at every step."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from inventory.logins import How
from inventory.model import PasswordChange
from inventory.secret_files import SecretFiles
from lab.embedded.accounts import Obedience
from maintenance.password_journal import StoredRecords
from maintenance.password_stages import Stage, Standing
from playbooks.orders import Outcome, Work
from store.database import Store
from store.locks import Held
from store.schema import entry
from tests.maintenance.fakes import entries, logbook, proven
from tests.maintenance.password_world import OLD, Bench, Deadly, Died, bench

UNDISTURBED = ["planned", "stored_new", "changed", "verified", "old_dead", "done"]
MACHINES = [How.PASSWD, How.VRP_AAA]


def quiet(_: Standing) -> None:
    """Nobody watches."""


async def changed(one: Bench, deadly: Deadly | None = None) -> Standing:
    return (await one.desk(deadly).rotate([one.device], quiet))[0]


async def resumed(one: Bench, **how: Any) -> tuple[Standing, ...]:  # noqa: ANN401
    return await one.desk().resume(frozenset(), quiet, **how)


def stages(store: Store) -> list[str]:
    return [one["to"] for one in entries(store, "password")]


@pytest.mark.parametrize("how", MACHINES)
async def test_a_change_goes_through_its_stages_and_leaves_one_password(
    store: Store, tmp_path: Path, how: How
) -> None:
    one = bench(store, tmp_path, how)
    standing = await changed(one)
    assert standing.stage is Stage.DONE, standing.why.text("en")
    assert stages(store) == UNDISTURBED
    assert one.live == one.known != OLD
    assert one.files == {one.login.secret}
    assert proven(logbook(store, tmp_path)) == ""


async def test_a_console_saves_only_what_was_proven_and_has_it_after_a_restart(
    store: Store, tmp_path: Path
) -> None:
    one = bench(store, tmp_path, How.VRP_AAA)
    await changed(one)
    assert [order.work for order in one.orders] == [Work.TRY, Work.CHANGE, Work.KEEP]
    one.account.restart()
    assert one.live == one.known


@pytest.mark.parametrize("obedience", [Obedience.LIES, Obedience.REFUSES])
async def test_a_device_that_did_not_change_it_keeps_the_old_one_and_so_does_the_store(
    store: Store, tmp_path: Path, obedience: Obedience
) -> None:
    one = bench(store, tmp_path, obedience=obedience)
    standing = await changed(one)
    assert standing.stage is Stage.ROLLED_BACK
    assert (one.live, one.known, one.files) == (OLD, OLD, {"ssh"})
    why = standing.why.text("en")
    assert ("it did not" if obedience is Obedience.LIES else "it says no") in why


async def test_a_device_that_went_silent_after_the_change_is_settled_by_a_login(
    store: Store, tmp_path: Path
) -> None:
    one = bench(store, tmp_path, obedience=Obedience.DEAF)
    assert (await changed(one)).stage is Stage.DONE
    assert one.live == one.known != OLD


async def test_a_device_that_takes_the_old_one_as_well_is_half_done_until_it_does_not(
    store: Store, tmp_path: Path
) -> None:
    one = bench(store, tmp_path, obedience=Obedience.KEEPS_BOTH)
    standing = await changed(one)
    assert standing.stage is Stage.HALF_DONE
    assert "the old one does so as well" in standing.why.text("en")
    assert one.live == one.known
    one.account.obedience = Obedience.HONEST
    assert [told.stage for told in await resumed(one)] == [Stage.DONE]
    assert one.files == {"ssh"}


@pytest.mark.parametrize("cut_at", [2, 3])
async def test_a_line_that_is_cut_leaves_both_kept_and_is_resumed(
    store: Store, tmp_path: Path, cut_at: int
) -> None:
    one = bench(store, tmp_path)
    one.unreachable_from = cut_at
    standing = await changed(one)
    assert standing.stage is Stage.HALF_DONE
    assert "lineguard secrets resume" in standing.why.text("en")
    assert {OLD, one.live} <= one.kept
    told = len(entries(store, "password"))
    assert (await resumed(one))[0].stage is Stage.HALF_DONE
    assert len(entries(store, "password")) == told  # that nothing changed is no step
    one.unreachable_from = 10**9
    assert (await resumed(one))[0].stage is Stage.DONE
    assert one.live == one.known
    assert await resumed(one) == ()


async def test_a_device_that_takes_neither_is_half_done_and_loses_neither(
    store: Store, tmp_path: Path
) -> None:
    one = bench(store, tmp_path)
    one.unreachable_from = 2
    await changed(one)
    new = one.live
    one.unreachable_from = 10**9
    one.account.password = "somebody-elses"
    standing = (await resumed(one))[0]
    assert standing.stage is Stage.HALF_DONE
    assert "neither the new password nor the old one" in standing.why.text("en")
    assert {OLD, new} <= one.kept


async def test_a_console_that_does_not_save_is_half_done_and_a_restart_is_found_out(
    store: Store, tmp_path: Path
) -> None:
    one = bench(store, tmp_path, How.VRP_AAA)
    one.keeps = Outcome.REFUSED
    standing = await changed(one)
    assert standing.stage is Stage.HALF_DONE
    assert "after a restart: flash is full" in standing.why.text("en")
    assert one.live == one.known
    one.account.restart()
    assert one.live == OLD
    assert (await resumed(one))[0].stage is Stage.ROLLED_BACK
    assert (one.known, one.files) == (OLD, {"cli"})


async def test_a_wrong_old_password_is_refused_before_anything_is_done(
    store: Store, tmp_path: Path
) -> None:
    one = bench(store, tmp_path)
    one.account.password = "somebody-elses"
    standing = await changed(one)
    assert standing.stage is None
    assert "the present password does not let us in" in standing.why.text("en")
    assert (entries(store, "password"), one.orders, one.files) == ([], [], {"ssh"})
    ready = await one.desk().rehearse([one.device], quiet)
    assert [told.why for told in ready] == [standing.why]  # the dry run says the same


async def test_a_full_disk_is_refused_before_the_device_is_touched(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    one = bench(store, tmp_path)
    monkeypatch.setattr(SecretFiles, "propose", full)
    standing = await changed(one)
    assert standing.stage is Stage.ROLLED_BACK
    assert "the disk is full" in standing.why.text("en")
    assert (one.live, one.known, one.orders) == (OLD, OLD, [])


async def test_a_person_sets_it_and_the_same_proof_follows(store: Store, tmp_path: Path) -> None:
    one = bench(store, tmp_path, How.PERSON)
    standing = await changed(one)
    assert standing.stage is Stage.WAITING
    assert "secrets/cli+new" in standing.why.text("en")
    assert (one.known, one.orders) == (OLD, [])
    assert [told.stage for told in await resumed(one)] == [Stage.WAITING]
    new = (one.secrets.folder / "cli+new").read_text().strip()
    one.account.change(new)
    assert [told.stage for told in await resumed(one)] == [Stage.DONE]
    assert one.known == new
    assert stages(store) == ["planned", "stored_new", "waiting", "verified", "old_dead", "done"]


async def test_a_person_is_told_of_the_enable_password_and_of_no_account(
    store: Store, tmp_path: Path
) -> None:
    one = bench(store, tmp_path, How.PERSON)
    by_hand = PasswordChange(how=How.PERSON.value, confirmed=True)
    assert one.device.access.cli is not None
    (one.secrets.folder / "second").touch(mode=0o600)
    (one.secrets.folder / "second").write_text(f"{OLD}\n")
    cli = replace(one.device.access.cli, enable_secret="second")
    one.device = replace(
        one.device, access=replace(one.device.access, cli=cli),
        rotate=(("cli", by_hand), ("enable", by_hand)),
    )  # fmt: skip
    standings = await one.desk().rotate([one.device], quiet)
    told = [standing.why.text("en") for standing in standings]
    assert any("set the enable password of rt-1 by hand" in why for why in told), told
    assert not any("set the password of inspect" in why for why in told if "rt-1/enable" in why)
    assert any("the password of inspect stays as it is" in why for why in told)


async def test_a_persons_step_can_be_given_up(store: Store, tmp_path: Path) -> None:
    one = bench(store, tmp_path, How.PERSON)
    await changed(one)
    assert [told.stage for told in await resumed(one, abandon=True)] == [Stage.ROLLED_BACK]
    assert (one.known, one.files) == (OLD, {"cli"})


async def test_no_second_change_begins_before_the_first_is_over(
    store: Store, tmp_path: Path
) -> None:
    one = bench(store, tmp_path)
    one.unreachable_from = 2
    await changed(one)
    one.unreachable_from = 10**9
    standing = await changed(one)
    assert standing.stage is None
    assert "is not over" in standing.why.text("en")


async def test_only_one_runs_at_a_time(store: Store, tmp_path: Path) -> None:
    one = bench(store, tmp_path)
    with store.hold("passwords"), pytest.raises(Held):
        await changed(one)
    assert entries(store, "password") == []


# --- killed at every step -----------------------------------------------------------------------

WORLDS: list[tuple[How, Obedience]] = [
    (How.PASSWD, Obedience.HONEST),
    (How.PASSWD, Obedience.LIES),
    (How.PASSWD, Obedience.REFUSES),
    (How.PASSWD, Obedience.DEAF),
    (How.VRP_AAA, Obedience.HONEST),
]


@pytest.mark.parametrize(("how", "obedience"), WORLDS)
async def test_killed_at_any_step_the_live_password_is_known_and_resume_ends_it(
    store: Store, tmp_path: Path, how: How, obedience: Obedience
) -> None:
    undisturbed = Deadly()
    await changed(_fresh(store, tmp_path, "whole", how, obedience), undisturbed)
    assert len(undisturbed.steps) >= 10
    for step in range(1, len(undisturbed.steps) + 1):
        one = _fresh(store, tmp_path, str(step), how, obedience)
        with pytest.raises(Died):
            await changed(one, Deadly(after=step))
        assert one.live in one.kept, undisturbed.steps[step - 1]
        for standing in await resumed(one):
            assert standing.stage in (Stage.DONE, Stage.ROLLED_BACK), standing.why.text("en")
        assert one.live == one.known, undisturbed.steps[step - 1]
        assert one.files == {one.login.secret}, undisturbed.steps[step - 1]
    assert proven(logbook(store, tmp_path / "whole")) == ""


async def test_killed_while_resuming_it_is_resumed_again(store: Store, tmp_path: Path) -> None:
    for step in range(1, 30):
        one = _fresh(store, tmp_path, str(step), How.VRP_AAA, Obedience.HONEST)
        one.unreachable_from = 2
        await changed(one)
        one.unreachable_from = 10**9
        try:
            await one.desk(Deadly(after=step)).resume(frozenset(), quiet)
        except Died:
            await resumed(one)
            assert one.live == one.known != OLD
            assert one.files == {"cli"}
            continue
        break
    assert step > 8


def _fresh(store: Store, folder: Path, name: str, how: How, obedience: Obedience) -> Bench:
    """A device of its own on the same record: the ones before it are settled."""
    mine = folder / name
    mine.mkdir()
    keys = folder / "whole" / "keys"
    if keys.exists() and name != "whole":
        (mine / "keys").symlink_to(keys)
    return bench(store, mine, how, obedience=obedience)


# --- the record ---------------------------------------------------------------------------------


async def test_the_record_tells_what_was_done_and_what_is_open(
    store: Store, tmp_path: Path
) -> None:
    one = bench(store, tmp_path)
    records = StoredRecords(lambda: store)
    assert records.of_device("app-1").logins == ()
    await changed(one)
    done = records.of_device("app-1").logins[0]
    assert (done.login, done.open_stage) == ("ssh", None)
    assert done.done_at is not None
    one.unreachable_from = one.attempts + 2
    await changed(one)
    open_now = records.of_device("app-1").logins[0]
    assert (open_now.open_stage, open_now.done_at) == ("half_done", done.done_at)


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE password_change SET stage = 'done'",
        "UPDATE password_change SET device = 'app-2'",
        "UPDATE password_change SET updated_at = '2026-01-01T00:00:00.000000Z'",
        "DELETE FROM password_change",
    ],
)
async def test_a_row_that_was_changed_is_found(store: Store, tmp_path: Path, damage: str) -> None:
    one = bench(store, tmp_path)
    one.unreachable_from = 2
    await changed(one)
    assert proven(logbook(store, tmp_path)) == ""
    with store.write() as tx:
        tx.execute(text(damage))
    assert "change of a password" in proven(logbook(store, tmp_path))


async def test_no_entry_holds_a_password(store: Store, tmp_path: Path) -> None:
    one = bench(store, tmp_path)
    await changed(one)
    with store.read() as tx:
        bodies = "".join(tx.execute(select(entry.c.body)).scalars())
    assert "stored_new" in bodies
    assert OLD not in bodies and one.live not in bodies
