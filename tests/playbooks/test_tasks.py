"""What the playbooks do, on peers that speak the real protocols."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from lab.embedded.accounts import Obedience
from lab.embedded.linux_host import LinuxHost
from lab.embedded.oracle.listener import OracleListener, Terms
from lab.embedded.vrp_console import VrpConsole
from playbooks.orders import Done, Order, Outcome, Work
from playbooks.runner import AnsibleChanger
from playbooks.tasks import carry_out
from tests.collectors.practice import host_key, trusted

OLD, NEW = "Kt4-wxyzAB-old", "Qm7+hjkmCD-new"


@pytest.fixture
async def host(tmp_path: Path) -> AsyncIterator[tuple[LinuxHost, Order]]:
    peer = LinuxHost(host_key=host_key(tmp_path), user="inspect", password=OLD)
    await peer.start("127.0.0.1", 0)
    yield peer, order(tmp_path, peer.port, "passwd")
    await peer.stop()


@pytest.fixture
async def console(tmp_path: Path) -> AsyncIterator[tuple[VrpConsole, Order]]:
    peer = VrpConsole(host_key=host_key(tmp_path), user="inspect", password=OLD)
    await peer.start("127.0.0.1", 0)
    yield peer, order(tmp_path, peer.port, "vrp_aaa")
    await peer.stop()


def order(folder: Path, port: int, how: str) -> Order:
    return Order(
        work=Work.CHANGE, how=how, device="it", host="127.0.0.1", port=port, user="inspect",
        old=OLD, new=NEW, known_hosts=str(trusted(folder, port, host_key(folder))), timeout_s=3.0,
        driver="huawei_vrp",
    )  # fmt: skip


async def done(what: Order) -> Done:
    return await asyncio.to_thread(carry_out, what)


@pytest.mark.parametrize("how", ["passwd", "sudo_chpasswd", "windows"])
async def test_a_host_is_changed(host: tuple[LinuxHost, Order], how: str) -> None:
    peer, what = host
    assert (await done(replace(what, how=how))).outcome is Outcome.DONE
    assert peer.account.password == NEW


@pytest.mark.parametrize(
    ("obedience", "outcome"),
    [
        (Obedience.LIES, Outcome.DONE),  # only a login tells
        (Obedience.REFUSES, Outcome.REFUSED),
        (Obedience.DEAF, Outcome.UNSURE),
    ],
)
async def test_a_host_is_taken_at_its_word_and_no_more(
    host: tuple[LinuxHost, Order], obedience: Obedience, outcome: Outcome
) -> None:
    peer, what = host
    peer.account.obedience = obedience
    assert (await done(replace(what, timeout_s=1.0))).outcome is outcome


async def test_a_wrong_old_password_is_refused(host: tuple[LinuxHost, Order]) -> None:
    peer, what = host
    assert (await done(replace(what, old="another"))).outcome is Outcome.REFUSED
    assert peer.account.password == OLD


async def test_a_host_that_is_not_pinned_gets_no_password(
    host: tuple[LinuxHost, Order], tmp_path: Path
) -> None:
    peer, what = host
    (tmp_path / "empty").touch()
    told = await done(replace(what, known_hosts=str(tmp_path / "empty")))
    assert told.outcome is Outcome.REFUSED
    assert peer.logins == 0


@pytest.mark.parametrize("how", ["vrp_aaa", "vrp_aaa_cipher"])
async def test_a_console_is_changed_saved_and_left(
    console: tuple[VrpConsole, Order], how: str
) -> None:
    peer, what = console
    what = replace(what, how=how)
    assert (await done(replace(what, work=Work.TRY))).outcome is Outcome.DONE
    assert peer.account.password == OLD
    assert (await done(what)).outcome is Outcome.DONE
    assert (peer.account.password, peer.account.saved) == (NEW, OLD)
    kept = await done(replace(what, work=Work.KEEP))
    assert kept.outcome is Outcome.DONE, kept.said
    assert peer.account.saved == NEW
    assert peer.most_open == 1


@pytest.mark.parametrize(("driver", "password"), [("huawei_vrpv8", NEW), ("huawei_vrp", OLD)])
async def test_a_two_staged_console_is_told_to_commit(
    console: tuple[VrpConsole, Order], driver: str, password: str
) -> None:
    peer, what = console
    peer.two_staged = True
    await done(replace(what, driver=driver))
    assert peer.account.password == password


async def test_a_console_that_refuses_says_why_and_not_what_was_typed(
    console: tuple[VrpConsole, Order],
) -> None:
    peer, what = console
    peer.account.obedience = Obedience.REFUSES
    told = await done(what)
    assert told.outcome is Outcome.REFUSED
    assert told.said.startswith("Error: The password does not meet")


async def test_a_console_that_goes_deaf_is_not_believed_either_way(
    console: tuple[VrpConsole, Order],
) -> None:
    peer, what = console
    peer.account.obedience = Obedience.DEAF
    assert (await done(replace(what, timeout_s=1.0))).outcome is Outcome.UNSURE


@pytest.mark.parametrize("word", ["two words", "a\nreset saved", "", "é" * 20])
async def test_what_is_no_word_of_the_command_line_is_never_sent(
    console: tuple[VrpConsole, Order], word: str
) -> None:
    peer, what = console
    assert (await done(replace(what, new=word))).outcome is Outcome.REFUSED
    assert peer.logins == 0


async def test_oracle_is_changed_by_the_drivers_own_call() -> None:
    peer = OracleListener(Terms("inspect", OLD, "hotline"))
    await peer.start("127.0.0.1", 0)
    try:
        what = Order(
            work=Work.CHANGE, how="oracle", device="db", host="127.0.0.1", port=peer.port,
            user="inspect", old=OLD, new=NEW, known_hosts="", timeout_s=3.0, service="hotline",
        )  # fmt: skip
        assert (await done(what)).outcome is Outcome.DONE
        assert peer.terms.password == NEW
        assert peer.statements == []  # no text of SQL held it
        assert (await done(what)).outcome is Outcome.REFUSED
    finally:
        await peer.stop()


async def test_the_playbook_does_the_same_without_a_home_and_leaves_nothing(
    host: tuple[LinuxHost, Order], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    peer, what = host
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    monkeypatch.setenv("HOME", "")
    monkeypatch.setenv("LINEGUARD_SECRET_OTHER", "hunter-two")
    heard: list[str] = []
    changer = AnsibleChanger()
    told = await asyncio.to_thread(changer.carry_out, what, tmp_path / "lock", heard.append)
    assert told.outcome is Outcome.DONE, told.said
    assert peer.account.password == NEW
    assert "runner_on_ok" in heard
    assert list(scratch.iterdir()) == []


async def test_an_unknown_task_is_refused(host: tuple[LinuxHost, Order]) -> None:
    assert (await done(replace(host[1], how="person"))).outcome is Outcome.REFUSED
