"""Virtual routers: which of two devices answers for a shared address."""

from __future__ import annotations

from dataclasses import dataclass

from collectors.readings.base import Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class VrrpGroup:
    """`state` in lower case: master, backup, initialize."""

    vrid: int
    interface: str
    state: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VrrpGroups(Reading):
    """Every group that the device says it is in; may be empty."""

    groups: tuple[VrrpGroup, ...]
