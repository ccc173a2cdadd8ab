"""Every text for people has a Chinese one with the same fields, and the catalogue is in step."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

from phrases import say
from phrases.build import (
    COMPILED,
    TranslatedTwice,
    compiled,
    merged,
    room_files,
    translations,
)

ROOT = Path(__file__).parents[2]
SPEAKING = ("say",)


def rooms() -> list[Path]:
    return [one.parent for one in ROOT.glob("*/__init__.py") if one.parent.name != "tests"]


def calls_to_say(source: str) -> Iterator[ast.Call]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
            name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
            if name in SPEAKING:
                yield node


def literal(call: ast.Call) -> str | None:
    """The message id, or None where it is not a literal."""
    first = call.args[0] if call.args else None
    value = first.value if isinstance(first, ast.Constant) else None
    return value if isinstance(value, str) else None


def spoken() -> dict[str, str]:
    """Every message id of the product, with one place where it stands."""
    found: dict[str, str] = {}
    for room in rooms():
        for path in room.rglob("*.py"):
            for call in calls_to_say(path.read_text(encoding="utf-8")):
                msgid = literal(call)
                if msgid is not None:
                    found[msgid] = f"{path.relative_to(ROOT)}:{call.lineno}"
    return found


def form(message: str) -> list[tuple[str, str]]:
    """The fields of a message with their formats, in any order."""
    parts = Formatter().parse(message)
    return sorted((name, spec or "") for _text, name, spec, _conversion in parts if name)


def field_names(message: str) -> set[str]:
    return {name for name, _spec in form(message)}


def test_every_message_id_is_a_literal() -> None:
    hidden = [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for room in rooms()
        for path in room.rglob("*.py")
        for call in calls_to_say(path.read_text(encoding="utf-8"))
        if literal(call) is None
    ]
    assert hidden == []


def test_every_text_for_people_is_translated() -> None:
    chinese = {str(message.id) for message in merged() if message.id}
    assert {id: place for id, place in spoken().items() if id not in chinese} == {}


def test_a_translation_has_the_fields_of_its_original() -> None:
    strange = [
        str(one.id)
        for one in merged()
        if one.id and field_names(str(one.id)) != field_names(str(one.string))
    ]
    assert strange == []


def test_nothing_is_translated_that_nobody_says() -> None:
    said = spoken()
    assert [str(one.id) for one in merged() if one.id and str(one.id) not in said] == []


@pytest.mark.parametrize("po", room_files(), ids=lambda po: po.stem)
def test_no_message_stands_twice_in_a_file(po: Path) -> None:
    translations(po)


def test_no_message_stands_in_two_files() -> None:
    seen: dict[str, str] = {}
    twice = []
    for po in room_files():
        for english, _chinese in translations(po):
            if english in seen:
                twice.append((english, seen[english], po.stem))
            seen[english] = po.stem
    assert twice == []


def test_a_message_translated_twice_would_be_seen(tmp_path: Path) -> None:
    po = tmp_path / "room.po"
    po.write_text('msgid "a"\nmsgstr "甲"\n\nmsgid "a"\nmsgstr "乙"\n', encoding="utf-8")
    with pytest.raises(TranslatedTwice):
        translations(po)


def test_the_compiled_catalogue_is_in_step_with_its_sources() -> None:
    assert COMPILED.read_bytes() == compiled(), "run `make phrases`"


def test_a_message_that_is_built_at_run_time_would_be_seen() -> None:
    (call,) = calls_to_say('say(f"{device} is down")')
    assert literal(call) is None


def test_a_message_without_a_translation_reads_in_english() -> None:
    phrase = say("nobody has translated {this}", this="that")  # not in the catalogue on purpose
    assert phrase.text("zh") == phrase.text("en") == "nobody has translated that"
