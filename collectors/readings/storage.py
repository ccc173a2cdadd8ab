"""Storage arrays: the health of their parts, and how full they are."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from collectors.readings.base import Reading


class ArrayPart(StrEnum):
    """What an array is made of."""

    DISK = "disk"
    CONTROLLER = "controller"
    POOL = "pool"
    LUN = "lun"


class Health(StrEnum):
    """How well a part is: `failing` still works, `failed` does not. `untold`: the array does not
    know, or says something that its documentation gives no meaning."""

    WELL = "well"
    FAILING = "failing"
    FAILED = "failed"
    UNTOLD = "untold"


@dataclass(frozen=True, slots=True, kw_only=True)
class PartHealth:
    """One part; `word` is the health in the array's own terms, `celsius` where it has a sensor."""

    part: ArrayPart
    name: str
    health: Health
    word: str
    celsius: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrayParts(Reading):
    """Never empty, and never without disks."""

    parts: tuple[PartHealth, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolUse:
    """How full one pool is, in percent."""

    name: str
    used_percent: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrayCapacity(Reading):
    """Never empty."""

    pools: tuple[PoolUse, ...]
