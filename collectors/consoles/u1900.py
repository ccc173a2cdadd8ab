"""The U1900 voice gateways: their commands are not public, so what is asked is site data.

Only a question that the site has confirmed is sent, and only if it begins with `show` or `display`
(the verbs of the transcript and of VRP): `enable` lands in configuration mode, where anything else
might write.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from collectors.consoles.shapes import Garbled
from collectors.readings import (
    GatewayAddresses,
    GatewayAlarms,
    GatewayHardware,
    GatewayLoad,
    GatewayPorts,
    GatewayVersion,
    Reading,
)
from inventory.model import ConsoleQuestion, Device

ENABLE: Final = "enable"
SUCCESS: Final = "====  Command executed success !  ===="
"""Stands under every whole answer, before the prompt. Source: a U1911's transcript."""

ALARMS: Final = "alarms"
TOPICS: Final[Mapping[type[Reading], str]] = {
    GatewayLoad: "cpu",
    GatewayAlarms: ALARMS,
    GatewayAddresses: "addresses",
    GatewayVersion: "version",
    GatewayPorts: "ports",
    GatewayHardware: "hardware",
}
PARTS: Final = frozenset({"ports", "hardware"})
"""Topics whose pattern finds a name and a state: two groups, both of them always."""

READ_ONLY: Final = re.compile(r"(?:show|display) [A-Za-z0-9_./:-][A-Za-z0-9 _./:-]{0,95}")
VALUE_LIMIT: Final = 200
VALUES_LIMIT: Final = 500
LINE_LIMIT: Final = 256
"""A site's pattern is tried on no longer line, so that no device can make it run away."""
UNBOUNDED_LIMIT: Final = 4

_GROUP_REPEATED: Final = re.compile(r"\)(?:[*+]|\{\d{0,4},\})")
_UNBOUNDED: Final = re.compile(r"(?<!\\)[*+]|\{\d{0,4},\}")


def question_of(device: Device, topic: str) -> ConsoleQuestion | None:
    """The site's question of that topic, confirmed or not."""
    return dict(device.console).get(topic)


def may_be_sent(command: str) -> bool:
    """Is this a single read-only command, without anything a console might act on?"""
    return READ_ONLY.fullmatch(command) is not None


def may_be_tried(question: ConsoleQuestion) -> bool:
    """Are its patterns such as cannot run away: no open-ended repetition of a group, and few of
    anything else?"""
    return all(_plain(one) for one in (question.pattern, question.none) if one is not None)


def _plain(pattern: str) -> bool:
    if _GROUP_REPEATED.search(pattern) or len(_UNBOUNDED.findall(pattern)) > UNBOUNDED_LIMIT:
        return False
    try:
        re.compile(pattern)
    except re.error:
        return False
    return True


def without_trailer(lines: tuple[str, ...]) -> tuple[str, ...]:
    """The answer above `SUCCESS`. Raises `Garbled` when the console did not say it."""
    for index, line in enumerate(lines):
        if line.strip() == SUCCESS:
            return lines[:index]
    raise Garbled


def values(lines: tuple[str, ...], question: ConsoleQuestion, topic: str) -> tuple[str, ...]:
    """What the site's pattern finds, line by line: every group is a value; of alarms, every match;
    of parts, the name and the state of each, parted by a tab.

    Empty only when nothing was found and a line matches the site's `none`. Raises `Garbled` when
    the answer has neither.
    """
    short = [line.strip() for line in lines if len(line) <= LINE_LIMIT]
    if len(short) < len(lines):
        raise Garbled
    pattern = re.compile(question.pattern)
    found = [match for line in short for match in pattern.finditer(line)]
    if found:
        return _parts(found) if topic in PARTS else _texts(found, whole=topic == ALARMS)
    if question.none is not None and any(re.search(question.none, line) for line in short):
        return ()
    raise Garbled


def _texts(found: list[re.Match[str]], *, whole: bool) -> tuple[str, ...]:
    groups = [[one for one in (match.groups() or (match[0],)) if one] for match in found]
    texts = [" ".join(one) for one in groups] if whole else [text for one in groups for text in one]
    if not all(texts) or not texts or len(texts) > VALUES_LIMIT:
        raise Garbled
    return tuple(" ".join(text.split())[:VALUE_LIMIT] for text in texts)


def _parts(found: list[re.Match[str]]) -> tuple[str, ...]:
    pairs = [[" ".join((one or "").split()) for one in match.groups()] for match in found]
    if len(pairs) > VALUES_LIMIT or any(len(one) != 2 or not all(one) for one in pairs):
        raise Garbled
    return tuple(f"{name[:VALUE_LIMIT]}\t{state[:VALUE_LIMIT]}" for name, state in pairs)
