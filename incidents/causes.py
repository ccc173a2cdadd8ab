"""Keys of root causes: the same thing wrong has the same key, whoever sees it.

`device:NAME:unreachable|access|garbled|slow` for a device as a whole, `item:NAME:ITEM:check` for
one check on it, `self:cut-off` for Lineguard itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from checks.judging import Judgement
from collectors.readings import Trouble

UNREACHABLE: Final = "unreachable"
ITEM: Final = "item:"
"""Begins the key of what one check finds."""

WAYS: Final[Mapping[Trouble, str]] = MappingProxyType(
    {
        Trouble.UNREACHABLE: "access",  # the device is there, the service that we ask is not
        Trouble.REFUSED: "access",
        Trouble.TIMED_OUT: "slow",
        Trouble.GARBLED: "garbled",
        Trouble.TOO_LARGE: "garbled",
    }
)
"""What an unanswered question says about a device that was reached. The troubles that are the
site's to mend (not configured, not supported) are no incident: their slot says 未知."""


def device_cause(device: str, what: str) -> str:
    """The key of something wrong with a device as a whole."""
    return f"device:{device}:{what}"


def check_cause(judgement: Judgement) -> str:
    """The key of what one check finds abnormal; the same for both items where it stands in two."""
    return f"{ITEM}{judgement.device}:{judgement.root or judgement.item}:{judgement.check}"


def cover(judgement: Judgement) -> str:
    """A check as an incident's `covers` names it, such as `M02:space`."""
    return f"{judgement.item}:{judgement.check}"


def part_cover(item: str, part: str) -> str:
    """One part of what a check looks at, such as the port `M44:GigabitEthernet0/0/1`."""
    return f"{item}:{part}"


def item_of(covered: str) -> str:
    """The item of a covered check or part; a covered device gives its own name."""
    return covered.partition(":")[0]
