"""No parser is forgotten: what reads a device's words is a target of fuzzing, or says why not."""

from __future__ import annotations

import ast
import importlib
import inspect
from collections.abc import Callable, Iterator
from pathlib import Path

import collectors
from collectors.catalogue import SOURCES
from tests.fuzz.registry import TARGETS

ROOM = Path(collectors.__file__).parent
DEVICES_WORDS = ("bytes", "tuple[str, ...]", "Sequence[Sequence[Any]]")
"""How the parameter is typed that holds what a device said."""

ELSEWHERE = {
    "collectors.parsers.log_lines.is_any_of": "the same matcher as search, on one line",
    "collectors.consoles.shapes.rows_under": "below every parser of a table",
    "collectors.parsers.linux.whole_lines": "below every parser of a host's answers",
    "collectors.intake.usm.engine_of": "reads nothing: the ID is our own",
    "collectors.sources.host_questions.as_received": "reads nothing: it keeps what came",
    **dict.fromkeys(
        (
            "collectors.intake.ber.dotted", "collectors.intake.ber.element",
            "collectors.intake.ber.expect", "collectors.intake.ber.integer",
            "collectors.intake.ber.number", "collectors.intake.traps.octets",
            "collectors.intake.traps.read_trap", "collectors.intake.traps.version_of",
            "collectors.intake.web.head_of", "collectors.intake.words.words",
        ),
        "what arrives unasked: tests/collectors/intake/test_decoding.py",
    ),
    "collectors.sources.oracle_words.words_of": "errors of the driver: test_oracle_hostile.py",
}  # fmt: skip
"""Functions that are tried otherwise, and how."""
KNOCKING = "collectors.sources.tcp"
"""It opens a connection and reads nothing."""
BY_PACKETS = frozenset({("snmp", "Reachability")})
"""Read from datagrams by the SNMP libraries: tests/collectors/snmp/test_hostile.py."""
BY_PROGRAM = frozenset({("ssh", "KeptTrials")})
"""Its listing is read as that of `KeptCopies`, its dump by pg_restore:
tests/lineguard/test_bench.py."""
OUR_OWN = frozenset(
    {("records", "PasswordChanges"), ("records", "TrapAlarms"), ("records", "OtherAlarms")}
)
"""Lineguard's own record; no device has a word in it."""


def of_words() -> Iterator[str]:
    """Public functions of the room that take a device's words."""
    for path in sorted(ROOM.rglob("*.py")):
        module = ".".join(path.relative_to(ROOM.parent).with_suffix("").parts)
        for one in ast.parse(path.read_text("utf-8")).body:
            if isinstance(one, ast.FunctionDef) and not one.name.startswith("_"):
                taken = [ast.unparse(arg.annotation) for arg in one.args.args if arg.annotation]
                if any(word in annotation for annotation in taken for word in DEVICES_WORDS):
                    yield f"{module}.{one.name}"


def name_of(function: Callable[..., object]) -> str:
    return f"{function.__module__}.{function.__qualname__}"


def test_every_function_that_reads_a_devices_words_is_a_target_or_says_why_not() -> None:
    tried = {name_of(one) for target in TARGETS for one in target.parses}
    forgotten = set(of_words()) - tried - ELSEWHERE.keys()
    assert not forgotten, f"register a Target in tests/fuzz/: {sorted(forgotten)}"


def test_every_question_of_every_source_is_a_target() -> None:
    tried = {(protocol, kind.__name__) for target in TARGETS for protocol, kind in target.reads}
    asked = {
        (source.protocol, kind.__name__)
        for source in SOURCES
        for kind in source.reads
        if source.module != KNOCKING
    }
    forgotten = asked - tried - BY_PACKETS - BY_PROGRAM - OUR_OWN
    assert not forgotten, f"register a Target in tests/fuzz/: {sorted(forgotten)}"


def test_what_is_tried_elsewhere_exists_and_is_no_target() -> None:
    for name in ELSEWHERE:
        module, _, function = name.rpartition(".")
        assert inspect.isfunction(getattr(importlib.import_module(module), function))


def test_names_are_unique() -> None:
    names = [one.name for one in TARGETS]
    assert len(names) == len(set(names))


def test_a_function_of_that_kind_is_found_at_all() -> None:
    assert "collectors.parsers.linux.parse_load" in set(of_words())
