"""A routing table is read whole or not at all, and compared by where its routes lead."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.configurations.routes import Route, compared, counting, read_back, routes
from collectors.consoles.shapes import Garbled
from inventory.model import Kind, Watch
from lab.embedded.vrp_configuration import healthy_configuration, routing_table
from tests.inventory.builders import device
from tests.tiers import count

TABLE = """\
Route Flags: R - relay, D - download to fib
------------------------------------------------------------------------------
Routing Tables: Public
         Destinations : 4        Routes : 5

Destination/Mask    Proto   Pre  Cost      Flags NextHop         Interface

        0.0.0.0/0   Static  60   0          RD   10.1.1.254      GigabitEthernet0/0/1
       10.1.1.0/24  Direct  0    0           D   10.1.1.1        GigabitEthernet0/0/1
      10.60.0.0/16  O_ASE   150  1           D   10.1.2.254      GigabitEthernet0/0/2
                    O_ASE   150  1           D   10.1.1.254      GigabitEthernet0/0/1
      10.80.0.0/16  EBGP    255  0          RD   10.9.1.254      GigabitEthernet0/0/2
"""
LINES = tuple(TABLE.split("\n"))


def route(destination: str, next_hop: str = "10.1.1.254") -> Route:
    return Route(destination=destination, protocol="Static", next_hop=next_hop, interface="GE1")


def test_every_route_is_read_and_a_second_way_keeps_its_destination() -> None:
    found = routes(LINES)
    assert [one.destination for one in found] == [
        "0.0.0.0/0", "10.1.1.0/24", "10.60.0.0/16", "10.60.0.0/16", "10.80.0.0/16",
    ]  # fmt: skip
    assert (found[3].protocol, found[3].next_hop) == ("O_ASE", "10.1.1.254")


@pytest.mark.parametrize(
    ("families", "expected"),
    [((), 4), (("static",), 1), (("ospf",), 2), (("bgp",), 1), (("static", "bgp"), 2)],
)
def test_only_the_protocols_that_count_are_compared(
    families: tuple[str, ...], expected: int
) -> None:
    assert len(counting(routes(LINES), families)) == expected


@pytest.mark.parametrize("without", range(7, 12))
def test_a_table_with_fewer_routes_than_it_says_is_none(without: int) -> None:
    assert LINES[without].strip()
    with pytest.raises(Garbled):
        routes((*LINES[:without], *LINES[without + 1 :]))


@pytest.mark.parametrize(
    ("old", "new"),
    [("Routes : 5", "Routes : 6"), ("Destinations", "Sestinations"), ("10.1.2.254", "somewhere"),
     ("150", "many"), ("GigabitEthernet0/0/2", "")],
)  # fmt: skip
def test_a_table_of_another_shape_is_none(old: str, new: str) -> None:
    with pytest.raises(Garbled):
        routes(tuple(TABLE.replace(old, new).split("\n")))


def test_a_device_without_routes_has_an_empty_table() -> None:
    text = "         Destinations : 0        Routes : 0\n"
    assert routes(tuple(text.split("\n"))) == ()


def test_a_lost_a_new_and_a_turned_route_are_told_apart() -> None:
    old = (route("10.1.0.0/16"), route("10.2.0.0/16"), route("10.3.0.0/16"))
    new = (route("10.1.0.0/16"), route("10.3.0.0/16", "10.9.9.9"), route("10.4.0.0/16"))
    found = compared(old, new)
    assert [one.destination for one in found.missing] == ["10.2.0.0/16"]
    assert [one.destination for one in found.added] == ["10.4.0.0/16"]
    assert [(was.next_hop, now.next_hop) for was, now in found.changed] == [
        ("10.1.1.254", "10.9.9.9")
    ]
    assert found.count == 3
    assert compared(old, tuple(reversed(old))).count == 0


def test_metrics_of_learned_routes_are_no_change() -> None:
    assert routes(tuple(TABLE.replace("150  1 ", "150  9 ").split("\n"))) == routes(LINES)


def test_routes_are_read_back_as_they_were_kept() -> None:
    found = routes(LINES)
    assert read_back(one.line() for one in found) == found


def test_the_practice_sites_table_is_read() -> None:
    one = device("rt-1", Kind.ROUTER, watch=Watch(ports=("GigabitEthernet0/0/0",)))
    data = healthy_configuration(one)
    found = routes(tuple(routing_table(data)))
    assert len(found) == len(data.routes)
    assert found[4] == replace(found[4], destination="10.60.0.0/16")


@settings(max_examples=count(200, 5_000), deadline=None)
@given(st.data())
def test_a_damaged_table_never_loses_a_route_silently(data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(LINES) - 1))
    put = data.draw(st.text(max_size=90))
    try:
        found = routes((*LINES[:at], put, *LINES[at + 1 :]))
    except Garbled:
        return
    assert len(found) == 5 or "Routes" in put
