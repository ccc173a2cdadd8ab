"""What a runbook is: sections of numbered steps, each for a person or for a machine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Final

END: Final = "结束"
"""As the target of a branch: the runbook is over."""
ONWARD: Final = "继续"
"""As the target of a branch: the next step of the same section."""


class Sort(StrEnum):
    """What a runbook is for."""

    EMERGENCY = "emergency"
    """One of the contract's eight kinds (K 6.10.2)."""
    FAULT = "fault"
    """Something that a check finds."""
    WORK = "work"
    """Planned work that the contract asks for, such as a drill."""


class Found(StrEnum):
    """What a machine's step came to."""

    NORMAL = "normal"
    ABNORMAL = "abnormal"
    UNKNOWN = "unknown"


LABELS: Final[Mapping[Found, str]] = {
    Found.NORMAL: "正常",
    Found.ABNORMAL: "异常",
    Found.UNKNOWN: "未知",
}
"""The branches of a check, which are taken by what it finds."""


class Place(StrEnum):
    """Where a check of a runbook looks."""

    DEVICE = "device"
    """The device that the run is about."""
    SITE = "site"
    """Every device of its site that the item applies to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A look at an item. Of several, written `M01/M17`, those that apply to the device: what is the
    same work has another number on every kind. `place` is a `Place`, or the name of a device."""

    items: tuple[str, ...]
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A command of ours that only reads. A word may be `{incident}`, `{device}` or `{site}`."""

    words: tuple[str, ...]


Machine = Check | Command


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """One answer of a decision and the section that it leads to (or `END`, `ONWARD`)."""

    label: str
    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step. With `wait` it is done only when that long has passed since the step before; its
    branches, if it has any, may be taken earlier. With branches and neither wait nor machine it is
    a decision. `key` is section.step, both from 1."""

    key: str
    text: str
    line: int
    machine: Machine | None = None
    wait: timedelta | None = None
    branches: tuple[Branch, ...] = ()

    @property
    def decides(self) -> bool:
        """Has a person to choose?"""
        return bool(self.branches) and self.wait is None and self.machine is None

    def target(self, label: str) -> str | None:
        """Where that answer leads; None for an answer that there is not."""
        return next((one.target for one in self.branches if one.label == label), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Steps under a heading, worked one after the other."""

    title: str
    line: int
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Runbook:
    """A whole runbook as its file has it. Titles and summaries are by language, steps Chinese."""

    name: str
    sort: Sort
    title: Mapping[str, str]
    summary: Mapping[str, str]
    source: str
    sections: tuple[Section, ...]
    text: str

    @property
    def digest(self) -> str:
        """SHA-256 of its text, under which a run keeps it as evidence."""
        return sha256(self.text.encode()).hexdigest()

    @property
    def first(self) -> str:
        """The key of its first step."""
        return self.sections[0].steps[0].key

    def steps(self) -> Iterator[Step]:
        """All of them, as they stand."""
        return (step for section in self.sections for step in section.steps)

    def step(self, key: str) -> Step:
        """The step of that key. Raises `KeyError`."""
        for one in self.steps():
            if one.key == key:
                return one
        raise KeyError(key)

    def section_of(self, key: str) -> Section:
        """The section in which that step stands."""
        return self.sections[int(key.partition(".")[0]) - 1]

    def following(self, key: str, target: str | None = None) -> str | None:
        """The key of the step after `key`, or the first one of the section `target`. None: over."""
        if target == END:
            return None
        if target is not None and target != ONWARD:
            return next(one.steps[0].key for one in self.sections if one.title == target)
        steps = self.section_of(key).steps
        place = next(number for number, one in enumerate(steps) if one.key == key)
        return steps[place + 1].key if place + 1 < len(steps) else None
