"""A home in one file: complete, taken while others write, and a restored home verifies."""

from __future__ import annotations

import io
import tarfile
import threading
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select

from logbook.backup import BackupRefused, Contents, backup, restore
from logbook.evidence import EvidenceArchive
from logbook.keys import SiteKeys
from logbook.verify import verify
from store.copying import NotEmpty, copy, snapshot
from store.database import Store, open_store
from store.migrating import migrate, open_current
from store.schema import entry, incident, metadata
from tests.logbook.conftest import NOW, Site, work

FILES = {
    "lineguard.toml": "practice = true\n",
    "people.yml": "persons: {}\n",
    "estate/hosts.yml": "all: {}\n",
    "estate/group_vars/all.yml": "{}\n",
    "baselines/fw-core-1.cfg": "sysname fw-core-1\n",
    "secrets/fw-core-1-cli": "secret\n",
    "data/configs/fw-core-1/0a.cfg": "sysname fw-core-1\n password cipher x\n",
    "keys/veil.key": "00\n",
}


@pytest.fixture
def home(worked: Site, tmp_path: Path) -> Path:
    for name, content in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return tmp_path


@pytest.fixture
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("elsewhere")


def keep(site: Site, home: Path, target: Path, *, secrets: bool = False) -> Contents:
    return backup(home, site.store, target, NOW, secrets=secrets)


def test_a_restored_home_has_everything_and_verifies(
    worked: Site, home: Path, elsewhere: Path
) -> None:
    kept = keep(worked, home, elsewhere / "backup.tar.gz", secrets=True)
    restored = restore(elsewhere / "backup.tar.gz", elsewhere / "home")
    assert (restored.practice, restored.secrets, restored.files) == (True, True, kept.files)
    assert restored.postgresql == (worked.store.engine.dialect.name == "postgresql")
    for name, content in FILES.items():
        assert (elsewhere / "home" / name).read_text() == content
    keys = SiteKeys(elsewhere / "home" / "keys")
    assert keys.sign(b"x") == worked.keys.sign(b"x")
    store = open_current(f"sqlite:///{elsewhere}/home/data/lineguard.db", elsewhere / "home/data")
    evidence = EvidenceArchive(elsewhere / "home/data/evidence")
    assert verify(store, keys.public_keys(), evidence) == worked.verify()
    store.close()


def test_secrets_are_kept_only_when_asked_for(worked: Site, home: Path, elsewhere: Path) -> None:
    keep(worked, home, elsewhere / "backup.tar.gz")
    restored = restore(elsewhere / "backup.tar.gz", elsewhere / "home")
    assert not restored.secrets
    assert not (elsewhere / "home" / "secrets").exists()
    assert not (elsewhere / "home" / "data" / "configs").exists()


def test_the_archive_and_the_key_in_it_can_be_read_by_their_owner_only(
    worked: Site, home: Path, elsewhere: Path
) -> None:
    keep(worked, home, elsewhere / "backup.tar.gz")
    assert (elsewhere / "backup.tar.gz").stat().st_mode & 0o777 == 0o600
    restore(elsewhere / "backup.tar.gz", elsewhere / "home")
    assert (elsewhere / "home/keys/signing.pem").stat().st_mode & 0o777 == 0o600
    assert (elsewhere / "home/keys").stat().st_mode & 0o077 == 0


def test_a_backup_taken_while_others_write_is_one_state(
    worked: Site, home: Path, elsewhere: Path
) -> None:
    ended = threading.Event()

    def work_on() -> None:
        while not ended.is_set():
            with worked.store.write() as tx:
                digest = worked.evidence.put(str(tx).encode())
                worked.book.append(tx, "note", {"sha256": digest}, NOW)

    thread = threading.Thread(target=work_on)
    thread.start()
    try:
        for number in range(3):
            keep(worked, home, elsewhere / f"{number}.tar.gz")
    finally:
        ended.set()
        thread.join()
    for number in range(3):
        restore(elsewhere / f"{number}.tar.gz", elsewhere / str(number))
        data = elsewhere / str(number) / "data"
        store = open_current(f"sqlite:///{data}/lineguard.db", data)
        found = verify(store, worked.keys.public_keys(), EvidenceArchive(data / "evidence"))
        assert found.valid, found
        store.close()


def test_links_are_left_out_and_named(worked: Site, home: Path, elsewhere: Path) -> None:
    (home / "estate" / "link").symlink_to("/etc/passwd")
    kept = keep(worked, home, elsewhere / "backup.tar.gz")
    assert kept.left_out == ("estate/link",)
    restore(elsewhere / "backup.tar.gz", elsewhere / "home")
    assert not (elsewhere / "home/estate/link").exists()


def test_an_existing_file_is_not_overwritten(worked: Site, home: Path, elsewhere: Path) -> None:
    (elsewhere / "backup.tar.gz").write_text("precious")
    with pytest.raises(BackupRefused, match="exists already"):
        keep(worked, home, elsewhere / "backup.tar.gz")
    assert (elsewhere / "backup.tar.gz").read_text() == "precious"
    assert len(list(elsewhere.iterdir())) == 1


@pytest.fixture
def archive(sqlite_site: Site, elsewhere: Path, tmp_path: Path) -> Path:
    work(sqlite_site)
    keep(sqlite_site, tmp_path, elsewhere / "backup.tar.gz")
    return elsewhere / "backup.tar.gz"


def test_a_folder_that_holds_something_is_left_alone(archive: Path, elsewhere: Path) -> None:
    (elsewhere / "home").mkdir()
    (elsewhere / "home" / "mine").write_text("precious")
    with pytest.raises(BackupRefused, match="is not empty"):
        restore(archive, elsewhere / "home")
    assert [path.name for path in (elsewhere / "home").iterdir()] == ["mine"]


@pytest.mark.parametrize("share", [0.0, 0.2, 0.6, 0.95])
def test_a_backup_cut_off_anywhere_is_refused(archive: Path, elsewhere: Path, share: float) -> None:
    whole = archive.read_bytes()
    archive.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(BackupRefused):
        restore(archive, elsewhere / "home")


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("../evil", tarfile.REGTYPE), ("/evil", tarfile.REGTYPE),
        ("estate/../../evil", tarfile.REGTYPE), ("evil", tarfile.REGTYPE),
        ("estate//evil", tarfile.REGTYPE), ("estate/./evil", tarfile.REGTYPE),
        ("estate/link", tarfile.SYMTYPE), ("estate/link", tarfile.LNKTYPE),
        ("estate/device", tarfile.CHRTYPE), ("estate", tarfile.DIRTYPE),
    ],
)  # fmt: skip
def test_a_part_that_no_backup_writes_is_refused(
    archive: Path, elsewhere: Path, name: str, kind: bytes
) -> None:
    hostile = with_member(archive, name, kind)
    with pytest.raises(BackupRefused):
        restore(hostile, elsewhere / "home")
    assert not (elsewhere / "evil").exists()


def with_member(archive: Path, name: str, kind: bytes) -> Path:
    """The archive with one more member."""
    hostile = archive.with_name("hostile.tar.gz")
    with tarfile.open(archive) as kept, tarfile.open(hostile, "w:gz") as made:
        for member in kept:
            made.addfile(member, kept.extractfile(member))
        extra = tarfile.TarInfo(name)
        extra.type, extra.linkname, extra.size = kind, "/etc/passwd", 4 * (kind == tarfile.REGTYPE)
        made.addfile(extra, io.BytesIO(b"evil"))
    return hostile


# --- copying between kinds of database ---------------------------------------------------------


def test_a_snapshot_brought_to_another_store_has_every_row(
    worked: Site, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    snapshot(worked.store, tmp_path / "snapshot.db")
    assert [path.name for path in tmp_path.glob("snapshot.db*")] == ["snapshot.db"]
    source = open_current(f"sqlite:///{tmp_path}/snapshot.db", tmp_path)
    target = open_store(other_url(worked, tmp_path, request), tmp_path / "target")
    copy(source, target)
    assert rows(target) == rows(worked.store)
    assert verify(target, worked.keys.public_keys(), worked.evidence).valid
    source.close()
    target.close()


def other_url(site: Site, folder: Path, request: pytest.FixtureRequest) -> str:
    """From SQLite to PostgreSQL and the other way round."""
    if site.store.engine.dialect.name == "postgresql":
        return f"sqlite:///{folder}/other.db"
    url: str = request.getfixturevalue("postgres_url")
    return url


def rows(store: Store) -> dict[str, list[tuple[object, ...]]]:
    with store.read() as connection:
        return {
            table.name: [tuple(row) for row in connection.execute(select(table))]
            for table in metadata.sorted_tables
        }


def test_numbers_go_on_behind_the_copied_ones(
    sqlite_site: Site, tmp_path: Path, postgres_url: str
) -> None:
    work(sqlite_site)
    target = open_store(postgres_url, tmp_path / "target")
    copy(sqlite_site.store, target)
    with target.write() as tx:
        before = dict(tx.execute(select(incident)).mappings().one())
        del before["id"]
        tx.execute(insert(incident), [before])
        assert tx.execute(select(func.max(incident.c.id))).scalar_one() == 2
    target.close()


def test_a_store_with_records_takes_no_copy(worked: Site, tmp_path: Path) -> None:
    target = open_store(f"sqlite:///{tmp_path}/target/x.db", tmp_path / "target")
    migrate(target)
    copy(worked.store, target)
    with pytest.raises(NotEmpty, match="holds records"):
        copy(worked.store, target)
    with target.read() as connection:
        assert connection.execute(select(func.count()).select_from(entry)).scalar_one() == 10
    target.close()
