"""Versions of configurations: kept when something changed, chained, and approved by who may."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select, update

from collectors.configurations.known import Fetched, What
from collectors.readings.configuration import Standing
from inventory.model import Kind, Person, Role
from inventory.people import Actor, Proof
from logbook.configs import ConfigurationSafe
from logbook.veil import SiteVeil
from maintenance.baselines import Baselines
from maintenance.versions import Version, Versions
from phrases import Phrase
from store.database import Store
from store.schema import entry, memory
from tests.inventory.builders import device
from tests.maintenance.fakes import logbook, proven

AT = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
RT = device("rt-1", Kind.ROUTER)
SW = device("sw-1", Kind.SWITCH)
LINES = ("#", "sysname rt-1", "#", "interface A", " shutdown")
ROUTES = ("0.0.0.0/0 Static 10.1.1.254 A",)
SECRET = "Hidden1"


def person(*roles: Role) -> Person:
    return Person(name="赵敏", title="", roles=frozenset(roles))


MIN = Actor(name="赵敏", proven=True, how=Proof.PIN, person=person(Role.SUPERVISOR))


def fetched(*lines: str, of: str = "rt-1", what: What = What.CONFIGURATION) -> Fetched:
    full = None if what is What.ROUTES else "\n".join(lines) + f"\n password simple {SECRET}\n"
    return Fetched(device=of, what=what, lines=lines, full=full)


@pytest.fixture
def baselines(store: Store, tmp_path: Path) -> Baselines:
    book = logbook(store, tmp_path)
    safe = ConfigurationSafe(tmp_path / "data" / "configs", SiteVeil(tmp_path / "keys"))
    versions = Versions(store=store, logbook=book, safe=safe)
    return Baselines(versions=versions, folder=tmp_path / "baselines")


def keep(baselines: Baselines, *texts: Fetched) -> tuple[Version, ...]:
    with baselines.versions.store.write() as tx:
        return baselines.versions.keep(tx, texts, AT, "round")


def standing(found: Standing | Phrase | None) -> Standing:
    assert isinstance(found, Standing), found
    return found


def test_a_first_text_is_version_one(baselines: Baselines) -> None:
    (one,) = keep(baselines, fetched(*LINES))
    assert (one.version, one.lines, one.added, one.removed) == (1, 3, 3, 0)
    assert standing(baselines.kept("rt-1", What.CONFIGURATION)).lines == LINES


def test_the_same_text_in_another_order_is_no_version(baselines: Baselines) -> None:
    keep(baselines, fetched(*LINES))
    assert keep(baselines, fetched(*LINES[3:], *LINES[:3])) == ()


def test_every_change_is_a_version_and_names_the_one_before(baselines: Baselines) -> None:
    for number in range(4):
        keep(baselines, fetched(*LINES, f"vlan {number}"))
    found = baselines.versions.all("rt-1", What.CONFIGURATION)
    assert [one.version for one in found] == [4, 3, 2, 1]
    assert [one.previous for one in found] == [one.entry for one in found[1:]] + [None]
    assert (found[0].added, found[0].removed) == (1, 1)


def test_devices_and_routes_have_versions_of_their_own(baselines: Baselines) -> None:
    made = keep(baselines, fetched(*LINES), fetched(*LINES, of="rt-2"),
                fetched(*ROUTES, what=What.ROUTES))  # fmt: skip
    assert [one.version for one in made] == [1, 1, 1]
    assert baselines.versions.all("rt-3", What.CONFIGURATION) == ()


def test_no_secret_is_in_the_logbook_its_evidence_or_its_names(
    baselines: Baselines, tmp_path: Path
) -> None:
    (one,) = keep(baselines, fetched(*LINES))
    with baselines.versions.store.read() as tx:
        rows = [*tx.execute(select(entry.c.body)).scalars(), *tx.execute(select(memory.c.value))]
    assert SECRET not in "".join(map(str, rows))
    assert SECRET not in "\n".join(baselines.versions.lines(one))  # type: ignore[arg-type]
    assert SECRET.encode() in baselines.versions.safe.get("rt-1", one.full or "")
    holding = [
        path
        for path in tmp_path.rglob("*")
        if path.is_file() and SECRET.encode() in path.read_bytes()
    ]
    assert holding == [baselines.versions.safe.path("rt-1", one.full or "")]


@pytest.mark.parametrize("how", ["changed", "missing"])
def test_a_full_text_that_is_not_what_was_kept_is_named(baselines: Baselines, how: str) -> None:
    first, second = keep(baselines, fetched(*LINES), fetched(*LINES, of="rt-2"))
    assert baselines.versions.lost() == ()  # the control
    path = baselines.versions.safe.path("rt-2", second.full or "")
    if how == "changed":
        path.write_bytes(path.read_bytes() + b"\n")
    else:
        path.unlink()
    (lost,) = baselines.versions.lost()
    assert (lost.device, lost.version, lost.file) == ("rt-2", 1, path)
    assert first.device == "rt-1"


@pytest.mark.parametrize("how", ["changed", "longer", "missing"])
def test_a_copy_that_does_not_say_what_was_approved_is_named(
    baselines: Baselines, how: str
) -> None:
    keep(baselines, fetched(*LINES), fetched(*ROUTES, what=What.ROUTES))
    assert baselines.altered(["rt-1"]) == ()  # nothing is approved yet
    baselines.approve(RT, MIN, AT)
    assert baselines.altered(["rt-1", "rt-2"]) == ()
    (copy,) = baselines.folder.rglob("routes.txt")
    spoilt = {"changed": b"0.0.0.0/0 Static 10.9.9.9 A\n", "longer": copy.read_bytes() + b"x"}
    if how == "missing":
        copy.unlink()
    else:
        copy.write_bytes(spoilt[how])
    assert baselines.altered(["rt-1"]) == (copy,)


def test_a_text_whose_evidence_is_gone_is_said_to_be_so_and_kept_anew(
    baselines: Baselines,
) -> None:
    (one,) = keep(baselines, fetched(*LINES))
    baselines.versions.logbook.evidence.path(one.text).unlink()
    found = baselines.kept("rt-1", What.CONFIGURATION)
    assert isinstance(found, Phrase)
    assert "missing or was changed" in found.text("en")
    (two,) = keep(baselines, fetched(*LINES))
    assert two.version == 2


@pytest.mark.parametrize("value", ["1", "2", "99", "x", ""])
def test_a_memory_that_was_changed_leads_to_no_other_devices_text(
    baselines: Baselines, value: str
) -> None:
    keep(baselines, fetched(*LINES), fetched(*LINES, of="rt-2"))
    with baselines.versions.store.write() as tx:
        tx.execute(update(memory).where(memory.c.device == "rt-2").values(value=value))
        newest = baselines.versions.newest(tx, "rt-2", What.CONFIGURATION)
    assert newest is None or newest.device == "rt-2"


def test_a_baseline_is_a_signed_entry_and_what_is_held_to(baselines: Baselines) -> None:
    keep(baselines, fetched(*LINES), fetched(*ROUTES, what=What.ROUTES))
    approval = baselines.approve(RT, MIN, AT)
    assert not isinstance(approval, Phrase)
    assert approval.versions == {What.CONFIGURATION: 1, What.ROUTES: 1}
    found = standing(baselines.approved("rt-1", What.CONFIGURATION))
    assert (found.lines, found.by, found.at, found.version) == (LINES, "赵敏", AT, 1)
    assert standing(baselines.approved("rt-1", What.ROUTES)).lines == ROUTES
    assert proven(baselines.versions.logbook) == ""


def test_an_older_version_can_be_approved_and_a_later_one_does_not_replace_it(
    baselines: Baselines,
) -> None:
    keep(baselines, fetched(*LINES))
    keep(baselines, fetched(*LINES, "dhcp enable"))
    baselines.approve(SW, MIN, AT)
    assert not isinstance(baselines.approve(RT, MIN, AT, 1), Phrase)
    assert standing(baselines.approved("rt-1", What.CONFIGURATION)).version == 1


@pytest.mark.parametrize(
    ("actor", "why"),
    [
        (replace(MIN, proven=False, how=Proof.CLAIMED), "is not proven"),
        (replace(MIN, person=None), "is not proven"),
        (replace(MIN, person=person(Role.OPERATOR)), "is no supervisor"),
        (replace(MIN, person=person(Role.PURCHASER)), "is no supervisor"),
    ],
)
def test_who_may_not_approve_approves_nothing(baselines: Baselines, actor: Actor, why: str) -> None:
    keep(baselines, fetched(*LINES))
    refusal = baselines.approve(RT, actor, AT)
    assert isinstance(refusal, Phrase)
    assert why in refusal.text("en")
    assert baselines.approved("rt-1", What.CONFIGURATION) is None


@pytest.mark.parametrize("version", [None, 7])
def test_what_is_not_kept_cannot_be_approved(baselines: Baselines, version: int | None) -> None:
    refusal = baselines.approve(RT, MIN, AT, version)
    assert isinstance(refusal, Phrase)
    assert "lineguard config" in refusal.text("en")


def test_changing_the_readable_copy_changes_nothing(baselines: Baselines) -> None:
    keep(baselines, fetched(*LINES))
    baselines.approve(RT, MIN, AT)
    copy = baselines.folder / "rt-1" / "configuration.txt"
    assert copy.read_text() == "\n".join(LINES) + "\n"
    copy.write_text("sysname other\n")
    assert standing(baselines.approved("rt-1", What.CONFIGURATION)).lines == LINES


def test_an_approval_names_the_one_before_it(baselines: Baselines) -> None:
    keep(baselines, fetched(*LINES))
    first, second = (baselines.approve(RT, MIN, AT) for _ in range(2))
    assert not isinstance(first, Phrase) and not isinstance(second, Phrase)
    with baselines.versions.store.read() as tx:
        body = tx.execute(select(entry.c.body).where(entry.c.seq == second.entry)).scalar_one()
    assert json.loads(body)["previous"] == first.entry
