"""The shape of the schedule: items of the contract and the checks that carry them out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Any, Generic, TypeVar

from checks.verdict import Verdict
from collectors.readings import Reading
from inventory.model import Device, Kind, Trait

R = TypeVar("R", bound=Reading)
L = TypeVar("L")


class Period(StrEnum):
    """How often the contract wants an item."""

    SHIFT = "S"
    """Once in every shift of the site's roster."""
    DAY = "D"
    WEEK = "W"
    MONTH = "M"
    QUARTER = "Q"


class Scope(StrEnum):
    """What an item is due on."""

    DEVICE = "device"
    SITE = "site"
    """On a site as a whole: its slots have the site's name where others have a device's."""


class By(StrEnum):
    """Who fulfils the slots of an item."""

    MACHINE = "machine"
    PERSON = "person"
    """By an entry that somebody makes: `maintenance.manual`."""
    DOCUMENT = "document"
    """By a document that is generated: it stays due until there is one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoLimits:
    """For checks that have nothing to set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check(Generic[R, L]):
    """One judge. `name` is unique within its item; `limits` is a frozen dataclass of floats whose
    field names are the keys of a device's `limits`."""

    name: str
    reads: type[R]
    judge: Callable[[R, L, Device], Verdict]
    limits: L
    form: str | None = None
    """NT12345-001 ... -006, where the check fills a device form."""
    kinds: frozenset[Kind] | None = None
    """Only these kinds of the item's, where the item's checks differ by kind."""
    traits: frozenset[Trait] = frozenset()
    """Only devices with one of these; empty: any device."""
    where: Callable[[Device], bool] | None = None
    """Only devices of which this holds, such as those that stand in a hot-standby pair."""
    root: str | None = None
    """Where one look stands in two items: the item whose finding it is, so that one fault is one
    incident. None: each item's finding is its own."""
    optional: bool = False
    """Left out on a device that cannot be asked (not configured, not supported), as long as
    another check of the item speaks. For looks that not every make of a device offers."""
    raises: bool = True
    """Is what it finds an incident? Not where each thing that it counts has one already."""
    rounds_only: bool = False
    """Too heavy for the looks between rounds, such as the checksums of large files: the watch
    leaves it out, also where it found what an open incident is about."""

    def limits_for(self, device: Device) -> L:
        """The catalogue's limits with the device's own in their place."""
        names = {one.name for one in fields(self.limits)}  # type: ignore[arg-type]
        own = {name: value for name, value in device.limits if name in names}
        return replace(self.limits, **own) if own else self.limits  # type: ignore[type-var]

    def applies_to(self, device: Device) -> bool:
        """Is this check for that device's kind and traits?"""
        kind_fits = self.kinds is None or device.kind in self.kinds
        trait_fits = not self.traits or bool(self.traits & device.traits)
        return kind_fits and trait_fits and (self.where is None or self.where(device))


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A row of the maintenance schedule. `checks` empty: due, and 未知 "no check yet".

    Checks of an item that is due on a site as a whole, and by a person, fulfil no slot: they are
    what the watch, `check run` and the cross-check of an entry ask the sensors that stand there.
    Each of them names its kinds."""

    id: str
    group: str
    title_zh: str
    title_en: str
    form_group: str
    """Heading and title letter for letter as the tender prints them, slips included."""
    form_title: str
    period: Period
    kinds: frozenset[Kind]
    checks: tuple[Check[Any, Any], ...] = ()
    trait: Trait | None = None
    without: Trait | None = None
    """Not due on devices with this trait."""
    scope: Scope = Scope.DEVICE
    by: By = By.MACHINE
    busy_hour: bool = False
    """Only satisfied inside the configured busy-hour window."""
    runbook: str | None = None
    changed: bool = False
    """The site's own, or not as the contract has it."""

    def applies_to(self, device: Device) -> bool:
        """Can that device be asked about this item? For an item of devices: is it due on it? One
        of a site as a whole is due on no device; its sensors are those that its checks name."""
        if self.scope is Scope.SITE:
            return any(one.kinds and one.applies_to(device) for one in self.checks)
        trait_fits = self.trait is None or self.trait in device.traits
        return device.kind in self.kinds and trait_fits and self.without not in device.traits
