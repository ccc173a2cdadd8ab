"""What a column holds comes back as it was written, or is called damaged; never anything else."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum

import pytest
from sqlalchemy import insert, select, text

from store.database import Store
from store.schema import instant_text, look
from store.stored import RecordDamaged, document, member, names, parse_instant, sentence
from store.trouble import StoreUnreadable

AT = datetime(2026, 11, 21, 3, 0, 0, 123, tzinfo=UTC)


class Colour(StrEnum):
    RED = "red"


def test_what_was_written_comes_back() -> None:
    assert parse_instant(instant_text(AT)) == AT
    assert document('{"a":1}') == {"a": 1}
    assert sentence('{"en":"a","zh":"b"}') == {"en": "a", "zh": "b"}
    assert names('["a"]') == ("a",)
    assert member(Colour, "red") is Colour.RED


@pytest.mark.parametrize(
    "found",
    ["", "zz", "not json", "[" * 9000, None, 7, b"\xff", "{", "null", "7", "[7]", '{"en":1}'],
)
def test_what_cannot_have_been_written_is_damaged(found: object) -> None:
    for read in (parse_instant, document, sentence, names, lambda one: member(Colour, one)):
        if read is document and found == '{"en":1}':
            continue  # an object all the same
        with pytest.raises(RecordDamaged, match="lineguard log verify"):
            read(found)


def test_a_damaged_time_in_a_row_is_said_by_the_store(store: Store) -> None:
    with store.write() as tx:
        tx.execute(
            insert(look).values(device="a", purpose="contact", last_at=AT, outcome="reached")
        )
        tx.execute(text("UPDATE look SET last_at = 'zz'"))
    with pytest.raises(StoreUnreadable, match="damaged"), store.read() as connection:
        connection.execute(select(look)).all()
