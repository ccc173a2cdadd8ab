"""The library: every file fits the grammar, every item has one, nothing points nowhere."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import click
import pytest

from checks.catalogue import CHECKS, catalogue
from checks.runbooks import BY_HAND, OF_CAUSE, OF_CHECK, OF_ITEM, runbook_for
from lineguard.cli.commands import ROOT
from lineguard.walking import RUNNABLE
from runbooks.grammar import parse
from runbooks.model import Runbook, Sort
from runbooks.shelf import dead_references, library, shelf

BOOKS = library()
ITEMS = frozenset(one.id for one in catalogue())
NAMED = {*OF_ITEM.values(), *OF_CHECK.values(), *OF_CAUSE.values(), *BY_HAND}
EMERGENCIES = {
    "ordinary-device-fault", "system-fault", "power-cut", "air-conditioning", "fire",
    "urgent-network-fault", "inbound-surge", "outbound-surge",
}  # fmt: skip


def typed(book: Runbook) -> Iterator[list[str]]:
    for step in book.steps():
        for found in re.findall(r"`lineguard ([^`]+)`", step.text):
            yield found.split()


def names_a_command(words: list[str]) -> bool:
    """Do the words lead to a command of ours (or to a runbook of the library)?"""
    group: click.Command | None = ROOT
    ctx = click.Context(ROOT)
    rest = list(words)
    while isinstance(group, click.Group) and rest:
        group = group.get_command(ctx, rest.pop(0))
    if group is None or isinstance(group, click.Group):
        return False
    if words[:2] == ["runbook", "run"]:
        return rest[0] in BOOKS
    options = {name for param in group.params for name in param.opts}
    return all(one in options for one in rest if one.startswith("--"))


def can_be_typed(words: list[str]) -> bool:
    """Does it name all that the command cannot do without?"""
    group: click.Command = ROOT
    ctx, rest = click.Context(ROOT), list(words)
    while isinstance(group, click.Group):
        group = group.get_command(ctx, rest.pop(0)) or click.Command("none")
    needed = [one for one in group.params if one.required]
    named = [one for one in needed if isinstance(one, click.Option) and {*one.opts} & {*rest}]
    bare = sum(not one.startswith("--") for one in rest) - sum(
        before.startswith("--") for before, one in pairwise(rest) if not one.startswith("--")
    )
    places = [one for one in needed if isinstance(one, click.Argument)]
    return len(named) + min(bare, len(places)) == len(needed)


def test_the_eight_emergencies_of_the_contract_are_there() -> None:
    assert {name for name, one in BOOKS.items() if one.sort is Sort.EMERGENCY} == EMERGENCIES


def test_every_item_names_a_runbook_that_is_there() -> None:
    assert {one.id: one.runbook for one in catalogue() if one.runbook not in BOOKS} == {}
    assert set(OF_ITEM) == ITEMS


def test_every_runbook_is_named_by_something() -> None:
    assert NAMED - BOOKS.keys() == set()
    assert BOOKS.keys() - NAMED == set()


def test_a_runbook_of_a_check_is_of_a_check_that_there_is() -> None:
    checks = {(item, one.name) for item, of in CHECKS.items() for one in of}
    assert set(OF_CHECK) - checks == set()


def test_no_runbook_names_an_item_or_a_command_that_there_is_not() -> None:
    assert [one.sentence().text("en")
            for one in dead_references(BOOKS.values(), ITEMS, (), RUNNABLE)] == []  # fmt: skip


def test_dead_references_would_be_seen() -> None:
    text = BOOKS["fire"].text.replace("check: R3 site", "check: R9/M53 nowhere", 1)
    text = text.replace("1. 立即派人", "1. `command: incident close 1` 立即派人", 1)
    broken = parse("fire", text, "fire.md")
    told = [one.what.text("en") for one in dead_references([broken], ITEMS, (), RUNNABLE)]
    assert told == [
        "“incident close 1” is no command that a runbook may run",
        "there is no item R9",
        "there is no device nowhere",
    ]


@pytest.mark.parametrize("name", sorted(BOOKS))
def test_what_a_person_is_told_to_type_is_a_command(name: str) -> None:
    assert [" ".join(one) for one in typed(BOOKS[name]) if not names_a_command(one)] == []


def test_a_command_that_there_is_not_would_be_seen() -> None:
    assert not names_a_command(["incident", "solve"])
    assert not names_a_command(["runbook", "run", "no-such-runbook"])
    assert not names_a_command(["incident", "open", "--sort"])
    assert names_a_command(["incident", "open", "--kind", "seat"])


@pytest.mark.parametrize("words", RUNNABLE, ids=" ".join)
def test_what_a_runbook_may_run_is_a_command(words: tuple[str, ...]) -> None:
    assert names_a_command(list(words))


@pytest.mark.parametrize("name", sorted(BOOKS))
def test_every_runbook_can_be_walked_to_an_end(name: str) -> None:
    book = BOOKS[name]
    reached, waiting, ends = {book.first}, [book.first], 0
    while waiting:
        step = book.step(waiting.pop())
        targets: list[str | None] = [one.target for one in step.branches]
        if not targets or step.wait is not None:
            targets.append(None)
        for target in targets:
            following = book.following(step.key, target)
            ends += following is None
            if following is not None and following not in reached:
                reached.add(following)
                waiting.append(following)
    assert ends
    assert reached == {one.key for one in book.steps()}


@pytest.mark.parametrize(
    ("item", "check", "cause", "expected"),
    [
        ("M46", "cpu", "item:fw-1:M46:cpu", "network-load"),
        ("M44", "ha", "item:fw-1:M44:ha", "network-ha"),
        ("M44", "ports", "item:fw-1:M44:ports", "network-state"),
        (None, None, "device:sw-1:unreachable", "reachability"),
        (None, None, "self:cut-off", "lineguard-cut-off"),
        (None, None, "reported:site_primary:seat:2026-11-20T00:00:00Z", "ordinary-device-fault"),
        (None, None, "reported:site_primary:power:2026-11-20T00:00:00Z", "power-cut"),
        (None, None, "something:else", None),
    ],
)
def test_an_incident_is_offered_the_runbook_of_its_kind(
    item: str | None, check: str | None, cause: str, expected: str | None
) -> None:
    assert runbook_for(item, check, cause) == expected


def test_what_a_runbook_gives_to_type_can_be_typed() -> None:
    every = [(name, words) for name, book in BOOKS.items() for words in typed(book)]
    assert [one for one in every if not can_be_typed(one[1])] == []
    assert len(every) > len(EMERGENCIES)
    assert not can_be_typed(["incident", "resolve"])
    assert not can_be_typed(["incident", "resolve", "{incident}"])
    assert can_be_typed(["incident", "resolve", "{incident}", "--reason", "说明"])


def test_a_pipe_among_the_sites_own_runbooks_keeps_nobody_waiting(tmp_path: Path) -> None:
    (tmp_path / "runbooks").mkdir()
    os.mkfifo(tmp_path / "runbooks" / "pipe.md")
    found = shelf(tmp_path)
    assert [one.what.text("en") for one in found.problems] == ["is not a regular file"]
    assert found.books.keys() == BOOKS.keys()
