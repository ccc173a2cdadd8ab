"""What an estate says of UPSs behind NUT and of values that only the site knows."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.inventory.homes import surveyed
from tests.inventory.test_devices import NEAREST, estate_of

WRONG = [
    ("nut: {}", 8, "lineguard.nut: the key “ups” is missing"),
    (
        "nut: {ups: 'a b'}",
        8,
        "lineguard.nut: “ups” may hold letters, digits, . _ - only",
    ),
    (
        'nut: {ups: room, user: "x\\ny", secret: s}',
        8,
        "lineguard.nut.user must be one line of at most 1000 printable characters",
    ),
    (
        "nut: {ups: room, user: x y, secret: s}",
        8,
        "lineguard.nut: “user” may hold letters, digits, . _ - only",
    ),
    ("nut: {ups: room, user: x}", 8, "lineguard.nut: “user” and “secret” belong together"),
    ("nut: {ups: room, secret: x}", 8, "lineguard.nut: “user” and “secret” belong together"),
    ("nut: {ups: room, sekret: x}", 8, f"lineguard.nut: {NEAREST.format('sekret', 'secret')}"),
    (
        "oids: {room_temprature: {oid: 1.3.6}}",
        8,
        f"lineguard.oids: {NEAREST.format('room_temprature', 'room_temperature')}",
    ),
    (
        "oids: {room_humidity: {oid: sysUpTime}}",
        8,
        "lineguard.oids.room_humidity: “oid” must be numbers parted by dots",
    ),
    (
        "oids: {ups_charge: {scale: 0}}",
        8,
        "lineguard.oids.ups_charge: “scale” must be greater than 0",
    ),
]


@pytest.mark.parametrize(("own", "line", "sentence"), WRONG)
def test_what_is_wrong_is_said_at_its_line(
    tmp_path: Path, own: str, line: int, sentence: str
) -> None:
    _, (problem,) = surveyed(estate_of(tmp_path, own))
    assert problem.what.text("en") == sentence
    assert (problem.line, problem.device) == (line, "dev-1")
    assert problem.what.text("zh") != sentence


def test_a_value_needs_no_more_than_its_place(tmp_path: Path) -> None:
    own = "oids: {room_temperature: {oid: 1.3.6.1.4.1.9999.1.1.0}}"
    found, problems = surveyed(estate_of(tmp_path, own))
    assert problems == ()
    ((topic, one),) = found.device("dev-1").oids
    assert (topic, one.scale, one.confirmed) == ("room_temperature", 1.0, False)
