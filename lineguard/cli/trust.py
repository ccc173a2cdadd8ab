"""`lineguard inventory trust`: pin SSH host keys after a person compared them, on record."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from lineguard import clock
from lineguard.cli.asked import Asked
from lineguard.cli.known import device_named
from lineguard.cli.screen import Screen, screen
from lineguard.cli.speech import argument, command, option
from lineguard.refusals import Refused
from phrases import Phrase, say

if TYPE_CHECKING:
    from inventory.model import Device
    from lineguard.hostkeys import HostKey
    from lineguard.wiring import Station

YES: Final = frozenset({"y", "yes", "是"})


@command(
    "trust",
    say("Show the SSH host key of each device, and pin those that you confirm. Compare the "
        "fingerprint with what the device itself says, on its console: a key that is only "
        "believed because it came over the network proves nothing."),
)  # fmt: skip
@argument("devices", nargs=-1)
@option("--yes", is_flag=True, says=say("confirm all of them; only in a practice home"))
@option("--replace", is_flag=True, says=say("also ask about keys that differ from the pinned ones"))
def trust(asked: Asked, devices: tuple[str, ...], yes: bool, replace: bool) -> int:
    """Ask about each key that is not pinned yet."""
    from lineguard.hostkeys import shown_keys
    from lineguard.wiring import station_of

    station = station_of(asked)
    if yes and not station.practice:
        raise Refused(
            say("--yes works only in a practice home: here a person must compare the keys")
        )
    show = screen(asked)
    keys = shown_keys(_chosen(station, devices), station.home.known_hosts)
    waiting = _open(keys, replace)
    pinned = _pin(station, asked, waiting, yes) if waiting else {}
    _tell(show, keys, pinned)
    return 0 if all(one.standing == "pinned" or id(one) in pinned for one in keys) else 1


def _pin(station: Station, asked: Asked, waiting: Sequence[HostKey], yes: bool) -> dict[int, int]:
    """Pin and record what is confirmed: the entry of each, by the identity of its key."""
    from lineguard.trusted import pin_on_record

    actor = station.actor(asked)
    show = screen(asked)
    confirmed = [one for one in waiting if yes or _confirms(show, one)]
    if not confirmed:
        return {}
    entries = pin_on_record(station, confirmed, actor, not yes, clock.now())
    return {id(one): entry for one, entry in zip(confirmed, entries, strict=True)}


def _chosen(station: Station, names: Sequence[str]) -> list[Device]:
    estate = station.estate
    return [device_named(estate, one) for one in names] if names else [*estate.devices]


def _open(keys: Sequence[HostKey], replace: bool) -> list[HostKey]:
    wanted = {"new", "changed"} if replace else {"new"}
    return [one for one in keys if one.standing in wanted]


def _confirms(show: Screen, key: HostKey) -> bool:
    """One question on stderr, one line from stdin; whatever is not yes is no."""
    show.note(_question(key))
    return sys.stdin.readline().strip().lower() in YES


def _question(key: HostKey) -> Phrase:
    place = f"{key.host}:{key.port}"
    if key.standing == "changed":
        return say(
            "{device} ({place}) shows {fingerprint}, which is NOT the pinned key. "
            "Was it replaced? Pin the new key? yes/no",
            device=key.device, place=place, fingerprint=key.fingerprint,
        )  # fmt: skip
    return say(
        "{device} ({place}) shows {fingerprint}. Pin it? yes/no",
        device=key.device, place=place, fingerprint=key.fingerprint,
    )  # fmt: skip


def _tell(show: Screen, keys: Sequence[HostKey], pinned: Mapping[int, int]) -> None:
    states = {
        "pinned": say("pinned"),
        "new": say("not pinned"),
        "changed": say("DIFFERS from the pinned key"),
        "silent": say("no answer"),
    }
    head = (say("device"), say("address"), say("state"), say("fingerprint"))
    show.rows(
        head,
        [
            (one.device, f"{one.host}:{one.port}",
             show.text(say("pinned now") if id(one) in pinned else states[one.standing]),
             one.fingerprint)
            for one in keys
        ],
    )  # fmt: skip
    show.document([_document(one, pinned.get(id(one))) for one in keys])


def _document(key: HostKey, entry: int | None) -> dict[str, Any]:
    """`entry` (logbook number) only for a key that was pinned now."""
    told: dict[str, Any] = {
        "device": key.device,
        "host": key.host,
        "port": key.port,
        "state": key.standing.value if entry is None else "pinned",
        "fingerprint": key.fingerprint,
    }
    return told if entry is None else {**told, "entry": entry}
