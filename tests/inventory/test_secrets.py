"""Secrets by name: where they are looked up, what is refused, and that no value leaks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from inventory.ansible_child import Child
from inventory.secrets import SecretMissing, SecretStore, SecretsUnsafe, SecretTrouble, variable
from tests.inventory.builders import cli, device, estate, snmp, ssh
from tests.inventory.homes import SWITCH, write

VALUE = "correct horse battery staple"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A secrets/ folder with one secret, as safe as it must be."""
    folder = tmp_path / "secrets"
    folder.mkdir(mode=0o700)
    put(folder, "fw-1", VALUE + "\n")
    return folder


def put(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    path.chmod(0o600)
    return path


def store(folder: Path, **environment: str) -> SecretStore:
    return SecretStore(folder, environment)


def why(caught: pytest.ExceptionInfo[SecretTrouble]) -> str:
    assert VALUE not in repr(caught.value) + str(caught.value) + caught.value.why.text("zh")
    return caught.value.why.text("en")


def test_a_file_of_the_home_is_read_without_its_newline(folder: Path) -> None:
    assert store(folder).secret("fw-1") == VALUE
    put(folder, "two", "auth phrase\nprivacy phrase\r\n")
    assert store(folder).secret("two") == "auth phrase\nprivacy phrase"


def test_credentials_go_before_the_environment_and_that_before_files(
    folder: Path, tmp_path: Path
) -> None:
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    environment = {"CREDENTIALS_DIRECTORY": str(credentials)}
    assert store(folder, **environment).secret("fw-1") == VALUE
    environment["LINEGUARD_SECRET_FW_1"] = "of the environment"
    assert store(folder, **environment).secret("fw-1") == "of the environment"
    put(credentials, "fw-1", "of systemd\n")
    assert store(folder, **environment).secret("fw-1") == "of systemd"


def test_where_a_secret_is_kept_is_said_as_it_is_looked_up(folder: Path, tmp_path: Path) -> None:
    def said(name: str, **environment: str) -> str:
        return store(folder, **environment).whereabouts(name).text("en")

    put(folder, "sealed", "$ANSIBLE_VAULT;1.1;AES256\n00\n")
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    put(credentials, "fw-1", VALUE)
    assert said("fw-1") == said("nowhere").replace("nowhere", "fw-1") == "the file secrets/fw-1"
    assert said("sealed") == "the file secrets/sealed (encrypted with ansible-vault)"
    given = said("fw-1", LINEGUARD_SECRET_FW_1=VALUE)
    assert given == "the environment variable LINEGUARD_SECRET_FW_1"
    kept = said("fw-1", LINEGUARD_SECRET_FW_1=VALUE, CREDENTIALS_DIRECTORY=str(credentials))
    assert kept == "the systemd credential fw-1"


def test_the_variable_of_a_name_is_in_capitals() -> None:
    assert variable("fw-core-1.cli") == "LINEGUARD_SECRET_FW_CORE_1_CLI"


def test_a_missing_secret_says_where_to_put_it(folder: Path) -> None:
    with pytest.raises(SecretMissing) as caught:
        store(folder).secret("sw-1")
    assert isinstance(caught.value, KeyError)
    assert why(caught) == (
        "the secret “sw-1” is missing; put it in the file secrets/sw-1 (mode 600),"
        " in the environment variable LINEGUARD_SECRET_SW_1 or in a systemd credential"
    )
    assert caught.value.why.text("zh") == (
        "缺少口令“sw-1”；请放入文件 secrets/sw-1（权限 600）、"
        "环境变量 LINEGUARD_SECRET_SW_1 或 systemd 凭据"
    )
    with pytest.raises(SecretMissing):
        store(folder / "nowhere").secret("sw-1")


@pytest.mark.parametrize(("mode", "safe"), [(0o700, True), (0o750, False), (0o701, False)])
def test_the_folder_must_be_closed_to_others(folder: Path, mode: int, safe: bool) -> None:
    folder.chmod(mode)
    if safe:
        assert store(folder).secret("fw-1") == VALUE
        return
    with pytest.raises(SecretsUnsafe) as caught:
        store(folder).secret("fw-1")
    assert why(caught) == (
        f"the folder secrets/ is open to others (mode {mode:04o}); run chmod 700 on it"
    )


@pytest.mark.parametrize(
    ("mode", "safe"), [(0o600, True), (0o400, True), (0o640, False), (0o604, False)]
)
def test_a_file_must_be_closed_to_others(folder: Path, mode: int, safe: bool) -> None:
    (folder / "fw-1").chmod(mode)
    if safe:
        assert store(folder).secret("fw-1") == VALUE
        return
    with pytest.raises(SecretsUnsafe) as caught:
        store(folder).secret("fw-1")
    assert why(caught) == (
        f"the file secrets/fw-1 is open to others (mode {mode:04o}); run chmod 600 on it"
    )


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "the secret “x” is empty"),
        (b"\n", "the secret “x” is empty"),
        (VALUE.encode() + b"\xff", "the secret “x” is no UTF-8 text"),
        (VALUE.encode() * 10_000, "the secret “x” has more than 100000 bytes"),
    ],
)
def test_what_cannot_be_a_secret_is_refused(folder: Path, content: bytes, sentence: str) -> None:
    put(folder, "x", content)
    with pytest.raises(SecretMissing) as caught:
        store(folder).secret("x")
    assert why(caught) == sentence
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    "name", ["../fw-1", "/etc/passwd", "", "a/b", "a\x00b", ".hidden", "x" * 64]
)
def test_a_name_leads_nowhere_else(folder: Path, name: str) -> None:
    with pytest.raises(SecretMissing) as caught:
        store(folder).secret(name)
    assert "is no name of a secret" in why(caught)


def test_a_folder_in_place_of_a_file_is_refused(folder: Path) -> None:
    (folder / "x").mkdir(mode=0o700)
    with pytest.raises(SecretMissing) as caught:
        store(folder).secret("x")
    assert why(caught) == "secrets/x is not a regular file"


def test_an_encrypted_file_is_opened_once(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    password = put(tmp_path, "password", "open sesame\n")
    child = Child(vault_password_file=password)
    sealed = child.run("ansible-vault", "encrypt", "--output", "-", "-", given=VALUE + "\n")
    put(folder, "sealed", sealed)
    runs: list[tuple[str, ...]] = []
    run = Child.run

    def counting(self: Child, *arguments: str, **more: Any) -> str:  # noqa: ANN401
        runs.append(arguments)
        return run(self, *arguments, **more)

    monkeypatch.setattr(Child, "run", counting)
    opened = SecretStore(folder, {}, vault_password_file=password)
    assert [opened.secret("sealed") for _ in range(3)] == [VALUE] * 3
    assert len(runs) == 1
    assert not any(VALUE in one or "sesame" in one for one in runs[0])
    assert VALUE not in repr(opened)


def test_an_encrypted_file_that_cannot_be_opened_is_missing(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ANSIBLE_VAULT_PASSWORD_FILE", raising=False)
    password = put(tmp_path, "password", "open sesame\n")
    sealed = Child(vault_password_file=password).run(
        "ansible-vault", "encrypt", "--output", "-", "-", given=VALUE
    )
    put(folder, "sealed", sealed)
    with pytest.raises(SecretMissing) as caught:
        store(folder).secret("sealed")
    assert why(caught) == (
        "the secret “sealed” is encrypted and cannot be opened: no vault password file"
    )
    lost = store(folder).missing(estate(device("sw-1", snmp=snmp(secret="sealed"))))
    assert [one.what.text("en") for one in lost] == ["snmp: " + why(caught)]
    put(tmp_path, "password", "open barley\n")
    with pytest.raises(SecretMissing) as caught:
        SecretStore(folder, {}, vault_password_file=password).secret("sealed")
    assert "Decryption failed" in why(caught)


def test_every_secret_of_the_estate_that_is_missing_is_named(folder: Path) -> None:
    found = store(folder).missing(
        estate(
            device("fw-1", "firewall", cli=cli(secret="fw-1", enable_secret="fw-1-enable")),
            device("sw-1", snmp=snmp(secret="sw-1-snmp")),
            device("app-1", "app_server", ssh=ssh(secret=None)),
        )
    )
    assert [(one.device, one.what.text("en").split(";")[0]) for one in found] == [
        ("fw-1", "cli: the secret “fw-1-enable” is missing"),
        ("sw-1", "snmp: the secret “sw-1-snmp” is missing"),
    ]


def test_a_missing_secret_is_shown_where_the_estate_names_it(folder: Path, tmp_path: Path) -> None:
    written = write(tmp_path, hosts=SWITCH)
    one = estate(device("sw-1", snmp=snmp(secret="sw-1-snmp")))
    assert [(p.file, p.line) for p in store(folder).missing(one, written)] == [
        ("estate/hosts.yml", 8)
    ]
    put(folder, "sw-1-snmp", "x")
    assert store(folder).missing(one, written) == ()


def test_what_is_wrong_for_several_devices_is_said_once(folder: Path) -> None:
    two = estate(device("a", snmp=snmp(secret="fw-1")), device("b", ssh=ssh(secret="fw-1")))
    assert store(folder).missing(two) == ()
    folder.chmod(0o755)
    assert [one.sentence().text("en") for one in store(folder).missing(two)] == [
        "a: snmp: the folder secrets/ is open to others (mode 0755); run chmod 700 on it"
        " (the same on 1 more)"
    ]


def test_no_value_stands_in_a_repr(folder: Path) -> None:
    one = store(folder, LINEGUARD_SECRET_X=VALUE)
    assert one.secret("x") == VALUE and one.secret("fw-1") == VALUE
    assert VALUE not in repr(one)
