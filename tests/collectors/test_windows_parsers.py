"""What Windows PowerShell prints: whole and sane it becomes facts, otherwise it is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import tree_sitter_powershell
from hypothesis import given, settings
from hypothesis import strategies as st
from tree_sitter import Language, Parser

from collectors.parsers.linux import Unreadable
from collectors.parsers.windows import (
    parse_disks,
    parse_events,
    parse_load,
    parse_protection,
    parse_updates,
)
from collectors.parsers.windows_json import ScriptFailed, document, moment, number, rows
from collectors.sources import windows_scripts
from collectors.sources.windows_scripts import (
    COMMAND_LIMIT,
    DISKS,
    LOAD,
    PATCHES,
    PROTECTION,
    SCRIPTS,
    command,
    events,
)
from lab.embedded.windows_data import DefenderData, EventData, TrendData, WindowsData, answer
from tests.tiers import count

RUNS = settings(max_examples=count(ci=200, soak=20_000), deadline=None)


def said(script: str, **given: Any) -> bytes:  # noqa: ANN401
    return (answer(script, WindowsData(**given)) or "").encode()


PARSERS: list[tuple[Callable[[bytes], Any], bytes]] = [
    (parse_load, said(LOAD)),
    (parse_disks, said(DISKS)),
    (parse_events, said(events(0), events=[EventData(2, "bad block")])),
    (parse_protection, said(PROTECTION)),
    (parse_updates, said(PATCHES)),
]


@pytest.mark.parametrize(("parse", "whole"), PARSERS)
def test_an_answer_cut_at_any_byte_is_refused(parse: Callable[[bytes], Any], whole: bytes) -> None:
    assert parse(whole)  # the control: whole, it is read
    for end in range(len(whole.rstrip())):
        with pytest.raises(Unreadable):
            parse(whole[:end])


@pytest.mark.parametrize(("parse", "whole"), PARSERS)
@pytest.mark.parametrize("beside", [b"Microsoft Windows [Version 10.0]\r\n", b"{}", b"#< CLIXML"])
def test_anything_beside_the_document_is_refused(
    parse: Callable[[bytes], Any], whole: bytes, beside: bytes
) -> None:
    for changed in (beside + whole, whole + beside):
        with pytest.raises(Unreadable):
            parse(changed)


@pytest.mark.parametrize(("parse", "whole"), PARSERS)
def test_the_answer_to_another_question_is_refused(
    parse: Callable[[bytes], Any], whole: bytes
) -> None:
    for _, other in PARSERS:
        if other is not whole:
            with pytest.raises(Unreadable):
                parse(other)


@RUNS
@given(noise=st.binary(max_size=2_000))
@pytest.mark.parametrize("parse", [one for one, _ in PARSERS])
def test_noise_is_refused(parse: Callable[[bytes], Any], noise: bytes) -> None:
    with pytest.raises(Unreadable):
        parse(noise)


@RUNS
@given(data=st.data(), which=st.sampled_from(PARSERS))
def test_a_changed_byte_raises_nothing_else(
    data: st.DataObject, which: tuple[Callable[[bytes], Any], bytes]
) -> None:
    parse, whole = which
    at, byte = data.draw(st.integers(0, len(whole) - 1)), data.draw(st.integers(0, 255))
    try:
        parse(whole[:at] + bytes([byte]) + whole[at + 1 :])
    except (Unreadable, ScriptFailed):
        return


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


@RUNS
@given(data=st.data(), which=st.sampled_from(PARSERS), value=JSON)
def test_any_value_in_place_of_a_part_raises_nothing_else(
    data: st.DataObject, which: tuple[Callable[[bytes], Any], bytes], value: object
) -> None:
    parse, whole = which
    changed = json.loads(whole)
    changed[data.draw(st.sampled_from(sorted(changed)))] = value
    try:
        parse(json.dumps(changed).encode())
    except (Unreadable, ScriptFailed):
        return


@pytest.mark.parametrize(("parse", "whole"), PARSERS)
def test_a_document_without_one_of_its_parts_is_refused(
    parse: Callable[[bytes], Any], whole: bytes
) -> None:
    for key in json.loads(whole):
        less = {name: value for name, value in json.loads(whole).items() if name != key}
        with pytest.raises(Unreadable):
            parse(json.dumps(less).encode())


# --- encodings and quirks of Windows PowerShell 5.1 ---

EVENT = json.dumps(
    {"script": "events", "oldest": 1, "newest": 2,
     "events": [{"level": 2, "source": "磁盘 7", "text": "设备有坏块"}]},
    ensure_ascii=False,
)  # fmt: skip


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "gbk", "gb18030"]
)
def test_every_console_encoding_is_read(encoding: str) -> None:
    page = parse_events(EVENT.encode(encoding))
    assert (page.events[0].source, page.events[0].text) == ("磁盘 7", "设备有坏块")


def test_bytes_of_no_encoding_are_refused() -> None:
    with pytest.raises(Unreadable):
        parse_events(EVENT.encode("gbk")[:-30] + b"\xff\xff")


@pytest.mark.parametrize(
    ("wrapped", "many"),
    [
        ([{"a": 1}, {"a": 2}], 2),
        ([{"a": 1}], 1),
        ({"a": 1}, 1),  # one object is itself
        ({"value": [{"a": 1}, {"a": 2}], "Count": 2}, 2),  # a decorated array
        ({"value": [], "Count": 0}, 0),
        (None, 0),
        ([], 0),
    ],
)
def test_a_collection_is_read_however_it_was_wrapped(wrapped: object, many: int) -> None:
    assert len(rows({"x": wrapped}, "x")) == many


@pytest.mark.parametrize("wrong", ["x", 1, [1], [None], [[]], True])
def test_what_is_no_collection_of_objects_is_refused(wrong: object) -> None:
    with pytest.raises(Unreadable):
        rows({"x": wrong}, "x")


NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "told",
    [
        "/Date(1795176000000)/",
        "/Date(1795176000000+0800)/",
        {"value": "/Date(1795176000000)/", "DisplayHint": 2, "DateTime": "2026-11-20 12:00"},
        "2026-11-20T12:00:00Z",
        "2026-11-20T20:00:00.0000000+08:00",
    ],
)
def test_a_date_is_read_as_either_powershell_writes_it(told: object) -> None:
    assert moment({"x": told}, "x") == NOON


@pytest.mark.parametrize(
    "told",
    ["", "/Date()/", "/Date(999999999999999)/", "2026-11-20T12:00:00", "2026-13-01", 5, {}, []],
)
def test_what_is_no_date_is_refused_and_null_is_none(told: object) -> None:
    assert moment({"x": None}, "x") is None
    with pytest.raises(Unreadable):
        moment({"x": told}, "x")


def test_a_script_that_failed_says_so_with_its_code() -> None:
    with pytest.raises(ScriptFailed, match="Access is denied") as failure:
        parse_updates(said(PATCHES, search_refused=True))
    assert failure.value.code == -2147024891


@pytest.mark.parametrize("text", ['{"script":"load","script":"load"}', "[]", '{"script":"load"'])
def test_a_document_that_contradicts_itself_is_refused(text: str) -> None:
    with pytest.raises(Unreadable):
        document(text.encode(), "load")


def test_control_characters_of_an_event_are_taken_away() -> None:
    changed = EVENT.replace("设备有坏块", "\\u001b[2J\\r\\nlog\\u202e")
    assert parse_events(changed.encode()).events[0].text == "log"


# --- facts ---


@pytest.mark.parametrize("percent", [0, 1, 50, 99, 100])
def test_the_load_is_what_the_host_has(percent: int) -> None:
    load = parse_load(said(LOAD, cpu_percent=percent, memory_percent=float(percent)))
    assert load.cpu_percent == percent
    assert load.memory_percent == pytest.approx(percent, abs=0.01)


@pytest.mark.parametrize("percent", [None, -1, 101, "9", True])
def test_a_load_that_windows_does_not_know_is_refused(percent: object) -> None:
    with pytest.raises(Unreadable):
        parse_load(said(LOAD, cpu_percent=percent))


@pytest.mark.parametrize(
    ("trend", "expected"),
    [
        ({"pattern_date": "20261112", "smart_date": "20261101", "smart": None}, (2026, 11, 12)),
        ({"pattern_date": "20261112", "smart_date": "20261101", "smart": 1}, (2026, 11, 1)),
        ({"pattern_date": "0", "smart_date": "20261101", "smart": 0}, (2026, 11, 1)),
        ({"pattern_date": 20261112, "smart_date": None, "smart": 1}, (2026, 11, 12)),
        ({"pattern_date": "0", "smart_date": 0, "smart": 1}, None),
    ],
)
def test_the_pattern_is_that_of_the_kind_of_scan(
    trend: dict[str, object], expected: tuple[int, int, int] | None
) -> None:
    whole = json.loads(said(PROTECTION))
    whole["trend"].update(trend)
    found = parse_protection(json.dumps(whole).encode()).trend
    assert found is not None
    assert found.pattern_date == (None if expected is None else date(*expected))


@pytest.mark.parametrize("days", ["20261332", "yesterday", "2026-11-12"])
def test_a_pattern_date_that_is_none_is_refused(days: str) -> None:
    whole = json.loads(said(PROTECTION))
    whole["trend"]["pattern_date"] = days
    with pytest.raises(Unreadable):
        parse_protection(json.dumps(whole).encode())


@pytest.mark.parametrize(
    ("days", "told"), [(0, 0), (65_534, 65_534), (65_535, None), (4_294_967_295, None)]
)
def test_a_scan_that_never_was_is_none(days: int, told: int | None) -> None:
    found = parse_protection(said(PROTECTION, defender=DefenderData(quick_scan_days=days))).defender
    assert found is not None
    assert found.quick_scan_days == told


def test_neither_scanner_need_be_installed() -> None:
    found = parse_protection(said(PROTECTION, trend=None, defender=None))
    assert (found.trend, found.defender) == (None, None)
    assert parse_protection(said(PROTECTION, trend=TrendData(smart=1))).trend is not None


# --- what is sent ---


def test_every_script_fits_a_command_line_of_windows() -> None:
    assert all(len(command(script)) < COMMAND_LIMIT for script in SCRIPTS)
    assert len(command(events(10**18))) < COMMAND_LIMIT


WRITING = (
    "Set-", "Remove-", "New-Item", "Stop-", "Start-", "Restart-", "Install-", "Update-", "Out-File",
    "Invoke-", "Add-", "Clear-", "Disable-", "Enable-", "Download", ">>", "iex", "& ",
)  # fmt: skip


@pytest.mark.parametrize("word", WRITING)
def test_no_script_has_a_word_that_writes(word: str) -> None:
    assert not [script for script in SCRIPTS if word.lower() in script.lower()]


def test_every_script_is_powershell() -> None:
    """By a grammar of PowerShell, not by a Windows."""
    parser = Parser(Language(tree_sitter_powershell.language()))
    assert parser.parse(b"foreach($a in {").root_node.has_error  # the control
    task = (Path(windows_scripts.__file__).parent / "windows_patches_task.ps1").read_text("utf-8")
    texts = (*SCRIPTS, task)
    assert not [one for one in texts if parser.parse(one.encode()).root_node.has_error]


def test_a_number_beyond_all_bounds_is_not_understood() -> None:
    with pytest.raises(Unreadable):
        number({"size": float("inf")}, "size")
    assert number({"size": 1.0}, "size") == 1
