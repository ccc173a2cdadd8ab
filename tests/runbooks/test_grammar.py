"""The grammar of runbooks: what fits is read as it is meant, what does not is told with a line."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runbooks.grammar import MAX_BYTES, RunbookWrong, parse
from runbooks.model import Check, Command, Runbook
from runbooks.shelf import library
from tests.runbooks.test_running import SHORT
from tests.tiers import count

DOCS = Path(__file__).parents[2] / "docs" / "runbooks.md"


def wrong(text: str, name: str = "short") -> list[str]:
    with pytest.raises(RunbookWrong) as told:
        parse(name, text, "short.md")
    return [one.sentence().text("en") for one in told.value.problems]


def test_the_example_of_the_manual_is_a_runbook() -> None:
    text = DOCS.read_text(encoding="utf-8").partition("```markdown\n")[2].partition("```")[0]
    book = parse("room-too-hot", text, "docs/runbooks.md")
    assert [one.title for one in book.sections] == ["处理", "上报"]
    first, wait, check, command, decision, last = book.steps()
    assert (first.machine, first.wait, first.branches) == (None, None, ())
    assert wait.wait == timedelta(minutes=10)
    assert check.machine == Check(items=("R3",), place="site")
    assert command.machine == Command(words=("oncall", "show"))
    assert decision.decides and not (wait.decides or check.decides or last.decides)
    assert book.following(decision.key, "继续") == last.key
    assert book.following(decision.key, "处理") == first.key
    assert book.following(last.key) is None


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("---\ntitle_en", "title_en", "short.md:1: a runbook begins with a line ---"),
        ("title_en: Short\n", "", "the key “title_en” is missing"),
        ("title_en: Short", "titel_en: Short", "the nearest is “title_en”"),
        ("title_en: Short", "title_en:", "“title_en” has one value"),
        ("kind: fault", "kind: trouble", "kind is one of"),
        ("# 短\n", "", "has a title"),
        ("适用：测试\n", "", "has a title"),
        ("1. 看一眼", "2. 看一眼", "short.md:13: the steps of a section are numbered from 1"),
        ("1. 看一眼", "看一眼", "is neither heading nor step"),
        ("wait: 5m", "wait: 5 min", "is no wait"),
        ("wait: 5m", "wait: 0m", "is no wait"),
        ("wait: 5m", "wait: 97h", "is no wait"),
        ("M46 device", "M46", "is no check"),
        ("`check: M46 device` 复查", "`check: M46 device`", "says what it is for"),
        ("   - 未知 → 选择\n", "", "all three"),
        ("- 未知 → 选择", "- 未知 → 别处", "there is no section “别处”"),
        ("- 再来 → 处理\n", "- 再来\n", "is neither heading nor step"),
        ("- 算了", "- 再来", "is neither heading nor step"),
        ("## 选择", "## 处理", "heading of its own"),
        ("   - 异常 → 选择\n   - 未知 → 选择", "   - 异常 → 结束\n   - 未知 → 结束",
         "nothing leads to the section “选择”"),
        ("3. `check", "3. 停？\n   - 是 → 选择\n4. `check", "nothing leads to the step after"),
        ("1. 怎么办？\n   - 再来 → 处理\n   - 算了 → 结束\n", "", "at least one step"),
        ("看一眼", "看\x1b[2J", "none of them for control"),
        ("看一眼", "看" * 500, "at most 400 characters"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_told_with_its_line(before: str, after: str, said: str) -> None:
    assert before in SHORT
    assert any(said in one for one in wrong(SHORT.replace(before, after, 1)))


def test_a_name_that_cannot_be_typed_and_a_file_too_large_are_refused() -> None:
    assert any("is named with" in one for one in wrong(SHORT, "Kurz und gut"))
    assert "at most" in wrong(SHORT + "x" * MAX_BYTES)[0]
    assert wrong("") != []


@settings(max_examples=count(100, 5_000), deadline=None)
@given(st.data())
def test_a_damaged_file_is_refused_or_can_be_walked(data: st.DataObject) -> None:
    lines = library()["power-cut"].text.splitlines()
    chosen = data.draw(st.lists(st.sampled_from(lines) | st.text(max_size=30), max_size=40))
    cut = data.draw(st.integers(0, len(lines)))
    try:
        book = parse("fuzz", "\n".join([*lines[:cut], *chosen]), "fuzz.md")
    except RunbookWrong as told:
        assert told.problems
    else:
        assert_whole(book)


def assert_whole(book: Runbook) -> None:
    for step in book.steps():
        for target in (None, *(one.target for one in step.branches)):
            following = book.following(step.key, target)
            assert following is None or book.step(following).key == following
