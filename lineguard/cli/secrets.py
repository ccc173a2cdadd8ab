"""`lineguard secrets` (M48): change the passwords of devices, settle what was left half-done."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from lineguard.cli.asked import Asked
from lineguard.cli.known import device_named, meant
from lineguard.cli.screen import Screen, screen
from lineguard.cli.speech import command, option
from lineguard.refusals import Refused
from phrases import Phrase, say

if TYPE_CHECKING:
    from inventory.model import Device, Estate
    from inventory.people import Actor
    from lineguard.wiring import Station
    from maintenance.password_stages import Standing

YES: Final = frozenset({"y", "yes", "是"})


@command(
    "rotate",
    say("Change passwords: keep the new one, set it on the device, log in anew with it, and see "
        "that the old one is refused. One device after the other; after three failures in a row "
        "the rest is left as it is. Only a supervisor may.\n"
        "Exit status: 0 all changed, 1 some not (each says why), 75 another change is under way."),
)  # fmt: skip
@option("--device", "devices", multiple=True, says=say("only this device; may be repeated"))
@option("--kind", "kinds", multiple=True,
        says=say("only devices of this kind, such as router; may be repeated"))  # fmt: skip
@option("--dry-run", is_flag=True,
        says=say("change nothing; say what would be refused"))  # fmt: skip
@option("--yes", is_flag=True, says=say("do not ask first (for scripts)"))
def rotate(
    asked: Asked, devices: tuple[str, ...], kinds: tuple[str, ...], dry_run: bool, yes: bool
) -> int:
    """Every login with a password of the chosen devices."""
    import asyncio

    from inventory.logins import password_logins
    from lineguard.wiring import station_of

    station, show = station_of(asked), screen(asked)
    chosen = [one for one in _chosen(station.estate, devices, kinds) if password_logins(one)]
    if not chosen:
        raise Refused(say("none of these devices has a login with a password"))
    desk = station.password_desk(_supervisor(station, asked))
    if dry_run:
        refused = asyncio.run(desk.rehearse(chosen, Telling(show).one))
        _tell(show, refused)
        return 1 if refused else 0
    _confirm(show, chosen, yes)
    standings = asyncio.run(desk.rotate(chosen, Telling(show).one))
    _tell(show, standings)
    return 0 if all(one.well for one in standings) else 1


@command(
    "resume",
    say("Settle every change that is not over: log in with the new and with the old password, and "
        "finish or go back as the device says. Also after somebody set a password by hand.\n"
        "Exit status: 0 nothing is left, 1 something is (each says why), 75 another change is "
        "under way."),
)  # fmt: skip
@option("--device", "devices", multiple=True, says=say("only this device; may be repeated"))
@option("--abandon", is_flag=True,
        says=say("do not wait for a person's step any longer: forget the new password where the "
                 "old one is in use"))  # fmt: skip
def resume(asked: Asked, devices: tuple[str, ...], abandon: bool) -> int:
    """Whatever was cut short, refused or left to a person."""
    import asyncio

    from lineguard.wiring import station_of
    from maintenance.password_stages import OVER

    station, show = station_of(asked), screen(asked)
    names = frozenset(device_named(station.estate, one).name for one in devices)
    desk = station.password_desk(_supervisor(station, asked))
    standings = asyncio.run(desk.resume(names, Telling(show).one, abandon=abandon))
    if not standings:
        show.line(say("no change of a password is left to settle"))
    _tell(show, standings)
    return 0 if all(one.stage in OVER for one in standings) else 1


class Telling:
    """One line a login, as it is known."""

    def __init__(self, show: Screen) -> None:
        self.show = show

    def one(self, standing: Standing) -> None:
        """Said at once: a change of many devices takes minutes."""
        self.show.line(standing.why)
        self.show.out.flush()


def _tell(show: Screen, standings: Sequence[Standing]) -> None:
    show.document([_document(one, show) for one in standings])


def _document(standing: Standing, show: Screen) -> dict[str, Any]:
    """`stage` null: refused before anything began."""
    return {
        "login": standing.login,
        "stage": standing.stage.value if standing.stage else None,
        "sentence": show.text(standing.why),
    }


def _chosen(estate: Estate, devices: Sequence[str], kinds: Sequence[str]) -> list[Device]:
    """Of the whole estate, or those that were named, either way."""
    named = {device_named(estate, one).name for one in devices}
    of_kinds = {_kind(estate, one) for one in kinds}
    return [
        one
        for one in estate.devices
        if not (named or of_kinds) or one.name in named or one.kind.value in of_kinds
    ]


def _kind(estate: Estate, name: str) -> str:
    return meant(say("kind"), name, sorted({one.kind.value for one in estate.devices}))


def _supervisor(station: Station, asked: Asked) -> Actor:
    """Who acts, proven and entitled. Raises `Refused`."""
    from inventory.model import Role

    actor = station.actor(asked)
    person = actor.person
    if not actor.proven or person is None or Role.SUPERVISOR not in person.roles:
        raise Refused(
            say("changing passwords is for a supervisor, and {name} is not proven to be one: use "
                "--as NAME with the PIN, or give the OS user to a supervisor in people.yml",
                name=actor.name)
        )  # fmt: skip
    return actor


def _confirm(show: Screen, devices: Sequence[Device], yes: bool) -> None:
    """One question on stderr, one line from stdin. Raises `Refused` unless it is yes."""
    if yes:
        return
    show.note(_question(devices))
    if sys.stdin.readline().strip().lower() not in YES:
        raise Refused(say("nothing was changed: it was not confirmed"))


def _question(devices: Sequence[Device]) -> Phrase:
    names = ", ".join(one.name for one in devices)
    return say("the passwords of {count} devices will be changed now: {names}. Go on? yes/no",
               count=len(devices), names=names)  # fmt: skip
