"""`lineguard check run`: look now, as a monitoring plugin does, and record nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import aclosing
from functools import partial
from typing import TYPE_CHECKING, Final

from lineguard import clock
from lineguard.cli.asked import Asked
from lineguard.cli.screen import Screen, screen
from lineguard.cli.speech import command, option
from lineguard.cli.values import nearest
from lineguard.refusals import Refused
from phrases import Phrase, say

if TYPE_CHECKING:
    from checks.item import Item
    from checks.judging import Judgement
    from inventory.model import Device
    from lineguard.wiring import Station
    from maintenance.looks import Call
    from maintenance.record import VerdictRecord

NORMAL: Final = 0
ABNORMAL: Final = 1
CRITICAL: Final = 2
UNKNOWN: Final = 3
"""Exit statuses of the Monitoring Plugins development guidelines."""


@command(
    "run",
    say("Look now and say what is found; nothing is recorded and no slot is fulfilled.\n"
        "Exit status: 0 normal, 1 abnormal, 2 critical, 3 unknown or bad usage."),
    failed=UNKNOWN,
    misused=UNKNOWN,
)  # fmt: skip
@option("--item", "items", multiple=True, says=say("only this item, such as M46; may be repeated"))
@option("--device", "devices", multiple=True, says=say("only this device; may be repeated"))
def run(asked: Asked, items: tuple[str, ...], devices: tuple[str, ...]) -> int:
    """Visit every device that one of the items applies to."""
    import asyncio

    from lineguard.wiring import station_of
    from maintenance.record import looked_at

    station = station_of(asked)
    planned = _calls(_devices(station, devices), _items(items))
    if not planned:
        raise Refused(say("none of these items applies to these devices"))
    station.load_sources([call.device for call in planned], _items(items))
    show = screen(asked)
    judged = asyncio.run(_look(show, station, planned))
    records = looked_at(judged)
    show_records(show, records)
    show.document([one.as_json(asked.lang) for one in records])
    return status_of(records)


def _calls(devices: Sequence[Device], items: Sequence[Item]) -> tuple[Call, ...]:
    from maintenance.looks import Call

    calls = (
        Call(device=device, items=tuple(one for one in items if one.applies_to(device)))
        for device in devices
    )
    return tuple(call for call in calls if call.items)


async def _look(show: Screen, station: Station, calls: Sequence[Call]) -> tuple[Judgement, ...]:
    """The judgements in the order of the calls; progress as devices are done."""
    from maintenance.looks import in_batches, look
    from maintenance.memory import remembered

    with station.store.read() as tx:
        memory = remembered(tx)
    found: dict[str, tuple[Judgement, ...]] = {}
    at_once = station.settings.round.concurrency
    visits = (partial(look, station.visitor, call, memory, clock.now) for call in calls)
    async with aclosing(in_batches(visits, at_once)) as batches:
        async for batch in batches:
            found |= {one.device.name: one.judgements for one in batch}
            show.progress(say("{done} of {total} devices", done=len(found), total=len(calls)))
    return tuple(one for call in calls for one in found[call.device.name])


def _devices(station: Station, names: Sequence[str]) -> tuple[Device, ...]:
    estate = station.workable_estate()
    known = {one.name: one for one in estate.devices}
    for name in names:
        if name not in known:
            raise Refused(_no_such(say("device"), name, known))
    return tuple(known[name] for name in names) if names else estate.devices


def _items(names: Sequence[str]) -> tuple[Item, ...]:
    from checks.catalogue import catalogue

    known = {one.id: one for one in catalogue()}
    for name in names:
        if name not in known:
            raise Refused(_no_such(say("item"), name, known))
    return tuple(known[name] for name in names) if names else catalogue()


def _no_such(what: Phrase, name: str, known: Iterable[str]) -> Phrase:
    close = nearest(name, list(known))
    if close is None:
        return say("there is no {what} {name}", what=what, name=name)
    return say("there is no {what} {name}; meant is perhaps {nearest}",
               what=what, name=name, nearest=close)  # fmt: skip


def show_records(show: Screen, records: Iterable[VerdictRecord]) -> None:
    """A line per verdict, as it was found."""
    lang = show.asked.lang
    head = (say("item"), say("device"), say("state"), say("sentence"))
    show.rows(
        head,
        [
            (one.judgement.item, one.judgement.device, show.mark(one.judgement.verdict.state.value),
             one.judgement.verdict.sentence.text(lang))
            for one in records
        ],
    )  # fmt: skip


def status_of(records: Sequence[VerdictRecord]) -> int:
    """The worst of all: critical, then abnormal, then unknown. 未知 is never 0."""
    from checks.verdict import Severity, State

    verdicts = [one.judgement.verdict for one in records]
    if any(one.severity is Severity.CRITICAL for one in verdicts):
        return CRITICAL
    if any(one.state is State.ABNORMAL for one in verdicts):
        return ABNORMAL
    if any(one.state is State.UNKNOWN for one in verdicts):
        return UNKNOWN
    return NORMAL
