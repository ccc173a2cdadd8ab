"""Two configurations differ where a line differs, not where its place does."""

from __future__ import annotations

import random
import time

from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.configurations.compare import How, differences
from inventory.model import Kind, Watch
from lab.embedded.vrp_configuration import healthy_configuration
from tests.inventory.builders import device
from tests.tiers import count

OLD = (
    "interface A", " ip address 10.1.1.1 24", " undo shutdown", "#",
    "interface B", " ip address 10.2.1.1 24", "#",
    "security-policy", " rule name one", "  action permit", " rule name two", "  action deny",
)  # fmt: skip


def told(old: tuple[str, ...], new: tuple[str, ...]) -> list[str]:
    return [one.shown() for one in differences(old, new)]


def changed(old: str, *new: str) -> tuple[str, ...]:
    at = OLD.index(old)
    return (*OLD[:at], *new, *OLD[at + 1 :])


def test_equal_texts_do_not_differ() -> None:
    assert told(OLD, OLD) == []


def test_a_line_is_told_under_its_section() -> None:
    assert told(OLD, changed(" ip address 10.2.1.1 24", " ip address 10.2.1.9 24")) == [
        "- interface B > ip address 10.2.1.1 24",
        "+ interface B > ip address 10.2.1.9 24",
    ]


def test_a_line_that_moves_to_another_section_differs() -> None:
    new = (*OLD[:2], *OLD[3:5], " undo shutdown", *OLD[5:])
    assert told(OLD, new) == ["- interface A > undo shutdown", "+ interface B > undo shutdown"]


def test_sections_and_lines_in_another_order_do_not_differ() -> None:
    new = ("interface B", " ip address 10.2.1.1 24", "#", "interface A", " undo shutdown",
           " ip address 10.1.1.1 24", "#", *OLD[7:])  # fmt: skip
    assert told(OLD, new) == []


def test_rules_in_another_order_differ_where_the_first_match_decides() -> None:
    new = (*OLD[:8], " rule name two", "  action deny", " rule name one", "  action permit")
    found = differences(OLD, new)
    assert [(one.how, one.text) for one in found] == [(How.MOVED, "rule name two")]


def test_a_second_equal_line_counts() -> None:
    assert told(OLD, (*OLD, "interface B")) == ["+ interface B"]


@settings(max_examples=count(50, 1_000), deadline=None)
@given(st.randoms(use_true_random=False), st.sampled_from([Kind.ROUTER, Kind.SWITCH]))
def test_any_order_of_whole_sections_is_the_same(chance: random.Random, kind: Kind) -> None:
    one = device("rt-1", kind, watch=Watch(ports=("A", "B")))
    lines = healthy_configuration(one).running
    sections = "\n".join(lines).split("\n#\n")
    chance.shuffle(sections)
    assert differences(lines, "\n#\n".join(sections).split("\n")) == ()


@settings(max_examples=count(100, 2_000), deadline=None)
@given(st.lists(st.text("ab #", max_size=6), max_size=12), st.text("xyz", min_size=1, max_size=4))
def test_a_line_more_is_always_found(lines: list[str], added: str) -> None:
    assert [one.text for one in differences(lines, [*lines, added])] == [added]


def test_forty_thousand_lines_are_compared_in_a_moment() -> None:
    lines = [f"interface V{n // 4}" if n % 4 == 0 else f" line {n}" for n in range(40_000)]
    began = time.perf_counter()
    assert len(differences(lines, [*reversed(lines[::4]), "new"])) > 1
    assert time.perf_counter() - began < 5
