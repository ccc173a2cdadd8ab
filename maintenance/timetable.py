"""What the watch looks at between rounds, and how often. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from checks.item import Item
from incidents.causes import item_of
from incidents.model import OpenIncident, Suspect
from inventory.model import Device, Estate, Kind
from maintenance.looks import Call


class Purpose(StrEnum):
    """Why a device is looked at: is it there, or is it well?"""

    CONTACT = "contact"
    STATE = "state"


CONTACT_ITEMS: Final = ("M53",)

HOST_LOAD: Final[Mapping[Kind, str]] = MappingProxyType(
    {
        Kind.USM_CTI: "M01",
        Kind.APP_SERVER: "M17",
        Kind.WECHAT_SERVER: "M21",
        Kind.FILE_SERVER: "M24",
        Kind.TTS_ASR: "M28",
    }
)

STATE_ITEMS: Final[Mapping[Kind, tuple[str, ...]]] = MappingProxyType(
    {
        Kind.USM_CTI: (HOST_LOAD[Kind.USM_CTI], "M02", "M03", "M04", "M13", "M14", "M16"),
        Kind.APP_SERVER: (HOST_LOAD[Kind.APP_SERVER], "M19", "M20"),
        Kind.WECHAT_SERVER: (HOST_LOAD[Kind.WECHAT_SERVER],),
        Kind.FILE_SERVER: (HOST_LOAD[Kind.FILE_SERVER],),
        Kind.TTS_ASR: (HOST_LOAD[Kind.TTS_ASR], "M31", "M32", "M58"),
        Kind.DATABASE: ("M06", "M08", "M09", "M10", "M12", "M39"),
        Kind.GATEWAY_1960: ("M33", "M34", "M35"),
        Kind.ROUTER: ("M44", "M46"),
        Kind.FIREWALL: ("M44", "M46"),
        Kind.DATA_INTERFACE: ("M59",),
        Kind.UPS: ("R1",),
        Kind.STORAGE: ("R2",),
        Kind.ROOM_SENSOR: ("R3",),
    }
)
"""Items that judge a state. Those that judge what happened since the last *recorded* look (logs,
deadlocks) are left to the rounds: the watch records none, and would see the same again and again.
M16 is here for its service; a line of its log is an alarm, and stays one until a round has seen it.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchSettings:
    """Intervals, from contracts.md. `database` stands in for `state` on databases, whose
    statistics take locks when they are asked."""

    contact: timedelta = timedelta(seconds=60)
    state: timedelta = timedelta(minutes=5)
    database: timedelta = timedelta(minutes=15)
    slack: timedelta = timedelta(seconds=5)
    """A look is due this much early, so that a cron start that comes a moment too soon does not
    wait for the next one."""

    def interval(self, purpose: Purpose, kind: Kind) -> timedelta:
        """How often a device of that kind is looked at for that purpose."""
        if purpose is Purpose.CONTACT:
            return self.contact
        return self.database if kind is Kind.DATABASE else self.state


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchCall:
    """A device to be looked at. `confirm` is what to ask before a silent device is believed to be
    gone, where `call` asks less."""

    call: Call
    confirm: Call | None = None


@dataclass(frozen=True, slots=True)
class Timetable:
    """When each device was last looked at, for each purpose."""

    last: dict[tuple[str, Purpose], datetime] = field(default_factory=dict)

    def due(self, device: Device, at: datetime, settings: WatchSettings) -> frozenset[Purpose]:
        """The purposes for which it is time to look."""
        return frozenset(
            purpose
            for purpose in Purpose
            if _is_due(
                self.last.get((device.name, purpose)),
                at,
                settings.interval(purpose, device.kind),
                settings.slack,
            )
        )

    def upcoming(
        self, devices: Iterable[Device], settings: WatchSettings
    ) -> Mapping[Purpose, datetime]:
        """When the first look for each purpose will be due, of devices that were looked at."""
        first: dict[Purpose, datetime] = {}
        for device in devices:
            for purpose in Purpose:
                last = self.last.get((device.name, purpose))
                if last is not None:
                    due = last + settings.interval(purpose, device.kind)
                    first[purpose] = min(due, first.get(purpose, due))
        return first

    def newest(self) -> datetime | None:
        """When anything was last looked at."""
        return max(self.last.values(), default=None)


def _is_due(last: datetime | None, at: datetime, interval: timedelta, slack: timedelta) -> bool:
    """A look that lies ahead of us was made before the clock was set back: it says nothing."""
    return last is None or at - last >= interval - slack or last - at > slack


def calls_due(
    estate: Estate,
    items: Mapping[str, Item],
    timetable: Timetable,
    live: Iterable[OpenIncident],
    at: datetime,
    settings: WatchSettings,
    suspects: Iterable[Suspect] = (),
) -> Iterator[WatchCall]:
    """Every device that is due, with all that is due on it in one visit. A finding that is open
    is looked at again whatever item found it; what is suspected, with every look at the device."""
    found = _items_found(live)
    doubted: dict[str, set[str]] = {}
    for one in suspects:
        doubted.setdefault(one.device, set()).add(one.item)
    for device in estate.devices:
        purposes = timetable.due(device, at, settings)
        suspected = sorted(doubted.get(device.name, set()))
        contact = _items(device, items, dict.fromkeys((*CONTACT_ITEMS, *suspected)))
        known = {one.id for one in contact}
        names = (*STATE_ITEMS.get(device.kind, ()), *found.get(device.name, ()))
        state = _items(device, items, (one for one in dict.fromkeys(names) if one not in known))
        brief = Call(device=device, items=contact, purposes=purposes)
        whole = Call(device=device, items=(*contact, *state), purposes=frozenset(Purpose))
        call = whole if Purpose.STATE in purposes else brief
        if purposes and call.wanted:
            yield WatchCall(call=call, confirm=whole if whole.wanted > call.wanted else None)


def _items(device: Device, items: Mapping[str, Item], names: Iterable[str]) -> tuple[Item, ...]:
    known = (_light(items[name]) for name in names if name in items)
    return tuple(one for one in known if one.checks and one.applies_to(device))


def _light(item: Item) -> Item:
    """The item without the checks that are for rounds only."""
    checks = tuple(one for one in item.checks if not one.rounds_only)
    return item if checks == item.checks else replace(item, checks=checks)


def _items_found(live: Iterable[OpenIncident]) -> Mapping[str, set[str]]:
    """The items behind the open incidents of each device."""
    found: dict[str, set[str]] = {}
    for one in live:
        if one.device is not None:
            found.setdefault(one.device, set()).update(map(item_of, one.covers))
            found[one.device] |= {one.item} if one.item else set()
    return found
