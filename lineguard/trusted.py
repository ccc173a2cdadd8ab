"""SSH host keys pinned on record: what is trusted from now on, and who confirmed it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from lineguard.hostkeys import HostKey, Standing, pin
from phrases import Phrase, say

if TYPE_CHECKING:
    from inventory.people import Actor
    from lineguard.wiring import Station

TRUSTED_ENTRY: Final = "trusted"


def pin_on_record(
    station: Station, keys: Sequence[HostKey], actor: Actor, compared: bool, at: datetime
) -> list[int]:
    """Pin these keys and write an entry for each; the numbers of the entries. `compared` false:
    nobody looked at them (`--yes`). Raises `StoreTrouble`, `KeyTrouble`, `OSError`."""
    with station.store.write() as tx:
        bodies = [(TRUSTED_ENTRY, trusted_body(key, actor, compared)) for key in keys]
        entries = station.logbook.append_many(tx, bodies, at)
        station.logbook.checkpoint(tx, at)
        # Last: what cannot be recorded is not pinned, and what cannot be pinned is not recorded.
        pin(station.home.known_hosts, keys)
    return entries


def trusted_body(key: HostKey, actor: Actor, compared: bool) -> dict[str, Any]:
    """The entry of one key."""
    return {
        "device": key.device,
        "host": key.host,
        "port": key.port,
        "fingerprint": key.fingerprint,
        "replaced": key.standing is Standing.CHANGED,
        "compared": compared,
        "actor": actor.as_json(),
        "sentence": _sentence(key, actor, compared).both(),
    }


def _sentence(key: HostKey, actor: Actor, compared: bool) -> Phrase:
    told = _told(key, actor)
    return told if compared else say("{what}; by --yes, so nobody compared it", what=told)


def _told(key: HostKey, actor: Actor) -> Phrase:
    place = f"{key.host}:{key.port}"
    if key.standing is Standing.CHANGED:
        return say(
            "{who} replaced the trusted SSH host key of {device} ({place}) by {fingerprint}",
            who=actor.shown(), device=key.device, place=place, fingerprint=key.fingerprint,
        )  # fmt: skip
    return say(
        "{who} trusted the SSH host key of {device} ({place}), {fingerprint}",
        who=actor.shown(), device=key.device, place=place, fingerprint=key.fingerprint,
    )  # fmt: skip
