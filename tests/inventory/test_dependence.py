"""Upstreams, dependants and circles."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inventory.dependence import circles, dependants, of_kind, upstreams
from inventory.model import Kind
from tests.inventory.builders import device, estate
from tests.tiers import count

CHAIN = estate(
    device("core", Kind.SWITCH),
    device("seat", Kind.SWITCH, depends_on=("core",)),
    device("app", Kind.APP_SERVER, depends_on=("seat",)),
    device("db", Kind.DATABASE, depends_on=("core",)),
    device("dr", Kind.DATABASE, site="site_dr"),
)


def test_the_way_to_a_device_goes_through_its_upstreams() -> None:
    assert upstreams(CHAIN, "app") == {"seat", "core"}
    assert upstreams(CHAIN, "core") == frozenset()


def test_all_that_hangs_on_a_device_are_its_dependants() -> None:
    assert dependants(CHAIN, "core") == {"seat", "app", "db"}
    assert dependants(CHAIN, "dr") == frozenset()


def test_an_unknown_name_is_a_key_error() -> None:
    for ask in (upstreams, dependants):
        with pytest.raises(KeyError):
            ask(CHAIN, "nobody")


def test_devices_are_found_by_kind_and_site() -> None:
    assert [one.name for one in of_kind(CHAIN, Kind.DATABASE)] == ["db", "dr"]
    assert [one.name for one in of_kind(CHAIN, Kind.DATABASE, site="site_dr")] == ["dr"]


def sorts(edges: dict[str, list[str]]) -> bool:
    """Has the graph an order? The standard library's own answer."""
    try:
        TopologicalSorter(edges).prepare()
    except CycleError:
        return False
    return True


NAMES = st.sampled_from("abcdef")


@settings(max_examples=count(200, 5000), deadline=None)
@given(st.dictionaries(NAMES, st.lists(NAMES, max_size=3)))
def test_a_circle_is_found_exactly_when_there_is_no_order(edges: dict[str, list[str]]) -> None:
    devices = [device(name, depends_on=tuple(up)) for name, up in edges.items()]
    found = circles(devices)
    assert (found == ()) is sorts(
        {name: [u for u in up if u in edges] for name, up in edges.items()}
    )
    for circle in found:
        for name, upstream in zip(circle, (*circle[1:], circle[0]), strict=True):
            assert upstream in edges[name]


def test_circles_are_found_and_a_chain_has_none() -> None:
    assert circles(CHAIN.devices) == ()
    ring = (
        device("a", depends_on=("b", "nobody")),
        device("b", depends_on=("c",)),
        device("c", depends_on=("a",)),
        device("outside", depends_on=("a",)),
    )
    assert circles(ring) == (("a", "b", "c"),)
