"""Ports of the practice site."""

from __future__ import annotations

import random
import socket

import pytest

from lab.embedded import ports
from lab.embedded.ports import (
    ESTATE_PORT,
    REFERENCE_PORT,
    SETTINGS_PORT,
    TICKETS_PORT,
    NoFreePorts,
    ephemeral_start,
    free_block,
    is_free,
    moved,
    ports_in,
)

CHANCE = random.SystemRandom()

TEXT = """# a comment about port: numbers stays
db-1: {postgres: {port: 21005, user: inspect}}  # port: see above
gw: {cli: {port: 21012}, sip: {port: 21013}}
"""


def test_ports_are_found_in_order() -> None:
    assert ports_in(TEXT, ESTATE_PORT) == (21005, 21012, 21013)


def test_moving_a_port_leaves_everything_else_as_it_was() -> None:
    assert moved(TEXT, ESTATE_PORT, {21012: 30000}) == TEXT.replace("21012", "30000")


def test_swapped_ports_do_not_run_into_each_other() -> None:
    text = moved(TEXT, ESTATE_PORT, {21012: 21013, 21013: 21012})
    assert ports_in(text, ESTATE_PORT) == (21005, 21013, 21012)


def test_ports_of_the_settings_are_found_and_whose_they_are() -> None:
    text = (
        'reference_points = ["tcp://127.0.0.1:21043", "tcp://127.0.0.1:21044"]\n'
        'traps = "127.0.0.1:21131"\n'
        'url = "http://127.0.0.1:21130/tickets/"'
    )
    assert ports_in(text, REFERENCE_PORT) == (21043, 21044)
    assert ports_in(text, TICKETS_PORT) == (21130,)
    assert ports_in(text, SETTINGS_PORT) == (21043, 21044, 21131, 21130)
    assert ports_in(moved(text, SETTINGS_PORT, {21043: 22000}), REFERENCE_PORT) == (22000, 21044)


@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM])
def test_a_port_that_one_protocol_holds_is_not_free(kind: socket.SocketKind) -> None:
    port = free_block(1, CHANCE)[0]
    assert is_free(port)
    with socket.socket(socket.AF_INET, kind) as held:
        held.bind(("127.0.0.1", port))
        if kind is socket.SOCK_STREAM:
            held.listen(1)
        assert not is_free(port)
    assert is_free(port)


def test_a_block_lies_outside_the_ephemeral_range() -> None:
    block = free_block(44, CHANCE)
    assert len(block) == 44
    assert block.start >= ports.FIRST_PORT
    assert block.stop <= ephemeral_start()


def test_no_room_is_said_not_looked_for_forever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "is_free", lambda port: False)
    with pytest.raises(NoFreePorts, match="no 44 free ports in a row"):
        free_block(44, CHANCE)
