"""The ticket mirror, put together for one home. Light to import: `tick` asks here every minute
whether there is anything to do."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any, Final

from lineguard import clock
from lineguard.refusals import Refused
from lineguard.troubles import sentence
from phrases import Lang, Phrase, say
from store.frozen import glance

if TYPE_CHECKING:
    from incidents.tickets.mirror import Mirror, Synced
    from incidents.tickets.port import TicketPort
    from lineguard.cli.asked import Asked
    from lineguard.home import Home
    from lineguard.settings import Tickets
    from lineguard.wiring import Station

MIRRORING: Final = (
    "SELECT (SELECT coalesce(max(id), 0) FROM transition)"
    " > (SELECT coalesce(max(cursor), -1) FROM ticket_service)"
    " OR EXISTS (SELECT 1 FROM ticket_task WHERE state = 'waiting')"
    " OR EXISTS (SELECT 1 FROM ticket_service WHERE failing_since IS NOT NULL)"
    " OR EXISTS (SELECT 1 FROM ticket JOIN incident ON incident.id = ticket.incident"
    " WHERE incident.state NOT IN ('closed', 'merged')"
    " AND (incident.resolved_at IS NULL"
    " OR incident.resolved_at >= strftime('%Y-%m-%dT%H:%M:%f000Z', 'now', '-7 days')))"
)
"""Is there something to file, or a ticket that is looked at (incidents.tickets.looking)?"""


def mirror_due(asked: Asked, home: Home, *, remote: bool) -> Synced | None:
    """One run of the mirror, where there is something to do; None while another one is at it."""
    if not remote and not _something_to_do(str(home.database)):
        return None
    import asyncio

    from lineguard.wiring import steady_station_of
    from store.locks import Held

    station = steady_station_of(asked)
    with closing(station.store):
        try:
            return asyncio.run(_run(station, asked.lang))
        except Held:
            return None


async def _run(station: Station, lang: Lang) -> Synced:
    """Settings and persons that are amiss hold up no tick: they are an incident, as a silent
    service is."""
    from incidents.tickets.mirror import unusable
    from inventory.problems import EstateError

    try:
        ready = mirror(station, lang)
    except (Refused, EstateError) as trouble:
        why = trouble.why if isinstance(trouble, Refused) else sentence(trouble)
        return unusable(station.store, station.sound_logbook(), why, clock.now())
    return await ready.sync()


def _something_to_do(database: str) -> bool:
    with glance(database) as connection:
        return bool(connection.execute(MIRRORING).fetchone()[0])


def mirror(station: Station, lang: Lang) -> Mirror:
    """What a run of the mirror works with. Raises `Refused` where the settings name no service."""
    from incidents.tickets.mirror import Mirror
    from incidents.tickets.taking import Persons

    return Mirror(
        store=station.store,
        logbook=station.sound_logbook(),
        port=port(station),
        persons=Persons.of(station.people),
        clock=clock.now,
        lang=lang,
    )


def port(station: Station) -> TicketPort:
    """The ticket service of the settings. Raises `Refused`."""
    named = station.settings.tickets
    password = _password(station, _complete(named))
    if named.kind == "rt":
        from incidents.tickets.rt import RequestTracker

        return RequestTracker.at(named.url, named.user, password, named.queue)
    from incidents.tickets.roundup import Roundup

    return Roundup.at(named.url, named.user, password)


def sign_of_life(station: Station) -> Phrase | None:
    """None when the ticket service answers; else what is the matter. Raises `Refused`."""
    import asyncio

    from incidents.tickets.port import TicketTrouble

    async def asked() -> None:
        service = port(station)
        try:
            await service.ping()
        finally:
            await service.close()

    try:
        asyncio.run(asked())
    except TicketTrouble as trouble:
        return trouble.why
    return None


def synced_json(synced: Synced, lang: Lang) -> dict[str, Any]:
    """What a run did, as `--json` gives it."""
    return {
        "filed": synced.filed,
        "told": synced.told,
        "came": synced.came,
        "waiting": synced.waiting,
        "trouble": None if synced.trouble is None else synced.trouble.text(lang),
    }


def _complete(named: Tickets) -> Tickets:
    if not named.kind:
        raise Refused(
            say("lineguard.toml names no ticket service: [tickets] with kind, url, user and secret "
                "(docs/tickets.md)")
        )  # fmt: skip
    needed = {"url": named.url, "user": named.user, "secret": named.secret}
    if named.kind == "rt":
        needed["queue"] = named.queue
    missing = [key for key, value in needed.items() if not value]
    if missing:
        raise Refused(say("lineguard.toml: [tickets] needs {keys} as well",
                          keys=", ".join(missing)))  # fmt: skip
    return named


def _password(station: Station, named: Tickets) -> str:
    from inventory.secrets import SecretTrouble

    try:
        return station.secrets.secret(named.secret)
    except SecretTrouble as trouble:
        raise Refused(trouble.why) from None
