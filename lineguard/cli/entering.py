"""`lineguard round enter`: what a person looked at, such as the room walk of the shift."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from lineguard.cli.asked import Asked
from lineguard.cli.round import show_changes
from lineguard.cli.screen import Screen, screen
from lineguard.cli.speech import argument, command, option
from lineguard.cli.values import Moment, OneOf
from lineguard.refusals import Refused
from phrases import say

if TYPE_CHECKING:
    from inventory.people import Actor
    from maintenance.manual import Entered

MISUSED: Final = 2


@command(
    "enter",
    say("Enter what a person looked at: R1 power and UPS, R2 servers, R3 the room (each shift),\n"
        "and every other item that `lineguard schedule items` leaves to persons.\n"
        "It is dated by the clock and cannot be dated back."),
)  # fmt: skip
@argument("item")
@option("--device", "place", says=say("which device or site, where the item is due in several"))
@option("--state", type=OneOf("normal", "abnormal"), required=True, says=say("what was found"))
@option("--note", default="", says=say("what was seen; required when it is abnormal"))
@option("--at", type=Moment(), says=say("in a practice home: at this time instead of now"))
def enter(
    asked: Asked, item: str, place: str | None, state: str, note: str, at: datetime | None
) -> int:
    """One entry; the slot it fulfils, what the sensors say to it, and the incidents it opens or
    ends."""
    import asyncio

    from checks.verdict import State
    from lineguard.wiring import station_of
    from maintenance.manual import Observation, Refusal, note_refusal

    seen = Observation(item=item, place=place, state=State(state), note=note)
    why = note_refusal(seen.state, seen.note)
    if why is not None:
        raise Refused(why, MISUSED)
    station = station_of(asked)
    slot_time = station.slot_time(at)
    desk, actor = station.manual_desk(), station.actor(asked)
    looked = asyncio.run(desk.look(seen, actor))
    told = desk.enter(seen, actor, slot_time, looked)
    if isinstance(told, Refusal):
        raise Refused(told.why, MISUSED if told.misused else None)
    show = screen(asked)
    _show(show, told)
    show.document(_document(told, actor, asked))
    return 0


def _show(show: Screen, told: Entered) -> None:
    record = told.record
    show.line(record.judgement.verdict.sentence)
    if told.beside is not None:
        show.line(told.beside.judgement.verdict.sentence)
    if told.fulfilled:
        show.line(say("entry {entry}: slot {slot} is done",
                      entry=record.entry or 0, slot=record.slot or ""))  # fmt: skip
    else:
        show.line(say("entry {entry}: an observation beside slot {slot}, which was done before",
                      entry=record.entry or 0, slot=record.slot or ""))  # fmt: skip
    show_changes(show, told.changes.made)


def _document(told: Entered, actor: Actor, asked: Asked) -> dict[str, Any]:
    return {
        **told.record.as_json(asked.lang),
        "fulfilled": told.fulfilled,
        "actor": actor.as_json(),
        "beside": None if told.beside is None else told.beside.as_json(asked.lang),
        "sensors": [one.as_json(asked.lang) for one in told.seen],
    }
