"""`lineguard incident ack`, `hold`, `note`, `resolve`, `close` and `open`: what persons do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Final

from lineguard.cli.asked import Asked
from lineguard.cli.known import device_named, site_named
from lineguard.cli.screen import screen
from lineguard.cli.speech import argument, command, option
from lineguard.cli.values import Later, Number, OneOf
from lineguard.refusals import Refused
from phrases import say

if TYPE_CHECKING:
    from incidents.handling import HandlingDesk, Outcome
    from inventory.people import Actor

MOST_INCIDENTS: Final = 2**31 - 1
_NUMBER: Final = Number(1, MOST_INCIDENTS)


@command("ack", say("It is mine: nobody else is told any more, and the clocks run on."))
@argument("number", type=_NUMBER)
def ack(asked: Asked, number: int) -> int:
    """Open, on hold or somebody else's: mine now."""
    return _do(asked, lambda desk, actor: desk.acknowledge(number, actor))


@command("hold", say("Wait for something until a time; then it is its owner's again."))
@argument("number", type=_NUMBER)
@option("--until", type=Later(), required=True,
        says=say("until when, within 30 days: 2026-11-21T06:00, 06:00 or 2h"))  # fmt: skip
@option("--reason", required=True, says=say("what is waited for"))
def hold(asked: Asked, number: int, until: datetime, reason: str) -> int:
    """The clocks of the contract run on."""
    return _do(asked, lambda desk, actor: desk.hold(number, actor, until, reason))


@command("note", say("Write something down; the state stays."))
@argument("number", type=_NUMBER)
@argument("text")
def note(asked: Asked, number: int, text: str) -> int:
    """One line of text."""
    return _do(asked, lambda desk, actor: desk.note(number, actor, text))


@command("resolve", say("It is over. What is still abnormal will bring it back."))
@argument("number", type=_NUMBER)
@option("--reason", required=True, says=say("what was done"))
def resolve(asked: Asked, number: int, reason: str) -> int:
    """Most incidents end by themselves, when they are seen to be well."""
    return _do(asked, lambda desk, actor: desk.resolve(number, actor, reason))


@command("close", say("Looked at once more; it is never opened again."))
@argument("number", type=_NUMBER)
@option("--reason", required=True, says=say("what was looked at"))
def close(asked: Asked, number: int, reason: str) -> int:
    """A major fault needs its fault analysis first."""
    return _do(asked, lambda desk, actor: desk.close(number, actor, reason))


@command("open", say("Report what no check can see; only a person ends it."))
@option("--text", required=True, says=say("what is wrong, in one line"))
@option("--site", says=say("where, when the estate has more than one site"))
@option("--device", says=say("on which device, if it is one"))
@option("--kind", type=OneOf("fault", "seat", "power", "environment", "surge"), default="fault",
        says=say("what it is: a seat and a power cut have clocks of their own"))  # fmt: skip
@option("--severity", type=OneOf("info", "warning", "critical"), default="warning",
        says=say("how grave it is"))  # fmt: skip
def open_(
    asked: Asked, text: str, site: str | None, device: str | None, kind: str, severity: str
) -> int:
    """An incident with a person as its witness."""
    from checks.verdict import Severity
    from incidents.handling import Report, Trouble
    from lineguard.wiring import station_of

    station = station_of(asked)
    known = None if device is None else device_named(station.estate, device)
    place = site_named(station, site) if known is None else known.site
    report = Report(
        kind=Trouble(kind), severity=Severity(severity), text=text, site=place, device=device
    )
    return _do(asked, lambda desk, actor: desk.open(report, actor))


def _do(asked: Asked, step: Callable[[HandlingDesk, Actor], Outcome]) -> int:
    from incidents.handling import Refusal
    from incidents.listing import incident_of
    from lineguard.duty import handling_desk
    from lineguard.wiring import station_of

    station = station_of(asked)
    station.agree_on_practice()
    actor = station.actor(asked)
    outcome = step(handling_desk(station), actor)
    if isinstance(outcome, Refusal):
        raise Refused(outcome.why)
    with station.store.read() as tx:
        record = incident_of(tx, outcome.incident)
    show = screen(asked)
    if record is not None:
        show.line(
            say("incident {number} is {state}: {sentence}",
                number=record.id, state=show.word(record.state), sentence=outcome.sentence)
        )  # fmt: skip
        if record.live and record.runbook is not None:
            show.line(say("what to do: lineguard runbook run --incident {number}",
                          number=record.id))  # fmt: skip
        document = {**record.as_json(asked.lang), "entry": outcome.entry, "actor": actor.as_json()}
        show.document(document)
    return 0
