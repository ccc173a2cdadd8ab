"""A configuration is whole or it is none, and what changes by itself is no change."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.configurations.compare import differences
from collectors.configurations.lines import printed, settled, whole
from collectors.consoles.shapes import CutShort, Garbled, NotOffered, NotPermitted
from tests.tiers import count

TEXT = (
    "2021-02-22 16:43:00.840\r\n"
    "!Software Version V600R007C20SPC300\r\n"
    "!Last configuration was updated at 2021-02-22 12:00:01+08:00 by admin\r\n"
    "#\r\nsysname FW1\r\n#\r\ninterface GigabitEthernet1/0/1\r\n"
    " ip address 10.1.1.1 255.255.255.0\r\n#\r\nreturn\r\n"
)


def read(text: str) -> tuple[str, ...]:
    return settled(whole(printed(text.encode())))


def test_a_whole_configuration_is_read_up_to_its_end() -> None:
    assert read(TEXT) == (
        "#", "sysname FW1", "#", "interface GigabitEthernet1/0/1",
        " ip address 10.1.1.1 255.255.255.0", "#",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("2021-02-22 16:43:00.840", "2021-02-23 09:01:00.001"),
        ("updated at 2021-02-22 12:00:01+08:00 by admin", "updated at 2021-02-22 13:00:01 by x"),
        ("!Last configuration was updated", "!Last configuration was saved"),
        ("#\r\nsysname", "[V300R019C10SPC300]\r\n#\r\nsysname"),
        ("#\r\nsysname FW1", "#\r\nntp-service clock-period 1234\r\n#\r\nsysname FW1"),
        ("#\r\nsysname", "#\r\n\r\n#\r\nsysname"),
    ],
)
def test_what_changes_by_itself_is_no_change(old: str, new: str) -> None:
    assert old in TEXT
    assert differences(read(TEXT), read(TEXT.replace(old, new))) == ()


def test_a_line_that_the_site_calls_volatile_is_no_change() -> None:
    other = TEXT.replace("sysname FW1", "sysname FW1\r\nlocal-user a last-login 2021")
    told = whole(printed(other.encode()))
    assert differences(read(TEXT), settled(told)) != ()
    assert differences(read(TEXT), settled(told, ("last-login",))) == ()
    assert differences(read(TEXT), settled(told, ("local-user*last-login 20??",))) == ()


@pytest.mark.parametrize("at", range(1, len(TEXT)))
def test_a_configuration_cut_anywhere_is_none(at: int) -> None:
    with pytest.raises(Garbled):
        read(TEXT[:at])


@pytest.mark.parametrize(
    ("text", "raised"),
    [
        ("", Garbled),
        ("\r\n", Garbled),
        ("return\r\n", Garbled),
        ("#\r\nreturn\r\n", Garbled),
        ("sysname A\r\n#\r\nreturn\r\nmore\r\n", CutShort),
        ("sysname A\r\n", CutShort),
        ("           ^\r\nError: Unrecognized command found at '^' position.\r\n", NotOffered),
        ("Error: No permission to run the command.\r\n", NotPermitted),
    ],
)
def test_what_is_no_configuration_is_said_so(text: str, raised: type[Exception]) -> None:
    with pytest.raises(raised):
        read(text)


def test_words_of_a_refusal_in_a_description_refuse_nothing() -> None:
    other = TEXT.replace(" ip address", " description x\r\nError: Wrong parameter\r\n ip address")
    assert "Error: Wrong parameter" in read(other)


@settings(max_examples=count(200, 5_000), deadline=None)
@given(st.binary(max_size=2_000))
def test_garbage_is_never_a_configuration(raw: bytes) -> None:
    try:
        told = whole(printed(raw))
    except (Garbled, NotOffered, NotPermitted):
        return
    assert raw.rstrip().endswith(b"return")
    assert told
