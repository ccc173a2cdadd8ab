"""`lineguard check run`: look now, as a monitoring plugin does; with `--record`, on record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import aclosing
from functools import partial
from typing import TYPE_CHECKING, Final

from lineguard import clock
from lineguard.cli.asked import Asked
from lineguard.cli.known import device_named, item_named
from lineguard.cli.screen import Screen, screen
from lineguard.cli.speech import command, option
from lineguard.cli.titles import title
from lineguard.refusals import Refused
from phrases import Phrase, say

if TYPE_CHECKING:
    from checks.item import Item
    from checks.judging import Judgement
    from collectors.visit import Memory
    from inventory.model import Device
    from lineguard.wiring import Station
    from maintenance.look_record import LookRecord
    from maintenance.looks import Call, Looked
    from maintenance.record import VerdictRecord

NORMAL: Final = 0
ABNORMAL: Final = 1
CRITICAL: Final = 2
UNKNOWN: Final = 3
"""Exit statuses of the Monitoring Plugins development guidelines."""


@command(
    "run",
    say("Look now and say what is found. No slot is fulfilled and no incident opened; nothing is "
        "recorded without --record.\n"
        "Exit status: 0 normal, 1 abnormal, 2 critical, 3 unknown or bad usage."),
    failed=UNKNOWN,
    misused=UNKNOWN,
)  # fmt: skip
@option("--item", "items", multiple=True, says=say("only this item, such as M46; may be repeated"))
@option("--device", "devices", multiple=True, says=say("only this device; may be repeated"))
@option(
    "--record", is_flag=True, says=say("write what is found, with its evidence, in the logbook")
)
def run(asked: Asked, items: tuple[str, ...], devices: tuple[str, ...], record: bool) -> int:
    """Visit every device that one of the items applies to."""
    import asyncio

    from lineguard.wiring import station_of

    station = station_of(asked)
    chosen = _items(station, items)
    planned = _calls(_devices(station, devices), chosen)
    if not planned:
        raise Refused(say("none of these items applies to these devices"))
    station.load_sources([call.device for call in planned], chosen)
    show = screen(asked)
    book = _book(station, asked) if record else None
    records = asyncio.run(_look(show, station, planned, book, items))
    show_records(show, records)
    if record:
        show.note(_written(records))
    show.document([one.as_json(asked.lang) for one in records])
    return status_of(records)


def _calls(devices: Sequence[Device], items: Sequence[Item]) -> tuple[Call, ...]:
    from maintenance.looks import Call

    calls = (
        Call(device=device, items=tuple(one for one in items if one.applies_to(device)))
        for device in devices
    )
    return tuple(call for call in calls if call.items)


def _book(station: Station, asked: Asked) -> LookRecord:
    from maintenance.look_record import LookRecord

    actor = station.actor(asked)
    station.keys.require()  # what could not be signed in the end is not begun
    return LookRecord(
        store=station.store, logbook=station.logbook, actor=actor, clock=clock.now,
        versions=station.versions,
    )  # fmt: skip


async def _look(
    show: Screen,
    station: Station,
    calls: Sequence[Call],
    book: LookRecord | None,
    items: Sequence[str],
) -> tuple[VerdictRecord, ...]:
    """What was found, in the order of the calls; progress as devices are done (and recorded)."""
    from maintenance.looks import burst, in_batches, look
    from maintenance.memory import remembered

    with station.store.read() as tx:
        memory = remembered(tx)
    found: dict[str, tuple[VerdictRecord, ...]] = {}
    at_once = station.settings.round.concurrency
    collector = burst(station.visitor, station.workable_estate(), calls, clock.now)
    named = frozenset(one.id for one in _items(station, items)) if book and items else frozenset()
    visits = (
        partial(look, collector, call, allowed(memory, call, named), clock.now) for call in calls
    )
    async with aclosing(in_batches(visits, at_once)) as batches:
        async for batch in batches:
            found |= await _kept(batch, book)
            show.progress(say("{done} of {total} devices", done=len(found), total=len(calls)))
    if book is not None:
        book.sign()
    return tuple(one for call in calls for one in found[call.device.name])


def allowed(memory: Memory, call: Call, named: frozenset[str]) -> Memory:
    """A look that does something does it only when its item is named and it is recorded."""
    from collectors.acting import Permitted
    from maintenance.acting import acts

    if not any(item.id in named and acts(item, call.device) for item in call.items):
        return memory
    occasion = f"look/{call.device.name}/{clock.now().isoformat()}"
    return Permitted(memory, call.device.name, occasion)


async def _kept(
    batch: Sequence[Looked], book: LookRecord | None
) -> Mapping[str, tuple[VerdictRecord, ...]]:
    """The records of a batch by device; in a thread, so that visits under way go on meanwhile."""
    import asyncio

    from maintenance.record import looked_at

    if book is None:
        return {one.device.name: looked_at(one.judgements) for one in batch}
    return await asyncio.to_thread(book.write, batch)


def _written(records: Sequence[VerdictRecord]) -> Phrase:
    entries = sorted({one.entry for one in records if one.entry is not None})
    return say("recorded as entries {first} to {last} of the logbook",
               first=entries[0], last=entries[-1])  # fmt: skip


def _devices(station: Station, names: Sequence[str]) -> tuple[Device, ...]:
    estate = station.workable_estate()
    return tuple(device_named(estate, one) for one in names) if names else estate.devices


def _items(station: Station, names: Sequence[str]) -> tuple[Item, ...]:
    every = station.items
    return tuple(item_named(every, one) for one in names) if names else every


def show_records(show: Screen, records: Iterable[VerdictRecord]) -> None:
    """A line per verdict, as it was found."""
    head = (say("item"), say("check"), say("device"), say("state"), say("what is found"))
    show.rows(head, [_row(show, one) for one in records])


def _row(show: Screen, one: VerdictRecord) -> tuple[str, ...]:
    found, verdict = one.judgement, one.judgement.verdict
    check = show.text(title(found.check)) if found.check else "-"
    mark = show.mark("due" if waits(found) else verdict.state.value, verdict.severity)
    return found.item, check, found.device, mark, _beside(found, show.text(verdict.sentence))


def _beside(found: Judgement, sentence: str) -> str:
    """The sentence without the name it begins with, which has a column of its own."""
    for name in (found.device, found.item):
        for colon in (": ", "："):
            sentence = sentence.removeprefix(name + colon)
    return sentence


def waits(judgement: Judgement) -> bool:
    """Is something only not done yet, with time left for it?"""
    from collectors.readings import Trouble

    return judgement.trouble is Trouble.NOT_YET


def status_of(records: Sequence[VerdictRecord]) -> int:
    """The worst of all: critical, then abnormal, then unknown. 未知 is never 0."""
    from checks.verdict import Severity, State

    verdicts = [one.judgement.verdict for one in records]
    if any(one.severity is Severity.CRITICAL for one in verdicts):
        return CRITICAL
    if any(one.state is State.ABNORMAL for one in verdicts):
        return ABNORMAL
    unseen = [one for one in records if not waits(one.judgement)]
    if any(one.judgement.verdict.state is State.UNKNOWN for one in unseen):
        return UNKNOWN
    return NORMAL
