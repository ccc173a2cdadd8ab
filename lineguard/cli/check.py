"""`lineguard check run`: look now, as a monitoring plugin does, and record nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from lineguard.cli.asked import Asked
from lineguard.cli.screen import Screen, screen
from lineguard.cli.speech import command, option
from lineguard.cli.values import nearest
from lineguard.refusals import Refused
from phrases import Phrase, say

if TYPE_CHECKING:
    from checks.item import Item
    from inventory.model import Device
    from lineguard.looking import Look
    from lineguard.wiring import Station
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
    from lineguard.looking import carry_out, looks
    from lineguard.wiring import station_of
    from maintenance.memory import remembered
    from maintenance.record import looked_at

    station = station_of(asked)
    planned = looks(_devices(station, devices), _items(items))
    if not planned:
        raise Refused(say("none of these items applies to these devices"))
    with station.store.read() as tx:
        memory = remembered(tx)
    show = screen(asked)
    told = _Told(show, len(planned))
    judged = asyncio.run(
        carry_out(station.visitor, planned, memory, station.settings.round.concurrency, told.one)
    )
    records = looked_at(judged)
    show_records(show, records)
    show.document([one.as_json(asked.lang) for one in records])
    return status_of(records)


class _Told:
    """Progress, a line per device."""

    def __init__(self, show: Screen, total: int) -> None:
        self.show, self.total, self.done = show, total, 0

    def one(self, look: Look) -> None:
        """Another device is done."""
        self.done += 1
        self.show.progress(
            say("{done}/{total} {device}",
                done=self.done, total=self.total, device=look.device.name)
        )  # fmt: skip


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
