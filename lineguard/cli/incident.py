"""`lineguard incident`: what is wrong, since when, and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from lineguard import clock
from lineguard.cli.asked import Asked
from lineguard.cli.incident_rows import Pressing, ordered, pressing, show_list
from lineguard.cli.known import device_named
from lineguard.cli.screen import Screen, screen
from lineguard.cli.speech import argument, command, option
from lineguard.cli.standing import Standing, facts, next_step, standing
from lineguard.cli.titles import short_title, title
from lineguard.cli.values import Number
from lineguard.refusals import Refused
from phrases import say, verbatim

if TYPE_CHECKING:
    from checks.item import Item
    from incidents.listing import IncidentRecord
    from incidents.model import Step
    from inventory.model import Device
    from lineguard.wiring import Station
    from runbooks.listing import RunRecord, StepRecord

MOST_INCIDENTS: Final = 2**31 - 1


@command(
    "list",
    say("Open incidents, the gravest first; --all shows those that are over as well.\n"
        "Time left: until the next time limit of the incident."),
)  # fmt: skip
@option("--all", "everything", is_flag=True, says=say("resolved and merged ones too"))
@option("--device", says=say("only this device's"))
def list_incidents(asked: Asked, everything: bool, device: str | None) -> int:
    """A line for each."""
    from incidents.listing import incidents
    from incidents.model import LIVE
    from lineguard.wiring import station_of

    station, now = station_of(asked), clock.now()
    named = station.own_runbooks if asked.json else {}
    with station.store.read() as tx:
        times = pressing(tx, now)
        known = incidents(tx, None if everything else LIVE, device, runbooks=named)
        found = ordered(known, times)
    if device is not None and not found:
        device_named(station.estate, device)  # incidents of one that left the estate stay
    show = screen(asked)
    if found:
        show_list(show, found, times, now)
    else:
        show.line(say("no incidents") if everything else say("no open incidents"))
    none = Pressing(due_at=None, held=False)
    show.document(
        [{**one.as_json(asked.lang), **times.get(one.id, none).as_json(now)} for one in found]
    )
    return 0


@command("show", say("One incident, with everything that happened to it."))
@argument("number", type=Number(1, MOST_INCIDENTS))
def show(asked: Asked, number: int) -> int:
    """Its facts, then its transitions, the first one first."""
    from incidents.listing import incident_of, step_json, steps_of
    from lineguard.wiring import station_of
    from runbooks.listing import runs
    from runbooks.listing import steps_of as steps_of_run

    station = station_of(asked)
    with station.store.read() as tx:
        record = incident_of(tx, number)
        steps = steps_of(tx, number)
        stands = None if record is None else standing(tx, record, clock.now())
        walked = [(one, steps_of_run(tx, one.id)) for one in runs(tx, incident=number)[::-1]]
    if record is None or stands is None:
        raise Refused(
            say("there is no incident {number}; `lineguard incident list --all` shows them all",
                number=number)
        )  # fmt: skip
    if record.item is not None:
        record = replace(record, named_runbook=station.own_runbooks.get(record.item))
        stands = replace(stands, record=record)
    out = screen(asked)
    _show_one(out, stands, steps, _around(station, record, [one for one, _done in walked]))
    _show_runs(out, walked)
    out.line(say("An entry with its evidence: lineguard log show --entry NUMBER"))
    out.document(
        {**record.as_json(asked.lang), **stands.as_json(),
         "transitions": [step_json(one, asked.lang) for one in steps],
         "runs": [{**one.as_json(), "steps": [step.as_json() for step in done]}
                  for one, done in walked]}
    )  # fmt: skip
    return 0


def _show_runs(out: Screen, walked: list[tuple[RunRecord, tuple[StepRecord, ...]]]) -> None:
    """Which runbooks were walked for it, by whom, and where they stand."""
    if not walked:
        return
    head = (say("run"), say("runbook"), say("state"), say("step"), say("wait until"),
            say("begun"), say("ended"), say("by"))  # fmt: skip
    rows = [
        (str(one.id), one.runbook, out.word(one.state), _stands(one, done),
         out.time(one.due_at) or "-", out.time(one.began_at), out.time(one.ended_at) or "-",
         " ".join(dict.fromkeys((one.actor, *(step.actor for step in done)))))
        for one, done in walked
    ]  # fmt: skip
    out.rows(head, rows)
    out.line(say("Who did what in a run: lineguard runbook show --run RUN"))
    out.line(verbatim(""))


def _stands(run: RunRecord, done: tuple[StepRecord, ...]) -> str:
    """The present step, or the last one of a run that is over."""
    return run.step or (done[-1].step if done else "-")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Around:
    """What the incident's screen says beside the record. An estate that cannot be read, such as
    one half edited, must not hide an incident: then the device has no address here, and the item
    its name of the catalogue."""

    item: Item | None = None
    device: Device | None = None
    run: int | None = None
    """The run of a runbook that is under way for it."""


def _around(station: Station, record: IncidentRecord, walked: Sequence[RunRecord]) -> _Around:
    from checks.catalogue import catalogue
    from inventory.problems import EstateError

    try:
        devices = station.estate.devices if record.device else ()
        items = station.items if record.item else ()
    except EstateError:
        devices, items = (), catalogue()
    return _Around(
        item=next((one for one in items if one.id == record.item), None),
        device=next((one for one in devices if one.name == record.device), None),
        run=next((one.id for one in walked if one.ended_at is None), None),
    )


def _device(record: IncidentRecord, known: Device | None) -> str:
    """What it is called, what it is, and where it is reached."""
    if known is None:
        return record.device or ""
    return " · ".join(filter(None, (known.name, known.title, known.address)))


def _item(out: Screen, record: IncidentRecord, known: Item | None) -> str:
    """The item by number and name, as it stands in the schedule."""
    if known is None:
        return record.item or ""
    check = f" · {out.text(title(record.check))}" if record.check else ""
    return f"{known.id} {short_title(known, out.asked.lang)}{check}"


def _show_one(out: Screen, stands: Standing, steps: tuple[Step, ...], around: _Around) -> None:
    lang, record = out.asked.lang, stands.record
    out.line(verbatim(record.sentence[lang]))
    shown = [(name, text) for name, text in _facts(out, stands, around) if text]
    out.rows((say("incident"), verbatim(str(record.id))), shown)
    out.line(verbatim(""))
    head = (say("time"), say("to"), say("by"), say("entry"), say("why"))
    rows = [
        (out.time(one.at), out.word(one.to_state), out.word(one.actor), str(one.entry),
         one.why[lang])
        for one in steps
    ]  # fmt: skip
    out.rows(head, rows)
    out.line(verbatim(""))


def _facts(out: Screen, stands: Standing, around: _Around) -> Iterator[tuple[str, str]]:
    """What stands above its history; a fact without text is not shown."""
    record = stands.record
    yield out.text(say("state")), out.word(record.state)
    yield out.text(say("severity")), out.word(record.severity)
    yield out.text(say("site")), out.text(title(record.site or ""))
    yield out.text(say("device")), _device(record, around.device)
    yield out.text(say("item")), _item(out, record, around.item)
    yield from ((out.text(name), out.text(text)) for name, text in facts(out, stands))
    yield out.text(say("findings")), str(record.findings)
    covers = (one for one in record.suppresses if "=" not in one)  # marks of the intake are not
    yield out.text(say("stands for")), ", ".join(covers)
    yield out.text(say("part of")), str(record.merged_into or "")
    if record.runbook is not None:
        begun = around.run is not None
        which = f"--resume {around.run}" if begun else f"--incident {record.id}"
        command = f"lineguard runbook run {which}"
        yield out.text(say("runbook")), f"{record.runbook}: {command}"
    step = next_step(record)
    yield out.text(say("next")), "" if step is None else out.text(step)
