"""Placeholders `{name}` in paths of the estate: each is one that is worked out there."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

from inventory.declared import Value
from inventory.problems import listed
from phrases import say

MARK: Final = re.compile(r"\{[A-Za-z_][A-Za-z0-9_]*\}")


def refuse_placeholders(value: Value, path: str, known: Collection[str] = ()) -> None:
    """Complain of placeholders in a path that nobody would put anything for. `known` are those that
    are, with their braces."""
    for mark in MARK.findall(path):
        if mark in known:
            continue
        if known:
            value.refuse(say("{at}: {mark} is not known here; known: {known}", at=value.at,
                             mark=mark, known=listed(known)))  # fmt: skip
        else:
            value.refuse(
                say("{at}: {mark} is not worked out here; write the path as it is", at=value.at,
                    mark=mark)
            )  # fmt: skip
