"""`lineguard schedule`: what the contract wants, and what of it is done."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from lineguard.cli.asked import Asked
from lineguard.cli.screen import Screen, screen
from lineguard.cli.speech import command, option
from lineguard.cli.values import Day
from phrases import say

if TYPE_CHECKING:
    from collections.abc import Mapping

    from checks.item import Item
    from lineguard.wiring import Station
    from maintenance.schedule import Slot


@command("items", say("The catalogue of items: period, kinds, and whether a check is built."))
def items(asked: Asked) -> int:
    """A line for each, in the contract's order."""
    from checks.catalogue import catalogue

    show = screen(asked)
    head = (say("item"), say("period"), say("busy hour"), say("checks"), say("kinds"), say("title"))
    show.rows(
        head,
        [
            (one.id, one.period.value, show.text(say("yes")) if one.busy_hour else "",
             ",".join(check.name for check in one.checks) or "-",
             _kinds(one), one.title_zh if asked.lang == "zh" else one.title_en)
            for one in catalogue()
        ],
    )  # fmt: skip
    show.document([_item(one) for one in catalogue()])
    return 0


MOST_KINDS = 2
"""Kinds written out in the table; M53 has nearly all of them."""


def _kinds(item: Item) -> str:
    names = sorted(kind.value for kind in item.kinds)
    return " ".join(names) if len(names) <= MOST_KINDS else f"{names[0]} +{len(names) - 1}"


def _item(item: Item) -> dict[str, Any]:
    return {
        "item": item.id,
        "period": item.period.value,
        "group": item.group,
        "title_zh": item.title_zh,
        "title_en": item.title_en,
        "kinds": sorted(kind.value for kind in item.kinds),
        "trait": item.trait.value if item.trait else None,
        "busy_hour": item.busy_hour,
        "checks": [{"check": one.name, "form": one.form} for one in item.checks],
        "runbook": item.runbook,
    }


@command("show", say("The slots of one day: item x device, and what became of each."))
@option("--on", "day", type=Day(), says=say("another day than today, such as 2026-11-21"))
@option("--device", says=say("only this device's"))
def show(asked: Asked, day: date | None, device: str | None) -> int:
    """A line for each slot; one that is not planned yet is due all the same."""
    from checks.catalogue import catalogue
    from lineguard import clock
    from lineguard.wiring import station_of
    from maintenance.calendar import day_of
    from maintenance.schedule import slots_for

    station = station_of(asked)
    on = day or day_of(clock.now())
    slots = [
        one
        for one in slots_for(station.estate, catalogue(), on, station.calendar)
        if device in (None, one.device)
    ]
    stored = stored_states(station, slots)
    out = screen(asked)
    _show(out, slots, stored)
    out.document([_slot(one, stored.get(one.id, {})) for one in slots])
    return 0


def stored_states(station: Station, slots: list[Slot]) -> dict[str, Mapping[str, Any]]:
    """What the database knows of these slots, by id."""
    from sqlalchemy import select

    from store.schema import slot

    if not slots:
        return {}
    first, last = min(one.span.opens for one in slots), max(one.span.closes for one in slots)
    with station.store.read() as tx:
        rows = tx.execute(select(slot).where(slot.c.opens >= first, slot.c.opens < last)).mappings()
        return {row["id"]: dict(row) for row in rows}


def _show(out: Screen, slots: list[Slot], stored: dict[str, Mapping[str, Any]]) -> None:
    head = (say("item"), say("device"), say("busy hour"), say("closes"), say("state"))
    rows = []
    for one in slots:
        known = stored.get(one.id, {})
        state = known.get("result") or known.get("state") or "due"
        busy = out.text(say("yes")) if one.busy_hour else ""
        rows.append((one.item, one.device, busy, out.time(one.closes), out.mark(str(state))))
    out.rows(head, rows)
    done = sum(1 for one in slots if stored.get(one.id, {}).get("state") == "done")
    out.line(say("{count} slots, {done} done", count=len(slots), done=done))


def _slot(slot: Slot, known: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "slot": slot.id,
        "item": slot.item,
        "device": slot.device,
        "site": slot.site,
        "period": slot.period.value,
        "opens": slot.opens,
        "closes": slot.closes,
        "busy_hours": [[one.opens, one.closes] for one in slot.windows],
        "planned": bool(known),
        "state": known.get("state", "due"),
        "result": known.get("result"),
        "entry": known.get("result_entry"),
        "done_at": known.get("done_at"),
    }
