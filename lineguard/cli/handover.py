"""`lineguard handover`: the record of the shift, put together from facts, signed by both sides."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from lineguard import clock
from lineguard.cli.asked import Asked
from lineguard.cli.screen import Screen, screen
from lineguard.cli.speech import argument, command, option
from lineguard.cli.values import Number, OneOf
from lineguard.refusals import Refused
from phrases import Phrase, say, verbatim

if TYPE_CHECKING:
    from lineguard.wiring import Station
    from maintenance.handover import Draft, HandoverDesk
    from maintenance.matters import MatterDesk

MOST: Final = 2**31 - 1
_NUMBER: Final = Number(1, MOST)


def handover_desk(station: Station) -> HandoverDesk:
    """Where shifts are handed over."""
    from maintenance.handover import HandoverDesk

    station.agree_on_practice()
    return HandoverDesk(
        store=station.store, logbook=station.sound_logbook(), clock=clock.now,
        calendar=station.calendar,
    )  # fmt: skip


def matter_desk(station: Station) -> MatterDesk:
    """Where urgent matters are flagged."""
    from maintenance.matters import MatterDesk

    station.agree_on_practice()
    return MatterDesk(store=station.store, logbook=station.sound_logbook(), clock=clock.now)


@command(
    "draft",
    say("The handover of this shift from what is on record; in the first hour of a shift, of the\n"
        "one before. Until somebody signs, it can be drafted anew."),
)  # fmt: skip
def draft(asked: Asked) -> int:
    """Printed as it will be signed."""
    from lineguard.wiring import station_of

    station = station_of(asked)
    made = _accepted(handover_desk(station).draft(station.actor(asked)))
    out = screen(asked)
    _page(out, made)
    out.line(say("sign it: lineguard handover sign {number} --side outgoing; the other side: "
                 "lineguard handover sign {number} --side incoming --as PERSON",
                 number=made.id))  # fmt: skip
    out.document(made.as_json())
    return 0


@command("show", say("One handover, or the newest, with its signatures."))
@argument("number", required=False, type=_NUMBER)
def show(asked: Asked, number: int | None) -> int:
    """As it was drafted."""
    from lineguard.wiring import station_of

    made = _accepted(handover_desk(station_of(asked)).known(number))
    out = screen(asked)
    _page(out, made)
    out.document(made.as_json())
    return 0


@command("sign", say("Sign one side of a handover: two persons, each proven by account or PIN."))
@argument("number", type=_NUMBER)
@option("--side", type=OneOf("outgoing", "incoming"), required=True, says=say("which side"))
def sign(asked: Asked, number: int, side: str) -> int:
    """From the first signature on it does not change."""
    from lineguard.wiring import station_of
    from maintenance.handover import Side

    station = station_of(asked)
    made = _accepted(handover_desk(station).sign(number, Side(side), station.actor(asked)))
    out = screen(asked)
    _signatures(out, made)
    out.document(made.as_json())
    return 0


@command("flag", say("Something urgent that every shift is told of until it is cleared."))
@argument("text")
def flag(asked: Asked, text: str) -> int:
    """One line of text."""
    from lineguard.wiring import station_of

    station = station_of(asked)
    made = _accepted(matter_desk(station).flag(text, station.actor(asked)))
    out = screen(asked)
    out.line(say("urgent matter {number} stands: {text}; when it is settled: lineguard handover "
                 "clear {number}", number=made.id, text=verbatim(made.text)))  # fmt: skip
    out.document(made.as_json())
    return 0


@command("clear", say("An urgent matter is settled."))
@argument("number", type=_NUMBER)
@option("--reason", required=True, says=say("what became of it"))
def clear(asked: Asked, number: int, reason: str) -> int:
    """It stays on record."""
    from lineguard.wiring import station_of

    station = station_of(asked)
    made = _accepted(matter_desk(station).clear(number, reason, station.actor(asked)))
    out = screen(asked)
    out.line(say("urgent matter {number} is settled", number=made.id))
    out.document(made.as_json())
    return 0


@command("matters", say("Urgent matters that stand."))
def list_matters(asked: Asked) -> int:
    """A line for each."""
    from lineguard.wiring import station_of
    from maintenance.matters import matters

    with station_of(asked).store.read() as tx:
        found = matters(tx)
    out = screen(asked)
    if found:
        out.rows(
            (say("no."), say("since"), say("by"), say("what is urgent")),
            [(str(one.id), out.time(one.at), one.actor, one.text) for one in found],
        )
    else:
        out.line(say("no urgent matters"))
    out.document([one.as_json() for one in found])
    return 0


def _page(out: Screen, made: Draft) -> None:
    """As it is printed."""
    told = made.facts or {}
    out.line(say("Handover record {number}: {name}, {begins} to {ends}", number=made.id,
                 name=str(told.get("shift_name", made.shift)), begins=out.time(made.begins),
                 ends=out.time(made.ends)))  # fmt: skip
    for title, lines in _sections(out, told):
        out.line(verbatim(""))
        out.line(title)
        shown = list(lines)
        for line in shown:
            out.line(say("  - {line}", line=line))
        if not shown:
            out.line(say("  none"))
    out.line(verbatim(""))
    _signatures(out, made)


def _sections(out: Screen, told: Mapping[str, Any]) -> Iterator[tuple[Phrase, Iterator[Phrase]]]:
    yield say("I. Equipment and software faults of the shift"), _faults(out, told.get("faults", ()))
    yield say("II. Open incidents, with owner and time limits"), _open(out, told.get("open", ()))
    yield say("III. Work not done: missed in this shift"), _slots(told.get("missed", ()))
    yield say("IV. Work not done yet"), _slots(told.get("unfinished", ()))
    yield say("V. Planned work"), _work(out, told.get("silences", ()))
    yield say("VI. Runbooks under way"), _runs(told.get("runs", ()))
    yield say("VII. Urgent matters"), _matters(out, told.get("matters", ()))
    yield (
        say("VIII. Obligations of the contract"),
        (verbatim(one[out.asked.lang]) for one in told.get("obligations", ())),
    )


def _faults(out: Screen, found: Any) -> Iterator[Phrase]:  # noqa: ANN401  (a stored document)
    for one in found:
        yield say("{time} no. {number}, {state}: {sentence}", time=_time(out, one["opened_at"]),
                  number=one["incident"], state=out.word(one["state"]),
                  sentence=verbatim(one["sentence"][out.asked.lang]))  # fmt: skip


def _open(out: Screen, found: Any) -> Iterator[Phrase]:  # noqa: ANN401
    for one in found:
        yield say("no. {number}, {severity}, {owner}, since {time}: {sentence}",
                  number=one["incident"], severity=out.word(one["severity"]),
                  owner=one["owner"] or say("nobody has it"), time=_time(out, one["opened_at"]),
                  sentence=verbatim(one["sentence"][out.asked.lang]))  # fmt: skip
        for limit in one["clocks"]:
            words: dict[str, str | int] = {
                "number": one["incident"],
                "time": _time(out, limit["due_at"]),
            }
            name = _clock(limit["clock"])
            if limit["breached"]:
                yield say("no. {number}: ran out at {time}: {clock}", clock=name, **words)
            else:
                yield say("no. {number}: until {time}: {clock}", clock=name, **words)


def _clock(name: str) -> Phrase:
    """What a clock limits; the name itself of one that is no more."""
    from incidents.clocks import RULES

    return next((one.title for one in RULES if one.name == name), verbatim(name))


def _slots(found: Any) -> Iterator[Phrase]:  # noqa: ANN401
    for one in found:
        places = ", ".join(one["places"])
        more = one["count"] - len(one["places"])
        if more > 0:
            yield say("{item}: {places} and {more} more",
                      item=one["item"], places=places, more=more)  # fmt: skip
        else:
            yield say("{item}: {places}", item=one["item"], places=places)


def _work(out: Screen, found: Any) -> Iterator[Phrase]:  # noqa: ANN401
    for one in found:
        where = " ".join(str(one[key]) for key in ("site", "device", "item") if one[key])
        yield say("{place} until {until}: {why}", place=where, until=_time(out, one["until"]),
                  why=verbatim(one["why"]))  # fmt: skip


def _runs(found: Any) -> Iterator[Phrase]:  # noqa: ANN401
    for one in found:
        yield say("run {run} of {runbook} stands at step {step}: lineguard runbook run --resume "
                  "{run}", run=one["run"], runbook=one["runbook"], step=one["step"])  # fmt: skip


def _matters(out: Screen, found: Any) -> Iterator[Phrase]:  # noqa: ANN401
    for one in found:
        yield say("no. {number}, {who}, {time}: {text}", number=one["matter"], who=one["actor"],
                  time=_time(out, one["at"]), text=verbatim(one["text"]))  # fmt: skip


def _signatures(out: Screen, made: Draft) -> None:
    signed = {one.side.value: one for one in made.signatures}
    for side, title in (("outgoing", say("handed over by")), ("incoming", say("taken over by"))):
        one = signed.get(side)
        if one is None:
            out.line(say("{side}: not signed", side=title))
        else:
            out.line(say("{side}: {person}, {time} (entry {entry})", side=title,
                         person=one.person, time=out.time(one.at), entry=one.entry))  # fmt: skip


def _time(out: Screen, stored: str) -> str:
    return out.time(datetime.fromisoformat(stored))


def _accepted(outcome: Any) -> Any:  # noqa: ANN401  (any of the desks' results but a refusal)
    from incidents.handling import Refusal

    if isinstance(outcome, Refusal):
        raise Refused(outcome.why)
    return outcome
