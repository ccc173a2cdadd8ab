"""The persons file, and who acts: proven by OS user or PIN, or merely claimed."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

import yaml

from inventory import places
from inventory.declared import Complaints, Value, choice, items, mapping, text, texts
from inventory.model import Person, Role
from inventory.pins import hash_pin, is_pin_hash, pin_refusal, verify_pin
from inventory.problems import Problem, in_order
from inventory.sheets import pairs, read_file
from phrases import Phrase, say, verbatim

__all__ = [
    "Actor",
    "Proof",
    "hash_pin",
    "load_people",
    "pin_refusal",
    "verify_pin",
    "who_acts",
]

TOP_KEYS: Final = frozenset({"people", "rota", "escalation"})
"""`rota` and `escalation` are read by `inventory.duty`."""

PERSON_KEYS: Final = frozenset(
    {"title", "roles", "phones", "channels", "os_user", "pin_hash", "public_key"}
)

ROLES: Final = frozenset(role.value for role in Role)

NAME: Final = re.compile(r"[\w.-]{1,40}")
"""A person's name as it is typed after `--as`; Chinese characters are letters."""

ACCOUNT: Final = "os:"
"""Before the name of an account that is nobody's: no person's name can hold a colon."""

PHONE: Final = re.compile(r"\+?[0-9][0-9 -]{2,24}")

KEY_KIND: Final = b"\x00\x00\x00\x0bssh-ed25519\x00\x00\x00\x20"
"""How the content of an OpenSSH Ed25519 public key begins (RFC 8709); 32 bytes follow."""


class Proof(StrEnum):
    """How it is known who acts."""

    OS_USER = "os_user"
    PIN = "pin"
    TICKET = "ticket"
    """The ticket service let them in, and people.yml says whose that name is."""
    CLAIMED = "claimed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who acts. A name that is not proven can neither approve nor sign."""

    name: str
    proven: bool
    how: Proof
    person: Person | None = None
    """The person of that name, also when it is only claimed."""
    doubt: Phrase | None = None
    """Why it is not proven."""

    def as_json(self) -> dict[str, object]:
        """Its form in logbook entries."""
        return {"name": self.name, "proven": self.proven, "how": self.how.value}

    def shown(self) -> Phrase:
        """The name as a sentence may say it: never a claimed one as if it were known."""
        if self.proven:
            return verbatim(self.name)
        return say("{name} (claimed)", name=self.name)


def who_acts(
    people: Iterable[Person], os_user: str, claimed: str | None = None, pin: str | None = None
) -> Actor:
    """The acting person: the one that the OS user is mapped to, or the claimed one with its
    proof. A wrong or missing proof leaves a claimed name, never another person's."""
    known = tuple(people)
    if claimed is None:
        return _by_os_user(known, os_user)
    person = next((one for one in known if one.name == claimed), None)
    if person is None:
        doubt = say("nobody named “{name}” is in people.yml", name=claimed)
        return Actor(name=claimed, proven=False, how=Proof.CLAIMED, doubt=doubt)
    if person.os_user is not None and person.os_user == os_user:
        return Actor(name=claimed, proven=True, how=Proof.OS_USER, person=person)
    if pin is not None and person.pin_hash is not None and verify_pin(pin, person.pin_hash):
        return Actor(name=claimed, proven=True, how=Proof.PIN, person=person)
    doubt = _doubt(person, pin)
    return Actor(name=claimed, proven=False, how=Proof.CLAIMED, person=person, doubt=doubt)


def load_people(path: Path) -> tuple[tuple[Person, ...], tuple[Problem, ...]]:
    """The persons of a people.yml, by name, and all that is wrong with the file.

    The file holds `people: {NAME: {title, roles, phones, channels, os_user, pin_hash,
    public_key}}`. An empty file is a file without persons.
    """
    sheet, problems = read_file(path, path.name)
    if sheet is None or problems:
        return (), problems
    if sheet.encrypted:
        return (), (Problem(file=sheet.name, line=1, what=say("may not be encrypted")),)
    if sheet.root is None:
        return (), ()
    index = places.Places(hosts={"": [places.Block(file=sheet.name, line=1, node=sheet.root)]})
    complaints = Complaints(lambda where: index.locate("", (), where))
    top = mapping(Value(plain(sheet.root), (), complaints), TOP_KEYS)
    persons = mapping(top["people"]) if "people" in top else {}
    read = [_person(name, value) for name, value in sorted(persons.items())]
    found = tuple(one for one in read if one is not None)
    _check_os_users(found, persons)
    return found, in_order(complaints.found)


def plain(node: yaml.Node) -> Any:  # noqa: ANN401 - any YAML value
    """A node as texts, booleans, lists and mappings. Numbers stay as they are written: what
    looks like one here is a telephone number, and YAML would read 010... as octal."""
    if isinstance(node, yaml.MappingNode):
        return {key.value: plain(value) for key, value in reversed(list(pairs(node)))}
    if isinstance(node, yaml.SequenceNode):
        return [plain(one) for one in node.value]
    if node.tag == "tag:yaml.org,2002:null":
        return None
    if node.tag == "tag:yaml.org,2002:bool":
        return str(node.value).lower() in ("yes", "true", "on")
    return str(node.value)


def _by_os_user(people: tuple[Person, ...], os_user: str) -> Actor:
    for person in people:
        if person.os_user is not None and person.os_user == os_user:
            return Actor(name=person.name, proven=True, how=Proof.OS_USER, person=person)
    doubt = say("the OS user “{name}” is nobody's in people.yml", name=os_user)
    return Actor(name=f"{ACCOUNT}{os_user}", proven=False, how=Proof.CLAIMED, doubt=doubt)


def _doubt(person: Person, pin: str | None) -> Phrase:
    if person.pin_hash is None and person.public_key is not None:
        return say("{name} has only a key in people.yml, and proof by key is not offered yet",
                   name=person.name)  # fmt: skip
    if person.pin_hash is None:
        return say("{name} has no PIN in people.yml", name=person.name)
    if pin is None:
        return say("{name}'s PIN was not given", name=person.name)
    return say("that is not {name}'s PIN", name=person.name)


def _person(name: str, value: Value) -> Person | None:
    if not NAME.fullmatch(name):
        value.refuse(say("a person's name may hold letters, digits, . _ - only"))
        return None
    before = len(value.complaints.found)
    parts = mapping(value, PERSON_KEYS)
    roles = [choice(role, ROLES) for role in items(parts["roles"])] if "roles" in parts else []
    if "roles" not in parts:
        value.refuse(say("{at}: the key “{key}” is missing", at=value.at, key="roles"))
    person = Person(
        name=name,
        title=_text(parts, "title") or name,
        roles=frozenset(Role(role) for role in roles if role is not None),
        phones=_phones(parts),
        channels=_channels(parts),
        os_user=_text(parts, "os_user"),
        pin_hash=_pin_hash(parts),
        public_key=_public_key(parts),
    )
    return person if len(value.complaints.found) == before else None


def _text(parts: Mapping[str, Value], key: str) -> str | None:
    return text(parts[key]) if key in parts else None


def _phones(parts: Mapping[str, Value]) -> tuple[str, ...]:
    if "phones" not in parts:
        return ()
    phones = texts(parts["phones"])
    for phone in phones:
        if not PHONE.fullmatch(phone):
            parts["phones"].refuse(
                say("{at}: “{phone}” is no telephone number", at=parts["phones"].at, phone=phone)
            )
    return phones


def _channels(parts: Mapping[str, Value]) -> tuple[tuple[str, str], ...]:
    if "channels" not in parts:
        return ()
    read = {name: text(value) for name, value in sorted(mapping(parts["channels"]).items())}
    return tuple((name, address) for name, address in read.items() if address is not None)


def _pin_hash(parts: Mapping[str, Value]) -> str | None:
    stored = _text(parts, "pin_hash")
    if stored is not None and not is_pin_hash(stored):
        # Not quoted: somebody may have written the PIN itself.
        value = parts["pin_hash"]
        value.refuse(say("{at} is no PIN hash (scrypt$...)", at=value.at))
    return stored


def _public_key(parts: Mapping[str, Value]) -> str | None:
    written = _text(parts, "public_key")
    if written is not None and not _is_ed25519(written):
        value = parts["public_key"]
        value.refuse(say("{at} is no OpenSSH Ed25519 public key", at=value.at))
    return written


def _is_ed25519(written: str) -> bool:
    fields = written.split()
    if len(fields) < 2 or fields[0] != "ssh-ed25519":
        return False
    try:
        content = base64.b64decode(fields[1], validate=True)
    except (binascii.Error, ValueError):
        return False
    return content.startswith(KEY_KIND) and len(content) == len(KEY_KIND) + 32


def _check_os_users(people: Iterable[Person], values: Mapping[str, Value]) -> None:
    """An OS user proves one person, not two."""
    owners: dict[str, str] = {}
    for person in people:
        if person.os_user is None:
            continue
        first = owners.setdefault(person.os_user, person.name)
        if first != person.name:
            value = values[person.name].part("os_user", person.os_user)
            value.refuse(
                say(
                    "{at}: the OS user “{user}” is already {first}'s",
                    at=value.at,
                    user=person.os_user,
                    first=first,
                )
            )
