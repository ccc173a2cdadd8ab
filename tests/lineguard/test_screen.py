"""Tables that stay aligned in Chinese, and nothing hostile on a terminal."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime

import pytest

from lineguard.cli.asked import Asked
from lineguard.cli.folding import folded, paragraphs, safe, table, width
from lineguard.cli.screen import Screen
from phrases import say, verbatim


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def a_screen(asked: Asked | None = None, terminal: bool = False) -> Screen:
    out = Terminal() if terminal else io.StringIO()
    return Screen(asked or Asked(lang="en"), out, io.StringIO())


def written(screen: Screen) -> str:
    assert isinstance(screen.out, io.StringIO)
    return screen.out.getvalue()


@pytest.mark.parametrize(
    ("text", "columns"),
    [("", 0), ("abc", 3), ("设备", 4), ("✓ 正常", 6), ("e\u0301", 1), ("（）", 4)],
)
def test_chinese_takes_two_columns(text: str, columns: int) -> None:
    assert width(text) == columns


def test_a_table_is_aligned_by_columns_not_by_characters() -> None:
    lines = table(["设备", "state"], [["sw-1", "x"], ["防火墙", "x"]], None)
    assert len({width(line) - width(line.rsplit("  ", 1)[-1]) for line in lines}) == 1


def test_the_last_column_is_folded_under_itself() -> None:
    lines = table(["d", "s"], [["a", "one two three four five six seven"]], 30)
    assert lines[1:] == ["a  one two three four five six", "   seven"]


def test_every_column_that_is_too_wide_is_folded_the_widest_first() -> None:
    head = ["device", "kind", "sentence"]
    row = ["sw-1", "语音平台服务器语音平台服务器", "nothing came back within the limit"]
    lines = table(head, [row], 40)
    assert max(width(line) for line in lines) <= 40
    assert lines[1].startswith("sw-1    语音")
    assert "".join(line[8:].split("  ")[0].strip() for line in lines[1:]).startswith("语音平台")
    assert table(head, [row], 80)[1:] == ["  ".join((row[0] + "  ", *row[1:]))]


def test_words_are_broken_only_where_nothing_else_helps() -> None:
    row = ["fw-core-1", "sha256:0123456789abcdef0123456789abcdef", "ok"]
    assert table(["device", "key", "state"], [row], 60)[1].split() == row
    narrow = table(["device", "key", "state"], [row], 40)
    assert max(width(line) for line in narrow) <= 40
    assert "".join(line[11:].split("  ")[0].strip() for line in narrow[1:]) == row[1]
    assert narrow[1].startswith("fw-core-1  sha256")


def test_no_line_begins_with_a_comma_or_ends_with_an_opening_bracket() -> None:
    assert folded("一二三四五六，七", 12) == ["一二三四五", "六，七"]
    assert folded("一二三（四）", 8) == ["一二三", "（四）"]


def test_short_words_and_numbers_with_their_unit_stay_together() -> None:
    assert folded("11-22 06:16 有应答", 16) == ["11-22 06:16", "有应答"]
    assert folded("利用率 12 %，上限 80 %", 10) == ["利用率", "12 %，上限", "80 %"]


@pytest.mark.parametrize("columns", [4, 5])
def test_chinese_is_folded_anywhere(columns: int) -> None:
    assert folded("设备无应答", columns) == ["设备", "无应", "答"]


def test_control_characters_never_reach_a_terminal() -> None:
    assert safe("a\x1b[2Jb\r\x07\u202ec") == "a\ufffd[2Jb\ufffd\ufffd\ufffdc"
    assert "\x1b" not in "".join(table(["h"], [["\x1b[31mred"]], None))


def test_a_state_is_coloured_on_a_terminal_and_nowhere_else() -> None:
    for terminal, colour in ((True, True), (False, False)):
        screen = a_screen(terminal=terminal)
        screen.rows((say("state"), verbatim("x")), [(screen.mark("abnormal"), "x")])
        assert ("\x1b[31m" in written(screen)) is colour


def test_no_colour_can_be_asked_for() -> None:
    screen = a_screen(Asked(lang="en", colour=False), terminal=True)
    screen.rows((say("state"), verbatim("x")), [(screen.mark("abnormal"), "x")])
    assert "\x1b" not in written(screen)


def test_with_json_only_the_document_is_on_stdout() -> None:
    screen = a_screen(Asked(lang="en", json=True))
    screen.line(verbatim("a line"))
    screen.rows((verbatim("head"),), [("cell",)])
    screen.raw("raw")
    screen.document({"at": datetime(2026, 11, 21, 3, tzinfo=UTC)})
    assert json.loads(written(screen)) == {"at": "2026-11-21T03:00:00+00:00"}


def test_without_json_no_document_is_printed() -> None:
    screen = a_screen()
    screen.document({"a": 1})
    assert written(screen) == ""


@pytest.mark.parametrize(("quiet", "said"), [(True, ""), (False, "3 of 4\n")])
def test_progress_is_left_out_on_request(quiet: bool, said: str) -> None:
    screen = a_screen(Asked(lang="en", quiet=quiet))
    screen.progress(verbatim("3 of 4"))
    assert isinstance(screen.err, io.StringIO)
    assert screen.err.getvalue() == said


def test_times_are_read_in_shanghai() -> None:
    assert a_screen().time(datetime(2026, 11, 21, 18, 30, tzinfo=UTC)) == "2026-11-22 02:30"


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("it goes on\nhere.\nAnew", ["it goes on here.", "Anew"]),
        ("照常记录，\n但不通知。\n另起", ["照常记录，但不通知。", "另起"]),
        ("退出状态：\n0 正常", ["退出状态：", "0 正常"]),
        ("a\n\nb", ["a", "", "b"]),
        ("用 systemd\n或，\ncron", ["用 systemd 或，cron"]),
        ("", []),
    ],
)
def test_a_text_is_folded_anew_where_its_lines_go_on(text: str, lines: list[str]) -> None:
    assert paragraphs(text) == lines


@pytest.mark.parametrize(
    ("terminal", "quiet", "told"),
    [(True, False, "restoring"), (True, True, ""), (False, False, "")],
)
def test_long_work_is_told_at_a_terminal_alone(terminal: bool, quiet: bool, told: str) -> None:
    err = Terminal() if terminal else io.StringIO()
    Screen(Asked(lang="en", quiet=quiet), io.StringIO(), err).ongoing(verbatim("restoring"))
    assert err.getvalue().strip() == told
