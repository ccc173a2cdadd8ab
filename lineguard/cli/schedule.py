"""`lineguard schedule`: what the contract wants, and what of it is done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

from lineguard.cli.asked import Asked
from lineguard.cli.known import device_named, item_named
from lineguard.cli.screen import MARKS, Screen, screen
from lineguard.cli.speech import command, option
from lineguard.cli.titles import short_title, title
from lineguard.cli.values import Day
from lineguard.home import resolve
from phrases import Phrase, say, verbatim

if TYPE_CHECKING:
    from checks.forms import Form
    from checks.item import Check, Item
    from lineguard.wiring import Station
    from maintenance.schedule import Slot

STRANGE: Final = frozenset({"abnormal", "unknown", "missed", "overdue", "unplanned"})
"""States of slots that are shown one by one."""


@command("items", say("The catalogue: the 60 items of the contract, the room walk, the forms."))
def items(asked: Asked) -> int:
    """A table for each group of the contract, then the forms."""
    from checks.forms import FORMS

    show, every = screen(asked), schedule(asked)
    for group, members in groupby(every, key=lambda one: one.group):
        show.line(verbatim(group))
        show.rows(ITEM_HEAD, [_row(show, one) for one in members])
        show.line(verbatim(""))
    show.line(say("Device forms, and the items that fill them"))
    show.rows(FORM_HEAD, [_form_row(show, one) for one in FORMS])
    show.document([_item(one) for one in every])
    return 0


def schedule(asked: Asked) -> tuple[Item, ...]:
    """The schedule as the home has it; the contract's own where there is no home."""
    from checks.catalogue import catalogue
    from lineguard.wiring import Station

    home = resolve(asked.home)
    return Station(home).items if home.exists() else catalogue()


ITEM_HEAD: Final = (
    say("item"), say("period"), say("done by"), say("checks"), say("kinds"), say("runbook"),
    say("title"),
)  # fmt: skip
FORM_HEAD: Final = (say("form"), say("items"), say("expected"), say("title"))
MOST_KINDS: Final = 2
"""Kinds written out in the table; M53 has nearly all of them."""


def _row(show: Screen, one: Item) -> tuple[str, ...]:
    period = show.text(title(one.period.value))
    return (
        one.id,
        f"{period}, {show.text(say('busy hour'))}" if one.busy_hour else period,
        show.text(title(one.by.value)),
        _checks(show, one),
        _kinds(show, one),
        one.runbook or "-",
        one.title_zh if show.asked.lang == "zh" else one.title_en,
    )


def _checks(show: Screen, item: Item) -> str:
    return " ".join(show.text(title(check.name)) for check in item.checks) or "-"


def _kinds(show: Screen, item: Item) -> str:
    known = sorted(kind.value for kind in item.kinds) or [item.scope.value]
    names = [show.text(title(name)) for name in known]
    shown = " ".join(names) if len(names) <= MOST_KINDS else f"{names[0]} +{len(names) - 1}"
    return " ".join((shown, *map(show.text, _traits(item))))


def _traits(item: Item) -> tuple[Phrase, ...]:
    """What the devices are besides, or are not."""
    wanted = (title(item.trait.value),) if item.trait else ()
    without = (say("not {trait}", trait=title(item.without.value)),) if item.without else ()
    return (*wanted, *without)


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
    from checks.asked import asked_of

    told = asked_of(item.id)
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
        "asked": dict(told.asked),
        "expected": dict(told.expected),
        "checks": [_check(one) for one in item.checks],
        "forms": [_form(one) for one in _forms(item)],
        "limits": {name: value for one in item.checks for name, value in _limits(one)},
        "runbook": item.runbook,
        "changed": item.changed,
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


@command(
    "show",
    say("The slots of one day: a line for each item, then every slot that is not normal; --all "
        "shows each slot."),
)  # fmt: skip
@option("--on", "day", type=Day(), says=say("another day than today, such as 2026-11-21"))
@option("--device", says=say("only this device's, or this site's as a whole"))
@option("--item", "only", says=say("only this item's, such as M46"))
@option("--all", "everything", is_flag=True, says=say("every slot, normal or not"))
def show(
    asked: Asked, day: date | None, device: str | None, only: str | None, everything: bool
) -> int:
    """How the day stands; one that is not planned yet is due all the same."""
    from lineguard import clock
    from lineguard.wiring import station_of
    from maintenance.calendar import day_of
    from maintenance.schedule import slots_for

    station = station_of(asked)
    now = clock.now()
    on = day or day_of(now)
    sites = {site.name for site in station.estate.sites}
    of_device = device if device in sites else device and device_named(station.estate, device).name
    wanted = (item_named(station.items, only),) if only else station.items
    slots = [
        one
        for one in slots_for(station.estate, wanted, on, station.calendar)
        if of_device in (None, one.device)
    ]
    stored = stored_slots(station, slots)
    standing = [Standing.of(one, stored.get(one.id), now) for one in slots]
    out = screen(asked)
    _show(out, on, standing, everything)
    out.document([one.as_json() for one in standing])
    return 0


@dataclass(frozen=True, slots=True)
class Standing:
    """A slot, what the database knows of it (nothing: it is not planned), and the state shown."""

    slot: Slot
    known: Mapping[str, Any]
    state: str

    @classmethod
    def of(cls, slot: Slot, known: Mapping[str, Any] | None, now: datetime) -> Standing:
        """Due only as long as it can still be done."""
        if known is None:
            return cls(slot, {}, "due" if now < slot.closes else "unplanned")
        if known["state"] == "due" and slot.closes <= now:
            return cls(slot, known, "overdue")
        return cls(slot, known, known["result"] or known["state"])

    @property
    def done(self) -> bool:
        """Is there a result?"""
        return self.known.get("state") == "done"

    def as_json(self) -> dict[str, Any]:
        """The object of `schedule show --json`. `state` is the stored one."""
        slot, known = self.slot, self.known
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
            "state": known["state"] if known else self.state,
            "result": known.get("result"),
            "entry": known.get("result_entry"),
            "done_at": known.get("done_at"),
        }


def stored_slots(station: Station, slots: list[Slot]) -> dict[str, Mapping[str, Any]]:
    """What the database knows of these slots, by id."""
    from sqlalchemy import select

    from store.schema import slot

    if not slots:
        return {}
    first, last = min(one.span.opens for one in slots), max(one.span.closes for one in slots)
    with station.store.read() as tx:
        rows = tx.execute(select(slot).where(slot.c.opens >= first, slot.c.opens < last)).mappings()
        return {row["id"]: dict(row) for row in rows}


def _show(out: Screen, day: date, standing: Sequence[Standing], everything: bool) -> None:
    if standing and all(one.state == "unplanned" for one in standing):
        out.line(say("{day}: no plan on record for that day", day=day.isoformat()))
        return
    if everything:
        _show_slots(out, standing)
    else:
        _show_items(out, standing)
        strange = [one for one in standing if one.state in STRANGE and not _unbuilt(one)]
        if strange:
            out.line(verbatim(""))
            _show_slots(out, strange)
    done = sum(one.done for one in standing)
    out.line(
        say(
            "{day}: {count} slots, {done} done", day=day.isoformat(), count=len(standing), done=done
        )
    )


def _show_items(out: Screen, standing: Sequence[Standing]) -> None:
    """A line for each item, in the order of the contract."""
    head = (say("item"), say("title"), say("done"), say("state"))
    rows = [_item_row(out, name, list(of)) for name, of in groupby(standing, lambda s: s.slot.item)]
    out.rows(head, rows)


def _item_row(out: Screen, name: str, standing: list[Standing]) -> tuple[str, ...]:
    from checks.catalogue import item
    from checks.item import By

    of = item(name)
    counts = Counter(one.state for one in standing)
    told = [f"{out.mark(state)} {counts[state]}" for state in MARKS if counts[state]]
    if not of.checks and of.by is By.MACHINE:
        told.append(out.text(say("no check yet")))
    done = sum(one.done for one in standing)
    return name, short_title(of, out.asked.lang), f"{done}/{len(standing)}", "  ".join(told)


def _unbuilt(one: Standing) -> bool:
    from checks.catalogue import item

    return one.state == "unknown" and not item(one.slot.item).checks


def _show_slots(out: Screen, standing: Sequence[Standing]) -> None:
    from checks.catalogue import item

    head = (say("item"), say("device"), say("busy hour"), say("closes"), say("state"), say("title"))
    out.rows(
        head,
        [
            (one.slot.item, one.slot.device, out.text(say("yes")) if one.slot.busy_hour else "",
             out.time(one.slot.closes), out.mark(one.state),
             short_title(item(one.slot.item), out.asked.lang))
            for one in standing
        ],
    )  # fmt: skip
