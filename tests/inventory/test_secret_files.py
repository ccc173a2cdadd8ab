"""A secret is replaced so that no moment knows neither, and only where it can be written."""

from __future__ import annotations

from pathlib import Path

import pytest

from inventory.secret_files import SecretFiles
from inventory.secrets import Place, SecretStore
from phrases import Phrase

NAME = "fw-1-cli"


@pytest.fixture
def files(tmp_path: Path) -> SecretFiles:
    folder = tmp_path / "secrets"
    folder.mkdir(mode=0o700)
    put(folder / NAME, "old\n")
    return SecretFiles(SecretStore(folder, {}))


def put(path: Path, content: str) -> None:
    path.touch(mode=0o600)
    path.write_text(content)


def lying(files: SecretFiles) -> dict[str, str]:
    return {one.name: one.read_text() for one in files.store.folder.iterdir()}


def english(why: Phrase | None) -> str:
    return why.text("en") if why else ""


def test_the_new_one_is_kept_beside_accepted_and_the_old_one_forgotten(files: SecretFiles) -> None:
    files.propose(NAME, "new")
    assert (files.current(NAME), files.proposed(NAME), files.former(NAME)) == ("old", "new", None)
    files.accept(NAME)
    assert (files.current(NAME), files.proposed(NAME), files.former(NAME)) == ("new", None, "old")
    files.accept(NAME)  # twice is once
    assert (files.current(NAME), files.former(NAME)) == ("new", "old")
    files.forget(NAME)
    assert lying(files) == {NAME: "new\n"}


def test_every_file_is_private(files: SecretFiles) -> None:
    files.propose(NAME, "new")
    files.accept(NAME)
    assert {one.stat().st_mode & 0o777 for one in files.store.folder.iterdir()} == {0o600}


def test_a_reader_that_had_it_in_memory_sees_the_new_one(files: SecretFiles) -> None:
    reader = SecretStore(files.store.folder, {})
    assert reader.secret(NAME) == "old"
    files.propose(NAME, "new")
    assert reader.secret(NAME) == "old"
    files.accept(NAME)
    assert reader.secret(NAME) == "new"


def test_it_can_be_taken_back_before_and_after(files: SecretFiles) -> None:
    files.propose(NAME, "new")
    files.withdraw(NAME)
    assert lying(files) == {NAME: "old\n"}
    files.propose(NAME, "newer")
    files.accept(NAME)
    files.restore(NAME)
    assert lying(files) == {NAME: "old\n"}


def test_an_accept_that_was_cut_short_is_no_accept(files: SecretFiles) -> None:
    files.propose(NAME, "new")
    (files.store.folder / (NAME + "+old")).hardlink_to(files.store.folder / NAME)
    files.restore(NAME)
    assert (files.current(NAME), files.proposed(NAME)) == ("old", "new")
    files.accept(NAME)
    assert (files.current(NAME), files.former(NAME)) == ("new", "old")


def test_what_a_kill_left_in_the_middle_of_writing_is_swept(files: SecretFiles) -> None:
    put(files.store.folder / f"{NAME}+new.0a1b2c3d", "half")
    put(files.store.folder / "fw-1-cli-2", "another's")
    files.withdraw(NAME)
    assert lying(files) == {NAME: "old\n", "fw-1-cli-2": "another's"}


def test_a_plain_file_can_be_changed_and_asking_changes_nothing(files: SecretFiles) -> None:
    assert files.refusal(NAME) is None
    assert lying(files) == {NAME: "old\n"}


def test_the_environment_and_credentials_cannot(files: SecretFiles, tmp_path: Path) -> None:
    folder = files.store.folder
    given = SecretFiles(SecretStore(folder, {"LINEGUARD_SECRET_FW_1_CLI": "x"}))
    assert "LINEGUARD_SECRET_FW_1_CLI, which Lineguard cannot write" in english(given.refusal(NAME))
    put(tmp_path / NAME, "x")
    given = SecretFiles(SecretStore(folder, {"CREDENTIALS_DIRECTORY": str(tmp_path)}))
    assert "is a systemd credential" in english(given.refusal(NAME))


def test_one_that_is_missing_open_or_a_link_cannot(files: SecretFiles) -> None:
    assert "is missing" in english(files.refusal("nowhere"))
    put(files.store.folder / "real", "x")
    (files.store.folder / "link").symlink_to("real")
    assert "symbolic link" in english(files.refusal("link"))
    (files.store.folder / NAME).chmod(0o644)
    assert "open to others" in english(files.refusal(NAME))


def test_a_full_disk_is_told_beforehand_and_leaves_nothing(
    files: SecretFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("inventory.secret_files.os.fsync", full)
    assert "the disk is full" in english(files.refusal(NAME))
    with pytest.raises(OSError, match="No space left"):
        files.propose(NAME, "new")
    assert lying(files) == {NAME: "old\n"}


def test_one_in_a_vault_stays_in_the_vault(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    folder.mkdir(mode=0o700)
    word = tmp_path / "vault-password"
    put(word, "open sesame\n")
    store = SecretStore(folder, {}, word)
    put(folder / NAME, "placeholder\n")
    sealing = SecretFiles(store)
    put(folder / NAME, _sealed("old\n", word))
    assert store.place(NAME) is Place.VAULT
    assert sealing.refusal(NAME) is None
    sealing.propose(NAME, "new")
    assert "new" not in (folder / (NAME + "+new")).read_text()
    sealing.accept(NAME)
    assert SecretStore(folder, {}, word).secret(NAME) == "new"
    assert sealing.former(NAME) == "old"
    closed = SecretFiles(SecretStore(folder, {}))
    assert "is encrypted and cannot be opened" in english(closed.refusal(NAME))


def _sealed(plain: str, word: Path) -> str:
    from inventory.ansible_child import Child
    from inventory.vault import seal_vault

    return seal_vault(plain, Child(vault_password_file=word))
