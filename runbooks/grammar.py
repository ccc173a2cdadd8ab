"""Reading a runbook: a strict small part of Markdown, described in docs/runbooks.md.

A file that does not fit it is refused with its line: a runbook is read at 3 a.m., so what would be
passed over quietly then is found now.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from inventory.problems import Problem, in_order, not_known, shown
from phrases import Phrase, say
from runbooks.model import (
    END,
    LABELS,
    ONWARD,
    Branch,
    Check,
    Command,
    Machine,
    Runbook,
    Section,
    Sort,
    Step,
)

MAX_BYTES: Final = 64 * 1024
MAX_STEPS: Final = 200
LONGEST_LINE: Final = 400
LONGEST_WAIT: Final = timedelta(hours=96)
"""The surge's last tier waits 72 hours (K 6.10.3)."""

FENCE: Final = "---"
HEAD_KEYS: Final = frozenset({"title_en", "summary_en", "kind", "source"})
APPLIES: Final = "适用："
STEP: Final = re.compile(r"([0-9]{1,3})\. (\S.*)")
MARK: Final = re.compile(r"`(check|command|wait): ([^`]+)` ?(.*)")
WAIT: Final = re.compile(r"([0-9]{1,4})(s|m|h)", re.ASCII)
BRANCH: Final = re.compile(r"- (\S[^→]*?) ?→ ?(\S.*)")
UNITS: Final[Mapping[str, timedelta]] = {
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
}
NAME: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*", re.ASCII)
"""A runbook's name is that of its file, so that it can be typed and told on the telephone."""


class RunbookWrong(Exception):
    """A runbook that does not fit the grammar, with every problem of it."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(one.sentence().text("en") for one in problems))
        self.problems = problems


def parse(name: str, text: str, file: str) -> Runbook:
    """The runbook of that name. `file` is how problems name it. Raises `RunbookWrong`."""
    reading = _Reading(name=name, file=file, text=text)
    read = reading.read()
    if reading.problems or read is None:
        raise RunbookWrong(in_order(reading.problems))
    return read


@dataclass(slots=True)
class _Draft:
    """A step whose lines are still being read."""

    line: int
    text: str
    machine: Machine | None = None
    wait: timedelta | None = None
    branches: list[Branch] = field(default_factory=list)


@dataclass(slots=True)
class _Heading:
    title: str
    line: int
    steps: list[_Draft] = field(default_factory=list)


@dataclass(slots=True)
class _Reading:
    """One file being read."""

    name: str
    file: str
    text: str
    problems: list[Problem] = field(default_factory=list)
    head: dict[str, str] = field(default_factory=dict)
    title: str = ""
    summary: str = ""
    headings: list[_Heading] = field(default_factory=list)

    def read(self) -> Runbook | None:
        if len(self.text.encode()) > MAX_BYTES:
            self._wrong(1, say("a runbook has at most {limit} bytes", limit=MAX_BYTES))
            return None
        lines = list(enumerate(self.text.splitlines(), 1))
        body = self._front_matter(lines)
        for number, line in body:
            self._line(number, line)
        self._complete()
        return None if self.problems else self._made()

    def _front_matter(self, lines: list[tuple[int, str]]) -> list[tuple[int, str]]:
        if not lines or lines[0][1] != FENCE:
            self._wrong(1, say("a runbook begins with a line --- and its English title"))
            return lines
        for place, (number, line) in enumerate(lines[1:], 1):
            if line == FENCE:
                return lines[place + 1 :]
            key, colon, value = line.partition(":")
            if key not in HEAD_KEYS:
                self._wrong(number, not_known(self.name, key, HEAD_KEYS))
            elif not colon or not value.strip() or key in self.head:
                self._wrong(number, say("“{key}” has one value", key=key))
            else:
                self.head[key] = value.strip()
        self._wrong(1, say("a runbook begins with a line --- and its English title"))
        return []

    def _line(self, number: int, line: str) -> None:
        written = line.rstrip()
        if len(written) > LONGEST_LINE or not written.isprintable():
            self._wrong(
                number,
                say("a line has at most {limit} characters, none of them for control",
                    limit=LONGEST_LINE),
            )  # fmt: skip
        elif written.startswith("## "):
            self.headings.append(_Heading(written[3:].strip(), number))
        elif written.startswith("# ") and not self.title:
            self.title = written[2:].strip()
        elif written.startswith(APPLIES) and not self.summary and not self.headings:
            self.summary = written.removeprefix(APPLIES).strip()
        elif written and not (self.headings and self._of_section(self.headings[-1], number, line)):
            self._wrong(
                number, say("“{line}” is neither heading nor step nor answer", line=shown(line))
            )

    def _of_section(self, heading: _Heading, number: int, line: str) -> bool:
        """Take a line of a section; False for one that has no meaning there."""
        step = STEP.fullmatch(line.rstrip())
        if step is not None:
            if int(step[1]) != len(heading.steps) + 1:
                self._wrong(number, say("the steps of a section are numbered from 1, each by one"))
            heading.steps.append(self._draft(number, step[2]))
            return True
        if not heading.steps or not line.startswith("  "):
            return False
        inner, last = line.strip(), heading.steps[-1]
        if not inner.startswith("- "):
            last.text += inner
            return not last.branches
        branch = BRANCH.fullmatch(inner.replace("->", "→"))
        if branch is None or any(one.label == branch[1] for one in last.branches):
            return False
        last.branches.append(Branch(label=branch[1], target=branch[2]))
        return True

    def _draft(self, number: int, text: str) -> _Draft:
        mark = MARK.fullmatch(text)
        if mark is None:
            return _Draft(number, text)
        kind, what, rest = mark[1], mark[2].strip(), mark[3]
        draft = _Draft(number, rest)
        if kind == "wait":
            draft.wait = self._wait(number, what)
        elif kind == "check":
            draft.machine = self._check(number, what)
        else:
            draft.machine = Command(words=tuple(what.split()))
        return draft

    def _wait(self, number: int, what: str) -> timedelta | None:
        found = WAIT.fullmatch(what)
        wait = None if found is None else int(found[1]) * UNITS[found[2]]
        if wait is None or not timedelta(0) < wait <= LONGEST_WAIT:
            self._wrong(number, say("“{what}” is no wait such as 5m, 1h or 30s", what=shown(what)))
            return None
        return wait

    def _check(self, number: int, what: str) -> Check | None:
        words = what.split()
        if len(words) != 2:
            self._wrong(
                number,
                say("“{what}” is no check such as M46 device: an item, then device, site or the "
                    "name of a device", what=shown(what)),
            )  # fmt: skip
            return None
        return Check(items=tuple(words[0].split("/")), place=words[1])

    def _complete(self) -> None:
        if not NAME.fullmatch(self.name):
            self._wrong(1, say("a runbook's file is named with a-z, 0-9 and -"))
        for key in sorted(HEAD_KEYS - self.head.keys()):
            self._wrong(1, say("the key “{key}” is missing", key=key))
        if self.head.get("kind") not in (None, *Sort):
            self._wrong(1, say("kind is one of {kinds}", kinds=", ".join(Sort)))
        if not self.title or not self.summary:
            self._wrong(1, say("a runbook has a title (# ...) and a line 适用： that says when"))
        if not self.headings:
            self._wrong(1, say("a runbook has at least one section (## ...) with steps"))
        if sum(len(one.steps) for one in self.headings) > MAX_STEPS:
            self._wrong(1, say("a runbook has at most {limit} steps", limit=MAX_STEPS))
        self._sections()

    def _sections(self) -> None:
        titles = [one.title for one in self.headings]
        led_to = set(titles[:1])
        for place, heading in enumerate(self.headings):
            if heading.title in (END, ONWARD, *titles[:place]):
                self._wrong(heading.line, say("each section has a heading of its own"))
            if not heading.steps:
                self._wrong(heading.line, say("a section has at least one step"))
            for number, step in enumerate(heading.steps):
                self._step(step, titles, last=number == len(heading.steps) - 1)
                led_to |= {one.target for one in step.branches}
        for heading in self.headings:
            if heading.title not in led_to:
                self._wrong(
                    heading.line, say("nothing leads to the section “{title}”", title=heading.title)
                )

    def _step(self, step: _Draft, titles: list[str], *, last: bool) -> None:
        if not step.text:
            self._wrong(step.line, say("a step says what it is for"))
        targets = [one.target for one in step.branches]
        for target in targets:
            if target not in (END, ONWARD, *titles):
                self._wrong(step.line, say("there is no section “{title}”", title=shown(target)))
        labels = {one.label for one in step.branches}
        if isinstance(step.machine, Check) and labels not in (set(), set(LABELS.values())):
            self._wrong(step.line, say("the answers of a check are 正常, 异常 and 未知, all three"))
        if isinstance(step.machine, Command) and labels:
            self._wrong(step.line, say("a command has no answers; ask in the next step"))
        leaves = bool(targets) and ONWARD not in targets and step.wait is None
        if leaves and not last:
            self._wrong(step.line, say("nothing leads to the step after this one"))

    def _made(self) -> Runbook:
        return Runbook(
            name=self.name,
            sort=Sort(self.head["kind"]),
            title={"zh": self.title, "en": self.head["title_en"]},
            summary={"zh": self.summary, "en": self.head["summary_en"]},
            source=self.head["source"],
            sections=tuple(_sections(self.headings)),
            text=self.text,
        )

    def _wrong(self, line: int, what: Phrase) -> None:
        self.problems.append(Problem(file=self.file, line=line, what=what))


def _sections(headings: list[_Heading]) -> Iterator[Section]:
    for section, heading in enumerate(headings, 1):
        steps = tuple(
            Step(
                key=f"{section}.{number}",
                text=draft.text,
                line=draft.line,
                machine=draft.machine,
                wait=draft.wait,
                branches=tuple(draft.branches),
            )
            for number, draft in enumerate(heading.steps, 1)
        )
        yield Section(title=heading.title, line=heading.line, steps=steps)
