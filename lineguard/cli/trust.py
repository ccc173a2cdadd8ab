"""`lineguard inventory trust`: pin SSH host keys after a person compared them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from lineguard.cli.asked import Asked
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
    from lineguard.hostkeys import pin, shown_keys
    from lineguard.wiring import station_of

    station = station_of(asked)
    if yes and not station.practice:
        raise Refused(
            say("--yes works only in a practice home: here a person must compare the keys")
        )
    show = screen(asked)
    keys = shown_keys(_chosen(station, devices), station.home.known_hosts)
    confirmed = [one for one in _open(keys, replace) if yes or _confirms(show, one)]
    if confirmed:
        pin(station.home.known_hosts, confirmed)
    _tell(show, keys, confirmed)
    return 0 if _settled(keys, confirmed) else 1


def _chosen(station: Station, names: Sequence[str]) -> list[Device]:
    known = {one.name: one for one in station.estate.devices}
    for name in names:
        if name not in known:
            raise Refused(say("there is no device {name}", name=name))
    return [known[name] for name in names] if names else list(known.values())


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


def _tell(show: Screen, keys: Sequence[HostKey], confirmed: Sequence[HostKey]) -> None:
    states = {
        "pinned": say("pinned"),
        "new": say("not pinned"),
        "changed": say("DIFFERS from the pinned key"),
        "silent": say("no answer"),
    }
    head = (say("device"), say("address"), say("state"), say("fingerprint"))
    now = {id(one) for one in confirmed}
    show.rows(
        head,
        [
            (one.device, f"{one.host}:{one.port}",
             show.text(say("pinned now") if id(one) in now else states[one.standing]),
             one.fingerprint)
            for one in keys
        ],
    )  # fmt: skip
    show.document(
        [
            {"device": one.device, "host": one.host, "port": one.port,
             "state": "pinned" if id(one) in now else one.standing.value,
             "fingerprint": one.fingerprint}
            for one in keys
        ]
    )  # fmt: skip


def _settled(keys: Sequence[HostKey], confirmed: Sequence[HostKey]) -> bool:
    now = {id(one) for one in confirmed}
    return all(one.standing == "pinned" or id(one) in now for one in keys)
