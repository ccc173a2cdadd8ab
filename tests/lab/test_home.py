"""Making a practice home, twice, and moving it off ports that others have."""

from __future__ import annotations

import random
import socket
import stat
from pathlib import Path

import pytest
import yaml

from checks.catalogue import limit_names
from inventory.loader import load_estate
from inventory.model import Role
from inventory.people import load_people
from inventory.secrets import SecretStore
from lab.embedded.home import (
    EXAMPLE_ESTATE,
    TRACKER_PEOPLE,
    PracticeHome,
    prepare_practice_home,
    settle_ports,
)
from lab.embedded.hostkeys import public_line
from lab.embedded.ports import ESTATE_PORT, ports_in
from tests.practice import DEVICES

CHANCE = random.SystemRandom()


@pytest.fixture
def home(tmp_path: Path) -> PracticeHome:
    return prepare_practice_home(tmp_path / "home", CHANCE)


def _contents(home: PracticeHome) -> dict[str, bytes]:
    return {
        str(path.relative_to(home.root)): path.read_bytes()
        for path in home.root.rglob("*")
        if path.is_file()
    }


def test_every_port_of_the_example_estate_stands_once() -> None:
    ports = ports_in((EXAMPLE_ESTATE / "hosts.yml").read_text(encoding="utf-8"), ESTATE_PORT)
    assert len(ports) == len(set(ports)) > DEVICES


def test_a_new_home_has_the_example_estate_on_ports_of_its_own(home: PracticeHome) -> None:
    example = (EXAMPLE_ESTATE / "hosts.yml").read_text(encoding="utf-8")
    own = home.hosts.read_text(encoding="utf-8")
    before, now = ports_in(example, ESTATE_PORT), ports_in(own, ESTATE_PORT)
    assert len(set(now)) == len(before)
    assert set(now).isdisjoint(before)
    assert yaml.safe_load(own).keys() == yaml.safe_load(example).keys()
    assert own.count("#") == example.count("#")


def test_what_the_site_serves_besides_has_ports_that_no_device_has(home: PracticeHome) -> None:
    devices = ports_in(home.hosts.read_text(encoding="utf-8"), ESTATE_PORT)
    assert len(home.reference_points()) == 2
    assert len(set(home.served())) == len(home.served()) == len(devices) + 3
    assert home.tickets() in home.served()


def test_a_home_from_before_has_no_ticket_service_and_keeps_none(home: PracticeHome) -> None:
    text = home.settings.read_text(encoding="utf-8")
    home.settings.write_text(text[: text.index("[tickets]")], encoding="utf-8")
    prepare_practice_home(home.root)
    assert home.tickets() is None
    assert len(home.served()) == len(set(home.served()))


def test_everybody_in_the_ticket_service_is_somebody_of_the_practice_site(
    home: PracticeHome,
) -> None:
    people, _problems = load_people(home.people)
    known = {dict(one.channels).get("ticket") for one in people} - {None}
    assert known == {*TRACKER_PEOPLE}


def test_secrets_are_private_random_and_one_for_each_name(home: PracticeHome) -> None:
    files = list(home.secrets.iterdir())
    assert stat.S_IMODE(home.secrets.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert len({path.read_text(encoding="ascii") for path in files}) == len(files)
    assert {"gw-1960-1-cli", "gw-1960-1-enable", "rt-core-1-snmp"} <= {one.name for one in files}


def test_the_people_of_the_practice_site_are_read_without_complaint(home: PracticeHome) -> None:
    people, problems = load_people(home.people)
    assert problems == ()
    assert {Role.OPERATOR, Role.SUPERVISOR, Role.PURCHASER, Role.VIEWER} == {
        role for person in people for role in person.roles
    }


def test_the_estate_of_a_practice_home_is_read_without_complaint(home: PracticeHome) -> None:
    estate = load_estate(home.estate, home.people, limit_names=limit_names(), cache=None)
    assert len(estate.devices) == DEVICES
    assert [(site.name, site.seats) for site in estate.sites] == [
        ("site_primary", 50),
        ("site_dr", 0),
    ]
    assert SecretStore(home.secrets, {}).missing(estate) == ()


def test_preparing_twice_changes_nothing(home: PracticeHome) -> None:
    before = _contents(home)
    prepare_practice_home(home.root, CHANCE)
    assert _contents(home) == before


def test_a_lost_secret_is_made_anew_and_the_others_stay(home: PracticeHome) -> None:
    before = _contents(home)
    (home.secrets / "db-1-postgres").unlink()
    prepare_practice_home(home.root)
    after = _contents(home)
    assert {name for name in before if before[name] != after[name]} == {"secrets/db-1-postgres"}


def _port_of(home: PracticeHome, device: str, protocol: str) -> int:
    tree = yaml.safe_load(home.hosts.read_text(encoding="utf-8"))
    hosts = tree["all"]["children"]["site_primary"]["hosts"]
    port: int = hosts[device]["lineguard"][protocol]["port"]
    return port


def test_a_port_that_somebody_else_took_is_moved_and_its_host_key_with_it(
    home: PracticeHome,
) -> None:
    old = _port_of(home, "rt-gov-1", "cli")
    known_before = home.known_hosts.read_text(encoding="utf-8")
    with socket.create_server(("127.0.0.1", old)):
        changed = settle_ports(home, CHANCE)
    assert list(changed) == [old]
    assert _port_of(home, "rt-gov-1", "cli") == changed[old]
    line = f"[127.0.0.1]:{old} {public_line(home.host_keys / 'rt-gov-1')}"
    assert line in known_before
    known = home.known_hosts.read_text(encoding="utf-8")
    assert f"[127.0.0.1]:{old} " not in known
    assert line.replace(str(old), str(changed[old])) in known


def test_nothing_moves_while_every_port_is_free(home: PracticeHome) -> None:
    before = _contents(home)
    assert settle_ports(home) == {}
    assert _contents(home) == before


def test_a_taken_reference_point_is_moved_in_the_settings(home: PracticeHome) -> None:
    old = home.reference_points()[0]
    with socket.create_server(("127.0.0.1", old)):
        changed = settle_ports(home, CHANCE)
    assert home.reference_points()[0] == changed[old]


def test_host_keys_of_other_hosts_stay_pinned(home: PracticeHome) -> None:
    with home.known_hosts.open("a", encoding="utf-8") as known:
        known.write("10.1.1.1 ssh-ed25519 AAAAsomebody\n")
    settle_ports(home)
    assert "10.1.1.1 ssh-ed25519 AAAAsomebody\n" in home.known_hosts.read_text(encoding="utf-8")
