"""Several phrases as one."""

from __future__ import annotations

from phrases import joined, say, verbatim


def test_they_stand_in_their_order_parted_by_a_semicolon() -> None:
    one, two, three = say("normal"), verbatim("2"), verbatim("3")
    assert joined((one, two, three)).text("en") == "normal; 2; 3"
    assert joined((one, two, three)).text("zh") == "正常；2；3"
    assert joined((two,)) == two
    assert joined(()).text("en") == ""


def test_there_may_be_thousands() -> None:
    """Of a host with as many full file systems: nested one in the other they would be too deep."""
    many = tuple(verbatim(str(number)) for number in range(5_000))
    assert joined(many).text("zh").split("；") == [str(number) for number in range(5_000)]
