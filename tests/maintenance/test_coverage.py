"""The coverage ledger: a minute nobody observed is unknown."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from maintenance.coverage import Seen, extend, observed
from store.database import Store

START = datetime(2026, 11, 20, 19, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def look(store: Store, minute: int, contact: str = "reached", observer: str = "here") -> None:
    with store.write() as tx:
        seen = Seen(device="app-1", at=START + minute * MINUTE, contact=contact, within=MINUTE)
        extend(tx, observer, [seen])


def told(store: Store, begins: int, ends: int) -> list[tuple[int, int, str | None]]:
    with store.read() as tx:
        found = observed(tx, "app-1", START + begins * MINUTE, START + ends * MINUTE)
    return [
        ((one.begins - START) // MINUTE, (one.ends - START) // MINUTE, one.contact) for one in found
    ]


def test_looks_that_follow_each_other_make_one_span(store: Store) -> None:
    for minute in range(5):
        look(store, minute)
    assert told(store, 0, 4) == [(0, 4, "reached")]


def test_what_lies_outside_of_all_looks_is_unknown(store: Store) -> None:
    look(store, 0)
    look(store, 1)
    assert told(store, -2, 3) == [(-2, 0, None), (0, 1, "reached"), (1, 3, None)]


def test_a_device_that_nobody_ever_looked_at_is_unknown_throughout(store: Store) -> None:
    assert told(store, 0, 9) == [(0, 9, None)]


def test_one_look_left_out_is_forgiven_two_are_a_gap(store: Store) -> None:
    for minute in (0, 1, 3):
        look(store, minute)
    assert told(store, 0, 3) == [(0, 3, "reached")]
    look(store, 6)
    look(store, 7)
    assert told(store, 0, 7) == [(0, 3, "reached"), (3, 6, None), (6, 7, "reached")]


def test_between_the_last_answer_and_the_first_silence_nothing_is_known(store: Store) -> None:
    for minute, contact in enumerate(["reached", "reached", "unreachable", "unreachable"]):
        look(store, minute, contact)
    assert told(store, 0, 3) == [(0, 1, "reached"), (1, 2, None), (2, 3, "unreachable")]


def test_where_two_observers_differ_the_one_that_reached_the_device_is_right(store: Store) -> None:
    for minute in range(4):
        look(store, minute, "unreachable", "here")
    for minute in (1, 2):
        look(store, minute, "reached", "there")
    assert told(store, 0, 3) == [
        (0, 1, "unreachable"), (1, 2, "reached"), (2, 3, "unreachable"),
    ]  # fmt: skip
