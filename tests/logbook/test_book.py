"""Appending: in the writer's transaction, without gap or fork, whatever happens to the writer."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from logbook.book import newest
from logbook.checkpoints import proven
from logbook.entries import NotCanonical
from logbook.keys import KeyTrouble, SiteKeys
from store.schema import checkpoint, entry
from tests.logbook.conftest import NOW, Site
from tests.tiers import count

ROOT = Path(__file__).parents[2]
WRITER = """
import itertools, sys
from datetime import UTC, datetime
from pathlib import Path
from logbook.book import Logbook
from logbook.evidence import EvidenceArchive
from logbook.keys import SiteKeys
from store.database import open_store

url, home, limit = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
store = open_store(url, home / "data")
evidence = EvidenceArchive(home / "data" / "evidence")
book = Logbook(store, evidence, SiteKeys(home / "keys"))
for turn in itertools.count() if limit < 0 else range(limit):
    with store.write() as tx:
        now = datetime.now(UTC)
        bodies = [("note", {"turn": turn, "sha256": evidence.put(b"%d" % turn)})] * 3
        last = book.append_many(tx, bodies, now)[-1]
        if turn % 5 == 0:
            book.checkpoint(tx, now)
    print(last, flush=True)
"""
ENDS_WITHIN_S = 120


def writer(site: Site, home: Path, limit: int) -> subprocess.Popen[str]:
    url = site.store.engine.url.render_as_string(hide_password=False)
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, url, str(home), str(limit)],
        stdout=subprocess.PIPE, text=True, cwd=ROOT,
    )  # fmt: skip


def test_numbers_go_up_by_one_from_one(site: Site) -> None:
    with site.store.write() as tx:
        assert site.book.append(tx, "site", {}, NOW) == 1
        assert site.book.append_many(tx, [("note", {})] * 3, NOW) == [2, 3, 4]
        assert site.book.append_many(tx, [], NOW) == []
    with site.store.write() as tx:
        assert site.book.append(tx, "note", {}, NOW) == 5
    assert site.verify().valid


def test_an_entry_bears_the_time_it_was_written_in_utc(site: Site) -> None:
    with site.store.write() as tx:
        site.book.append(tx, "site", {}, NOW)
    with site.store.read() as connection:
        assert connection.execute(select(entry.c.at)).scalar() == "2026-11-21T03:00:00.000123Z"


def test_an_entry_without_a_zone_is_refused(site: Site) -> None:
    with pytest.raises(ValueError, match="without a zone"), site.store.write() as tx:
        site.book.append(tx, "site", {}, NOW.replace(tzinfo=None))


def test_nothing_is_appended_outside_a_writing_transaction(site: Site) -> None:
    with site.store.read() as tx, pytest.raises(ValueError, match=r"inside store\.write"):
        site.book.append(tx, "site", {}, NOW)


def test_one_bad_body_refuses_the_whole_batch(site: Site) -> None:
    with site.store.write() as tx:
        site.book.append(tx, "site", {}, NOW)
        with pytest.raises(NotCanonical):
            site.book.append_many(tx, [("note", {}), ("note", {"a": float("nan")})], NOW)
    with site.store.read() as connection:
        assert newest(connection).seq == 1


def test_a_rolled_back_entry_leaves_no_gap(site: Site) -> None:
    with site.store.write() as tx:
        site.book.append(tx, "site", {}, NOW)
    with pytest.raises(RuntimeError), site.store.write() as tx:
        site.book.append(tx, "note", {"lost": True}, NOW)
        raise RuntimeError
    with site.store.write() as tx:
        assert site.book.append(tx, "note", {}, NOW) == 2
    assert site.verify().valid


def test_the_first_entry_and_the_end_of_a_round_are_signed_as_they_are_written(site: Site) -> None:
    with site.store.write() as tx:
        site.book.append(tx, "note", {}, NOW)
        site.book.append_many(tx, [("round_finished", {}), ("note", {})], NOW)
        signed = select(checkpoint.c.seq).order_by(checkpoint.c.seq)
        assert list(tx.execute(signed).scalars()) == [1, 2]


def test_a_checkpoint_signs_the_head_once(site: Site) -> None:
    with site.store.write() as tx:
        assert site.book.checkpoint(tx, NOW) is None
        site.book.append_many(tx, [("site", {}), ("note", {})], NOW)
        made = site.book.checkpoint(tx, NOW + timedelta(seconds=1))
        assert site.book.checkpoint(tx, NOW) is None
    assert made is not None
    note = proven(made, site.keys.public_keys())
    assert note is not None
    assert (note.seq, note.key_id) == (2, site.keys.key_id)


# --- keys -------------------------------------------------------------------------------------


def test_the_private_key_can_be_read_by_its_owner_only(tmp_path: Path) -> None:
    SiteKeys.generate(tmp_path, NOW)
    assert (tmp_path / "signing.pem").stat().st_mode & 0o777 == 0o600
    (tmp_path / "signing.pem").chmod(0o640)
    with pytest.raises(KeyTrouble, match="can be read by others"):
        SiteKeys(tmp_path).sign(b"")


def test_a_key_is_never_overwritten(tmp_path: Path) -> None:
    SiteKeys.generate(tmp_path, NOW)
    before = (tmp_path / "signing.pem").read_bytes()
    with pytest.raises(KeyTrouble, match="exists already"):
        SiteKeys.generate(tmp_path, NOW)
    assert (tmp_path / "signing.pem").read_bytes() == before
    assert len(SiteKeys(tmp_path).public_keys()) == 1


@pytest.mark.parametrize("content", [b"", b"-----BEGIN PRIVATE KEY-----\nAA==\n", b"\xff" * 50])
def test_what_is_no_key_is_said_to_be_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "signing.pem").touch(0o600)
    (tmp_path / "signing.pem").write_bytes(content)
    with pytest.raises(KeyTrouble, match="is not a private key"):
        SiteKeys(tmp_path).sign(b"")


def test_a_missing_key_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(KeyTrouble, match=r"signing\.pem is missing"):
        SiteKeys(tmp_path).sign(b"")


@pytest.mark.parametrize(
    "content", ["", "{}", "[]", '{"key_id":"a","public_key":"zz"}', "[" * 9999]
)
def test_a_damaged_public_key_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "public").mkdir()
    (tmp_path / "public" / "broken.json").write_text(content)
    with pytest.raises(KeyTrouble, match=r"broken\.json is not a public key file"):
        SiteKeys(tmp_path).public_keys()


def test_a_public_key_cannot_take_the_name_of_another(tmp_path: Path) -> None:
    ours = SiteKeys.generate(tmp_path / "ours", NOW)
    theirs = SiteKeys.generate(tmp_path / "theirs", NOW)
    path = theirs.folder / "public" / f"{theirs.key_id}.json"
    path.write_text(path.read_text().replace(theirs.key_id, ours.key_id))
    with pytest.raises(KeyTrouble, match="names a key that it does not hold"):
        theirs.public_keys()


# --- crashes and company ----------------------------------------------------------------------


def test_a_killed_writer_loses_nothing_it_had_committed(site: Site, tmp_path: Path) -> None:
    chance = random.Random(count(5, 100))  # noqa: S311
    with site.store.write() as tx:
        site.book.append(tx, "site", {}, NOW)
    promised = 0
    for _ in range(count(5, 100)):
        child = writer(site, tmp_path, -1)
        assert child.stdout is not None
        first = child.stdout.readline()
        time.sleep(chance.random() * 0.05)  # the moment of the death, not a wait for anything
        os.kill(child.pid, signal.SIGKILL)
        rest, _ = child.communicate()
        told = [int(line) for line in (first + rest).split("\n")[:-1]]
        assert promised < told[0]
        promised = told[-1]
        found = site.verify()
        assert found.valid, found
        assert found.entries >= promised


def test_two_writers_at_once_make_one_chain(site: Site, tmp_path: Path) -> None:
    turns = count(15, 200)
    children = [writer(site, tmp_path, turns) for _ in range(2)]
    outs = [child.communicate(timeout=ENDS_WITHIN_S)[0] for child in children]
    assert [child.returncode for child in children] == [0, 0]
    told = [int(line) for out in outs for line in out.split()]
    assert len(set(told)) == 2 * turns
    with site.store.read() as connection:
        entries = connection.execute(select(func.count()).select_from(entry)).scalar_one()
    assert entries == max(told) == 2 * turns * 3
    assert site.verify().valid
