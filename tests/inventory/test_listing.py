"""Ansible really started: what it lists, when it is spared, and what its failures become."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import yaml

from checks.catalogue import limit_names
from inventory.ansible_child import AnsibleFailed, Child, find
from inventory.listing import list_estate
from inventory.loader import load_estate
from inventory.model import Estate
from inventory.sheets import read_folder
from tests.inventory.homes import LIMITS, SWITCH, listed, problems_of, write
from tests.practice import DEVICES

EXAMPLE = Path(__file__).parents[2] / "inventory" / "estate"


@pytest.fixture(autouse=True)
def spawned(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The tools that were started, in order."""
    tools: list[str] = []
    start = subprocess.Popen

    def counting(command: list[str], **more: Any) -> Any:  # noqa: ANN401
        tools.append(Path(command[0]).name)
        return start(command, **more)

    monkeypatch.setattr(subprocess, "Popen", counting)
    monkeypatch.delenv("ANSIBLE_VAULT_PASSWORD_FILE", raising=False)
    yield tools


def load(folder: Path, cache: Path | None = None, password: Path | None = None) -> Estate:
    return load_estate(
        folder, None, limit_names=LIMITS | limit_names(), cache=cache, vault_password_file=password
    )


@pytest.fixture
def password(tmp_path: Path) -> Path:
    """A vault password file."""
    path = tmp_path / "vault-password"
    path.write_text("open sesame\n")
    return path


def sealed(text: str, password: Path) -> str:
    """A text as ansible-vault encrypts it."""
    return Child(vault_password_file=password).run(
        "ansible-vault", "encrypt", "--output", "-", "-", given=text
    )


def test_ansible_is_asked_and_its_groups_and_variables_arrive(
    tmp_path: Path, spawned: list[str]
) -> None:
    folder = write(
        tmp_path,
        hosts=SWITCH,
        group_vars__switch="lineguard_defaults: {limits: {cpu_average: 50}}",
        group_vars__site_primary="lineguard_site: {title: 主中心, seats: 50}",
    )
    estate = load(folder)
    assert spawned == ["ansible-inventory"]
    assert estate.device("sw-1").limits == (("cpu_average", 50.0),)
    assert estate.site("site_primary").title == "主中心"


def test_the_listing_of_the_tests_is_ansibles_own(tmp_path: Path) -> None:
    text = (
        SWITCH + "      vars: {lineguard_defaults: {icmp: {}}}\n    clustered: {hosts: {sw-1: }}\n"
    )
    folder = write(tmp_path, hosts=text)
    real = list_estate(folder, read_folder(folder)[0], Child(), None)
    assert listed(yaml.safe_load(text)) == real


def test_ranges_of_hosts_are_ansibles_business(tmp_path: Path) -> None:
    text = (
        "site_dr: {hosts: {'t-[1:3]': }}\ntrunk:\n  hosts:\n    t-[1:3]: {lineguard: {titel: x}}\n"
    )
    found = problems_of(write(tmp_path, hosts=text))
    assert [(one.device, one.line) for one in found] == [("t-1", 4)]
    assert found[0].what.text("zh").endswith("（另有2台设备相同）")


def test_the_example_estate_is_valid() -> None:
    if not (EXAMPLE / "hosts.yml").is_file():
        pytest.skip("the example estate is not there")
    assert len(load(EXAMPLE).devices) == DEVICES


def test_a_second_look_does_not_start_ansible(tmp_path: Path, spawned: list[str]) -> None:
    folder, cache = write(tmp_path, hosts=SWITCH), tmp_path / "data" / "estate.json"
    first = load(folder, cache)
    assert load(folder, cache) == first
    assert spawned == ["ansible-inventory"]
    assert cache.stat().st_mode & 0o077 == 0


def test_a_changed_added_or_renamed_file_starts_ansible_again(
    tmp_path: Path, spawned: list[str]
) -> None:
    folder, cache = write(tmp_path, hosts=SWITCH), tmp_path / "estate.json"
    load(folder, cache)
    write(tmp_path, hosts=SWITCH.replace("1161", "1162"))
    changed = load(folder, cache).device("sw-1").access.snmp
    assert changed is not None and changed.port == 1162
    write(tmp_path, group_vars__all="x: 1")
    load(folder, cache)
    (folder / "group_vars/all.yml").rename(folder / "group_vars/switch.yml")
    load(folder, cache)
    assert len(spawned) == 4


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"key": 1}', b"\xff", b"[" * 100_000])
def test_a_damaged_cache_is_only_a_slower_start(
    tmp_path: Path, spawned: list[str], damage: bytes
) -> None:
    folder, cache = write(tmp_path, hosts=SWITCH), tmp_path / "estate.json"
    cache.write_bytes(damage)
    load(folder, cache)
    load(folder, cache)
    assert len(spawned) == 1


def test_a_cache_that_cannot_be_written_is_done_without(tmp_path: Path) -> None:
    folder = write(tmp_path, hosts=SWITCH)
    (tmp_path / "file").touch()
    assert load(folder, tmp_path / "file" / "estate.json").devices


def test_an_encrypted_value_of_a_host_is_opened_and_never_kept(
    tmp_path: Path, password: Path, spawned: list[str]
) -> None:
    cipher = sealed("inspector", password).replace("\n", "\n" + " " * 16)
    block = f"secret: sw-1-snmp\n              user: !vault |\n                {cipher}"
    text = SWITCH.replace("{port: 1161, secret: sw-1-snmp}", f"\n              {block}")
    folder, cache = write(tmp_path, hosts=text), tmp_path / "estate.json"
    for _ in range(2):
        access = load(folder, cache, password).device("sw-1").access.snmp
        assert access is not None and access.user == "inspector"
    assert spawned.count("ansible-inventory") == 1
    assert b"inspector" not in cache.read_bytes()
    found = problems_of(folder)
    assert [one.sentence().text("en") for one in found] == [
        "estate/hosts.yml:7: sw-1: an encrypted value cannot be opened: no vault password file"
    ]


def test_an_encrypted_file_is_opened_and_its_estate_never_cached(
    tmp_path: Path, password: Path
) -> None:
    inside = sealed("lineguard_defaults: {snmp: {user: inspector}}\n", password)
    folder = write(tmp_path, hosts=SWITCH, group_vars__switch=inside.encode())
    cache = tmp_path / "estate.json"
    access = load(folder, cache, password).device("sw-1").access.snmp
    assert access is not None and access.user == "inspector"
    assert not cache.exists()


def test_a_value_out_of_an_encrypted_file_is_not_quoted(tmp_path: Path, password: Path) -> None:
    inside = sealed("lineguard_defaults: {snmp: {port: hunter2}}\n", password)
    text = SWITCH.replace("port: 1161, ", "")
    folder = write(tmp_path, hosts=text, group_vars__switch=inside.encode())
    found = problems_of(folder, vault_password_file=password)
    assert [one.sentence().text("en") for one in found] == [
        "estate/hosts.yml:8: sw-1: lineguard.snmp.port must be a whole number from 1 to 65535,"
        " not the given value"
    ]


def test_an_opened_value_is_not_quoted(tmp_path: Path, password: Path) -> None:
    cipher = sealed("hunter2", password).replace("\n", "\n" + " " * 16)
    block = f"secret: sw-1-snmp\n              port: !vault |\n                {cipher}"
    text = SWITCH.replace("{port: 1161, secret: sw-1-snmp}", f"\n              {block}")
    found = problems_of(write(tmp_path, hosts=text), vault_password_file=password)
    assert [one.sentence().text("en") for one in found] == [
        "estate/hosts.yml:10: sw-1: lineguard.snmp.port must be a whole number from 1 to 65535,"
        " not the given value"
    ]


def test_a_fault_inside_an_encrypted_file_shows_nothing_of_it(
    tmp_path: Path, password: Path
) -> None:
    for inside in ("a: [hunter2", "hunter2: hunter2: hunter2", "hunter2", "- hunter2"):
        text = sealed(inside, password)
        folder = write(tmp_path, hosts=SWITCH, group_vars__switch=text.encode())
        found = problems_of(folder, vault_password_file=password)
        assert found
        assert "hunter2" not in str(found)


def test_an_encrypted_file_without_a_password_is_named(tmp_path: Path, password: Path) -> None:
    inside = sealed("x: 1\n", password)
    folder = write(tmp_path, hosts=SWITCH, group_vars__switch=inside.encode())
    found = problems_of(folder)
    assert [one.sentence().text("en") for one in found] == [
        "estate/group_vars/switch.yml:1: is encrypted with ansible-vault and no password is given;"
        " name its file in ANSIBLE_VAULT_PASSWORD_FILE"
    ]
    password.write_text("open barley\n")
    found = problems_of(folder, vault_password_file=password)
    assert [one.sentence().text("en") for one in found] == [
        "estate/group_vars/switch.yml:1: the vault password does not open this file"
    ]


def test_the_environment_names_the_password_file_as_it_does_for_ansible(
    tmp_path: Path, password: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write(tmp_path, hosts=SWITCH, group_vars__switch=sealed("x: 1", password).encode())
    assert problems_of(folder)
    monkeypatch.setenv("ANSIBLE_VAULT_PASSWORD_FILE", str(password))
    assert problems_of(folder) == ()


def test_what_ansible_refuses_becomes_one_sentence_without_long_paths(tmp_path: Path) -> None:
    folder = write(tmp_path, hosts="all: {children: [a]}")
    found = problems_of(folder)
    assert len(found) == 1
    sentence = found[0].sentence().text("en")
    assert sentence.startswith("estate: ansible-inventory cannot read the estate: ")
    assert str(tmp_path) not in sentence and "\n" not in sentence
    assert found[0].sentence().text("zh").startswith("estate：ansible-inventory 无法读取设备清单：")


def test_an_executable_file_of_the_estate_is_never_run(tmp_path: Path) -> None:
    folder = write(tmp_path, hosts=SWITCH)
    script = folder / "dynamic"
    script.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\necho '{{}}'\n")
    script.chmod(0o755)
    assert problems_of(folder)
    assert not (tmp_path / "ran").exists()


def test_the_callers_ansible_settings_change_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write(tmp_path, hosts=SWITCH)
    (tmp_path / "ansible.cfg").write_text("[inventory]\nenable_plugins = ini\n")
    monkeypatch.setenv("ANSIBLE_CONFIG", str(tmp_path / "ansible.cfg"))
    monkeypatch.setenv("ANSIBLE_INVENTORY_ENABLED", "ini")
    monkeypatch.setenv("LC_ALL", "C")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "group_vars").mkdir()
    (tmp_path / "group_vars/all.yml").write_text("lineguard: {typo: 1}\n")
    assert problems_of(folder) == ()


def test_a_child_that_does_not_answer_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = tmp_path / "ansible-slow"
    # The pipe shows its end once nobody is left who could write to it.
    pipe = tmp_path / "alive"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    slow.write_text(f"#!/bin/sh\nexec 9>{pipe}\necho up >&9\nsleep 60\n")
    slow.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    try:
        with pytest.raises(AnsibleFailed, match=r"^no answer within 0\.5 s$"):
            Child(time_limit_s=0.5).run("ansible-slow")
        assert until_end(reader) == b"up\n"
    finally:
        os.close(reader)


def until_end(reader: int) -> bytes:
    """What a pipe holds once its last writer is gone, waited for at most 10 s."""
    heard, end = b"", time.monotonic() + 10
    while time.monotonic() < end:
        with suppress(BlockingIOError):
            piece = os.read(reader, 100)
            if not piece:
                return heard
            heard += piece
        time.sleep(0.01)
    pytest.fail("somebody still holds the pipe")


def test_a_tool_that_is_not_installed_is_named() -> None:
    with pytest.raises(AnsibleFailed, match=r"^ansible-nothing is not installed$"):
        find("ansible-nothing")


def test_an_answer_that_is_no_json_is_a_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for answer in ("", "{", "[" * 100_000, '{"a": ' + "1" * 5000 + "}"):
        monkeypatch.setattr(Child, "run", lambda *_, answer=answer, **__: answer)
        found = problems_of(write(tmp_path, hosts=SWITCH))
        assert [one.what.text("en") for one in found] == [
            "ansible-inventory gave no JSON that can be read"
        ]


def test_an_answer_of_another_shape_holds_no_device(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd: tuple[object, ...] = (
        1,
        [],
        {"_meta": []},
        {"_meta": {"hostvars": [1]}, "all": {"hosts": 1}},
    )
    for answer in odd:
        monkeypatch.setattr(Child, "run", lambda *_, answer=answer, **__: json.dumps(answer))
        found = problems_of(write(tmp_path, hosts=SWITCH))
        assert [one.what.text("en") for one in found] == ["the estate holds no device"]
