"""`lineguard notify`: who is reached how, and whether it works."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lineguard.cli.asked import Asked
from lineguard.cli.screen import screen
from lineguard.cli.speech import argument, command
from lineguard.refusals import Refused
from phrases import say

if TYPE_CHECKING:
    from incidents.notifying.delivery import Attempt
    from lineguard.cli.screen import Screen


@command("list", say("Who is reached over which channels, and what each of these leads through."))
def list_ways(asked: Asked) -> int:
    """A line for each person and channel; addresses are shown, secrets never."""
    from lineguard.duty import delivery
    from lineguard.wiring import station_of

    station = station_of(asked)
    desk = delivery(station, asked.lang)
    found = [
        (person.name, way.name, address, tuple(sorted(desk.paths.needed(way))))
        for person in station.people
        for way, address in desk.ways.of(person.name)
    ]
    show = screen(asked)
    if found:
        head = (say("who"), say("channel"), say("address"), say("leads through"))
        show.rows(head, [(*one[:3], " ".join(one[3]) or "-") for one in found])
        lost = [one.name for one in station.people if not desk.ways.of(one.name)]
        if lost:
            show.line(say("no channel leads to {people}", people=" ".join(lost)))
    else:
        show.line(say("nobody can be told anything: lineguard.toml has no [channels.NAME], or "
                      "nobody in people.yml has an address on one"))  # fmt: skip
    show.document([{"person": one[0], "channel": one[1], "needs": list(one[3])} for one in found])
    return 0


@command("test", say("Send a test message to one person, over every channel of theirs."))
@argument("person")
def test(asked: Asked, person: str) -> int:
    """Exit status 1 when no channel took it."""
    import asyncio

    from lineguard.cli.oncall import person_named
    from lineguard.duty import delivery
    from lineguard.wiring import station_of

    station = station_of(asked)
    station.agree_on_practice()
    name = person_named(station, person).name
    actor = station.actor(asked)
    attempts = asyncio.run(delivery(station, asked.lang).test(name, actor.name))
    show = screen(asked)
    for one in attempts:
        _show(show, one)
    show.document(
        [{"channel": one.channel, "sent": one.why is None,
          "why": None if one.why is None else one.why.text(asked.lang)} for one in attempts]
    )  # fmt: skip
    if not any(one.why is None for one in attempts):
        raise Refused(say("nothing reached {person}", person=name))
    return 0


def _show(show: Screen, one: Attempt) -> None:
    if one.why is None:
        show.line(say("{channel}: taken", channel=one.channel))
    else:
        show.line(one.why)
