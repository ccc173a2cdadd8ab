"""Every parser and log matcher, tried with varied and with spoilt answers."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from checks.verdict import State
from tests.fuzz.conftest import INPUTS, SPENT_S
from tests.fuzz.mutation import varied_text
from tests.fuzz.registry import TARGETS
from tests.fuzz.target import HANG_S, Found, Target, tried
from tests.tiers import FUZZ_S, SEED, count

OF_TEXT = tuple(one for one in TARGETS if one.vary is varied_text)


@pytest.mark.parametrize("target", TARGETS, ids=str)
def test_a_target_ends_on_anything_and_takes_nothing_spoilt_for_normal(
    target: Target, record_property: Callable[[str, object], None]
) -> None:
    began = time.process_time()
    inputs = tried(target, FUZZ_S, SEED)
    assert inputs > 0
    record_property(INPUTS, inputs)
    record_property(SPENT_S, time.process_time() - began)


@settings(max_examples=count(50, 5_000), deadline=None)
@given(some.one_of(some.binary(max_size=400), some.text(max_size=200).map(str.encode)))
def test_text_of_any_kind_ends_every_target(raw: bytes) -> None:
    for target in OF_TEXT:
        target.look(raw + b"\n")


@pytest.mark.parametrize("target", TARGETS, ids=str)
def test_every_seed_is_understood_and_one_is_normal(target: Target) -> None:
    """The control: a target that refuses everything would find nothing."""
    states = [target.look(seed) for seed in target.seeds]
    if target.spoil:
        assert State.NORMAL in states
        assert None not in states


def test_a_crash_is_found_and_shown() -> None:
    def look(raw: bytes) -> State:
        raise ZeroDivisionError(raw[:1])

    with pytest.raises(Found, match="ZeroDivisionError"):
        tried(Target(name="t", look=look, seeds=(b"a\n",)), 1.0, SEED)


def test_a_false_normal_is_found() -> None:
    target = Target(name="t", look=lambda raw: State.NORMAL, seeds=(b"a b\nc d\n",))
    with pytest.raises(Found, match="taken for normal"):
        tried(target, 5.0, SEED)


def test_a_hang_is_found() -> None:
    def look(raw: bytes) -> State:
        began = time.process_time()
        while time.process_time() - began < 20 * HANG_S:
            pass
        return State.UNKNOWN

    began = time.process_time()
    with pytest.raises(Found, match="more than 1 s"):
        tried(Target(name="t", look=look, seeds=(b"a\n",)), 1.0, SEED)
    assert time.process_time() - began < 10 * HANG_S


def test_the_same_seed_tries_the_same() -> None:
    def kept(into: list[bytes]) -> Target:
        def look(raw: bytes) -> None:
            if len(into) < 200:
                into.append(raw)

        return Target(name="t", look=look, seeds=(b"one 1\ntwo 2\n", b"three 3\n"))

    first: list[bytes] = []
    second: list[bytes] = []
    tried(kept(first), 0.5, 7)
    tried(kept(second), 0.5, 7)
    assert first[:50] == second[:50] and len(set(first)) > 10
