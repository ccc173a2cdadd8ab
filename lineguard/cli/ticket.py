"""`lineguard ticket`: the mirror of incidents in the ticket service."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from lineguard.cli.asked import Asked
from lineguard.cli.screen import screen
from lineguard.cli.speech import argument, command, option
from lineguard.cli.values import Number
from lineguard.refusals import Refused
from phrases import Lang, say, verbatim

if TYPE_CHECKING:
    from incidents.tickets.listing import Mirrored
    from lineguard.cli.screen import Screen

LISTED: Final = 50


@command("status", say("Is the ticket service there, and what waits for it? Asks it once."))
def status(asked: Asked) -> int:
    """Exit status 1 when it does not answer."""
    from incidents.tickets.health import health
    from incidents.tickets.listing import waiting_since
    from lineguard.ticketing import sign_of_life
    from lineguard.wiring import station_of

    station = station_of(asked)
    trouble = sign_of_life(station)
    with station.store.read() as tx:
        known = health(tx)
        count, oldest = waiting_since(tx)
    show = screen(asked)
    named = station.settings.tickets
    show.line(say("{kind} at {url}, as {user}", kind=named.kind, url=named.url, user=named.user))
    if known.failing_since is not None:
        show.line(say("it has taken nothing since {since}", since=show.time(known.failing_since)))
    if oldest is None:
        show.line(say("nothing waits to be filed"))
    else:
        show.line(say("{count} steps wait to be filed, the oldest since {since}",
                      count=count, since=show.time(oldest)))  # fmt: skip
    show.document({
        "kind": named.kind, "url": named.url, "user": named.user, "answers": trouble is None,
        "trouble": None if trouble is None else trouble.text(asked.lang),
        "failing_since": known.failing_since, "answered_at": known.answered_at,
        "waiting": count, "oldest": oldest,
    })  # fmt: skip
    if trouble is not None:
        raise Refused(trouble)
    show.line(say("the ticket service answers"))
    return 0


@command("list", say("Which incident is which ticket, newest first, and why one is not filed."))
@option("--limit", type=Number(1, 10_000), default=LISTED, says=say("how many at most"))
def list_tickets(asked: Asked, limit: int) -> int:
    """A line for each incident."""
    from incidents.tickets.listing import mirrored
    from lineguard.wiring import station_of

    with station_of(asked).store.read() as tx:
        found = mirrored(tx, limit)
    show = screen(asked)
    if found:
        head = (say("incident"), say("state"), say("ticket"), say("its state"), say("owner"),
                say("waits"), say("trouble"))  # fmt: skip
        show.rows(head, [_row(show, one, asked.lang) for one in found])
    else:
        show.line(say("nothing was filed yet, and nothing waits to be"))
    show.document([_as_json(one, asked.lang) for one in found])
    return 0


@command("sync", say("Send what waits and fetch what was done on tickets, now."))
def sync(asked: Asked) -> int:
    """Exit status 1 when the service is in trouble."""
    import asyncio

    from lineguard.ticketing import mirror, synced_json
    from lineguard.wiring import station_of

    station = station_of(asked)
    station.agree_on_practice()
    synced = asyncio.run(mirror(station, asked.lang).sync(at_once=True))
    show = screen(asked)
    show.line(
        say("{filed} filed, {told} steps written, {came} steps came back, {waiting} wait",
            filed=synced.filed, told=synced.told, came=synced.came, waiting=synced.waiting)
    )  # fmt: skip
    show.document(synced_json(synced, asked.lang))
    if synced.trouble is not None:
        raise Refused(synced.trouble)
    return 0


@command("tracker", say("Lay a Roundup tracker with our life cycle, in a new folder."))
@argument("folder")
@option("--url", required=True, says=say("its web address, such as https://host/tickets/"))
@option("--user", default="lineguard", says=say("who Lineguard is there"))
@option("--secret", required=True, says=say("the name of the secret with that user's password"))
@option("--admin-secret", required=True, says=say("the name of the secret with admin's password"))
def tracker(asked: Asked, folder: str, url: str, user: str, secret: str, admin_secret: str) -> int:
    """Files and database; `docs/tickets.md` says how it is served."""
    from lineguard.settings import TICKET_URL
    from lineguard.wiring import station_of

    if not TICKET_URL.fullmatch(url):
        raise Refused(say("--url begins with https:// and ends with a slash"), 2)
    secrets = station_of(asked).secrets
    try:
        from incidents.tickets.tracker_home import Tracker, lay

        lay(
            Tracker(
                folder=Path(folder), url=url, admin_password=secrets.secret(admin_secret),
                users={user: secrets.secret(secret)},
            )
        )  # fmt: skip
    except ImportError:
        raise Refused(say("Roundup is not installed: pip install 'roundup>=2.6'")) from None
    except KeyError as missing:
        raise Refused(verbatim(str(missing))) from None
    show = screen(asked)
    show.line(say("a tracker lies in {folder}; docs/tickets.md says how it is served",
                  folder=folder))  # fmt: skip
    show.document({"folder": folder, "url": url, "user": user})
    return 0


def _row(show: Screen, one: Mirrored, lang: Lang) -> tuple[str, ...]:
    from incidents.tickets.taking import TICKET_WORDS

    return (
        str(one.incident),
        show.word(one.incident_state.value),
        one.ref or "-",
        "-" if one.state is None else show.text(TICKET_WORDS[one.state]),
        one.owner or "-",
        str(one.waiting or "-"),
        "-" if one.trouble is None else one.trouble[lang],
    )


def _as_json(one: Mirrored, lang: Lang) -> dict[str, Any]:
    return {
        "incident": one.incident,
        "state": one.incident_state.value,
        "key": one.key,
        "ticket": one.ref,
        "ticket_state": None if one.state is None else one.state.value,
        "owner": one.owner,
        "looked_at": one.looked_at,
        "waiting": one.waiting,
        "tries": one.tries,
        "trouble": None if one.trouble is None else one.trouble[lang],
    }
