"""Which logins have a password, what changes it, and what the estate may say about that."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from inventory.logins import How, has_keys_only, password_logins
from inventory.model import Cli, Kind, Oracle, PasswordChange, Postgres, Snmp, Trait
from tests.inventory.builders import device, ssh
from tests.inventory.homes import surveyed
from tests.inventory.test_devices import estate_of

CONSOLE = Cli(driver="huawei_vrp", user="inspect", secret="rt-cli")


def hows(*said: tuple[str, PasswordChange], cli: Cli = CONSOLE) -> dict[str, How]:
    router = replace(device("rt-1", Kind.ROUTER, cli=cli), rotate=said)
    return {one.name: one.how for one in password_logins(router)}


def test_a_database_has_its_own_login_and_that_of_its_machine() -> None:
    both = device(
        "db-1", Kind.DATABASE, traits=(Trait.POSTGRESQL,), ssh=ssh(),
        postgres=Postgres(user="inspect", secret="db"),
        oracle=Oracle(user="inspect", secret="ora", service="s"),
    )  # fmt: skip
    assert [(one.shown, one.how) for one in password_logins(both)] == [
        ("db-1/ssh", How.PASSWD),
        ("db-1/postgres", How.ALTER_ROLE),
        ("db-1/oracle", How.ORACLE),
    ]


def test_communities_and_keys_are_no_passwords() -> None:
    by_key = ssh(key_file="/etc/key", secret="phrase")
    only = device("app-1", Kind.APP_SERVER, snmp=Snmp(secret="public"), ssh=by_key)
    assert password_logins(only) == ()
    assert has_keys_only(only)
    assert not has_keys_only(device("file-1", Kind.FILE_SERVER, snmp=Snmp(secret="public")))


def test_a_console_is_a_persons_until_the_site_confirms_it() -> None:
    assert hows() == {"cli": How.PERSON}
    assert hows(("cli", PasswordChange(how="vrp_aaa"))) == {"cli": How.PERSON}
    assert hows(("cli", PasswordChange(confirmed=True))) == {"cli": How.VRP_AAA}
    older = PasswordChange(how="vrp_aaa_cipher", confirmed=True)
    assert hows(("cli", older)) == {"cli": How.VRP_AAA_CIPHER}


def test_a_gateway_is_a_persons_whatever_is_confirmed() -> None:
    gateway = Cli(driver="huawei_u1900", user="inspect", secret="gw", enable_secret="gw-enable")
    said = ("cli", PasswordChange(confirmed=True))
    assert hows(said, cli=gateway) == {"cli": How.PERSON, "enable": How.PERSON}


@pytest.mark.parametrize(
    ("own", "said"),
    [
        ("rotate: {cli: {how: vrp_aa}}", "must be one of"),
        ("rotate: {cli: {sure: true}}", "the key “sure” is not known"),
        ("rotate: {ssk: {how: passwd}}", "the nearest is “ssh”"),
        ("rotate: [cli]", "must be a mapping"),
        ("rotate: {postgres: {how: passwd}}", "must be one of"),
        ("rotat: {}", "the nearest is “rotate”"),
    ],
)
def test_what_cannot_be_meant_is_refused_at_its_line(tmp_path: Path, own: str, said: str) -> None:
    _, problems = surveyed(estate_of(tmp_path, own))
    told = [one.sentence().text("en") for one in problems]
    assert any(said in one and "hosts.yml" in one for one in told), told


def test_what_the_estate_says_is_read(tmp_path: Path) -> None:
    read, problems = surveyed(estate_of(tmp_path, "rotate: {ssh: {how: sudo_chpasswd}}"))
    assert not problems
    assert dict(read.device("dev-1").rotate) == {"ssh": PasswordChange(how="sudo_chpasswd")}
