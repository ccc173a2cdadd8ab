"""`lineguard obligation`: drills, trainings and reports of the year, with their evidence."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lineguard import clock
from lineguard.cli.asked import Asked
from lineguard.cli.known import meant
from lineguard.cli.screen import screen
from lineguard.cli.speech import argument, command, option
from lineguard.cli.values import Day
from lineguard.refusals import Refused
from phrases import say

if TYPE_CHECKING:
    from lineguard.wiring import Station
    from maintenance.obligation_desk import Done, ObligationDesk
    from maintenance.obligations import Due


def obligation_desk(station: Station) -> ObligationDesk:
    """Where obligations are recorded and watched."""
    from maintenance.obligation_desk import ObligationDesk

    return ObligationDesk(store=station.store, logbook=station.sound_logbook(), clock=clock.now)


@command(
    "list",
    say("What the contract wants each year and quarter beside the schedule: what is done, what is\n"
        "still to be done until when, and what was missed since this home was made."),
)  # fmt: skip
def list_obligations(asked: Asked) -> int:
    """A line for each duty in each term."""
    from lineguard.wiring import station_of
    from maintenance.obligation_desk import counts, done_of
    from maintenance.obligations import missing, terms, today_of

    station = station_of(asked)
    today = today_of(clock.now())
    with station.store.read() as tx:
        counted, done = counts(tx), done_of(tx)
    found = [(due, missing(due, counted)) for due in terms(_since(station, done), today)]
    show = screen(asked)
    head = (say("obligation"), say("title"), say("term"), say("until"), say("done"), say("state"))
    show.rows(
        head,
        [(due.obligation.name, show.text(due.obligation.title), due.term, due.last.isoformat(),
          f"{counted.get(due.key, 0)}/{due.obligation.times}", _state(show.mark, due, left, today))
         for due, left in found],
    )  # fmt: skip
    show.document([_as_json(due, left, done, today) for due, left in found])
    return 0


def _state(mark: Any, due: Due, left: int, today: date) -> str:  # noqa: ANN401  (of Screen)
    from maintenance.obligations import Stage

    if not left:
        return str(mark("normal"))
    return str(mark("missed" if due.stage(today) is Stage.OVER else "due"))


def _as_json(due: Due, left: int, done: tuple[Done, ...], today: date) -> dict[str, Any]:
    own = [one for one in done if (one.name, one.term) == (due.obligation.name, due.term)]
    return {
        "obligation": due.obligation.name,
        "term": due.term,
        "first": due.first.isoformat(),
        "last": due.last.isoformat(),
        "times": due.obligation.times,
        "missing": left,
        "stage": due.stage(today).value,
        "source": due.obligation.source,
        "done": [one.as_json() for one in own],
    }


def _since(station: Station, done: tuple[Done, ...]) -> date:
    """The day from which this home answers for it: that of its first entry, or of a deed before."""
    from sqlalchemy import select

    from maintenance.obligations import today_of
    from store.schema import entry

    with station.store.read() as tx:
        first = tx.execute(select(entry.c.at).where(entry.c.seq == 1)).scalar()
    days = [date.fromisoformat(one.done_on) for one in done]
    founded = today_of(datetime.fromisoformat(first)) if first else today_of(clock.now())
    return min([*days, founded])


@command(
    "done",
    say("Put on record that a drill, training or report was done. The evidence (minutes, list of\n"
        "names, report) goes into the archive and is proven by `log verify` from then on."),
)  # fmt: skip
@argument("name")
@option("--evidence", type=click.Path(path_type=Path), required=True, says=say("the file"))
@option("--note", required=True, says=say("what was done, with whom"))
@option("--on", "day", type=Day(), says=say("on which day, if not today"))
def done(asked: Asked, name: str, evidence: Path, note: str, day: date | None) -> int:
    """One entry; it ends the warning when nothing is left to do."""
    from incidents.handling import Refusal
    from lineguard.wiring import station_of
    from logbook.evidence import MAX_OBJECT_BYTES
    from maintenance.obligation_desk import Deed
    from maintenance.obligations import OBLIGATIONS, today_of

    known = meant(say("obligation"), name, [one.name for one in OBLIGATIONS])
    with evidence.open("rb") as file:
        content = file.read(MAX_OBJECT_BYTES + 1)
    if len(content) > MAX_OBJECT_BYTES:
        raise Refused(say("{file} is larger than {limit} bytes",
                          file=str(evidence), limit=MAX_OBJECT_BYTES))  # fmt: skip
    station = station_of(asked)
    station.agree_on_practice()
    on = day or today_of(clock.now())
    deed = Deed(name=known, day=on, note=note, file=evidence.name, content=content)
    told = obligation_desk(station).record(deed, station.actor(asked))
    if isinstance(told, Refusal):
        raise Refused(told.why)
    show = screen(asked)
    show.line(say("entry {entry}: {name} of {term} is on record, evidence {digest}",
                  entry=told.entry, name=told.name, term=told.term,
                  digest=told.digest[:12]))  # fmt: skip
    show.document({"obligation": told.name, "term": told.term, **told.as_json()})
    return 0
