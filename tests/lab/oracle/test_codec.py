"""The codec of the practice Oracle listener: what is written is read back, and nothing else is."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lab.embedded.oracle import calls, messages, packets
from lab.embedded.oracle.login import Handshake, opened, padded, sealed
from lab.embedded.oracle.messages import OracleError, Table
from lab.embedded.oracle.packets import Type
from lab.embedded.oracle.values import (
    Kind,
    encoded,
    moment_bytes,
    moment_of,
    number,
    number_bytes,
    number_of,
    text,
)
from lab.embedded.oracle.wire import PIECE_LIMIT, Reader, WireError, counted, data, signed, unsigned
from tests.tiers import count

examples = settings(max_examples=count(200, 20_000), deadline=None)


@examples
@given(st.integers(0, 2**64 - 1))
def test_numbers_are_read_back_and_take_no_byte_too_many(value: int) -> None:
    coded = unsigned(value)
    assert Reader(coded).number() == value
    assert len(coded) == 1 + (value.bit_length() + 7) // 8


@examples
@given(st.integers(-(2**63), 2**63 - 1))
def test_signed_numbers_are_read_back(value: int) -> None:
    assert Reader(signed(value)).number() == value


@examples
@given(st.binary(max_size=600))
def test_bytes_are_read_back_with_their_length(value: bytes) -> None:
    reader = Reader(data(value) + counted(value) + b"z")
    assert (reader.data(), reader.counted(), reader.raw(1), reader.more) == (
        value, value, b"z", False,
    )  # fmt: skip


@pytest.mark.parametrize("size", [0, 252, 253, PIECE_LIMIT, PIECE_LIMIT + 1, 3 * PIECE_LIMIT])
def test_long_bytes_go_in_pieces(size: int) -> None:
    value = b"x" * size
    coded = data(value)
    assert (coded[0] == 0xFE) is (size > 252)
    assert Reader(coded).data() == value


@pytest.mark.parametrize("message", [b"", b"\x02\x01", b"\x09" + bytes(9), b"\xfe\x01\x05ab"])
def test_what_is_cut_short_is_refused(message: bytes) -> None:
    reader = Reader(message)
    with pytest.raises(WireError):
        reader.data() if message[:1] == b"\xfe" else reader.number()


@examples
@given(
    st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**20),
                max_value=10**20)
)  # fmt: skip
def test_oracle_numbers_are_read_back(value: Decimal) -> None:
    assert number_of(number_bytes(value)) == value


@pytest.mark.parametrize(
    ("value", "coded"),
    [
        ("0", "80"), ("1", "c102"), ("10", "c10b"), ("100", "c202"), ("123", "c20218"),
        ("-1", "3e6466"), ("-123", "3d644e66"), ("0.05", "c006"), ("1.5", "c10233"),
    ],
)  # fmt: skip
def test_oracle_numbers_are_written_as_dump_shows_them(value: str, coded: str) -> None:
    assert number_bytes(Decimal(value)).hex() == coded


@pytest.mark.parametrize("value", ["1e126", "1e-131", "NaN", "Infinity"])
def test_numbers_that_oracle_does_not_have_are_refused(value: str) -> None:
    with pytest.raises(WireError):
        number_bytes(Decimal(value))


@pytest.mark.parametrize("coded", ["", "c1", "c100", "c1ff", "3e0066"])
def test_bytes_that_are_no_oracle_number_are_refused(coded: str) -> None:
    with pytest.raises(WireError):
        number_of(bytes.fromhex(coded))


@examples
@given(st.datetimes(min_value=datetime(1, 1, 1), max_value=datetime(9999, 12, 31)))  # noqa: DTZ001
def test_times_are_read_back(at: datetime) -> None:
    assert moment_of(moment_bytes(at, fraction=True)) == at
    assert moment_of(moment_bytes(at, fraction=False)) == at.replace(microsecond=0)


@pytest.mark.parametrize("coded", ["", "787e0b15010101ff", "78000b15010101"])
def test_bytes_that_are_no_time_are_refused(coded: str) -> None:
    with pytest.raises(WireError):
        moment_of(bytes.fromhex(coded))


@pytest.mark.parametrize(
    ("value", "kind"), [("1", Kind.NUMBER), (1, Kind.VARCHAR2), (1, Kind.DATE)]
)
def test_a_value_that_is_not_of_its_columns_kind_is_refused(value: str | int, kind: Kind) -> None:
    with pytest.raises(WireError):
        encoded(value, kind)


@examples
@given(st.binary(max_size=300))
def test_no_message_does_more_than_be_refused(message: bytes) -> None:
    for read in (calls.login, calls.execute, calls.fetch, calls.end_to_end, calls.closed_cursors):
        try:
            read(Reader(message))
        except WireError:
            continue


# --- packets ---


def test_a_message_goes_in_packets_that_are_no_longer_than_the_sdu() -> None:
    message = bytes(range(256)) * 100
    coded, parts = packets.data_packets(message, 512), []
    while coded:
        size = int.from_bytes(coded[:4], "big")
        assert size <= 512
        assert (coded[4], coded[8:10]) == (Type.DATA, b"\0\0")
        parts.append(coded[10:size])
        coded = coded[size:]
    assert b"".join(parts) == message


def test_the_service_of_a_descriptor_is_found_whatever_its_case() -> None:
    descriptor = b"(DESCRIPTION=(CONNECT_DATA=(service_name=HotLine)(CID=(PROGRAM=x))))"
    assert packets.service_of(descriptor) == "hotline"
    assert packets.service_of(b"(CONNECT_DATA=(SID=x))") == ""


def test_a_connect_that_is_too_short_is_refused() -> None:
    with pytest.raises(WireError):
        packets.request_of(bytes(19))


# --- messages ---


def test_a_row_has_its_values_in_their_columns_order() -> None:
    coded = messages.row((text("A"), number("B"), text("C")), ("中", 1, None))
    reader = Reader(coded)
    assert reader.byte() == messages.Says.ROW
    assert reader.data().decode() == "中"
    assert number_of(reader.data()) == 1
    assert reader.data() == b""
    assert not reader.more


def test_no_rows_need_no_header() -> None:
    assert messages.rows(Table((text("A"),), ())) == b""
    assert messages.rows(Table((text("A"),), (("x",),)))[0] == messages.Says.ROW_HEADER


def test_an_error_is_told_with_its_words() -> None:
    assert OracleError(942, "table or view does not exist").text == (
        "ORA-00942: table or view does not exist"
    )
    assert b"ORA-00942" in messages.outcome(OracleError(942, "table or view does not exist"))
    assert b"ORA" not in messages.outcome()


# --- login ---


def test_what_is_sealed_can_be_opened_with_the_same_key_only() -> None:
    plain = padded(b"abc")
    assert opened(b"k" * 24, sealed(b"k" * 24, plain)) == plain
    assert opened(b"x" * 24, sealed(b"k" * 24, plain)) != plain
    with pytest.raises(WireError):
        opened(b"k" * 24, b"not whole")


def test_a_login_that_is_no_hexadecimal_is_refused() -> None:
    with pytest.raises(WireError):
        Handshake("secret").proof("zz", "00")


def test_the_password_is_not_in_what_a_handshake_shows_of_itself() -> None:
    assert "very secret" not in repr(Handshake("very secret"))
