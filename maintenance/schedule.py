"""Which slots there are: every item of the contract on every device, once per period. What is due
on a site as a whole has the site's name where the others have a device's.

Pure: estate, catalogue, day and calendar in, slots out, always the same and in the same order.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from checks.item import Item, Period, Scope
from inventory.model import Estate
from maintenance.calendar import (
    ONE_DAY,
    CalendarSettings,
    Span,
    busy_windows,
    days_of,
    terms_of,
)

EVERY_PERIOD: Final = frozenset(Period)


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One item on one device (or site as a whole) in one period.

    `windows` are the busy hours in which a busy-hour item counts. Empty for the others, and where
    the site names no busy hours for the period: those may be worked at any time of it.
    """

    id: str
    item: str
    device: str
    site: str
    period: Period
    period_name: str
    span: Span
    windows: tuple[Span, ...] = ()

    @property
    def opens(self) -> datetime:
        """When the period begins."""
        return self.span.opens

    @property
    def closes(self) -> datetime:
        """From when on it can no longer be satisfied: the end of its last busy hour, or of its
        period."""
        return self.windows[-1].closes if self.windows else self.span.closes

    @property
    def busy_hour(self) -> bool:
        """Is it only satisfied inside the busy hour?"""
        return bool(self.windows)

    def workable(self, at: datetime) -> bool:
        """Would a look at that moment satisfy it?"""
        return self.span.holds(at) and (
            not self.windows or any(window.holds(at) for window in self.windows)
        )


def slot_id(item: str, device: str, period: str) -> str:
    """`M01/usm-1/2026-11-20`, `R1/site_primary/2026-11-20T08:00`."""
    return f"{item}/{device}/{period}"


def slots_for(
    estate: Estate,
    catalogue: Iterable[Item],
    day: date,
    settings: CalendarSettings,
    periods: frozenset[Period] = EVERY_PERIOD,
) -> tuple[Slot, ...]:
    """The slots of every period that holds `day`, and of every shift that begins on it, in the
    order of the contract. Maintenance is due on days off as well."""
    return tuple(
        slot
        for item in catalogue
        if item.period in periods
        for slot in _slots(item, estate, day, settings)
    )


def windows_of(day: date, period: Period, settings: CalendarSettings) -> tuple[Span, ...]:
    """Every busy hour of the period that holds `day`, in order."""
    first, following = days_of(day, period)
    found: list[Span] = []
    while first < following:
        found.extend(busy_windows(first, settings))
        first += ONE_DAY
    return tuple(found)


def _slots(item: Item, estate: Estate, day: date, settings: CalendarSettings) -> Iterator[Slot]:
    windows = windows_of(day, item.period, settings) if item.busy_hour else ()
    places = tuple(places_of(item, estate))
    for term in terms_of(day, item.period, settings):
        for device, site in places:
            yield Slot(
                id=slot_id(item.id, device, term.name),
                item=item.id,
                device=device,
                site=site,
                period=item.period,
                period_name=term.name,
                span=term.span,
                windows=windows,
            )


def places_of(item: Item, estate: Estate) -> Iterator[tuple[str, str]]:
    """What the item is due on, and the site of it. A site without devices has nothing to walk
    through."""
    if item.scope is Scope.SITE:
        used = {device.site for device in estate.devices}
        yield from ((site.name, site.name) for site in estate.sites if site.name in used)
        return
    for device in estate.devices:
        if item.applies_to(device):
            yield device.name, device.site
