"""Whatever is changed, removed, inserted or swapped: the verification says so and names it."""

from __future__ import annotations

import json
import random
import sqlite3
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import (
    Connection,
    Executable,
    delete,
    func,
    insert,
    literal_column,
    select,
    text,
    update,
)

from logbook.checkpoints import Note, sign
from logbook.entries import GENESIS, seal
from logbook.keys import SiteKeys
from logbook.proof import Verification
from store.schema import checkpoint, entry, incident, round_run, slot, transition
from store.trouble import StoreUnreadable
from tests.logbook.conftest import ANSWERS, CLOSES, DAY, NOW, Site
from tests.tiers import count

ENTRIES = 10
SIGNED = (1, 6, 8, 9)
FIRST_BY_HAND = 6


def change(site: Site, statement: Executable) -> Verification:
    with site.store.write() as tx:
        assert tx.execute(statement).rowcount >= 1
    return site.verify()


def broken_at(found: Verification, number: int) -> bool:
    return not found.valid and found.first_bad == number and found.reason is not None


def test_an_untouched_logbook_is_valid_and_says_how_far_it_is_complete(worked: Site) -> None:
    found = worked.verify()
    assert (found.valid, found.first_bad, found.reason) == (True, None, None)
    assert (found.entries, found.checkpoints, found.complete_to) == (ENTRIES, 4, SIGNED[-1])
    assert found.signed_by == (worked.keys.key_id,)


def altered(value: str) -> str:
    flipped = "0" if value[-2] != "0" else "1"
    return f"{value[:-2]}{flipped}{value[-1]}"


@pytest.mark.parametrize("number", range(1, ENTRIES + 1))
@pytest.mark.parametrize("column", [c.name for c in entry.columns if c.name != "seq"])
def test_a_changed_field_of_an_entry_is_named(worked: Site, column: str, number: int) -> None:
    field = entry.c[column]
    with worked.store.read() as connection:
        before = connection.execute(select(field).where(entry.c.seq == number)).scalar_one()
    found = change(
        worked, update(entry).where(entry.c.seq == number).values({column: altered(before)})
    )
    assert broken_at(found, number)


@pytest.mark.parametrize("number", range(1, ENTRIES + 1))
def test_a_changed_number_of_an_entry_is_named(worked: Site, number: int) -> None:
    moved = update(entry).where(entry.c.seq == number).values(seq=number + 100)
    assert broken_at(change(worked, moved), number)


@pytest.mark.parametrize(
    "written",
    ["", " ", "null", "é" * 9, "𠮷", '{"at":"x"}', '"},"kind":"x', "0", "'; DROP TABLE entry; --"],
)
@pytest.mark.parametrize("column", ["at", "kind", "body"])
def test_an_odd_text_in_an_entry_is_named(worked: Site, column: str, written: str) -> None:
    found = change(worked, update(entry).where(entry.c.seq == 4).values({column: written}))
    assert broken_at(found, 4)


def test_a_body_that_is_only_written_another_way_is_named(worked: Site) -> None:
    spaced = update(entry).where(entry.c.seq == 3).values(body=entry.c.body + " ")
    assert broken_at(change(worked, spaced), 3)


@pytest.mark.parametrize("number", range(1, ENTRIES))
def test_a_removed_entry_is_named(worked: Site, number: int) -> None:
    assert broken_at(change(worked, delete(entry).where(entry.c.seq == number)), number)


@pytest.mark.parametrize("number", range(1, ENTRIES))
def test_a_removed_entry_whose_gap_was_closed_is_named(worked: Site, number: int) -> None:
    with worked.store.write() as tx:
        tx.execute(delete(entry).where(entry.c.seq == number))
        for later in range(number + 1, ENTRIES + 1):
            tx.execute(update(entry).where(entry.c.seq == later).values(seq=later - 1))
    assert broken_at(worked.verify(), number)


@pytest.mark.parametrize("number", range(1, ENTRIES + 1))
def test_an_inserted_entry_is_named(worked: Site, number: int) -> None:
    with worked.store.write() as tx:
        for later in range(ENTRIES, number - 1, -1):
            tx.execute(update(entry).where(entry.c.seq == later).values(seq=later + 1))
        tx.execute(insert(entry), [forged(tx, number)])
    found = worked.verify()
    # A forged entry may continue the chain rightly: where no checkpoint stands, it is the next one
    # that no longer follows.
    assert broken_at(found, number if number in SIGNED else number + 1)


def forged(tx: Connection, number: int) -> dict[str, Any]:
    """An entry that fits behind the one before `number` in every respect."""
    before = tx.execute(select(entry.c.hash).where(entry.c.seq == number - 1)).scalar()
    made = seal(number, "2026-11-21T03:00:00.000000Z", "note", {}, before or "0" * 64)
    return {name: getattr(made, name) for name in ("seq", "at", "kind", "body", "prev", "hash")}


@pytest.mark.parametrize(("first", "second"), [(1, 2), (4, 5), (3, 9), (9, 10)])
def test_swapped_entries_are_named(worked: Site, first: int, second: int) -> None:
    with worked.store.write() as tx:
        for before, after in ((first, 0), (second, first), (0, second)):
            tx.execute(update(entry).where(entry.c.seq == before).values(seq=after))
    assert broken_at(worked.verify(), first)


@pytest.mark.parametrize("kept", range(SIGNED[-1]))
def test_a_tail_cut_before_a_checkpoint_that_remains_is_named(worked: Site, kept: int) -> None:
    found = change(worked, delete(entry).where(entry.c.seq > kept))
    assert broken_at(found, kept + 1)


def test_a_tail_cut_after_the_last_checkpoint_is_seen_against_one_kept_elsewhere(
    worked: Site, tmp_path: Path
) -> None:
    with worked.store.write() as tx:
        newest = worked.book.checkpoint(tx, NOW)
        assert newest is not None
    (tmp_path / "kept.json").write_text(newest.text())
    assert worked.verify(tmp_path / "kept.json").complete_to == ENTRIES
    with worked.store.write() as tx:
        tx.execute(delete(checkpoint).where(checkpoint.c.seq > FIRST_BY_HAND))
        tx.execute(delete(entry).where(entry.c.seq > ENTRIES - 2))
        tx.execute(update(round_run).values(finished_at=None, outcome=None, end_entry=None))
    alone = worked.verify()
    assert (alone.valid, alone.complete_to) == (True, FIRST_BY_HAND)
    assert broken_at(worked.verify(tmp_path / "kept.json"), ENTRIES - 1)


def test_a_rewritten_tail_is_seen_against_a_checkpoint_kept_elsewhere(
    worked: Site, tmp_path: Path
) -> None:
    with worked.store.write() as tx:
        newest = worked.book.checkpoint(tx, NOW)
        assert newest is not None
        tx.execute(delete(checkpoint).where(checkpoint.c.seq == ENTRIES))
        tx.execute(delete(entry).where(entry.c.seq == ENTRIES))
        worked.book.append(tx, "note", {"ratio": 0.75}, NOW)
    (tmp_path / "kept.json").write_text(newest.text())
    assert worked.verify().valid
    assert broken_at(worked.verify(tmp_path / "kept.json"), ENTRIES)


@pytest.mark.parametrize(
    "content",
    [b"", b"{}", b"[1]", b"\xff\xfe", b'{"seq":1}' * 2000, b"[" * 9000],
)
def test_a_kept_file_that_is_no_checkpoint_is_refused(
    worked: Site, tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "kept.json").write_bytes(content)
    found = worked.verify(tmp_path / "kept.json")
    assert not found.valid
    assert found.reason is not None
    assert found.reason.text("en") == "kept.json is not a readable checkpoint"


@pytest.mark.parametrize("number", SIGNED)
@pytest.mark.parametrize("column", [c.name for c in checkpoint.columns if c.name != "seq"])
def test_a_changed_field_of_a_checkpoint_is_named(worked: Site, column: str, number: int) -> None:
    field = checkpoint.c[column]
    with worked.store.read() as connection:
        before = connection.execute(select(field).where(checkpoint.c.seq == number)).scalar_one()
    where = update(checkpoint).where(checkpoint.c.seq == number)
    assert broken_at(change(worked, where.values({column: altered(before)})), number)
    assert broken_at(change(worked, where.values({column: before.upper()})), number)


@pytest.mark.parametrize("moved_to", [-1, 5, 7, 10, 11, 2**62])
def test_a_moved_checkpoint_is_named(worked: Site, moved_to: int) -> None:
    moved = update(checkpoint).where(checkpoint.c.seq == FIRST_BY_HAND).values(seq=moved_to)
    assert broken_at(change(worked, moved), moved_to)


def test_a_checkpoint_of_an_unknown_key_is_named(worked: Site, tmp_path: Path) -> None:
    stranger = SiteKeys.generate(tmp_path / "stranger", NOW)
    assert broken_at(change(worked, resigned(worked, stranger)), FIRST_BY_HAND)


def test_an_old_checkpoint_signed_again_by_a_newer_key_is_named(
    worked: Site, tmp_path: Path
) -> None:
    newer = SiteKeys.generate(tmp_path / "newer", NOW.replace(year=2027))
    for path in (newer.folder / "public").iterdir():
        path.rename(worked.keys.folder / "public" / path.name)
    assert worked.verify().valid
    assert broken_at(change(worked, resigned(worked, newer)), FIRST_BY_HAND)


def resigned(site: Site, keys: SiteKeys) -> Executable:
    """The first checkpoint, truthful but signed by other keys."""
    with site.store.read() as connection:
        rows = connection.execute(select(entry.c.seq, entry.c.hash))
        hashes: dict[int, str] = {row.seq: row.hash for row in rows}
    made = sign(
        Note(
            origin=hashes[1], seq=FIRST_BY_HAND, hash=hashes[FIRST_BY_HAND],
            at="2026-11-21T03:00:00.000123Z", key_id=keys.key_id,
        ),
        keys,
    )  # fmt: skip
    return (
        update(checkpoint)
        .where(checkpoint.c.seq == FIRST_BY_HAND)
        .values(body=made.body, key_id=made.key_id, signature=made.signature)
    )


def test_a_history_written_anew_is_named_by_the_checkpoint_over_it(worked: Site) -> None:
    made_anew = (1, 9)  # by whoever writes it with the site's own key
    with worked.store.write() as tx:
        records: list[tuple[str, dict[str, str]]] = [
            (kind, {}) for kind in tx.execute(select(entry.c.kind)).scalars()
        ]
        tx.execute(delete(entry))
        tx.execute(delete(checkpoint).where(checkpoint.c.seq.in_(made_anew)))
        worked.book.append_many(tx, records, NOW)
    assert broken_at(worked.verify(), FIRST_BY_HAND)


def test_an_emptied_logbook_is_not_a_valid_one(worked: Site) -> None:
    change(worked, delete(checkpoint))
    assert broken_at(change(worked, delete(entry)), 1)


# --- evidence ---------------------------------------------------------------------------------


def stored_answers(site: Site) -> list[tuple[int, Path]]:
    """Each evidence file with the entry that first names it."""
    from hashlib import sha256

    return [
        (number, site.evidence.path(sha256(answer).hexdigest()))
        for number, answer in zip((4, 5, 8), ANSWERS, strict=True)
    ]


def test_any_changed_byte_of_evidence_is_named(worked: Site) -> None:
    chance = random.Random(11)  # noqa: S311
    for number, path in stored_answers(worked):
        whole = path.read_bytes()
        places = range(len(whole))
        for at in chance.sample(places, min(len(whole), count(12, 1000))):
            for bit in range(8):
                path.write_bytes(whole[:at] + bytes([whole[at] ^ 1 << bit]) + whole[at + 1 :])
                assert broken_at(worked.verify(), number) if bit == 0 else unreadable(worked, path)
        path.write_bytes(whole)
    assert worked.verify().valid


def unreadable(site: Site, path: Path) -> bool:
    from logbook.evidence import EvidenceDamaged

    try:
        site.evidence.get(path.parent.name + path.name.removesuffix(".z"))
    except EvidenceDamaged:
        return True
    return False


@pytest.mark.parametrize("which", range(3))
def test_missing_cut_longer_and_exchanged_evidence_is_named(worked: Site, which: int) -> None:
    number, path = stored_answers(worked)[which]
    other = stored_answers(worked)[which - 1][1].read_bytes()
    whole = path.read_bytes()
    for content in (b"", whole[:-1], whole[1:], whole + b"\0", other):
        path.write_bytes(content)
        assert broken_at(worked.verify(), number)
    path.unlink()
    assert broken_at(worked.verify(), number)


# --- the tables beside the logbook --------------------------------------------------------------

FIRST, SECOND, THIRD = (f"M0{n}/usm-1/{DAY}" for n in (1, 2, 3))
BESIDE = {
    "a result turned": (update(slot).where(slot.c.id == FIRST).values(result="abnormal"), 4),
    "a result taken back": (update(slot).where(slot.c.id == FIRST).values(state="due"), 4),
    "a result forgotten": (
        update(slot).where(slot.c.id == FIRST)
        .values(state="due", result=None, result_entry=None, done_at=None),
        4,
    ),
    "a result forgotten but for its time": (
        update(slot).where(slot.c.id == FIRST).values(state="due", result=None, result_entry=None),
        2,
    ),
    "another's result": (update(slot).where(slot.c.id == FIRST).values(result_entry=5), 4),
    "a result that is none": (update(slot).where(slot.c.id == FIRST).values(result_entry=3), 3),
    "a result out of nothing": (
        update(slot).where(slot.c.id == THIRD).values(state="done", result="normal"), 6,
    ),
    "an omission forgotten": (
        update(slot).where(slot.c.id == THIRD)
        .values(state="due", result_entry=None, done_at=None),
        6,
    ),
    "an omission of no entry": (
        update(slot).where(slot.c.id == THIRD).values(result_entry=None), 2,
    ),
    "a result of the future": (update(slot).where(slot.c.id == SECOND).values(result_entry=99), 5),
    "another plan": (update(slot).where(slot.c.id == THIRD).values(plan_entry=3), 2),
    "every slot of a plan taken away": (delete(slot), 2),
    "a slot's item": (update(slot).where(slot.c.id == THIRD).values(item="M99"), 2),
    "a slot's device": (update(slot).where(slot.c.id == THIRD).values(device="usm-2"), 2),
    "a slot's site": (update(slot).where(slot.c.id == THIRD).values(site="site_dr"), 2),
    "a slot's period": (update(slot).where(slot.c.id == THIRD).values(period="Q"), 2),
    "a slot's opening": (update(slot).where(slot.c.id == THIRD).values(opens=NOW), 2),
    "a slot's closing": (
        update(slot).where(slot.c.id == THIRD).values(closes=NOW.replace(year=2099)), 2,
    ),
    "a slot's closing that is no time": (
        update(slot).where(slot.c.id == THIRD).values(closes=literal_column("'zz'")), 2,
    ),
    "a busy hour's closing": (update(slot).where(slot.c.id == SECOND).values(closes=CLOSES), 2),
    "a slot's busy hour": (update(slot).where(slot.c.id == THIRD).values(busy_hour=True), 2),
    "a busy hour taken back": (update(slot).where(slot.c.id == SECOND).values(busy_hour=False), 2),
    "when a slot was done": (update(slot).where(slot.c.id == FIRST).values(done_at=NOW), 4),
    "when a slot was missed": (update(slot).where(slot.c.id == THIRD).values(done_at=NOW), 6),
    "a slot never planned": (update(slot).where(slot.c.id == THIRD).values(id="M99/x/y"), 2),
    "a slot taken away": (delete(slot).where(slot.c.id == SECOND), 2),
    "a round taken away": (delete(round_run), 3),
    "a round's slot time": (update(round_run).values(slot_time=NOW.replace(year=2025)), 3),
    "a round's beginning": (update(round_run).values(started_at=NOW.replace(year=2025)), 3),
    "a round's end": (update(round_run).values(finished_at=NOW.replace(year=2025)), 3),
    "a round's outcome": (update(round_run).values(outcome="not_observed"), 3),
    "a round's first entry": (update(round_run).values(start_entry=2), 2),
    "a round's last entry": (update(round_run).values(end_entry=8), 3),
    "a round without an end": (
        update(round_run).values(finished_at=None, outcome=None, end_entry=None), 9,
    ),
    "an incident's cause": (update(incident).values(cause="device/usm-2"), 7),
    "an incident's severity": (update(incident).values(severity="info"), 7),
    "an incident's device": (update(incident).values(device="usm-2"), 7),
    "an incident's site": (update(incident).values(site=None), 7),
    "an incident's item": (update(incident).values(item="M01"), 7),
    "an incident's check": (update(incident).values(check="cpu"), 7),
    "an incident's sentence": (update(incident).values(sentence='{"en":"all is well"}'), 7),
    "an incident's beginning": (update(incident).values(opened_at=NOW.replace(year=2025)), 7),
    "an incident's end": (update(incident).values(resolved_at=NOW), 7),
    "an incident merged": (update(incident).values(merged_into=1), 7),
    "an incident closed": (update(incident).values(state="resolved"), 7),
    "a transition's state": (update(transition).values(to_state="resolved"), 7),
    "a transition's origin": (update(transition).values(from_state="open"), 7),
    "a transition's reason": (update(transition).values(why='{"en":"","zh":""}'), 7),
    "a transition's reason, unreadable": (update(transition).values(why="{"), 7),
    "a transition's actor": (update(transition).values(actor="somebody"), 7),
    "a transition's time": (update(transition).values(at=NOW.replace(year=2025)), 7),
    "a transition's entry": (update(transition).values(entry=3), 3),
    "a transition taken away": (delete(transition), 7),
}  # fmt: skip


@pytest.mark.parametrize("name", BESIDE)
def test_a_table_that_disagrees_with_the_entries_is_named(worked: Site, name: str) -> None:
    statement, number = BESIDE[name]
    assert broken_at(change(worked, statement), number)


def test_an_incident_taken_away_is_named_by_what_tells_of_it(sqlite_worked: Site) -> None:
    with closing(sqlite3.connect(sqlite_worked.store.where)) as file:  # no foreign keys here
        file.execute("DELETE FROM incident")
        file.commit()
    assert broken_at(sqlite_worked.verify(), 7)


def test_an_incident_that_no_entry_tells_of_is_named(worked: Site) -> None:
    with worked.store.write() as tx:
        row = dict(tx.execute(select(incident)).mappings().one())
        tx.execute(insert(incident), [{**row, "id": 2}])
    assert broken_at(worked.verify(), ENTRIES)


def test_transitions_in_another_order_are_named(worked: Site) -> None:
    with worked.store.write() as tx:
        body = json.loads(
            tx.execute(select(entry.c.body).where(entry.c.kind == "incident")).scalar_one()
        )
        over = {**body, "from": "open", "to": "resolved", "change": "resolved", "severity": None}
        number = worked.book.append(tx, "incident", over, NOW)
        row = dict(tx.execute(select(transition)).mappings().one())
        row |= {"from_state": "open", "to_state": "resolved", "entry": number, "id": row["id"] + 1}
        tx.execute(insert(transition), [row])
        tx.execute(update(incident).values(state="resolved", resolved_at=NOW))
    assert worked.verify().valid
    reordered = update(transition).where(transition.c.entry == number).values(id=0)
    assert broken_at(change(worked, reordered), number)


@pytest.mark.parametrize(
    "table", ["slot", "round_run", "incident", "transition", "coverage", "look", "memory"]
)
def test_a_table_that_is_gone_is_said_to_be_unreadable(sqlite_worked: Site, table: str) -> None:
    with closing(sqlite3.connect(sqlite_worked.store.where)) as file:
        file.execute(f"DROP TABLE {table}")
    with pytest.raises(StoreUnreadable):
        sqlite_worked.verify()


# --- checkpoints that are always made -----------------------------------------------------------


@pytest.mark.parametrize("number", [1, 9])
def test_a_checkpoint_made_with_an_entry_is_missed_when_it_is_gone(
    worked: Site, number: int
) -> None:
    found = change(worked, delete(checkpoint).where(checkpoint.c.seq == number))
    assert broken_at(found, number)
    assert found.reason is not None
    assert found.reason.text("en") == f"the checkpoint made with entry {number} is missing"
    assert found.entries == ENTRIES


def test_a_whole_history_written_anew_without_checkpoints_is_not_valid(worked: Site) -> None:
    with worked.store.write() as tx:
        kept = [tuple(row) for row in tx.execute(select(entry).order_by(entry.c.seq))]
        tx.execute(delete(checkpoint))
        tx.execute(delete(entry))
        prev = GENESIS
        for seq, at, kind, body, *_ in kept:
            made = seal(seq, at, kind, json.loads(body.replace("true", "false")), prev)
            tx.execute(insert(entry), [asdict(made)])
            prev = made.hash
    assert broken_at(worked.verify(), 1)


def test_a_checkpoint_made_by_hand_is_not_demanded(worked: Site) -> None:
    assert change(worked, delete(checkpoint).where(checkpoint.c.seq == FIRST_BY_HAND)).valid


def test_a_second_result_for_a_slot_is_named(worked: Site) -> None:
    with worked.store.write() as tx:
        worked.book.append(tx, "result", {"slot": FIRST, "state": "normal"}, NOW)
    assert broken_at(worked.verify(), ENTRIES + 1)


# --- SQLite keeps any type in any column -------------------------------------------------------


@pytest.mark.parametrize("column", ["at", "kind", "body", "prev", "hash"])
@pytest.mark.parametrize("value", ["CAST({} AS BLOB)", "x'ff00ff'", "7", "7.5", "x''"])
def test_a_field_of_another_type_is_named(sqlite_worked: Site, column: str, value: str) -> None:
    statement = f"UPDATE entry SET {column} = {value.format(column)} WHERE seq = 5"  # noqa: S608
    assert broken_at(change(sqlite_worked, text(statement)), 5)


@pytest.mark.parametrize("column", ["body", "key_id", "signature"])
@pytest.mark.parametrize("value", ["x'ff00ff'", "7", "CAST(x'ff' AS TEXT)"])
def test_a_checkpoint_field_of_another_type_is_named(
    sqlite_worked: Site, column: str, value: str
) -> None:
    statement = f"UPDATE checkpoint SET {column} = {value} WHERE seq = 6"  # noqa: S608
    assert broken_at(change(sqlite_worked, text(statement)), 6)


@pytest.fixture
def sqlite_worked(sqlite_site: Site) -> Site:
    from tests.logbook.conftest import work

    work(sqlite_site)
    return sqlite_site


def test_the_tables_used_here_are_filled(worked: Site) -> None:
    with worked.store.read() as connection:
        for table in (entry, checkpoint, slot, incident, transition, round_run):
            assert connection.execute(select(func.count()).select_from(table)).scalar_one() > 0
