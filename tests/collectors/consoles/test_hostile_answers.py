"""Whatever a console prints, parsers end, raise nothing of their own, and invent nothing."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from collectors.consoles import u1900, vrp, vrp_parts, vrp_state
from collectors.consoles.shapes import Garbled, NotOffered, NotPermitted
from collectors.consoles.transcript import echo_end, lines_of, unpaged, unwrapped
from inventory.model import ConsoleQuestion
from tests.collectors.consoles import samples
from tests.tiers import count

NOT_UNDERSTOOD = (Garbled, NotOffered, NotPermitted)
PARSERS = [part.parse for question in vrp.QUESTIONS.values() for part in question.parts]
SAMPLES = [value for name, value in vars(samples).items() if name.isupper()]
WORDS = [
    "Slot", "FanID", "PowerID", "Online", "Present", "Absent", "Status", "State", "Normal",
    "Current(C)", "Interface", "PHY", "up", "*down", "Sequence", "AlarmId", "Description", "0",
    "-", "NA", "Role: active, peer: standby", "CPU Usage :", "9%", "----", "\n", "\r\n", " ",
    "\x1b[42D", "---- More ----", "Memory Using Percentage Is: 22%", "守线", "\x00", "\u202e",
]  # fmt: skip


def outcome(parse: Callable[[tuple[str, ...]], object], raw: bytes) -> object:
    try:
        return parse(lines_of(raw))
    except NOT_UNDERSTOOD:
        return None


@settings(max_examples=count(100, 3_000), deadline=None)
@given(some.binary(max_size=400))
def test_bytes_of_any_kind_end_every_parser(raw: bytes) -> None:
    for parse in PARSERS:
        outcome(parse, raw + b"\n")


@settings(max_examples=count(100, 3_000), deadline=None)
@given(some.lists(some.sampled_from(WORDS), max_size=60))
def test_the_words_of_known_shapes_in_any_order_end_every_parser(words: list[str]) -> None:
    raw = f"{' '.join(words)}\n".encode()
    for parse in PARSERS:
        outcome(parse, raw)


@pytest.mark.parametrize("sample", SAMPLES)
def test_a_sample_cut_in_mid_line_is_never_read(sample: str) -> None:
    """A prompt stands on a line of its own, so what ends in mid-line was cut."""
    raw = sample.encode()
    for parse in PARSERS:
        for cut in range(len(raw)):
            if not raw[:cut].endswith(b"\n"):
                assert outcome(parse, raw[:cut]) is None


def test_each_sample_is_read_whole_by_its_own_parser() -> None:
    """The control of the above."""
    read = [sum(outcome(parse, one.encode()) is not None for parse in PARSERS) for one in SAMPLES]
    refusals = [one for one, found in zip(SAMPLES, read, strict=True) if not found]
    assert refusals == [samples.REFUSED, samples.FORBIDDEN]


@pytest.mark.parametrize(
    "flood",
    [
        b"a" * 200_000,
        b" " * 200_000,
        b"-" * 200_000,
        b"a \n" * 60_000,
        b"\x1b[" * 100_000,
        b"---- More ----\r" * 10_000,
        b"Role: a, peer: b" * 10_000,
        b"Slot Online Register Status\n" + b"1 Present " * 20_000,
        ("CPU utilization for " + "five seconds: 1" * 9_000).encode(),
    ],
    ids=range(9),
)
def test_a_flood_is_worked_off_at_once(flood: bytes) -> None:
    began = time.process_time()
    for parse in PARSERS:
        outcome(parse, flood + b"\n")
    assert time.process_time() - began < 10


def test_an_echo_is_found_though_the_console_wraps_it() -> None:
    raw = b"HRP_M<FW1>display interf\r\nace brief\r\nInterface"
    assert raw[echo_end(raw, "display interface brief") or 0 :] == b"\r\nInterface"
    assert echo_end(b"<FW1>display device\r\n", "display interface brief") is None


@pytest.mark.parametrize(
    "erased", ["\x1b[42D" + " " * 42 + "\x1b[42D", "\r" + " " * 42 + "\r", "\x08" * 16, ""]
)
def test_a_page_break_leaves_no_trace(erased: str) -> None:
    assert unpaged(f"one\r\n  ---- More ----{erased}two\r\n") == "one\ntwo\n"


def test_escapes_and_controls_never_reach_a_sentence() -> None:
    raw = "\x1b[31mred\x1b[0m \x07bell \u202egnol \x1b]0;title\x07 \x9b1m\n".encode()
    assert all(line.isprintable() for line in lines_of(raw))


def test_only_full_lines_are_joined() -> None:
    assert unwrapped(("a" * 80, "b", "c")) == ("a" * 80 + "b", "c")
    assert unwrapped(("a" * 79, "b")) == ("a" * 79, "b")


@settings(max_examples=count(100, 2_000), deadline=None)
@given(some.lists(some.text(max_size=80), max_size=30), some.integers())
def test_a_sites_pattern_ends_on_any_text(texts: list[str], seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311
    pattern = chance.choice([r"(\d{1,3})%", r"^\d+ +(Critical|Major) +(.+)$", r"(\S+) is (\S+)"])
    question = ConsoleQuestion(command="show x", pattern=pattern, confirmed=True)
    assert u1900.may_be_tried(question)
    try:
        found = u1900.values(tuple(texts), question, chance.choice(["cpu", "alarms"]))
    except Garbled:
        return
    assert found


@pytest.mark.parametrize(
    ("parse", "sample", "heading", "row"),
    [
        (vrp_parts.fans, samples.FANS_F, "Slot", "0     2 "),
        (vrp_parts.supplies, samples.POWER_G, "Slot", "0       PWR2"),
        (vrp_parts.temperatures, samples.TEMPERATURE_H, " Slot", " 1     2"),
        (vrp_state.active_alarms, samples.ALARMS_E, "Sequence", "1394"),
    ],
)
def test_a_row_above_its_heading_is_never_left_out_in_silence(
    parse: Callable[[tuple[str, ...]], object], sample: str, heading: str, row: str
) -> None:
    lines = sample.splitlines(keepends=True)
    assert outcome(parse, sample.encode()) is not None
    (moved,) = [line for line in lines if line.startswith(row)]
    rest = [line for line in lines if line is not moved]
    at = next(index for index, line in enumerate(rest) if line.startswith(heading))
    assert outcome(parse, "".join([*rest[:at], moved, *rest[at:]]).encode()) is None


def test_a_port_above_its_heading_is_never_left_out_in_silence() -> None:
    table = b"Interface PHY Protocol\nGE0/0/1 up up\n"
    assert outcome(vrp_state.ports, table) is not None
    assert outcome(vrp_state.ports, b"GE0/0/2 down down\n" + table) is None
