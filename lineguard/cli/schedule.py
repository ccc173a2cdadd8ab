"""`lineguard schedule`: what the contract wants, and what of it is done."""

from __future__ import annotations

from dataclasses import fields
from datetime import date
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

from lineguard.cli.asked import Asked
from lineguard.cli.screen import Screen, screen
from lineguard.cli.speech import command, option
from lineguard.cli.values import Day
from phrases import say, verbatim

if TYPE_CHECKING:
    from collections.abc import Mapping

    from checks.forms import Form
    from checks.item import Check, Item
    from lineguard.wiring import Station
    from maintenance.schedule import Slot


@command("items", say("The catalogue: the 60 items of the contract, the room walk, the forms."))
def items(asked: Asked) -> int:
    """A table for each group of the contract, then the forms."""
    from checks.catalogue import catalogue
    from checks.forms import FORMS

    show = screen(asked)
    for group, members in groupby(catalogue(), key=lambda one: one.group):
        show.line(verbatim(group))
        show.rows(ITEM_HEAD, [_row(show, one) for one in members])
        show.line(verbatim(""))
    show.line(say("Device forms, and the items that fill them"))
    show.rows(FORM_HEAD, [_form_row(show, one) for one in FORMS])
    show.document([_item(one) for one in catalogue()])
    return 0


ITEM_HEAD: Final = (
    say("item"), say("period"), say("done by"), say("checks"), say("kinds"), say("title"),
)  # fmt: skip
FORM_HEAD: Final = (say("form"), say("items"), say("expected"), say("title"))
MOST_KINDS: Final = 2
"""Kinds written out in the table; M53 has nearly all of them."""


def _row(show: Screen, one: Item) -> tuple[str, ...]:
    period = show.word(one.period.value)
    return (
        one.id,
        f"{period}, {show.text(say('busy hour'))}" if one.busy_hour else period,
        show.word(one.by.value),
        ",".join(check.name for check in one.checks) or "-",
        _kinds(one),
        one.title_zh if show.asked.lang == "zh" else one.title_en,
    )


def _kinds(item: Item) -> str:
    names = sorted(kind.value for kind in item.kinds) or [item.scope.value]
    shown = " ".join(names) if len(names) <= MOST_KINDS else f"{names[0]} +{len(names) - 1}"
    return " ".join((shown, *_traits(item)))


def _traits(item: Item) -> tuple[str, ...]:
    """`clustered`, or `!clustered` where it is due on those without the trait."""
    wanted = (item.trait.value,) if item.trait else ()
    return (*wanted, f"!{item.without.value}") if item.without else wanted


def _form_row(show: Screen, one: Form) -> tuple[str, ...]:
    expectation = one.expectation
    told = "" if expectation is None else expectation[0]
    if expectation is not None and expectation[1]:
        told = show.text(say("{value} (operator's value)", value=told))
    return one.printed, " ".join(_filled_by(one.number)), told, one.subject


def _filled_by(number: str) -> list[str]:
    from checks.catalogue import catalogue

    return [one.id for one in catalogue() if any(check.form == number for check in one.checks)]


def _item(item: Item) -> dict[str, Any]:
    return {
        "item": item.id,
        "period": item.period.value,
        "group": item.group,
        "title_zh": item.title_zh,
        "title_en": item.title_en,
        "form_group": item.form_group,
        "form_title": item.form_title,
        "kinds": sorted(kind.value for kind in item.kinds),
        "trait": item.trait.value if item.trait else None,
        "without": item.without.value if item.without else None,
        "scope": item.scope.value,
        "by": item.by.value,
        "busy_hour": item.busy_hour,
        "checks": [_check(one) for one in item.checks],
        "forms": [_form(one) for one in _forms(item)],
        "limits": {name: value for one in item.checks for name, value in _limits(one)},
        "runbook": item.runbook,
    }


def _check(check: Check[Any, Any]) -> dict[str, Any]:
    kinds = None if check.kinds is None else sorted(kind.value for kind in check.kinds)
    return {"check": check.name, "form": check.form, "kinds": kinds}


def _limits(check: Check[Any, Any]) -> list[tuple[str, float]]:
    return [(one.name, getattr(check.limits, one.name)) for one in fields(check.limits)]


def _forms(item: Item) -> list[Form]:
    from checks.forms import FORMS

    filled = {check.form for check in item.checks}
    return [one for one in FORMS if one.number in filled]


def _form(form: Form) -> dict[str, Any]:
    expectation = form.expectation
    return {
        "form": form.number,
        "printed": form.printed,
        "heading": form.heading,
        "subject": form.subject,
        "expected": None if expectation is None else expectation[0],
        "operators_value": expectation is not None and expectation[1],
        "fields": [one.value for one in form.layout],
        "ticks": list(form.ticks.printed),
        "commands": {kind.value: list(asked) for kind, asked in form.commands.items()},
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
