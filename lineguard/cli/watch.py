"""`lineguard watch`: between rounds, cheap looks at intervals."""

from __future__ import annotations

import signal
from datetime import datetime
from typing import TYPE_CHECKING, Any

from lineguard import clock
from lineguard.cli.asked import Asked
from lineguard.cli.round import show_changes
from lineguard.cli.screen import Screen, screen
from lineguard.cli.speech import command, option
from lineguard.cli.values import Moment
from phrases import Phrase, say

if TYPE_CHECKING:
    from incidents.model import Change
    from maintenance.watch import WatchReport
    from maintenance.watch_desk import WatchDesk


@command(
    "watch",
    say("Look cheaply and often: is it there every minute, is it well every five. Opens and "
        "resolves incidents; fulfils no slot. Without --once it runs until it is stopped."),
)  # fmt: skip
@option("--once", is_flag=True, says=say("what is due now, then end: for cron"))
@option("--now", "everything", is_flag=True, says=say("with --once: every look, due or not"))
@option("--at", type=Moment(), says=say("in a practice home: at this time instead of now"))
def watch(asked: Asked, once: bool, everything: bool, at: datetime | None) -> int:
    """0 whatever is found: a finding is an incident, not a failure of the watch."""
    import asyncio

    from lineguard.wiring import station_of
    from maintenance.watch import run_watch_once

    station = station_of(asked)
    moment = station.slot_time(at)
    desk = station.watch_desk()
    show = screen(asked)
    if not (once or everything) and at is None:
        show.progress(
            say("Watching {count} devices; Ctrl-C ends it.", count=len(desk.estate.devices))
        )
        asyncio.run(_until_stopped(desk))
        return 0
    report = asyncio.run(run_watch_once(desk, moment, clock.now, everything=everything))
    show_watch(show, report)
    show.document(watch_document(report, asked))
    return 0


async def _until_stopped(desk: WatchDesk) -> None:
    import asyncio

    from maintenance.watch import watch_forever

    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await watch_forever(desk, clock.now, stop)


def show_watch(show: Screen, report: WatchReport) -> None:
    """The counts, then what changed."""
    show.line(_counts(report) if report.looked else _nothing_due(show, report))
    for root, count in report.behind.items():
        show.line(say("{count} of the silent ones stand behind {device}", count=count, device=root))
    if report.cut_off:
        show.line(say("Lineguard itself is cut off: nothing is said about any device."))
    show_changes(show, report.changes)


def _counts(report: WatchReport) -> Phrase:
    return say("looked at {looked} devices: {reached} answered, {silent} were silent",
               looked=report.looked, reached=report.reached, silent=report.silent)  # fmt: skip


def _nothing_due(show: Screen, report: WatchReport) -> Phrase:
    """A bare zero would read as a watch that does not work."""
    from maintenance.timetable import Purpose

    if Purpose.CONTACT not in report.upcoming or Purpose.STATE not in report.upcoming:
        return say("no device can be looked at")
    return say("no look is due now; the next for contact {contact}, for state {state} "
               "(--now looks at once)",
               contact=show.time(report.upcoming[Purpose.CONTACT]),
               state=show.time(report.upcoming[Purpose.STATE]))  # fmt: skip


def watch_document(report: WatchReport, asked: Asked) -> dict[str, Any]:
    """What `watch --once --json` prints."""
    return {
        "at": report.at,
        "looked": report.looked,
        "reached": report.reached,
        "silent": report.silent,
        "behind": dict(report.behind),
        "cut_off": report.cut_off,
        "upcoming": {str(purpose): due for purpose, due in report.upcoming.items()},
        "changes": [change_document(one, asked) for one in report.changes],
    }


def change_document(change: Change, asked: Asked) -> dict[str, Any]:
    """What happened to one incident."""
    return {
        "incident": change.incident,
        "change": change.kind.value,
        "sentence": change.sentence.text(asked.lang),
        "entry": change.entry,
    }
