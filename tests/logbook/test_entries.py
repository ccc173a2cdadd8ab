"""One text for one value, and nothing that has none."""

from __future__ import annotations

import json
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logbook.entries import (
    GENESIS,
    MAX_BODY_BYTES,
    MAX_DEPTH,
    NotCanonical,
    canonical,
    preimage,
    seal,
)

AT = "2026-11-21T03:00:00.000000Z"
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=20,
)  # fmt: skip


@given(VALUES)
def test_the_canonical_text_reads_back_equal_and_is_its_own_canonical_text(value: object) -> None:
    text = canonical(value)
    assert json.loads(text) == value
    assert canonical(json.loads(text)) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"b": 1, "a": 2}, '{"a":2,"b":1}'),
        ({"名": "守线𠮷"}, '{"名":"守线𠮷"}'),
        ([1.0, 0.1, 1e16, -0.0], "[1.0,0.1,1e+16,-0.0]"),
        ({"t": (1, None, True)}, '{"t":[1,null,true]}'),
        ('a"\\\n\x00', '"a\\"\\\\\\n\\u0000"'),
    ],
)
def test_the_canonical_text_is_this(value: object, text: str) -> None:
    assert canonical(value) == text


def nested(depth: int) -> object:
    value: object = 1
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    "value",
    [
        float("nan"), float("inf"), {"a": [float("-inf")]}, "\ud800", {"\udfff": 1}, {1: 2},
        {"a": {True: 1}}, [{None: 1}], b"bytes", {"a": {1, 2}}, object(), nested(100_000),
    ],
)  # fmt: skip
def test_a_value_without_a_canonical_text_is_refused(value: object) -> None:
    with pytest.raises(NotCanonical):
        canonical(value)


def test_nesting_is_taken_up_to_its_limit() -> None:
    assert canonical(nested(MAX_DEPTH - 1)) == "[" * (MAX_DEPTH - 1) + "1" + "]" * (MAX_DEPTH - 1)
    with pytest.raises(NotCanonical, match="nested deeper"):
        canonical(nested(MAX_DEPTH))


@given(st.dictionaries(TEXT, VALUES, max_size=4))
def test_what_is_hashed_is_the_canonical_text_of_the_five_fields(body: dict[str, object]) -> None:
    made = seal(7, AT, "note", body, GENESIS)
    fields = {"seq": 7, "at": AT, "kind": "note", "body": body, "prev": GENESIS}
    assert preimage(7, AT, "note", made.body, GENESIS) == canonical(fields).encode()
    assert made.hash == sha256(canonical(fields).encode()).hexdigest()


@pytest.mark.parametrize("kind", ["", "Note", "a b", 'a","x":"', "é", "a" * 41, "1a", "a\n"])
def test_a_kind_that_would_need_escaping_is_refused(kind: str) -> None:
    with pytest.raises(ValueError, match="not a kind of entry"):
        seal(1, AT, kind, {}, GENESIS)


@pytest.mark.parametrize(("spare", "fits"), [(1, True), (0, True), (-1, False)])
def test_a_body_is_taken_up_to_its_limit(spare: int, fits: bool) -> None:
    body = {"a": "x" * (MAX_BODY_BYTES - len('{"a":""}') - spare)}
    if fits:
        assert len(seal(1, AT, "note", body, GENESIS).body) == MAX_BODY_BYTES - spare
    else:
        with pytest.raises(ValueError, match="would exceed"):
            seal(1, AT, "note", body, GENESIS)
