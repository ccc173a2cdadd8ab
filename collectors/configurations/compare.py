"""How two configurations differ: by section, whatever order a device prints them in.

VRP indents what belongs to a section by one space more than its head. A line is the same line
where it stands under the same heads; in which order lines and sections come says nothing (devices
print `local-user`, `snmp-agent` and interfaces in changing orders), but for the sections of
`ORDERED`, in which the first rule that matches decides.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from collectors.configurations.lines import SEPARATOR

ORDERED: Final = (
    "security-policy", "nat-policy", "policy-based-route", "traffic-policy", "auth-policy",
    "audit-policy", "quota-policy", "decryption-policy", "proxy-policy", "firewall policy",
)  # fmt: skip
"""How the heads of sections begin whose rules are tried from top to bottom (USG)."""

TAG: Final = re.compile(r"<secret:[0-9a-f]{8}>")
"""As `collectors.configurations.redaction` writes them."""

Path = tuple[str, ...]


class How(StrEnum):
    """What became of a line."""

    ADDED = "added"
    REMOVED = "removed"
    MOVED = "moved"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One line that differs, and the heads it stands under."""

    how: How
    path: Path
    text: str

    @property
    def mark(self) -> str:
        """As a diff marks it."""
        return {How.ADDED: "+", How.REMOVED: "-", How.MOVED: "~"}[self.how]

    def shown(self) -> str:
        """On one line: `+ interface X > ip address ...`."""
        return f"{self.mark} {' > '.join((*self.path, self.text))}"


def counted(lines: Iterable[str]) -> int:
    """How many lines a text has, without those that only part its sections."""
    return sum(line.strip() not in ("", SEPARATOR) for line in lines)


def differences(old: Iterable[str], new: Iterable[str]) -> tuple[Change, ...]:
    """What was taken away, added and moved: in the order in which the lines stand, those of the
    new text after those of the old one within a section. Linear in the number of lines."""
    before, after = _placed(old), _placed(new)
    gone, come = Counter(before) - Counter(after), Counter(after) - Counter(before)
    found = [
        *_taken(before, gone, How.REMOVED),
        *_taken(after, come, How.ADDED),
        *_moved(before, after),
    ]
    sections = {path: index for index, path in reversed(list(enumerate(p for p, _ in after)))}
    last = len(after)
    return tuple(sorted(found, key=lambda one: sections.get(one.path, last)))


def secrets_only(changes: Iterable[Change]) -> int:
    """How many secrets changed, where nothing else did; else 0."""
    gone, come = Counter[tuple[Path, str]](), Counter[tuple[Path, str]]()
    for one in changes:
        told = come if one.how is How.ADDED else gone
        if TAG.search(one.text) is None or one.how is How.MOVED:
            return 0
        told[one.path, TAG.sub("", one.text)] += 1
    return gone.total() if gone == come else 0


def _taken(
    lines: list[tuple[Path, str]], wanted: Counter[tuple[Path, str]], how: How
) -> Iterable[Change]:
    left = Counter(wanted)
    for path, text in lines:
        if left[path, text] > 0:
            left[path, text] -= 1
            yield Change(how=how, path=path, text=text)


def _placed(lines: Iterable[str]) -> list[tuple[Path, str]]:
    """Every line with the heads above it."""
    heads: list[tuple[int, str]] = []
    placed: list[tuple[Path, str]] = []
    for line in lines:
        text = line.strip()
        indent = len(line) - len(line.lstrip(" "))
        while heads and heads[-1][0] >= indent:
            heads.pop()
        if text and text != SEPARATOR:
            placed.append((tuple(head for _, head in heads), text))
            heads.append((indent, text))
    return placed


def _moved(before: list[tuple[Path, str]], after: list[tuple[Path, str]]) -> Iterable[Change]:
    """The first rule of each ordered section whose place among the others changed."""
    old, new = _rules(before), _rules(after)
    for path in old.keys() & new.keys():
        both = set(old[path]) & set(new[path])
        was = [one for one in old[path] if one in both]
        now = [one for one in new[path] if one in both]
        for left, right in zip(was, now, strict=False):
            if left != right:
                yield Change(how=How.MOVED, path=path, text=right)
                break


def _rules(lines: list[tuple[Path, str]]) -> dict[Path, list[str]]:
    found: dict[Path, list[str]] = {}
    for path, text in lines:
        if len(path) == 1 and path[0].startswith(ORDERED):
            found.setdefault(path, []).append(text)
    return found
