"""Looks that somebody asked for: on record with their evidence, and nothing else touched."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import func, select

from inventory.people import Actor, Proof
from logbook.entries import NotCanonical
from maintenance.look_record import LookRecord
from maintenance.looks import Call, Looked, look
from maintenance.memory import Remembered
from maintenance.rounds import run_round
from store.database import Store
from store.schema import checkpoint, incident, memory, slot
from tests.maintenance.fakes import (
    BUSY,
    LOAD,
    SPACE,
    FakeCollector,
    World,
    app,
    apps,
    entries,
    logbook,
    proven,
    real_clock,
    round_desk,
)

CHEN = Actor(name="陈静", proven=True, how=Proof.PIN)


def a_book(store: Store, folder: Path, actor: Actor = CHEN) -> LookRecord:
    return LookRecord(
        store=store, logbook=logbook(store, folder), actor=actor, clock=real_clock
    )  # fmt: skip


async def looks(world: World, *names: str) -> list[Looked]:
    collector = FakeCollector(world, real_clock)
    calls = [Call(device=app(name), items=(SPACE, LOAD)) for name in names]
    return [await look(collector, call, Remembered({}), real_clock) for call in calls]


def rows(store: Store) -> list[int]:
    """How many slots, notes and incidents there are."""
    with store.read() as tx:
        return [
            tx.execute(select(func.count()).select_from(table)).scalar_one()
            for table in (slot, memory, incident)
        ]


async def test_a_device_has_one_entry_with_all_verdicts_and_their_evidence(
    store: Store, tmp_path: Path, world: World
) -> None:
    book = a_book(store, tmp_path)
    told = book.write(await looks(world, "app-1", "app-2"))
    first, second = entries(store)
    assert [first["kind"], first["device"], second["device"]] == ["look", "app-1", "app-2"]
    assert first["actor"] == {"name": "陈静", "proven": True, "how": "pin"}
    assert [one["item"] for one in first["verdicts"]] == ["M19", "M17"]
    (evidence,) = first["verdicts"][0]["evidence"]
    assert book.logbook.evidence.get(evidence["sha256"]).startswith(b"app-1")
    assert [one.as_json("en")["entry"] for one in told["app-2"]] == [second["seq"]] * 2
    assert "slot" not in told["app-2"][0].as_json("en")


async def test_its_verdicts_are_written_as_those_of_a_round(
    store: Store, tmp_path: Path, world: World
) -> None:
    desk, _ = round_desk(store, tmp_path, world, apps(1), (SPACE,))
    await run_round(desk, BUSY, real_clock)
    a_book(store, tmp_path).write(await looks(world, "app-1"))
    (of_round,) = entries(store, "result")[0]["verdicts"]
    of_look = entries(store, "look")[0]["verdicts"][0]
    assert of_look == {"item": "M19", **of_round}


async def test_it_is_said_in_both_languages_who_looked_and_what_was_found(
    store: Store, tmp_path: Path, world: World
) -> None:
    world.disk["app-1"] = 97
    claimed = Actor(name="os:ops", proven=False, how=Proof.CLAIMED)
    a_book(store, tmp_path, claimed).write(await looks(world, "app-1"))
    (one,) = entries(store)
    assert (one["state"], one["severity"]) == ("abnormal", "critical")
    assert one["sentence"] == {
        "en": "os:ops (claimed) looked at app-1: 2 verdicts, 1 abnormal, 0 unknown",
        "zh": "os:ops（自称） 查看了 app-1：判定2项，异常1项，未知0项",
    }


async def test_no_slot_note_or_incident_comes_of_it_and_the_log_is_proven(
    store: Store, tmp_path: Path, world: World
) -> None:
    desk, _ = round_desk(store, tmp_path, world, apps(2), (SPACE,))
    await run_round(desk, BUSY, real_clock)
    before = rows(store)
    world.disk["app-1"] = 97
    world.silent.add("app-2")
    book = a_book(store, tmp_path)
    looked = await looks(world, "app-1", "app-2")
    assert all(one.notes for one in looked)  # it had something to remember, and did not
    book.write(looked)
    book.sign()
    assert rows(store) == before
    assert proven(book.logbook) == ""
    with store.read() as tx:
        assert tx.execute(select(func.max(checkpoint.c.seq))).scalar() == entries(store)[-1]["seq"]


async def test_of_a_batch_all_is_written_or_nothing(
    store: Store, tmp_path: Path, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = a_book(store, tmp_path)
    looked = await looks(world, "app-1", "app-2")
    whole = LookRecord._body

    def broken(self: LookRecord, one: Looked, records: object) -> dict[str, object]:
        body = whole(self, one, records)  # type: ignore[arg-type]
        return {**body, "measured": float("nan")} if one.device.name == "app-2" else body

    monkeypatch.setattr(LookRecord, "_body", broken)
    with pytest.raises(NotCanonical):
        book.write(looked)
    assert entries(store) == []
