"""A fault of the practice site, and what must be seen of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from checks.verdict import State
from inventory.model import Device, Kind
from lab.world import DeviceWorld, Scene
from phrases import Phrase


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What Lineguard must find, and nothing else: the check, its state, the cause of the one
    incident, and the check's sentence in English. `headline` is the incident's sentence where that
    is another. `*` in a sentence stands for what is never the same, such as a time.

    `item` is empty where no device may be blamed at all.
    """

    item: str
    check: str
    state: State
    cause: str
    sentence: str
    headline: str | None = None
    by: str | None = None
    """The device whose item says so, where that is not the one that it befalls: then it is told
    unasked, and seen only where somebody listens."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """`device` is where it usually strikes; it can strike any device that speaks one of
    `protocols` and is of one of `kinds` (empty: any)."""

    name: str
    title: Phrase
    device: str
    apply: Callable[[Scene, DeviceWorld], None]
    seen: Seen
    protocols: frozenset[str] = frozenset()
    kinds: frozenset[Kind] = frozenset()

    @property
    def everywhere(self) -> bool:
        """Does it strike all devices at once? Then `device` only stands for them."""
        return not self.seen.item

    def fits(self, device: Device) -> bool:
        """Can it befall that device?"""
        spoken = any(getattr(device.access, one) is not None for one in self.protocols)
        kind_fits = not self.kinds or device.kind in self.kinds
        return kind_fits and (spoken or not self.protocols)


def abnormal(device: str, item: str, check: str, sentence: str) -> Seen:
    """One check is abnormal."""
    cause = f"item:{device}:{item}:{check}"
    return Seen(item=item, check=check, state=State.ABNORMAL, cause=cause, sentence=sentence)


def unanswered(device: str, way: str, item: str, check: str, sentence: str) -> Seen:
    """The device is there, and its questions are not answered."""
    cause = f"device:{device}:{way}"
    return Seen(item=item, check=check, state=State.UNKNOWN, cause=cause, sentence=sentence)
