"""The log buffer: every line counted, wrapped ones whole, and only what is new told."""

from __future__ import annotations

import pytest

from collectors.consoles.shapes import Garbled, NotOffered
from collectors.consoles.transcript import lines_of
from collectors.consoles.vrp_log import log_buffer, since
from collectors.readings import LogEntry
from tests.collectors.consoles import samples


def lines(text: str) -> tuple[str, ...]:
    return lines_of(text.encode())


def entries(text: str, remembered: str | None = None) -> tuple[LogEntry, ...]:
    told: tuple[LogEntry, ...] = since(log_buffer(lines(text)), remembered)[0]["entries"]
    return told


def note(text: str) -> str:
    return since(log_buffer(lines(text)), None)[1]


def with_lines(*records: str, current: int | None = None) -> str:
    heading = samples.LOGBUFFER.split("Current messages")[0]
    count = len(records) if current is None else current
    return f"{heading}Current messages : {count}\n\n" + "".join(f"{one}\n" for one in records)


def record(number: int, severity: int = 6, minute: int = 0) -> str:
    return (
        f"Nov 21 2026 08:{minute:02d}:00+08:00 rt-1 %%01IFNET/{severity}/LINK(l)[{number}]:port up."
    )


def test_every_record_is_read_with_its_severity_and_wrapped_ones_are_whole() -> None:
    found = entries(samples.LOGBUFFER)
    assert [one.severity for one in found] == [4, 5, 6]
    assert found[0].text.endswith(
        "The line protocol IPon the interface GigabitEthernet0/0/1 has entered the DOWN state."
    )


def test_a_line_that_was_there_at_the_last_look_is_not_new_whatever_its_number_and_place() -> None:
    before = with_lines(record(0, minute=1), record(1, minute=2))
    after = with_lines(record(0, 3, minute=9), record(1, minute=2), record(2, minute=1))
    assert [one.severity for one in entries(after, note(before))] == [3]
    assert entries(before, note(before)) == ()


def test_a_line_dated_before_the_others_is_new_all_the_same() -> None:
    """A device's clock may be set back."""
    before = with_lines(record(0, minute=30))
    after = with_lines(record(0, minute=30), record(1, 2, minute=5))
    assert [one.severity for one in entries(after, note(before))] == [2]


@pytest.mark.parametrize(
    ("after", "gap"),
    [
        (with_lines(record(0, minute=1)), False),
        (with_lines(record(0, minute=1), record(1, minute=2)), False),
        (with_lines(record(0, minute=2)), True),
        (with_lines(), True),
    ],
)
def test_a_buffer_that_holds_nothing_of_the_last_look_has_run_over(after: str, gap: bool) -> None:
    before = with_lines(record(0, minute=1))
    fields, _ = since(log_buffer(lines(after)), note(before))
    assert (fields["gap"], fields["first_look"]) == (gap, False)


def test_a_first_look_has_no_gap() -> None:
    fields, _ = since(log_buffer(lines(samples.LOGBUFFER)), None)
    assert (fields["gap"], fields["first_look"]) == (False, True)


@pytest.mark.parametrize(
    "text",
    [
        with_lines(record(0), current=2),
        with_lines(record(0), record(1), current=1),
        with_lines("something else"),
        with_lines(record(0).replace("%%01", "")),
        with_lines(record(0).replace("/6/", "/9/")),
        samples.LOGBUFFER.replace("Current messages : 3\n", ""),
        samples.LOGBUFFER.replace("contents : enabled", "contents : perhaps"),
        "\n".join(samples.LOGBUFFER.splitlines()[:-1]) + "\n",
        record(0) + "\n",
    ],
)
def test_what_is_not_as_many_whole_records_as_the_heading_says_is_not_understood(text: str) -> None:
    with pytest.raises(Garbled):
        log_buffer(lines(text))


def test_a_device_that_keeps_no_buffer_is_no_device_without_faults() -> None:
    with pytest.raises(NotOffered):
        log_buffer(lines(with_lines().replace(": enabled", ": disabled")))
