"""`lineguard inventory`: what exists, and whether it is written down soundly."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from lineguard.cli.asked import Asked
from lineguard.cli.known import meant
from lineguard.cli.problems import INVALID, show_problems
from lineguard.cli.screen import Screen, screen
from lineguard.cli.speech import command, option
from lineguard.cli.titles import title
from lineguard.cli.values import OneOf
from phrases import say

if TYPE_CHECKING:
    from inventory.model import Device
    from lineguard.wiring import Station

YEAR: Final = len("2026-")
"""Left out of the time of a last contact, which is rarely a year ago."""


@command("list", say("Devices with kind, site, access, and when they last answered."))
@option("--site", says=say("only this site's"))
@option("--kind", says=say("only this kind"))
def list_devices(asked: Asked, site: str | None, kind: str | None) -> int:
    """A line for each."""
    from inventory.model import Kind
    from lineguard.wiring import station_of

    station = station_of(asked)
    estate = station.estate
    only_site = site and meant(say("site"), site, [one.name for one in estate.sites])
    only_kind = kind and meant(say("kind"), kind, [one.value for one in Kind])
    devices = [
        one
        for one in estate.devices
        if only_site in (None, one.site) and only_kind in (None, one.kind.value)
    ]
    seen = last_contacts(station)
    show = screen(asked)
    head = (say("device"), say("kind"), say("site"), say("address"), say("access"),
            say("last contact"), say("title"))  # fmt: skip
    show.rows(
        head,
        [
            (one.name, show.text(title(one.kind.value)), show.text(title(one.site)), one.address,
             " ".join(protocols(one)) or "-", _contact(show, seen.get(one.name)), one.title)
            for one in devices
        ],
    )  # fmt: skip
    show.line(say("{count} devices", count=len(devices)))
    show.document([_document(one, seen.get(one.name)) for one in devices])
    return 0


def _contact(show: Screen, seen: tuple[datetime, str] | None) -> str:
    return f"{show.time(seen[0])[YEAR:]} {show.word(seen[1])}" if seen else "-"


def protocols(device: Device) -> list[str]:
    """The protocols by which a device can be asked, in the order of the contract."""
    return [one.name for one in fields(device.access) if getattr(device.access, one.name)]


def last_contacts(station: Station) -> dict[str, tuple[datetime, str]]:
    """By device: when the watch last tried to reach it, and what came of it."""
    from sqlalchemy import select

    from store.schema import look

    with station.store.read() as tx:
        rows = tx.execute(
            select(look.c.device, look.c.last_at, look.c.outcome).where(look.c.purpose == "contact")
        )
        return {row.device: (row.last_at, row.outcome) for row in rows}


def _document(device: Device, seen: tuple[datetime, str] | None) -> dict[str, Any]:
    return {
        "device": device.name,
        "kind": device.kind.value,
        "site": device.site,
        "title": device.title,
        "address": device.address,
        "traits": sorted(trait.value for trait in device.traits),
        "protocols": protocols(device),
        "depends_on": list(device.depends_on),
        "limits": dict(device.limits),
        "last_contact": {"at": seen[0], "outcome": seen[1]} if seen else None,
    }


@command(
    "check",
    say("Is the estate valid, and is every secret it names at hand? Exit status 2 when not."),
)
@option("--secrets", "of_secrets", type=OneOf("yes", "no"), default="yes",
        says=say("also look whether the secrets are there"))  # fmt: skip
def check(asked: Asked, of_secrets: str) -> int:
    """Every problem with its file, line and device."""
    from inventory.problems import EstateError
    from lineguard.wiring import station_of

    station = station_of(asked)
    show = screen(asked)
    try:
        estate = station.workable_estate() if of_secrets == "yes" else station.estate
    except EstateError as fault:
        return show_problems(show, fault.problems, say("valid")) or INVALID
    fine = say(
        "The estate is valid: {devices} devices on {sites} sites, {people} persons.",
        devices=len(estate.devices), sites=len(estate.sites), people=len(estate.people),
    )  # fmt: skip
    return show_problems(show, (), fine)
