"""`lineguard round enter`: what a person looked at, such as the room walk of the shift."""

from __future__ import annotations

from collections.abc import Sequence
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
    from maintenance.looks import Looked
    from maintenance.manual import Entered, ManualDesk, Observation, Refusal

REFUSED: Final = 1
MISUSED: Final = 2


@command(
    "enter",
    say("Enter what a person looked at: R1 power and UPS, R2 servers, R3 the room (each shift),\n"
        "and every other item that `lineguard schedule items` leaves to persons.\n"
        "What is normal may be entered in one go: `round enter R1 R2 R3 --state normal`.\n"
        "It is dated by the clock and cannot be dated back."),
)  # fmt: skip
@argument("items", nargs=-1, required=True, metavar="ITEM...")
@option("--device", "place", says=say("which device or site, where the item is due in several"))
@option("--state", type=OneOf("normal", "abnormal"), required=True, says=say("what was found"))
@option("--note", default="", says=say("what was seen; required when it is abnormal"))
@option("--at", type=Moment(), says=say("in a practice home: at this time instead of now"))
def enter(
    asked: Asked, items: tuple[str, ...], place: str | None, state: str, note: str,
    at: datetime | None,
) -> int:  # fmt: skip
    """One entry per item; the slots they fulfil, what the sensors say to them, and the incidents
    they open or end."""
    from checks.verdict import State
    from lineguard.wiring import station_of
    from maintenance.manual import Observation, note_refusal

    seen = [
        Observation(item=item, place=place, state=State(state), note=note)
        for item in dict.fromkeys(items)
    ]
    why = note_refusal(State(state), note)
    if why is None and len(seen) > 1 and state == State.ABNORMAL:
        why = say("what is abnormal is entered by itself, each item with a note of its own")
    if why is not None:
        raise Refused(why, MISUSED)
    station = station_of(asked)
    slot_time = station.slot_time(at)
    desk, actor = station.manual_desk(), station.actor(asked)
    for one in seen:
        _accept(desk.refused(one, actor))
    return _enter_all(asked, desk, seen, actor, slot_time)


def _enter_all(
    asked: Asked, desk: ManualDesk, seen: Sequence[Observation], actor: Actor, at: datetime
) -> int:
    """All sensors are asked together, then each is entered by itself. One that its slot refuses
    keeps none of the others out."""
    import asyncio

    from maintenance.manual import Refusal

    async def looks() -> list[tuple[Looked, ...]]:
        return await asyncio.gather(*(desk.look(one, actor) for one in seen))

    show, entered, refused = screen(asked), list[dict[str, Any]](), 0
    for one, looked in zip(seen, asyncio.run(looks()), strict=True):
        told = desk.enter(one, actor, at, looked)
        if isinstance(told, Refusal):
            if len(seen) == 1:
                _accept(told)
            show.note(told.why)
            refused += 1
        else:
            _show(show, told)
            entered.append(_document(told, actor, asked))
    show.document(entered if len(seen) > 1 else entered[0])
    return REFUSED if refused else 0


def _accept(refusal: Refusal | None) -> None:
    if refusal is not None:
        raise Refused(refusal.why, MISUSED if refusal.misused else None)


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
