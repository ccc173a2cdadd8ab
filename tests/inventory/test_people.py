"""The persons file, PINs, and who acts."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

import pytest

from inventory.loader import load_estate
from inventory.model import Person, Role
from inventory.people import (
    Actor,
    Proof,
    hash_pin,
    load_people,
    pin_refusal,
    verify_pin,
    who_acts,
)
from inventory.pins import is_pin_hash
from inventory.problems import EstateError
from tests.inventory.builders import person
from tests.inventory.homes import LIMITS, SWITCH, problems_of, write

PIN_HASH = hash_pin("246810")

KEY = "ssh-ed25519 " + base64.b64encode(
    b"\x00\x00\x00\x0bssh-ed25519\x00\x00\x00\x20" + bytes(32)
).decode("ascii")


def people_file(folder: Path, content: str) -> Path:
    path = folder / "people.yml"
    path.write_text(content, encoding="utf-8")
    return path


def said(folder: Path, content: str, lang: str = "en") -> list[str]:
    _, problems = load_people(people_file(folder, content))
    return [one.sentence().text("zh" if lang == "zh" else "en") for one in problems]


def test_persons_are_read_with_all_they_have(tmp_path: Path) -> None:
    path = people_file(
        tmp_path,
        f"""\
people:
  zhang:
    title: 张工
    roles: [operator, supervisor]
    phones: [01012345678, "+86 138-0013-8000"]
    channels: {{dingtalk: zhang01}}
    os_user: zhang
    pin_hash: {PIN_HASH}
    public_key: {KEY} zhang@desk
  李主任: {{roles: [purchaser]}}
rota: {{primary: {{always: [zhang]}}}}
""",
    )
    people, problems = load_people(path)
    assert problems == ()
    assert people == (
        Person(
            name="zhang",
            title="张工",
            roles=frozenset({Role.OPERATOR, Role.SUPERVISOR}),
            phones=("01012345678", "+86 138-0013-8000"),
            channels=(("dingtalk", "zhang01"),),
            os_user="zhang",
            pin_hash=PIN_HASH,
            public_key=f"{KEY} zhang@desk",
        ),
        Person(name="李主任", title="李主任", roles=frozenset({Role.PURCHASER})),
    )


@pytest.mark.parametrize("content", ["", "# nobody yet\n", "people: {}\n"])
def test_a_file_without_persons_is_fine(tmp_path: Path, content: str) -> None:
    assert load_people(people_file(tmp_path, content)) == ((), ())


WRONG = [
    ("peple: {}", 1, "top level: the key “peple” is not known; the nearest is “people”"),
    ("people: []", 1, "people must be a mapping of keys to values, not a list"),
    ("people:\n  a b: {}", 2, "a person's name may hold letters, digits, . _ - only"),
    ("people:\n  a: {}", 2, "people.a: the key “roles” is missing"),
    ("people:\n  a: {roles: operator}", 2, "people.a.roles must be a list, not operator"),
    (
        "people:\n  a:\n    roles: [boss]",
        3,
        "people.a.roles[0] must be one of operator, purchaser, supervisor, viewer, not boss",
    ),
    (
        "people:\n  a:\n    roles: []\n    fone: 1",
        4,
        "people.a: the key “fone” is not known; the nearest is “phones”",
    ),
    (
        "people:\n  a:\n    roles: []\n    phones: [ring me]",
        4,
        "people.a.phones: “ring me” is no telephone number",
    ),
    (
        "people:\n  a:\n    roles: []\n    pin_hash: '123456'",
        4,
        "people.a.pin_hash is no PIN hash (scrypt$...)",
    ),
    (
        "people:\n  a:\n    roles: []\n    public_key: ssh-rsa AAAA",
        4,
        "people.a.public_key is no OpenSSH Ed25519 public key",
    ),
    (
        "people:\n  a: {roles: [], os_user: x}\n  b: {roles: [], os_user: x}",
        3,
        "people.b.os_user: the OS user “x” is already a's",
    ),
    (
        "people: {a: {roles: []}, a: {roles: []}}",
        1,
        "the key “a” stands twice, first on line 1",
    ),
    ("$ANSIBLE_VAULT;1.1;AES256", 1, "may not be encrypted"),
]


@pytest.mark.parametrize(("content", "line", "sentence"), WRONG)
def test_what_is_wrong_with_a_person_is_said_with_its_line(
    tmp_path: Path, content: str, line: int, sentence: str
) -> None:
    assert said(tmp_path, content) == [f"people.yml:{line}: {sentence}"]


def test_the_same_is_said_in_chinese(tmp_path: Path) -> None:
    assert said(tmp_path, "people:\n  a: {roles: [], fone: 1}", "zh") == [
        "people.yml:2：people.a：不认识键“fone”，最接近的是“phones”"
    ]


def test_a_pin_in_place_of_its_hash_is_never_quoted(tmp_path: Path) -> None:
    found = said(tmp_path, "people: {a: {roles: [], pin_hash: '246810'}}")
    assert len(found) == 1 and "246810" not in found[0]


def test_an_estate_names_the_faults_of_people_and_devices_together(tmp_path: Path) -> None:
    folder = write(tmp_path, hosts=SWITCH.replace("snmp:", "snpm:"))
    path = people_file(tmp_path, "peple: {}")
    with pytest.raises(EstateError) as caught:
        load_estate(folder, path, limit_names=LIMITS, cache=None)
    assert [one.file for one in caught.value.problems] == ["estate/hosts.yml", "people.yml"]
    assert "snpm" in str(caught.value) and "peple" in str(caught.value)
    assert problems_of(write(tmp_path, hosts=SWITCH)) == ()


def test_a_pin_belongs_to_its_hash_and_no_other_does() -> None:
    assert verify_pin("246810", PIN_HASH)
    assert not verify_pin("246811", PIN_HASH)
    assert not verify_pin("", PIN_HASH)
    assert hash_pin("246810") != PIN_HASH


def test_full_width_digits_are_the_same_pin() -> None:
    assert verify_pin("２４６８１０", PIN_HASH)


@pytest.mark.parametrize(("length", "refused"), [(5, True), (6, False), (128, False), (129, True)])
def test_a_pin_has_a_least_and_a_greatest_length(length: int, refused: bool) -> None:
    assert (pin_refusal("1" * length) is not None) is refused


SALT = base64.b64encode(b"saltsalt").decode()


def small_hash(cost: int, block: int, lanes: int) -> str:
    digest = hashlib.scrypt(b"246810", salt=b"saltsalt", n=16, r=1, p=1, dklen=32)
    return f"scrypt${cost}${block}${lanes}${SALT}${base64.b64encode(digest).decode()}"


@pytest.mark.parametrize(
    ("stored", "good"),
    [
        (small_hash(16, 1, 1), True),
        (small_hash(2**17, 8, 16), True),
        (small_hash(2**18, 8, 1), False),
        (small_hash(16, 9, 1), False),
        (small_hash(16, 1, 17), False),
        (small_hash(15, 1, 1), False),
        (small_hash(0, 1, 1), False),
        (small_hash(16, 0, 1), False),
        ("scrypt$16$1$1$!$!", False),
        ("md5$16$1$1$a$b", False),
        ("", False),
        ("scrypt$" + "9" * 10_000, False),
    ],
)
def test_a_stored_hash_cannot_ask_for_more_than_the_limits(stored: str, good: bool) -> None:
    assert is_pin_hash(stored) is good
    if not good:
        assert not verify_pin("246810", stored)


def test_a_hash_with_other_costs_still_verifies() -> None:
    assert verify_pin("246810", small_hash(16, 1, 1))
    assert not verify_pin("246810", small_hash(32, 1, 1))


ZHANG = person("zhang", os_user="zhang")
WANG = person("wang", "王工", pin_hash=PIN_HASH)
PEOPLE = (ZHANG, WANG)


def test_the_os_user_proves_its_person() -> None:
    expected = Actor(name="zhang", proven=True, how=Proof.OS_USER, person=ZHANG)
    assert who_acts(PEOPLE, "zhang") == expected
    assert who_acts(PEOPLE, "zhang", "zhang") == expected


def test_a_pin_proves_a_claimed_name() -> None:
    actor = who_acts(PEOPLE, "zhang", "wang", "246810")
    assert actor == Actor(name="wang", proven=True, how=Proof.PIN, person=WANG)


@pytest.mark.parametrize(
    ("os_user", "claimed", "pin", "name", "doubt", "chinese"),
    [
        (
            "root",
            None,
            None,
            "os:root",
            "the OS user “root” is nobody's in people.yml",
            "操作系统用户“root”在 people.yml 中没有对应的人员",
        ),
        (
            "zhang",
            "li",
            "246810",
            "li",
            "nobody named “li” is in people.yml",
            "people.yml 中没有“li”此人",
        ),
        ("zhang", "wang", "246811", "wang", "that is not wang's PIN", "wang 的 PIN 不正确"),
        ("zhang", "wang", None, "wang", "wang's PIN was not given", "没有输入 wang 的 PIN"),
        (
            "root",
            "zhang",
            "246810",
            "zhang",
            "zhang has no PIN in people.yml",
            "zhang 在 people.yml 中没有设置 PIN",
        ),
    ],
)
def test_a_name_that_is_not_proven_is_claimed(
    os_user: str, claimed: str | None, pin: str | None, name: str, doubt: str, chinese: str
) -> None:
    actor = who_acts(PEOPLE, os_user, claimed, pin)
    assert (actor.name, actor.proven, actor.how) == (name, False, Proof.CLAIMED)
    assert actor.doubt is not None
    assert (actor.doubt.text("en"), actor.doubt.text("zh")) == (doubt, chinese)


def test_an_empty_os_user_is_nobody() -> None:
    assert not who_acts((person("x", os_user=None),), "").proven
