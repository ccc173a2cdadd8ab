"""The dead-man switch: a URL elsewhere that is called after every tick. When the calls end, whoever
watches it knows that this Lineguard, or its machine, is gone."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from incidents.beats import Beat, Beats, may_ping, pinged
from incidents.heartbeats import beats, put
from incidents.notifying.channels import filled
from store.database import Store

if TYPE_CHECKING:
    from lineguard.wiring import Station

log = logging.getLogger(__name__)


def note(store: Store, made: Callable[[Beats], Iterable[Beat]]) -> None:
    """Write what follows from the signs of life that are known."""
    with store.write() as tx:
        for one in made(beats(tx)):
            put(tx, one)


def ping(station: Station, at: datetime) -> None:
    """One call, unless earlier ones failed so lately that it pauses. A failure is said in the log
    once, and is no trouble of the tick: the other side notices."""
    with station.store.read() as tx:
        known = beats(tx)
    if not may_ping(known, at):
        return
    why = _call(station)
    now = pinged(known, at, taken=why is None)
    note(station.store, lambda _known: (now,))
    if why is not None and now.failures == 1:
        log.warning("the dead-man switch could not be called: %s", why)


def _call(station: Station) -> str | None:
    """Why it was not taken; None when it was. Says nothing of the URL, which may hold a secret."""
    import asyncio

    import httpx

    settings = station.settings.heartbeat
    try:
        url = filled(settings.url, "", station.secrets.secret)
        token = station.secrets.secret(settings.secret) if settings.secret else None
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        status = asyncio.run(_status(url, headers, settings.timeout_s))
    except KeyError as missing:
        return f"the secret {missing.args[0] if missing.args else ''} is missing"
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
        return type(error).__name__
    return None if 200 <= status < 300 else f"it answered with status {status}"


async def _status(url: str, headers: Mapping[str, str], limit_s: float) -> int:
    """What it answers; the limit is that of the whole call, since whoever answers byte by byte
    would hold up the tick for ever. The body is not read. Raises `TimeoutError`, `HTTPError`."""
    import asyncio

    import httpx

    # without TLS there is nothing to verify, and loading the authorities takes long
    client = httpx.AsyncClient(timeout=limit_s, verify=url.startswith("https:"))
    calling = client.stream("GET", url, headers=headers)
    async with asyncio.timeout(limit_s), client, calling as answer:
        return answer.status_code
