"""`lineguard silence`: planned work, announced beforehand."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

from lineguard import clock
from lineguard.cli.asked import Asked
from lineguard.cli.known import device_named, item_named
from lineguard.cli.screen import screen
from lineguard.cli.speech import argument, command, option
from lineguard.cli.values import Later, Number
from lineguard.refusals import Refused
from phrases import say

if TYPE_CHECKING:
    from incidents.silences import Silence, Where
    from lineguard.cli.screen import Screen
    from lineguard.wiring import Station

MISUSED: Final = 2
MOST: Final = 2**31 - 1


@command(
    "add",
    say("Announce planned work on a site, a device or an item. What is found meanwhile is\n"
        "recorded as ever and pages nobody; the contract's clocks are held."),
)  # fmt: skip
@option("--site", says=say("on this site"))
@option("--device", says=say("on this device"))
@option("--item", says=say("only this item, such as M46"))
@option("--from", "begins", type=Later(), says=say("from when; now when it is left out"))
@option("--until", "ends", type=Later(), required=True,
        says=say("until when, 7 days at most: 2026-11-21T06:00, 06:00 or 2h"))  # fmt: skip
@option("--reason", required=True, says=say("what is done"))
def add(
    asked: Asked, site: str | None, device: str | None, item: str | None,
    begins: datetime | None, ends: datetime, reason: str,
) -> int:  # fmt: skip
    """It needs a person who is known."""
    from incidents.handling import Refusal
    from lineguard.duty import silence_desk
    from lineguard.wiring import station_of

    station = station_of(asked)
    where = _where(station, site, device, item)
    station.agree_on_practice()
    actor = station.actor(asked)
    made = silence_desk(station).add(where, begins or clock.now(), ends, reason, actor)
    if isinstance(made, Refusal):
        raise Refused(made.why)
    show = screen(asked)
    show.line(
        say("silence {number}: from {begins} until {until}, end it early with: lineguard silence "
            "end {number}",
            number=made.id, begins=show.time(made.begins), until=show.time(made.until))
    )  # fmt: skip
    show.document(made.as_json())
    return 0


def _where(station: Station, site: str | None, device: str | None, item: str | None) -> Where:
    from incidents.silences import Where

    if site is None and device is None and item is None:
        raise Refused(say("say what is worked on: --site, --device or --item"), MISUSED)
    estate = station.estate
    sites = [one.name for one in estate.sites]
    if site is not None and site not in sites:
        raise Refused(say("--site is one of {sites}", sites=", ".join(sites)), MISUSED)
    return Where(
        site=site,
        device=None if device is None else device_named(estate, device).name,
        item=None if item is None else item_named(station.items, item).id,
    )


@command("list", say("Announced work that is under way or to come; --all shows what is over too."))
@option("--all", "everything", is_flag=True, says=say("also what is over"))
def list_silences(asked: Asked, everything: bool) -> int:
    """A line for each."""
    from incidents.silences import silences
    from lineguard.wiring import station_of

    now = clock.now()
    with station_of(asked).store.read() as tx:
        known = silences(tx, None if everything else now)
    found = tuple(one for one in known if everything or one.until > now)
    show = screen(asked)
    if found:
        head = (say("no."), say("on"), say("from"), say("until"), say("by"), say("why"))
        show.rows(head, [_row(show, one) for one in found])
    else:
        show.line(say("no planned work"))
    show.document([one.as_json() for one in found])
    return 0


def _row(show: Screen, one: Silence) -> tuple[str, ...]:
    where = (one.where.site, one.where.device, one.where.item)
    place = " ".join(part for part in where if part is not None)
    return str(one.id), place, show.time(one.begins), show.time(one.until), one.actor, one.why


@command("end", say("The work is done: what is still wrong is nobody's plan any more."))
@argument("number", type=Number(1, MOST))
def end(asked: Asked, number: int) -> int:
    """Before its time."""
    from incidents.handling import Refusal
    from lineguard.duty import silence_desk
    from lineguard.wiring import station_of

    station = station_of(asked)
    station.agree_on_practice()
    ended = silence_desk(station).end(number, station.actor(asked))
    if isinstance(ended, Refusal):
        raise Refused(ended.why)
    show = screen(asked)
    show.line(say("silence {number} has ended", number=ended.id))
    show.document(ended.as_json())
    return 0
