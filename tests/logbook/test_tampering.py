"""Whatever is changed, removed, inserted or swapped: the verification says so and names it."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Executable, delete, func, insert, select, text, update

from logbook.checkpoints import Note, sign
from logbook.entries import seal
from logbook.keys import SiteKeys
from logbook.proof import Verification
from store.schema import checkpoint, entry, incident, slot, transition
from tests.logbook.conftest import ANSWERS, DAY, NOW, Site
from tests.tiers import count

ENTRIES = 10
SIGNED = (6, 8)


def change(site: Site, statement: Executable) -> Verification:
    with site.store.write() as tx:
        assert tx.execute(statement).rowcount >= 1
    return site.verify()


def broken_at(found: Verification, number: int) -> bool:
    return not found.valid and found.first_bad == number and found.reason is not None


def test_an_untouched_logbook_is_valid_and_says_how_far_it_is_complete(worked: Site) -> None:
    found = worked.verify()
    assert (found.valid, found.first_bad, found.reason) == (True, None, None)
    assert (found.entries, found.checkpoints, found.complete_to) == (ENTRIES, 2, SIGNED[-1])
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
        tx.execute(delete(checkpoint).where(checkpoint.c.seq > SIGNED[0]))
        tx.execute(delete(entry).where(entry.c.seq > ENTRIES - 2))
    alone = worked.verify()
    assert (alone.valid, alone.complete_to) == (True, SIGNED[0])
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


@pytest.mark.parametrize("moved_to", [-1, 1, 5, 7, 9, 11, 2**62])
def test_a_moved_checkpoint_is_named(worked: Site, moved_to: int) -> None:
    moved = update(checkpoint).where(checkpoint.c.seq == SIGNED[0]).values(seq=moved_to)
    assert broken_at(change(worked, moved), moved_to)


def test_a_checkpoint_of_an_unknown_key_is_named(worked: Site, tmp_path: Path) -> None:
    stranger = SiteKeys.generate(tmp_path / "stranger", NOW)
    assert broken_at(change(worked, resigned(worked, stranger)), SIGNED[0])


def test_an_old_checkpoint_signed_again_by_a_newer_key_is_named(
    worked: Site, tmp_path: Path
) -> None:
    newer = SiteKeys.generate(tmp_path / "newer", NOW.replace(year=2027))
    for path in (newer.folder / "public").iterdir():
        path.rename(worked.keys.folder / "public" / path.name)
    assert worked.verify().valid
    assert broken_at(change(worked, resigned(worked, newer)), SIGNED[0])


def resigned(site: Site, keys: SiteKeys) -> Executable:
    """The first checkpoint, truthful but signed by other keys."""
    with site.store.read() as connection:
        rows = connection.execute(select(entry.c.seq, entry.c.hash))
        hashes: dict[int, str] = {row.seq: row.hash for row in rows}
    made = sign(
        Note(
            origin=hashes[1], seq=SIGNED[0], hash=hashes[SIGNED[0]],
            at="2026-11-21T03:00:00.000123Z", key_id=keys.key_id,
        ),
        keys,
    )  # fmt: skip
    return (
        update(checkpoint)
        .where(checkpoint.c.seq == SIGNED[0])
        .values(body=made.body, key_id=made.key_id, signature=made.signature)
    )


def test_a_history_written_anew_is_named_by_the_checkpoint_over_it(worked: Site) -> None:
    with worked.store.write() as tx:
        records: list[tuple[str, dict[str, str]]] = [
            (kind, {}) for kind in tx.execute(select(entry.c.kind)).scalars()
        ]
        tx.execute(delete(entry))
        worked.book.append_many(tx, records, NOW)
    assert broken_at(worked.verify(), SIGNED[0])


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
        update(slot).where(slot.c.id == FIRST).values(state="due", result=None, result_entry=None),
        4,
    ),
    "another's result": (update(slot).where(slot.c.id == FIRST).values(result_entry=5), 4),
    "a result that is none": (update(slot).where(slot.c.id == FIRST).values(result_entry=3), 3),
    "a result out of nothing": (
        update(slot).where(slot.c.id == THIRD).values(state="done", result="normal"), 6,
    ),
    "an omission forgotten": (
        update(slot).where(slot.c.id == THIRD).values(state="due", result_entry=None), 6,
    ),
    "an omission of no entry": (
        update(slot).where(slot.c.id == THIRD).values(result_entry=None), 2,
    ),
    "a result of the future": (update(slot).where(slot.c.id == SECOND).values(result_entry=99), 5),
    "another plan": (update(slot).where(slot.c.id == THIRD).values(plan_entry=3), 3),
    "a slot never planned": (update(slot).where(slot.c.id == THIRD).values(id="M99/x/y"), 2),
    "a slot taken away": (delete(slot).where(slot.c.id == SECOND), 5),
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
        for table in (entry, checkpoint, slot, incident, transition):
            assert connection.execute(select(func.count()).select_from(table)).scalar_one() > 0
