"""A database file that was changed as a file: invalid or not readable, never a traceback."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from sqlalchemy import text

from logbook.evidence import EvidenceArchive
from logbook.keys import SiteKeys
from logbook.proof import Verification
from logbook.verify import verify
from store.migrating import open_current
from store.trouble import StoreUnreadable
from tests.logbook.conftest import NOW, Site, work
from tests.tiers import count


@pytest.fixture
def home(sqlite_site: Site, tmp_path: Path) -> Path:
    """A home whose database is one closed file of some size."""
    work(sqlite_site)
    with sqlite_site.store.write() as tx:
        records = [("note", {"n": n, "text": "巡检正常" * 20}) for n in range(200)]
        sqlite_site.book.append_many(tx, records, NOW)
        sqlite_site.book.checkpoint(tx, NOW)
    sqlite_site.store.close()
    return tmp_path


def prove(home: Path) -> Verification | None:
    """What a fresh look finds; `None` when the database is said not to be readable."""
    for beside in (home / "data").glob("lineguard.db-*"):
        beside.unlink()
    try:
        store = open_current(f"sqlite:///{home}/data/lineguard.db", home / "data")
        try:
            evidence = EvidenceArchive(home / "data" / "evidence")
            return verify(store, SiteKeys(home / "keys").public_keys(), evidence)
        finally:
            store.close()
    except StoreUnreadable:
        return None


def contents(home: Path) -> list[tuple[object, ...]]:
    store = open_current(f"sqlite:///{home}/data/lineguard.db", home / "data")
    with store.read() as connection:
        rows = [tuple(row) for row in connection.execute(text("SELECT * FROM entry ORDER BY seq"))]
        rows += [tuple(row) for row in connection.execute(text("SELECT * FROM checkpoint"))]
    store.close()
    return rows


def test_a_closed_home_verifies(home: Path) -> None:
    found = prove(home)
    assert found is not None
    assert (found.valid, found.entries, found.complete_to) == (True, 210, 210)


@pytest.mark.parametrize("length", [1, 64, 4096])
def test_bytes_changed_in_the_file_are_found_unless_they_change_no_record(
    home: Path, length: int
) -> None:
    path, chance = home / "data" / "lineguard.db", random.Random(length)  # noqa: S311
    whole, records, outcomes = path.read_bytes(), contents(home), set[str]()
    for _ in range(count(40, 2000)):
        at = chance.randrange(len(whole) - length)
        path.write_bytes(whole[:at] + chance.randbytes(length) + whole[at + length :])
        found = prove(home)
        if found is not None and found.valid:
            assert contents(home) == records
            outcomes.add("nothing changed")
        else:
            outcomes.add("not readable" if found is None else "invalid")
    assert outcomes - {"nothing changed"}


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9])
def test_a_file_cut_off_is_not_valid(home: Path, share: float) -> None:
    path = home / "data" / "lineguard.db"
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    found = prove(home)
    assert found is None or not found.valid
