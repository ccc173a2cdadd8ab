"""A name that was typed, against those that there are: a typo must never read as "all is well"."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Final

import click

from lineguard.cli.speech import SpokenCommand
from lineguard.cli.titles import title
from lineguard.cli.values import nearest
from lineguard.refusals import Refused
from phrases import Phrase, say

if TYPE_CHECKING:
    from checks.item import Item
    from inventory.model import Device, Estate
    from lineguard.wiring import Station

MISUSED: Final = 2
FEW: Final = 24
"""So many names are listed where none is near; there are some 20 kinds."""


def meant(what: Phrase, name: str, known: Collection[str]) -> str:
    """`name` as it stands in `known`, whatever its case; its title does as well. Raises `Refused`,
    as bad usage of the command, with the nearest name or with all of them."""
    if name in known:
        return name
    folded = {one.casefold(): one for one in known}
    if name.casefold() in folded:
        return folded[name.casefold()]
    for one in known:
        if name == title(one).text("zh"):
            return one
    raise Refused(_no_such(what, name, folded), _misused())


def device_named(estate: Estate, name: str) -> Device:
    """The device. Raises `Refused`."""
    return estate.device(meant(say("device"), name, [one.name for one in estate.devices]))


def site_named(station: Station, site: str | None) -> str:
    """The site of that name; without a name the only one there is. Where the estate cannot be
    read, any name that a site may have is taken: a fault has to be reported all the same. Raises
    `Refused`, `EstateError`."""
    from inventory.devices import SITES
    from inventory.problems import EstateError

    try:
        names = [one.name for one in station.estate.sites]
    except EstateError:
        if site in SITES:
            return site
        raise
    if site is None and len(names) == 1:
        return names[0]
    found = next((one for one in names if site in (one, title(one).text("zh"))), None)
    if found is None:
        raise Refused(say("--site is one of {sites}", sites=", ".join(names)), MISUSED)
    return found


def item_named(items: Sequence[Item], name: str) -> Item:
    """The item of that schedule; `m46` means M46. Raises `Refused`."""
    by_id = {one.id: one for one in items}
    return by_id[meant(say("item"), name, list(by_id))]


def _no_such(what: Phrase, name: str, folded: Mapping[str, str]) -> Phrase:
    close = nearest(name.casefold(), list(folded))
    if close is not None:
        return say("there is no {what} {name}; meant is perhaps {nearest}",
                   what=what, name=name, nearest=folded[close])  # fmt: skip
    if len(folded) <= FEW:
        return say("there is no {what} {name}; there are {known}",
                   what=what, name=name, known=", ".join(folded.values()))  # fmt: skip
    return say("there is no {what} {name}", what=what, name=name)


def _misused() -> int | None:
    ctx = click.get_current_context(silent=True)
    command = ctx.command if ctx else None
    return command.misused if isinstance(command, SpokenCommand) else None
