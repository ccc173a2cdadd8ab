"""The rules for Prometheus speak of metrics that are exported, with labels that they have; each is
seen firing and silent, by promtool where there is one."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from lineguard.founding import TEMPLATES
from lineguard.metrics import HELP

RULES: Final = TEMPLATES / "prometheus" / "lineguard.rules.yml"
CASES: Final = Path(__file__).parent / "prometheus" / "lineguard.test.yml"

TOKEN: Final = re.compile(
    r"\s*(?:(?P<string>\"[^\"]*\")|(?P<range>\[\d+[smh]\])|(?P<number>\d+(?:\.\d+)?)"
    r"|(?P<name>[a-zA-Z_]\w*)|(?P<sign>==|!=|<=|>=|[<>=(){},+*/-]))"
)
FUNCTIONS: Final = frozenset({"time", "absent", "increase", "max", "count"})
WORDS: Final = frozenset({"by", "and", "or"})
LABELS: Final = frozenset(label for _says, own in HELP.values() for label in own)
PARTS: Final = {"alert", "expr", "for", "labels", "annotations"}
SEVERITIES: Final = {"warning", "critical"}


class Wrong(Exception):
    """What no expression of ours may be."""


def tokens(expression: str) -> list[tuple[str, str]]:
    """The expression in pieces. Raises `Wrong` for what is none."""
    found, here = [], 0
    text = expression.strip()
    while here < len(text):
        match = TOKEN.match(text, here)
        if match is None:
            raise Wrong(text[here:])
        kind = match.lastgroup or ""
        found.append((kind, match[kind]))
        here = match.end()
    return found


def labels_of(expression: str) -> set[str]:
    """The labels that its metrics have. Raises `Wrong` for a name that nobody exports, a label that
    its metric has not, and brackets that do not close."""
    every: set[str] = set()
    open_, metric, matching = list[str](), "", False
    words = tokens(expression)
    for (kind, word), after in zip(words, [*words[1:], ("", "")], strict=True):
        if word in "({":
            open_.append(word)
            matching = word == "{"
        elif word in ")}":
            if not open_ or open_.pop() + word not in {"()", "{}"}:
                raise Wrong(expression)
            matching = False
        elif kind == "name" and matching:
            if word not in HELP[metric][1]:
                raise Wrong(f"{metric} has no label {word}")
        elif kind == "name" and word in HELP:
            metric = word
            every |= set(HELP[word][1])
        elif kind == "name" and word not in LABELS and not _speaks(word, after[1]):
            raise Wrong(f"nobody exports {word}")
    if open_ or not metric:
        raise Wrong(expression)
    return every


def _speaks(word: str, after: str) -> bool:
    """Is it a word of the language, or one of its functions?"""
    return word in WORDS or (word in FUNCTIONS and after in ("(", "by"))


def rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def cases() -> Iterator[tuple[str, bool]]:
    for test in yaml.safe_load(CASES.read_text(encoding="utf-8"))["tests"]:
        for one in test["alert_rule_test"]:
            yield one["alertname"], bool(one["exp_alerts"])


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule["alert"])
def test_a_rule_speaks_of_what_is_exported(rule: dict[str, Any]) -> None:
    assert rule.keys() <= PARTS
    known = labels_of(rule["expr"])
    assert rule["labels"]["severity"] in SEVERITIES
    assert set(rule["annotations"]) == {"summary", "description"}
    for text in rule["annotations"].values():
        said = re.findall(r"\{\{(.*?)\}\}", text)
        assert {one.strip() for one in said} <= {"$value", *(f"$labels.{name}" for name in known)}


def test_names_are_unique_and_every_rule_is_seen_firing_and_silent() -> None:
    names = [rule["alert"] for rule in rules()]
    assert len(names) == len(set(names))
    assert {name for name, fires in cases() if fires} == set(names)
    assert {name for name, fires in cases() if not fires} == set(names)


def test_the_cases_speak_of_what_is_exported() -> None:
    for test in yaml.safe_load(CASES.read_text(encoding="utf-8"))["tests"]:
        for series in test["input_series"]:
            labels_of(series["series"])


@pytest.mark.parametrize(
    "expression",
    [
        "lineguard_no_such_metric > 1",
        'lineguard_slots_due{item="M01"} > 1',
        "rate(lineguard_slots_due[5m])",
        "(lineguard_slots_due > 1",
        "lineguard_slots_due) > 1",
        "lineguard_slots_due > $x",
        "time() > 1",
    ],
)
def test_a_wrong_expression_would_be_found(expression: str) -> None:
    with pytest.raises(Wrong):
        labels_of(expression)


@pytest.mark.skipif(
    shutil.which("promtool") is None, reason="no promtool (Debian: prometheus): make bench-deps"
)
def test_promtool_sees_each_firing_and_silent() -> None:
    for line in (["check", "rules", str(RULES)], ["test", "rules", str(CASES)]):
        told = subprocess.run(["promtool", *line], capture_output=True, text=True, check=False)
        assert told.returncode == 0, told.stdout + told.stderr
